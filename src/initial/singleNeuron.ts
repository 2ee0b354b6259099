/**
 * One hidden neuron, f(x) = a·w·x, from its function and its balance: with β = a·w and δ = a²/η_a − |w|²/η_w,
 *
 *     a² = ½η_a(δ + √(δ² + 4|β|²/(η_aη_w)))      w = β/a
 *
 * For δ > 0 the output weight is the larger one. [KuninEtAl2024]
 */

import { Matrix } from "ml-matrix";
import { readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import type { Layers } from "../model/layers.ts";
import { hypot } from "../numerics/wide.ts";

/** The options of {@link singleNeuron}. */
export interface SingleNeuronOptions {
  /** β = a·w, k numbers; the neuron's function is β·x. */
  readonly output: VectorLike;
  /** δ = a²/η_u − |w|²/η_w (default 0, balanced). */
  readonly balance?: number | undefined;
  /** The learning rates of the network, both above 0 (default 1). */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
}

/**
 * The layers { u: [a], W: [w] } of one hidden neuron that computes β·x with a given balance, a > 0. Training
 * conserves the balance. As δ → ∞ the input weights move as in linear regression. As δ → −∞ their length
 * changes first and their direction late. Around δ = 0 both change at the same time.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an output that is not a vector, rates that are not above
 * 0, β = 0 with δ ≤ 0, for which the direction of w is undetermined; weights that overflow double precision.
 *
 * @example
 * ```ts
 * import { singleNeuron } from "feature-learning";
 *
 * const { u, W } = singleNeuron({ output: [3, 4], balance: 24 });
 * console.log(u, W.to2DArray()); // Float64Array(1) [ 5 ] [ [ 0.6, 0.8 ] ]
 * ```
 */
export function singleNeuron(options: SingleNeuronOptions): Layers {
  return named("singleNeuron", () => {
    const fields = readRecord("options", options, ["output", "balance", "learningRates"]);
    const beta = readVector("output", fields.output);
    const delta = readNumber("balance", fields.balance ?? 0);
    const { u: etaU, w: etaW } = readPair("learningRates", fields.learningRates ?? 1, { above: 0 });
    const size = beta.reduce(hypot, 0);
    if (size === 0 && delta <= 0)
      refuse("balance", delta, "pass a balance above 0: with an output of 0, the direction of w is undetermined");
    const both = size / Math.sqrt(etaU) / Math.sqrt(etaW);
    const root = hypot(delta, 2 * both);
    // The larger of a²/η_u, |w|²/η_w is a sum; the smaller one follows from their product.
    const larger = (Math.abs(delta) + root) / 2;
    const a = Math.sqrt(etaU) * (delta >= 0 ? Math.sqrt(larger) : both / Math.sqrt(larger));
    const w = Array.from(beta, (component) => component / a);
    if (!(a > 0 && a < Infinity && w.every(Number.isFinite)))
      reject("the neuron's weights overflow double precision; pass an output and a balance of less extreme size");
    return { u: Float64Array.of(a), W: Matrix.rowVector(w) };
  });
}
