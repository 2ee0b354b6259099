/**
 * How discrete steps and the flow's time correspond: n steps of size s pass the time ns, or ns/(1 − μ) with
 * momentum, which adds up 1 + μ + μ² + … gradients to a step. [Polyak1964]
 */

import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { readMomentum } from "./momentum.ts";
import { snapped } from "./stepCount.ts";

/** What {@link stepsToTime} and {@link timeToSteps} take. */
export interface PaceOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
}

/**
 * The flow's time that so many steps of descent pass.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a number of steps below 0, a step size that is not above
 * 0, a momentum outside [0, 1).
 *
 * @example
 * ```ts
 * import { stepsToTime } from "feature-learning";
 *
 * console.log(stepsToTime(1000, 0.01), stepsToTime(1000, 0.01, { momentum: 0.5 })); // 10 20
 * ```
 */
export function stepsToTime(steps: number, stepSize: number, options: PaceOptions = {}): number {
  return named("stepsToTime", () => readNumber("steps", steps, { min: 0 }) * paceOf(stepSize, momentumOf(options)));
}

/**
 * The number of steps that pass this time of the flow: a fraction where the time is no whole number of steps,
 * and exactly the whole number where only rounding is between, as in 0.3/0.1.
 *
 * @throws FeatureLearningError `"invalid-argument"`: as {@link stepsToTime}.
 *
 * @example
 * ```ts
 * import { timeToSteps } from "feature-learning";
 *
 * console.log(timeToSteps(20, 0.01, { momentum: 0.5 })); // 1000
 * ```
 */
export function timeToSteps(time: number, stepSize: number, options: PaceOptions = {}): number {
  return named("timeToSteps", () => {
    const mu = momentumOf(options);
    // 1 − μ is exact, but μ itself is rounded: 1/(1 − μ) times as much of it.
    return snapped(readNumber("time", time, { min: 0 }) / paceOf(stepSize, mu), (4 * Number.EPSILON) / (1 - mu));
  });
}

function momentumOf(options: unknown): number {
  return readMomentum(readRecord("options", options, ["momentum"]).momentum);
}

function paceOf(stepSize: unknown, mu: number): number {
  return readNumber("stepSize", stepSize, { above: 0 }) / (1 - mu);
}
