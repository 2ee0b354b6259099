/**
 * When layers meet a target: f is monotone in time, and so are all that a target may ask for but where f
 * passes 0, so that each of two stretches meets it at most once.
 */
import type { DepthSnapshot } from "../../model/depth.ts";
import type { Target } from "../../model/flow.ts";
import { bisect } from "../../numerics/bisect.ts";

/** The times from 0 on, in order, at which a flow meets a target; what it only approaches is never met. */
export function timesMet(at: (t: number) => DepthSnapshot, target: Target): number[] {
  const [start, end] = [at(0), at(Infinity)];
  const read = readerOf(target);
  const level = levelOf(target, start);
  const away = (t: number): number => read(at(t)) - level;
  const found = away(0) === 0 ? [0] : [];
  const passes = start.output * end.output < 0 ? firstTime((t) => at(t).output * start.output > 0, 0) : Infinity;
  for (const [from, to] of passes < Infinity
    ? ([
        [0, passes],
        [passes, Infinity],
      ] as const)
    : ([[0, Infinity]] as const)) {
    const side = Math.sign(away(from));
    const last = away(to);
    if (side === 0 || Math.sign(last) === side || (to === Infinity && last === 0)) continue;
    const t = firstTime((t) => Math.sign(away(t)) === side, from);
    if (t < Infinity && t <= to) found.push(t);
  }
  return found;
}

/** The first time at which something no longer holds. */
function firstTime(holds: (t: number) => boolean, from: number): number {
  let low = from;
  let high = Math.max(2 * from, 2 ** -1000);
  // By ever larger factors, and then back.
  for (let factor = 2; holds(high); factor = Math.min(factor ** 2, 2 ** 64)) {
    if (high === Number.MAX_VALUE) return Infinity;
    low = high;
    high = Math.min(high * factor, Number.MAX_VALUE);
  }
  while (low > 0 && high > 4 * low) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return bisect(holds, low, high).first;
}

function readerOf(target: Target): (snapshot: DepthSnapshot) => number {
  const name =
    "excessLossFraction" in target
      ? "excessLoss"
      : (Object.keys(target)[0] as "output" | "loss" | "kernel" | "alignment" | "normProduct");
  return (snapshot) => snapshot[name];
}

function levelOf(target: Target, { excessLoss }: DepthSnapshot): number {
  return "excessLossFraction" in target ? target.excessLossFraction * excessLoss : (Object.values(target)[0] as number);
}
