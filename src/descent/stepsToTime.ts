/**
 * Converts between discrete steps and the flow's time: n steps of size s take the time ns, or ns/(1 − μ) with
 * momentum, which adds up 1 + μ + μ² + … gradients to a step. [Polyak1964]
 */

import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { readMomentum } from "./momentum.ts";
import { snapped } from "./stepCount.ts";

/** The options of {@link stepsToTime} and {@link timeToSteps}. */
export interface PaceOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
}

/**
 * The flow's time that corresponds to a number of steps of descent.
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
 * The number of steps of descent that corresponds to a time of the flow. It is a fraction if the time is not
 * an integer number of steps, and exactly the integer if the difference is rounding, as in 0.3/0.1.
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
    // 1 − μ is exact, but the rounding error of μ is amplified by 1/(1 − μ).
    return snapped(readNumber("time", time, { min: 0 }) / paceOf(stepSize, mu), (4 * Number.EPSILON) / (1 - mu));
  });
}

function momentumOf(options: unknown): number {
  return readMomentum(readRecord("options", options, ["momentum"]).momentum);
}

function paceOf(stepSize: unknown, mu: number): number {
  return readNumber("stepSize", stepSize, { above: 0 }) / (1 - mu);
}
