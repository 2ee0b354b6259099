/**
 * The infinite-width limit of independent Gaussian layers, to leading order in 1/√d. The norms equal their
 * means, and the initial output is normal,
 *
 *     |u|² = dσ_u²   |w|² = dσ_w²   f(0) ~ N(0, γ²d σ_u²σ_w²)
 *
 * so all observables are functions of one normal number. [JacotEtAl2018]
 */

import { readNumber } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { OrderParameters } from "../model/weights.ts";
import { kernelChangeOf } from "./observables.ts";
import { readSettings, type Settings, wideStart } from "./settings.ts";

/** The options of {@link wideLimit}. */
export type WideLimitOptions = Settings;

/** The infinite-width limit. */
export interface WideLimit {
  /** The initial kernel γ²B₀, the same for every draw. */
  readonly kernel: number;
  /** The standard deviation of the initial output, whose mean is 0. */
  readonly outputDeviation: number;
  /** The start for a standard normal z, accepted as `initial`. */
  start(z: number): OrderParameters;
  /** The largest relative kernel change for a standard normal z. */
  kernelChange(z: number): number;
}

/**
 * The infinite-width limit of settings, which ensembles approach at large width.
 *
 * @throws FeatureLearningError `"invalid-argument"`: invalid settings.
 *
 * @example
 * ```ts
 * import { wideLimit } from "feature-learning/sweep";
 *
 * const { kernel, outputDeviation } = wideLimit({ width: 1e10, outputScale: 1e-5 });
 * console.log(kernel.toFixed(6), outputDeviation.toFixed(6)); // 2.000000 1.000000
 * ```
 */
export function wideLimit(options: WideLimitOptions = {}): WideLimit {
  return named("wideLimit", () => {
    const settings = readSettings("options", options);
    const { width, outputScale: gamma, scale, learningRates: rates } = settings;
    const { uu, ww } = wideStart(settings, 0);
    const read = (z: number): number => readNumber("z", z, { min: -Math.sqrt(width), max: Math.sqrt(width) });
    return {
      kernel: gamma * gamma * (rates.w * uu + rates.u * ww),
      outputDeviation: Math.abs(gamma) * Math.sqrt(width) * scale.u * scale.w,
      start: (z) => wideStart(settings, read(z)),
      kernelChange: (z) => kernelChangeOf(settings, wideStart(settings, read(z))).largest,
    };
  });
}
