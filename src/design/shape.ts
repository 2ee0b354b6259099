/**
 * The shape of a flow: the dimensionless numbers of a network, independent of the units of its layers and of
 * time. With s = 2hS₀/B₀ and e = 2h|S∞|/B₀,
 *
 *     B∞/B₀ = r = √(1 − s² + e²) ρ·(time to any point) = a function of s and e alone
 *
 * so the times of one network of a shape determine those of all. [XuZiyin2025, §3]
 */

import { unmet } from "../door/arguments.ts";
import { flowOfProblem } from "../exact/oneDirection/oneDirectionFlow.ts";
import { plateauOf } from "../flow/plateau.ts";
import { firstMet } from "../flow/whenMet.ts";
import { readNetwork } from "../model/network.ts";
import { readInitial } from "../model/readInitial.ts";
import { readTask } from "../model/task.ts";
import { hypot } from "../numerics/wide.ts";

export interface Shape {
  /** s, in (−1, 1]. */
  readonly start: number;
  /** √(1 − s²), which cannot be computed accurately from s near ±1. */
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
 * e = √((r − 1)(r + 1) + s²) from the growth r − 1, which is more accurate than r; NaN if no network with
 * this start has that ratio.
 */
export function endOf(growth: number, { start }: Start): number {
  return growth >= 0 ? hypot(Math.sqrt(growth) * Math.sqrt(2 + growth), start) : Math.sqrt(start * start + growth * (2 + growth));
}

const NETWORK = /* @__PURE__ */ readNetwork("network", {});
const TASK = /* @__PURE__ */ readTask("task", { xx: 1, xy: 1, yy: 1 });

/** ρ times the learning time and the plateau. */
export interface Times {
  readonly learningTime: number;
  readonly plateau: number;
}

/**
 * The times of a shape, measured on one network. The learning time is undefined if the network starts below
 * the loss.
 */
export function timesOf(shape: Shape, shareLeft: (shape: Shape) => number): Times {
  const { start, across, end } = shape;
  const initial = { uu: 1 / end, ww: 1 / end, uw: start / end, area: across / end };
  const flow = flowOfProblem({ network: NETWORK, task: TASK, initial: readInitial("initial", initial) });
  const excessLossFraction = shareLeft(shape);
  return {
    learningTime: excessLossFraction < 1 ? flow.rate * firstMet(flow, { excessLossFraction }) : Infinity,
    plateau: flow.rate * plateauOf(flow),
  };
}

/** The times that are targets. */
export interface TimeGoals {
  readonly learningTime?: number;
  /** The name of the target that sets the learning time. */
  readonly learning: "learningTime" | "lossAt";
  /** The share of the excess loss that remains at the learning time. */
  readonly shareLeft: (shape: Shape) => number;
  readonly plateau?: number;
}

/** ρ at which a shape meets the time of a target, or the first of two. */
export function rateToMeet({ learningTime, plateau, learning, shareLeft }: TimeGoals, shape: Shape): number {
  const times = timesOf(shape, shareLeft);
  if (learningTime !== undefined && times.learningTime < Infinity) return times.learningTime / learningTime;
  if (learningTime !== undefined) {
    const network = `a network of kernelRatio ${ratioOf(shape).toPrecision(4)} and overlap ${shape.start.toPrecision(4)}`;
    if (learning === "lossAt") {
      unmet(`${network} starts below the loss of lossAt, or never reaches it`, "pass a smaller loss, or another output scale");
    }
    unmet(`${network} never reaches that loss`, "pass another output scale or start");
  }
  if (times.plateau > 0) return times.plateau / plateau!;
  const why = `a network of kernelRatio ${ratioOf(shape).toPrecision(4)} and overlap ${shape.start} has no plateau`;
  return unmet(why, `pass a kernelRatio above ${(3 * shape.across).toPrecision(4)}, or smaller layers`);
}
