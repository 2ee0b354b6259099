/**
 * Finds when a flow without an inverse meets a target. The value is sampled several times within each step of
 * the flow, or at closely spaced times. Turning points that may reach the target between two samples are
 * found first. Between turning points the value is monotone, so that a crossing is a change of sign, unless
 * the value jumps. The alignment of parallel layers jumps when they turn round.
 */
import type { Target } from "../model/flow.ts";
import type { AnySnapshot, Snapshot, SnapshotField } from "../model/snapshot.ts";
import { bisect } from "../numerics/bisect.ts";

/** The number of pieces into which each step is divided. */
const PIECES = 6;

/** A turning point touches the target if their relative difference is below this. */
const TOUCHES = 8 * Number.EPSILON;

/**
 * A change of sign is a jump if the value changes across it by more than this share of its change between two
 * samples.
 */
const JUMP = 1e-3;

/**
 * A time, and how far the value is then above the target. `touches` marks a turning point that is at the
 * target up to rounding.
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

/** The times at which a value reaches a level, in order. */
export function crossingsOfValue(valueAt: (t: number) => number, level: number, times: ArrayLike<number>): number[] {
  const lookAt = (t: number): Look => ({ t, away: valueAt(t) - level });
  const crossingTimes: number[] = [];
  let before = lookAt(0);
  if (before.away === 0) crossingTimes.push(0);
  for (const after of withTurns(looks(times, lookAt), lookAt, TOUCHES * Math.abs(level))) {
    const side = Math.sign(before.away);
    if (after.touches === true) crossingTimes.push(after.t);
    else if (side !== 0 && Math.sign(after.away) !== side) {
      const stays = (t: number): boolean => Math.sign(lookAt(t).away) === side;
      const { last, first } = bisect(stays, before.t, after.t);
      const [from, to] = [lookAt(last).away, lookAt(first).away];
      const jumps = to !== 0 && Math.abs(to - from) > JUMP * Math.abs(after.away - before.away);
      if (!jumps || after.t - before.t <= 1e-9 * after.t) crossingTimes.push(first);
    }
    before = after;
  }
  return crossingTimes;
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
 * The samples, with added turning points that may reach the target although the neighbouring samples do not.
 */
function withTurns(all: readonly Look[], lookAt: (t: number) => Look, slack: number): Look[] {
  const result: Look[] = [];
  for (const [i, look] of all.entries()) {
    const [left, right] = [all[i - 1] ?? look, all[i + 1] ?? look];
    const side = Math.sign(look.away);
    // The middle one is the nearest to the target of three samples on one side of it.
    const rise = Math.max(side * left.away, side * right.away) - side * look.away;
    const nearest = side * left.away >= side * look.away && side * right.away >= side * look.away;
    // The extremum of a parabola through the three is beyond the middle one by at most an eighth of their
    // difference.
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

/**
 * The time between two times at which side·away is smallest, by golden sections from a sample between them or
 * at an end.
 */
function nearestBetween(a: number, b: number, look: Look, side: number, lookAt: (t: number) => Look): Look {
  let [low, high] = [a, b];
  let best = look;
  if (best.t === low || best.t === high) {
    // If the sample is at an end, start from an inner point.
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

/** The value that the target prescribes. */
export function levelOf({ excessLoss }: Pick<AnySnapshot, "excessLoss">, target: Target): number {
  return "excessLossFraction" in target ? target.excessLossFraction * excessLoss : (Object.values(target)[0] as number);
}

/** The field of a target. For matrices, the sizes of output and kernel are used. */
export function fieldOf(target: Target, ofMatrices: boolean): SnapshotField {
  if ("excessLossFraction" in target) return "excessLoss";
  if ("output" in target) return ofMatrices ? "outputSize" : "output";
  if ("kernel" in target) return ofMatrices ? "kernelSize" : "kernel";
  return Object.keys(target)[0] as "loss" | "alignment" | "normProduct";
}
