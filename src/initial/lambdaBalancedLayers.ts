/**
 * λ-balanced layers, W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1: with random orthonormal O (m×q), R (d×q), V (k×q) and cᵢ ~
 * scale·|N(0, 1)|,
 *
 *     W₁ = √η_w R diag(√(cᵢ² + max(0, −λ))) Vᵀ      W₂ = √η_u O diag(√(cᵢ² + max(0, λ))) Rᵀ
 *
 * [DomineEtAl2025]; λ = 0 is the case of [BraunEtAl2022].
 */

import type { Matrix } from "ml-matrix";
import { readNumber, readPair, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { randomFrom, type Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { randomOrthonormal } from "../numerics/orthonormal.ts";
import { hypot } from "../numerics/wide.ts";

/** The options of {@link lambdaBalancedLayers}. */
export interface LambdaBalanceOptions {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /** k, the number of inputs. */
  readonly inputs: number;
  /** m, the number of outputs. */
  readonly outputs: number;
  /** λ (default 0, balanced layers). */
  readonly lambda?: number | undefined;
  /**
   * Standard deviation of the singular values of the layer with the smaller norm, in units of √η (default 1).
   */
  readonly scale?: number | undefined;
  /** The learning rates of the network, both above 0 (default 1). */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/** The largest size of a matrix. */
const MAX_SIZE = 1e5;

/**
 * Random λ-balanced layers, W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1. Training conserves this. For λ > 0 the output layer
 * is the larger one.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are not positive integers, a negative scale,
 * rates that are not above 0; λ ≠ 0 with more hidden neurons than outputs (λ > 0) or inputs (λ < 0), for
 * which no λ-balanced layers exist.
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
    const fields = readRecord("options", options, ["width", "inputs", "outputs", "lambda", "scale", "learningRates", "seed"]);
    const size = (name: "width" | "inputs" | "outputs"): number =>
      readNumber(name, fields[name], { min: 1, max: MAX_SIZE, integer: true });
    const [d, k, m] = [size("width"), size("inputs"), size("outputs")];
    const lambda = readNumber("lambda", fields.lambda ?? 0);
    const scale = readNumber("scale", fields.scale ?? 1, { min: 0 });
    const rates = readPair("learningRates", fields.learningRates ?? 1, { above: 0 });
    const random = randomFrom(fields.seed, "lambdaBalancedLayers");
    const most = lambda > 0 ? m : lambda < 0 ? k : d;
    const heavier = lambda > 0 ? "outputs" : "inputs";
    if (d > most)
      refuse(
        "width",
        d,
        `pass at most as many hidden neurons as ${heavier}, ${most}, or lambda 0: no wider layers are λ-balanced`,
      );
    // Directions that only the larger layer has are zero in the smaller one.
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
