/**
 * One hidden neuron, f(x) = a·w·x, from what it computes and its balance: with β = a·w and δ = a²/η_a −
 * |w|²/η_w,
 *
 *     a² = ½η_a(δ + √(δ² + 4|β|²/(η_aη_w)))      w = β/a
 *
 * δ > 0 is a neuron whose output weight is the larger. [KuninEtAl2024]
 */

import { Matrix } from "ml-matrix";
import { readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import type { Layers } from "../model/layers.ts";
import { hypot } from "../numerics/wide.ts";

/** What {@link singleNeuron} takes. */
export interface SingleNeuronOptions {
  /** β = a·w, of k numbers: the neuron's function is β·x. */
  readonly output: VectorLike;
  /** δ = a²/η_u − |w|²/η_w (default 0, balanced). */
  readonly balance?: number | undefined;
  /** The rates of the network that it is for, both above 0 (default 1). */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
}

/**
 * The layers { u: [a], W: [w] } of one hidden neuron that computes β·x with a given balance, a > 0. Training
 * conserves the balance: as δ → ∞ the input weights move as in linear regression, as δ → −∞ first their
 * length and late their direction, around 0 both at once.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an output that is no vector, rates that are not above 0,
 * β = 0 with δ ≤ 0, which leaves w's direction open; weights that overflow double precision.
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
    const given = readRecord("options", options, ["output", "balance", "learningRates"]);
    const beta = readVector("output", given.output);
    const delta = readNumber("balance", given.balance ?? 0);
    const { u: etaU, w: etaW } = readPair("learningRates", given.learningRates ?? 1, { above: 0 });
    const size = beta.reduce(hypot, 0);
    if (size === 0 && delta <= 0) refuse("balance", delta, "pass one above 0: an output of 0 leaves the direction of w open");
    const both = size / Math.sqrt(etaU) / Math.sqrt(etaW);
    const root = hypot(delta, 2 * both);
    // The larger of a²/η_u, |w|²/η_w is a sum; the smaller one follows from their product.
    const larger = (Math.abs(delta) + root) / 2;
    const a = Math.sqrt(etaU) * (delta >= 0 ? Math.sqrt(larger) : both / Math.sqrt(larger));
    const w = Array.from(beta, (component) => component / a);
    if (!(a > 0 && a < Infinity && w.every(Number.isFinite)))
      reject("the neuron's weights overflow double precision; pass an output and a balance of less extreme sizes");
    return { u: Float64Array.of(a), W: Matrix.rowVector(w) };
  });
}
