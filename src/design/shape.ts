/**
 * The shape of a flow: what is left of a network when the units of its layers and of time are taken away.
 * With s = 2hS₀/B₀ and e = 2h|S∞|/B₀,
 *
 *     B∞/B₀ = r = √(1 − s² + e²)          ρ·time to anywhere = a function of s and e alone
 *
 * so one network of each shape tells the times of all. [XuZiyin2025, §3]
 */

import { unmet } from "../door/arguments.ts";
import { oneDirectionFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import { plateau } from "../flow/plateau.ts";
import { timeTo } from "../flow/timesTo.ts";
import { network } from "../model/network.ts";
import { taskFromMoments } from "../model/task.ts";
import { hypot } from "../numerics/wide.ts";
import type { DesignTarget } from "./target.ts";

export interface Shape {
  /** s, in (−1, 1]. */
  readonly start: number;
  /** √(1 − s²), which s near ±1 has lost. */
  readonly across: number;
  /** e > 0. */
  readonly end: number;
}

/** s and √(1 − s²). */
export type Start = Omit<Shape, "end">;

export function startOf(start: number): Start {
  return { start, across: Math.sqrt((1 - start) * (1 + start)) };
}

/** r = B∞/B₀. */
export function ratioOf({ across, end }: Shape): number {
  return hypot(across, end);
}

/**
 * e = √((r − 1)(r + 1) + s²), which keeps the digits of r − 1; NaN where no network of this start has that
 * ratio.
 */
export function endOf(ratio: number, { start }: Start): number {
  return ratio >= 1
    ? hypot(Math.sqrt(ratio - 1) * Math.sqrt(ratio + 1), start)
    : Math.sqrt(start * start - (1 - ratio) * (1 + ratio));
}

const NETWORK = /* @__PURE__ */ network();
const TASK = /* @__PURE__ */ taskFromMoments({ xx: 1, xy: 1, yy: 1 });

/** ρ times the learning time and the plateau. */
export interface Times {
  readonly learningTime: number;
  readonly plateau: number;
}

/** The times of a shape, measured on one network of it. */
export function timesOf({ start, across, end }: Shape, fraction: number): Times {
  const initial = { uu: 1 / end, ww: 1 / end, uw: start / end, area: across / end };
  const flow = oneDirectionFlow({ network: NETWORK, task: TASK, initial });
  return {
    learningTime: flow.rate * timeTo(flow, { excessLossFraction: fraction }),
    plateau: flow.rate * plateau(flow),
  };
}

/** ρ at which a shape meets the one time of a target, or the first of two. */
export function rateToMeet({ learningTime, plateau }: DesignTarget, shape: Shape, fraction: number): number {
  const times = timesOf(shape, fraction);
  if (learningTime !== undefined) return times.learningTime / learningTime;
  if (times.plateau > 0) return times.plateau / plateau!;
  const why = `a network of kernelRatio ${ratioOf(shape).toPrecision(4)} and overlap ${shape.start} has no plateau`;
  return unmet(why, `ask for a kernelRatio above ${(3 * shape.across).toPrecision(4)}, or give smaller layers`);
}
