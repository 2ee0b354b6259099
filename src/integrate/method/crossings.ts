/**
 * When an integrated flow meets a target: between the steps' ends, looked at more closely, where the value passes it.
 */
import type { Target } from "../../model/flow.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { bisect } from "../../numerics/bisect.ts";

/** Each step is looked at in so many pieces. */
const PIECES = 4;

export function crossingsOf(at: (t: number) => Snapshot, times: Float64Array, target: Target): number[] {
  const start = at(0);
  const away = (t: number): number => awayFrom(at(t), start, target);
  const stays = (side: number) => (t: number) => {
    const here = away(t);
    return here !== 0 && here < 0 === side < 0;
  };
  const found: number[] = [];
  let before = away(0);
  if (before === 0) found.push(0);
  for (let i = 0; i + 1 < times.length; i++) {
    for (let piece = 0; piece < PIECES; piece++) {
      const a = times[i]! + (piece / PIECES) * (times[i + 1]! - times[i]!);
      const b = piece === PIECES - 1 ? times[i + 1]! : times[i]! + ((piece + 1) / PIECES) * (times[i + 1]! - times[i]!);
      const after = away(b);
      if (before !== 0 && (after === 0 || before < 0 !== after < 0)) found.push(bisect(stays(before), a, b).first);
      before = after;
    }
  }
  return found;
}

function awayFrom(snapshot: Snapshot, start: Snapshot, target: Target): number {
  if ("output" in target) return snapshot.output - target.output;
  if ("alignment" in target) return snapshot.alignment - target.alignment;
  if ("kernel" in target) return snapshot.kernel - target.kernel;
  return snapshot.excessLoss - target.excessLossFraction * start.excessLoss;
}
