/**
 * How discrete steps and the flow's time correspond: n steps of size s pass the time ns, or ns/(1 − μ) with momentum, which adds up
 * 1 + μ + μ² + … gradients to a step. [Polyak1964]
 */
import { readNumber, readRecord } from "../numerics/check.ts";
import { readMomentum } from "./momentum.ts";

/** What {@link stepsToTime} and {@link timeToSteps} take. */
export interface PaceOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number;
}

/**
 * The flow's time that so many steps of descent pass.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a number of steps below 0, a step size that is not above 0, a momentum outside [0, 1).
 *
 * @example
 * ```ts
 * import { stepsToTime } from "feature-learning";
 *
 * console.log(stepsToTime(1000, 0.01), stepsToTime(1000, 0.01, { momentum: 0.5 })); // 10 20
 * ```
 */
export function stepsToTime(steps: number, stepSize: number, options: PaceOptions = {}): number {
  const where = "stepsToTime";
  return readNumber(where, "steps", steps, { min: 0 }) * paceOf(where, stepSize, options);
}

/**
 * The number of steps, not rounded, that pass this time of the flow.
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
  const where = "timeToSteps";
  return readNumber(where, "time", time, { min: 0 }) / paceOf(where, stepSize, options);
}

function paceOf(where: string, stepSize: unknown, options: unknown): number {
  const mu = readMomentum(where, readRecord(where, "options", options, ["momentum"]).momentum);
  return readNumber(where, "stepSize", stepSize, { above: 0 }) / (1 - mu);
}
