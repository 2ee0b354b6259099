/** The times at which a descent meets a target: each time, the first recorded step at or beyond it. */
import type { AnyDescent } from "../model/descentRows.ts";
import type { Target } from "../model/flow.ts";
import { fieldOf, levelOf } from "./crossings.ts";

/** The times of these steps, in order. */
export function recordedCrossings(descent: AnyDescent, target: Target): number[] {
  const field = fieldOf(target, descent.kernel === undefined) as keyof AnyDescent;
  const column = descent[field] as Float64Array;
  const level = levelOf({ excessLoss: descent.excessLoss[0]! }, target);
  const times: number[] = [];
  let side = 0;
  for (const [row, value] of column.entries()) {
    const before = side;
    side = Math.sign(value - level);
    if (row === 0 ? side === 0 : before !== 0 && side !== before) times.push(descent.t[row]!);
  }
  return times;
}
