import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import {
  areMatrices,
  type MatrixLayersLike,
  type MatrixOrderParameters,
  orderParametersOf,
  readMatrixLayers,
} from "../model/matrixLayers.ts";
import { readWeights } from "../model/readInitial.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";
import { toNumber } from "../numerics/wide.ts";
import { sumLayers } from "./layerSums.ts";

/**
 * The order parameters uu = |u|², ww = |w|², uw = u·w of weights, and the area √(uu·ww − uw²) that the layers
 * span, computed without cancellation. For layers of several inputs and outputs, the matrices W₂W₂ᵀ, W₁ᵀW₁,
 * W₂W₁.
 *
 * @param weights - `u` and `w` of equal length, the width; or layers { W2, W1 }, m×d and d×k.
 * @throws FeatureLearningError `"invalid-argument"`: no weights, different lengths, entries that are not
 * finite.
 *
 * @example
 * ```ts
 * import { orderParameters } from "feature-learning";
 *
 * console.log(orderParameters({ u: [3, 0], w: [1, 2] })); // { uu: 9, ww: 5, uw: 3, area: 6 }
 * console.log(orderParameters({ W2: [[1, 2]], W1: [[1, 0], [0, 1]] }).uw.to2DArray()); // [ [ 1, 2 ] ]
 * ```
 */
export function orderParameters(weights: MatrixLayersLike): MatrixOrderParameters;
export function orderParameters(weights: WeightsLike): OrderParameters & { readonly area: number };
export function orderParameters(weights: WeightsLike | MatrixLayersLike): OrderParameters | MatrixOrderParameters {
  return named("orderParameters", () => {
    if (areMatrices(weights)) return orderParametersOf(readMatrixLayers("weights", readRecord("weights", weights)));
    return orderParametersOfWeights(readWeights("weights", weights));
  });
}

/** uu, ww, uw and the area of checked weights. */
export function orderParametersOfWeights(weights: Weights): OrderParameters & { readonly area: number } {
  const { uu, ww, S: uw, area } = sumLayers(weights, 1, 1);
  return { uu: toNumber(uu), ww: toNumber(ww), uw: toNumber(uw), area: toNumber(area) };
}
