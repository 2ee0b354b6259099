/**
 * The Hessian of L(γ W_L ⋯ W₁) + ½μ Σ|W_l|², the objective of any number of matrix layers, with each layer
 * in units of the root of its rate. With B_l = W_l ⋯ W₁, E_l = (W_L ⋯ W_{l+1})ᵀ ∂L/∂F and their changes Ḃ_l,
 * Ė_l under a change D of the layers, its product with D is
 *
 *     Ė_l B_{l−1}ᵀ + E_l Ḃ_{l−1}ᵀ + μ D_l     Ḃ_l = D_l B_{l−1} + W_l Ḃ_{l−1}     Ė_{l−1} = D_lᵀE_l + W_lᵀĖ_l
 */
import { Matrix } from "ml-matrix";
import { overflows } from "../door/arguments.ts";
import { largestEigenvalue, type Product } from "../numerics/largestEigenvalue.ts";
import { productsBefore } from "./deepProducts.ts";
import type { DeepState } from "./deepState.ts";

/**
 * The largest and, if it is asked for, the least eigenvalue; undefined for a loss without a second
 * derivative.
 */
export interface DeepCurvature {
  readonly top: number;
  readonly least: () => number;
}

/** The curvature of these layers, W₁ in the coordinates of the inputs' span. */
export function deepCurvature(
  { network, objective }: DeepState,
  layers: readonly Matrix[],
  rates: Float64Array,
): DeepCurvature | undefined {
  const { outputScale: gamma, weightDecay: mu } = network;
  const { outputs: m, inputs: r, k, curve } = objective;
  if (curve === undefined) return undefined;
  const L = layers.length;
  const before = productsBefore(layers, Matrix.eye(r));
  const output = Float64Array.from(Matrix.mul(before[L]!, gamma).to1DArray());
  const G = new Float64Array(m * r);
  objective.residual(output, G);
  const last = Matrix.from1DArray(m, r, G).mul(-2 * k * gamma);
  const after = productsBefore(
    [...layers].reverse().map((W) => W.transpose()),
    last,
  ).reverse();
  const roots = rates.map(Math.sqrt);
  const sizes = layers.map(({ rows, columns }) => rows * columns);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  const C = new Float64Array(m * r);
  const apply: Product = (v, out) => {
    let from = 0;
    const changes = layers.map(({ rows, columns }, l) => {
      const change = Matrix.from1DArray(rows, columns, v.subarray(from, from + sizes[l]!));
      from += sizes[l]!;
      return change.mul(roots[l]!);
    });
    const moved = [Matrix.zeros(r, r)];
    for (const [l, D] of changes.entries()) moved.push(D.mmul(before[l]!).add(layers[l]!.mmul(moved[l]!)));
    curve(output, Float64Array.from(Matrix.mul(moved[L]!, gamma).to1DArray()), C);
    let bent = Matrix.from1DArray(m, r, C).mul(gamma);
    for (let l = L - 1; l >= 0; l--) {
      const product = bent
        .mmul(before[l]!.transpose())
        .add(after[l + 1]!.mmul(moved[l]!.transpose()))
        .add(Matrix.mul(changes[l]!, mu))
        .mul(roots[l]!);
      from -= sizes[l]!;
      out.set(product.to1DArray(), from);
      bent = changes[l]!.transpose()
        .mmul(after[l + 1]!)
        .add(layers[l]!.transpose().mmul(bent));
    }
  };
  const unit = unitOf(apply, size);
  const eigenvalue = (factor: number): number => {
    const scaled: Product = (v, out) => {
      apply(v, out);
      for (let i = 0; i < out.length; i++) out[i]! *= factor / unit;
    };
    return factor * unit * largestEigenvalue(scaled, size).value;
  };
  return { top: eigenvalue(1), least: () => eigenvalue(-1) };
}

/** The size of the products: squares of what they are may leave the range of doubles. */
function unitOf(apply: Product, size: number): number {
  let largest = 0;
  const out = new Float64Array(size);
  // Vectors of several signs, so that no part of the operator is missed.
  for (const frequency of [0, 1, Math.SQRT2]) {
    apply(
      Float64Array.from({ length: size }, (_, i) => Math.cos(frequency * i)),
      out,
    );
    for (const value of out) {
      if (!Number.isFinite(value)) overflows("the curvature of the layers");
      largest = Math.max(largest, Math.abs(value));
    }
  }
  return largest > 0 ? 2 ** Math.round(Math.log2(largest)) : 1;
}
