/** When a descent meets a target: at the first recorded step at or beyond it, each time that it gets there. */
import type { AnyDescent } from "../model/descentRows.ts";
import type { Target } from "../model/flow.ts";

/** The times of these steps, in order. */
export function recordedCrossings(descent: AnyDescent, target: Target): number[] {
  const column = columnOf(descent, target);
  const level =
    "excessLossFraction" in target ? target.excessLossFraction * descent.excessLoss[0]! : (Object.values(target)[0] as number);
  const times: number[] = [];
  let side = 0;
  for (const [row, value] of column.entries()) {
    const before = side;
    side = Math.sign(value - level);
    if (row === 0 ? side === 0 : before !== 0 && side !== before) times.push(descent.t[row]!);
  }
  return times;
}

function columnOf(descent: AnyDescent, target: Target): Float64Array {
  if ("output" in target) return descent.kernel === undefined ? descent.outputSize : (descent.output as Float64Array);
  if ("kernel" in target) return descent.kernel ?? descent.kernelSize;
  if ("alignment" in target) return descent.alignment;
  if ("normProduct" in target) return descent.normProduct;
  return "loss" in target ? descent.loss : descent.excessLoss;
}
