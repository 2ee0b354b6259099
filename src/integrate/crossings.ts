/**
 * When an integrated flow meets a target: between the steps' ends, looked at more closely, where the value passes it.
 */
import type { Target } from "../model/flow.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** Each step is looked at in so many pieces. */
const PIECES = 4;

export function crossingsOf(at: (t: number) => Snapshot, times: Float64Array, target: Target): number[] {
  const start = at(0);
  const away = (t: number): number => awayFrom(at(t), start, target);
  const found: number[] = [];
  let before = away(0);
  if (before === 0) found.push(0);
  for (let i = 0; i + 1 < times.length; i++) {
    for (let piece = 0; piece < PIECES; piece++) {
      const a = times[i]! + (piece / PIECES) * (times[i + 1]! - times[i]!);
      const b = piece === PIECES - 1 ? times[i + 1]! : times[i]! + ((piece + 1) / PIECES) * (times[i + 1]! - times[i]!);
      const after = away(b);
      if (before !== 0 && (after === 0 || before < 0 !== after < 0)) found.push(rootBetween(away, a, b, before));
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

/** The first time after a, to the last bit, at which the value does not have the sign it has at a. */
function rootBetween(value: (t: number) => number, a: number, b: number, before: number): number {
  let low = a;
  let high = b;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    const here = value(middle);
    if (here !== 0 && here < 0 === before < 0) low = middle;
    else high = middle;
  }
}
