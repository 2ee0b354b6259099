/**
 * A concrete start, whose norms and overlap cannot be chosen. Of the rates only two numbers matter: how far
 * they differ, y = √(η_w/η_u), which decides the shape, and h = √(η_uη_w), which decides the pace:
 *
 *     m = y·uu + ww/y     B₀ = h·m     T = m/h     s = ±2uw/m     e = 2|xy|/(xx|γ|m)     share = (y·uu − ww/y)/m
 *
 * m is least, 2|u||w|, where share = 0.
 */
import { unmet } from "../door/arguments.ts";
import { flowOfProblem } from "../exact/oneDirection/oneDirectionFlow.ts";
import { readNetwork } from "../model/network.ts";
import { readInitial } from "../model/readInitial.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";
import { hypot } from "../numerics/wide.ts";
import type { Start } from "./shape.ts";

/** The order parameters of a concrete start. */
export interface ConcreteStart {
  readonly initial: WeightsLike | OrderParameters;
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
  readonly area: number;
  /** The width of weights; undefined of order parameters. */
  readonly width: number | undefined;
}

export function concreteStart(initial: WeightsLike | OrderParameters, task: Task): ConcreteStart {
  const { uu, ww, uw, area } = flowOfProblem({
    network: readNetwork("network", {}),
    task,
    initial: readInitial("given.initial", initial),
  }).at(0);
  if (uu === 0 && ww === 0) unmet("given.initial has no layer that is not zero: nothing moves", "pass another start");
  const width = "u" in initial ? (initial.u as ArrayLike<number>).length : undefined;
  return { initial, uu, ww, uw, area, width };
}

/** m at these rates. */
export function massAt({ uu, ww }: ConcreteStart, tilt: number): number {
  return tilt * uu + ww / tilt;
}

/** The share by which the kernel of the input weights exceeds that of the output weights. */
export function shareAt(start: ConcreteStart, tilt: number): number {
  return (tilt * start.uu - start.ww / tilt) / massAt(start, tilt);
}

/** s and √(1 − s²) at these rates; `sign` is that of γ·xy. */
export function startAt(start: ConcreteStart, tilt: number, sign: number): Start {
  const m = massAt(start, tilt);
  const s = sign * ((2 * start.uw) / m);
  if (s > -1) return { start: Math.min(1, s), across: hypot(shareAt(start, tilt), (2 * start.area) / m) };
  const why = "given.initial has parallel layers that meet the solution's sign only in a saddle: it learns nothing";
  return unmet(why, "pass an output scale of the other sign, or another start");
}

/** 1/|u||w|: the largest 2/m that rates can make; Infinity where a layer is zero. */
export function largestScale({ uu, ww }: ConcreteStart): number {
  return 1 / (Math.sqrt(uu) * Math.sqrt(ww));
}

/**
 * The tilt at which 2/m has a value: one on either side of equal shares. `side` is the sign of the share
 * that is wanted; without one the tilt nearer to 1 is taken.
 */
export function tiltAt({ uu, ww }: ConcreteStart, scale: number, side: number): number {
  const part = scale * Math.sqrt(uu) * Math.sqrt(ww);
  const larger = 1 + Math.sqrt(Math.max(0, 1 - part) * (1 + part));
  const above = larger / (scale * uu);
  const below = (scale * ww) / larger;
  if (uu === 0) return below;
  if (ww === 0) return above;
  if (side !== 0) return side > 0 ? above : below;
  return Math.abs(Math.log(above)) <= Math.abs(Math.log(below)) ? above : below;
}
