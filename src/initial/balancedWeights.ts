/**
 * Balanced layers, uᵢ²/η_u = wᵢ²/η_w for every neuron: wᵢ = ±√(η_w/η_u)·uᵢ with random signs. Training
 * conserves the balance.
 */

import { readPair, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Seed } from "../door/seeds.ts";
import type { Weights } from "../model/weights.ts";
import { MAX_WIDTH, normals, readInitialisation } from "./gaussianWeights.ts";

/** The options of {@link balancedWeights}. */
export interface BalanceOptions {
  /** The number of hidden neurons, d ≥ 1. */
  readonly width: number;
  /** Standard deviation of uᵢ/√η_u and of wᵢ/√η_w (of both layers, if the rates are 1). */
  readonly scale: number;
  /** The learning rates of the network, both above 0 (default 1). */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/**
 * Gaussian layers with uᵢ²/η_u = wᵢ²/η_w in every neuron and independent signs: δ = 0 at the start and,
 * because training conserves it, at all times. (With all signs equal the layers are those of
 * {@link alignedWeights}.)
 *
 * @throws FeatureLearningError `"invalid-argument"`: as {@link gaussianWeights}; a rate that is not above 0.
 *
 * @example
 * ```ts
 * import { balancedWeights } from "feature-learning";
 *
 * const { u, w } = balancedWeights({ width: 5, scale: 0.1, seed: 1 });
 * console.log(u.every((value, i) => Math.abs(value) === Math.abs(w[i]!))); // true
 * ```
 */
export function balancedWeights(options: BalanceOptions): Weights {
  return named("balancedWeights", () => {
    const record = readRecord("options", options, ["width", "scale", "learningRates", "seed"]);
    const { width, scale, random } = readInitialisation("balancedWeights", record, MAX_WIDTH);
    const rates = readPair("learningRates", record.learningRates ?? 1, { above: 0 });
    const shared = normals(width, scale.u, random);
    const [rootU, rootW] = [Math.sqrt(rates.u), Math.sqrt(rates.w)];
    return { u: shared.map((x) => rootU * x), w: shared.map((x) => (random.uniform() < 0.5 ? -rootW : rootW) * x) };
  });
}
