/**
 * A concrete start, whose norms and overlap are fixed. The learning rates enter through two numbers: their
 * ratio y = √(η_w/η_u) determines the shape, and h = √(η_uη_w) the time scale:
 *
 *     m = y·uu + ww/y B₀ = h·m T = m/h s = ±2uw/m e = 2|xy|/(xx|γ|m) share = (y·uu − ww/y)/m
 *
 * m is smallest, 2|u||w|, for share = 0.
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
  /** The width of the weights; undefined for order parameters. */
  readonly width: number | undefined;
}

export function concreteStart(initial: WeightsLike | OrderParameters, task: Task): ConcreteStart {
  const { uu, ww, uw, area } = flowOfProblem({
    network: readNetwork("network", {}),
    task,
    initial: readInitial("given.initial", initial),
  }).at(0);
  if (uu === 0 && ww === 0) unmet("both layers of given.initial are zero, so nothing moves", "pass another start");
  const width = "u" in initial ? (initial.u as ArrayLike<number>).length : undefined;
  return { initial, uu, ww, uw, area, width };
}

/** m at these rates. */
export function massAt({ uu, ww }: ConcreteStart, tilt: number): number {
  return tilt * uu + ww / tilt;
}

/** (y·uu − ww/y)/m at this tilt y. */
export function shareAt(start: ConcreteStart, tilt: number): number {
  return (tilt * start.uu - start.ww / tilt) / massAt(start, tilt);
}

/** s and √(1 − s²) at these rates; `sign` is that of γ·xy. */
export function startAt(start: ConcreteStart, tilt: number, sign: number): Start {
  const m = massAt(start, tilt);
  const s = sign * ((2 * start.uw) / m);
  if (s > -1) return { start: Math.min(1, s), across: hypot(shareAt(start, tilt), (2 * start.area) / m) };
  const why =
    "given.initial has parallel layers and an overlap of the wrong sign, so it converges to a saddle and learns nothing";
  return unmet(why, "pass an output scale of the other sign, or another start");
}

/** 1/|u||w|, the largest 2/m over all learning rates; Infinity if a layer is zero. */
export function largestScale({ uu, ww }: ConcreteStart): number {
  return 1 / (Math.sqrt(uu) * Math.sqrt(ww));
}

/**
 * The tilt at which 2/m has this value. There is one for each sign of the share, and `side` selects it.
 * Without `side`, the tilt nearer to 1 is returned.
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
