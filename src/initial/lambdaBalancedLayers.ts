/**
 * λ-balanced layers, W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1: with random orthonormal O (m×q), R (d×q), V (k×q) and cᵢ ~
 * scale·|N(0, 1)|,
 *
 *     W₁ = √η_w R diag(√(cᵢ² + max(0, −λ))) Vᵀ      W₂ = √η_u O diag(√(cᵢ² + max(0, λ))) Rᵀ
 *
 * [DomineEtAl2025], of which λ = 0 is [BraunEtAl2022].
 */

import type { Matrix } from "ml-matrix";
import { readNumber, readPair, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { randomFrom, type Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { randomOrthonormal } from "../numerics/orthonormal.ts";
import { hypot } from "../numerics/wide.ts";

/** What {@link lambdaBalancedLayers} takes. */
export interface LambdaBalanceOptions {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /** k, the number of inputs. */
  readonly inputs: number;
  /** m, the number of outputs. */
  readonly outputs: number;
  /** λ (default 0, balanced layers). */
  readonly lambda?: number | undefined;
  /** Standard deviation of the lighter layer's singular values, over √η (default 1). */
  readonly scale?: number | undefined;
  /** The rates of the network that is to be balanced, both above 0 (default 1). */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** Where the randomness comes from. */
  readonly seed: Seed;
}

/** Sizes up to which matrices are made. */
const MAX_SIZE = 1e5;

/**
 * Random λ-balanced layers, which training keeps so: W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1. For λ > 0 the output layer
 * is the heavier one.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are no integers from 1 on, a negative scale,
 * rates that are not above 0; λ ≠ 0 in more hidden neurons than the heavier layer has outputs (λ > 0) or
 * inputs (λ < 0), where no layers are λ-balanced.
 *
 * @example
 * ```ts
 * import { lambdaBalancedLayers } from "feature-learning";
 *
 * const { W2, W1 } = lambdaBalancedLayers({ width: 2, inputs: 4, outputs: 3, lambda: 0.5, scale: 0.1, seed: 1 });
 * const balance = W2.transpose().mmul(W2).sub(W1.mmul(W1.transpose()));
 * console.log(balance.get(0, 0).toFixed(12), balance.get(1, 1).toFixed(12), Math.abs(balance.get(0, 1)) < 1e-15); // 0.500000000000 0.500000000000 true
 * ```
 */
export function lambdaBalancedLayers(options: LambdaBalanceOptions): MatrixLayers {
  return named("lambdaBalancedLayers", () => {
    const given = readRecord("options", options, ["width", "inputs", "outputs", "lambda", "scale", "learningRates", "seed"]);
    const size = (name: "width" | "inputs" | "outputs"): number =>
      readNumber(name, given[name], { min: 1, max: MAX_SIZE, integer: true });
    const [d, k, m] = [size("width"), size("inputs"), size("outputs")];
    const lambda = readNumber("lambda", given.lambda ?? 0);
    const scale = readNumber("scale", given.scale ?? 1, { min: 0 });
    const rates = readPair("learningRates", given.learningRates ?? 1, { above: 0 });
    const random = randomFrom(given.seed, "lambdaBalancedLayers");
    const most = lambda > 0 ? m : lambda < 0 ? k : d;
    const heavier = lambda > 0 ? "outputs" : "inputs";
    if (d > most)
      refuse(
        "width",
        d,
        `pass at most as many hidden neurons as ${heavier}, ${most}, or lambda 0: no wider layers are λ-balanced`,
      );
    // What is only in the heavier layer has no partner in the lighter one.
    const shared = Math.min(d, k, m);
    const hidden = randomOrthonormal(d, d, random);
    const factor = (rows: number, excess: number, rate: number, sizes: readonly number[]): Matrix => {
      const columns = excess > 0 ? d : shared;
      const sides = randomOrthonormal(rows, columns, random);
      const singular = Array.from({ length: columns }, (_, i) => Math.sqrt(rate) * hypot(sizes[i] ?? 0, Math.sqrt(excess)));
      return sides.mulRowVector(singular).mmul(hidden.subMatrix(0, d - 1, 0, columns - 1).transpose());
    };
    const sizes = Array.from({ length: shared }, () => Math.abs(scale * random.normal()));
    return {
      W2: factor(m, Math.max(0, lambda), rates.u, sizes),
      W1: factor(k, Math.max(0, -lambda), rates.w, sizes).transpose(),
    };
  });
}
