/**
 * When a flow without an inverse meets a target. A value is looked at several times between the steps of the
 * flow, or between times close enough to see it move; between two looks it may turn and come back, so that
 * its turning points are found first, wherever one could reach the target. From one turning point to the next
 * the value is monotone, and a crossing is a change of side, unless the value jumps: the alignment of
 * parallel layers does, where they turn round.
 */
import type { Target } from "../model/flow.ts";
import type { AnySnapshot, Snapshot, SnapshotField } from "../model/snapshot.ts";
import { bisect } from "../numerics/bisect.ts";

/** Each step is looked at in so many pieces. */
const PIECES = 6;

/** A turning point within this of the target, relative to its value, touches it. */
const TOUCHES = 8 * Number.EPSILON;

/**
 * A change of side over which the value moves by more than this share of what it does between two looks is a
 * jump.
 */
const JUMP = 1e-3;

/**
 * A time, and how far the value is above the target then; `touches` where a turning point is at the target
 * within rounding.
 */
interface Look {
  readonly t: number;
  readonly away: number;
  readonly touches?: boolean;
}

export function crossingsOf(at: (t: number) => AnySnapshot, times: ArrayLike<number>, target: Target): number[] {
  const start = at(0);
  const field = fieldOf(target, typeof (start as Snapshot).output !== "number");
  return crossingsOfValue((t) => (at(t) as Snapshot)[field]!, levelOf(start, target), times);
}

/** The times at which a value is at a level, in order. */
export function crossingsOfValue(valueAt: (t: number) => number, level: number, times: ArrayLike<number>): number[] {
  const lookAt = (t: number): Look => ({ t, away: valueAt(t) - level });
  const found: number[] = [];
  let before = lookAt(0);
  if (before.away === 0) found.push(0);
  for (const after of withTurns(looks(times, lookAt), lookAt, TOUCHES * Math.abs(level))) {
    const side = Math.sign(before.away);
    if (after.touches === true) found.push(after.t);
    else if (side !== 0 && Math.sign(after.away) !== side) {
      const stays = (t: number): boolean => Math.sign(lookAt(t).away) === side;
      const { last, first } = bisect(stays, before.t, after.t);
      const [from, to] = [lookAt(last).away, lookAt(first).away];
      const jumps = to !== 0 && Math.abs(to - from) > JUMP * Math.abs(after.away - before.away);
      if (!jumps || after.t - before.t <= 1e-9 * after.t) found.push(first);
    }
    before = after;
  }
  return found;
}

function looks(times: ArrayLike<number>, lookAt: (t: number) => Look): Look[] {
  const all: Look[] = times.length > 0 ? [lookAt(times[0]!)] : [];
  for (let i = 0; i + 1 < times.length; i++) {
    const [a, b] = [times[i]!, times[i + 1]!];
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece === PIECES ? b : a + (piece / PIECES) * (b - a);
      if (t > all.at(-1)!.t) all.push(lookAt(t));
    }
  }
  return all;
}

/**
 * The looks, and among them the turning points that may reach the target where the looks beside them do not.
 */
function withTurns(all: readonly Look[], lookAt: (t: number) => Look, slack: number): Look[] {
  const result: Look[] = [];
  for (const [i, look] of all.entries()) {
    const [left, right] = [all[i - 1] ?? look, all[i + 1] ?? look];
    const side = Math.sign(look.away);
    // Nearest to the target of the three, which lie on one side of it.
    const rise = Math.max(side * left.away, side * right.away) - side * look.away;
    const nearest = side * left.away >= side * look.away && side * right.away >= side * look.away;
    // A parabola through the three turns at most an eighth of their difference beyond the middle one.
    if (side === 0 || !nearest || rise === 0 || side * look.away > rise) {
      result.push(look);
      continue;
    }
    const turn = nearestBetween(left.t, right.t, look, side, lookAt);
    const met = Math.abs(turn.away) <= slack ? { t: turn.t, away: 0, touches: true } : turn;
    if (met.t === look.t) result.push(met);
    else result.push(...(met.t < look.t ? [met, look] : [look, met]));
  }
  return result;
}

const GOLDEN = (3 - Math.sqrt(5)) / 2;

/** Where side·away is least between two times, by golden sections, from a look between or at one of them. */
function nearestBetween(a: number, b: number, look: Look, side: number, lookAt: (t: number) => Look): Look {
  let [low, high] = [a, b];
  let best = look;
  if (best.t === low || best.t === high) {
    // At an end: start from inside.
    const inside = lookAt(best.t === low ? low + GOLDEN * (high - low) : high - GOLDEN * (high - low));
    if (side * inside.away < side * best.away) best = inside;
  }
  for (let n = 0; n < 120; n++) {
    const [toLow, toHigh] = [best.t - low, high - best.t];
    const t = toHigh > toLow ? best.t + GOLDEN * toHigh : best.t - GOLDEN * toLow;
    if (!(t > low && t < high) || t === best.t) break;
    const next = lookAt(t);
    if (side * next.away < side * best.away) {
      if (t > best.t) low = best.t;
      else high = best.t;
      best = next;
    } else if (t > best.t) high = t;
    else low = t;
  }
  return best;
}

/** The value to be met. */
export function levelOf({ excessLoss }: Pick<AnySnapshot, "excessLoss">, target: Target): number {
  return "excessLossFraction" in target ? target.excessLossFraction * excessLoss : (Object.values(target)[0] as number);
}

/** The field that a target asks for: of matrices, the sizes of output and kernel. */
export function fieldOf(target: Target, ofMatrices: boolean): SnapshotField {
  if ("excessLossFraction" in target) return "excessLoss";
  if ("output" in target) return ofMatrices ? "outputSize" : "output";
  if ("kernel" in target) return ofMatrices ? "kernelSize" : "kernel";
  return Object.keys(target)[0] as "loss" | "alignment" | "normProduct";
}
