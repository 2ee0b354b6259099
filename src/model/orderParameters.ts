import { toNumber } from "../numerics/wide.ts";
import { sumLayers } from "./layerSums.ts";
import { readWeights } from "./readInitial.ts";
import type { OrderParameters, WeightsLike } from "./weights.ts";

/**
 * The order parameters uu = |u|², ww = |w|², uw = u·w of some weights, and the area √(uu·ww − uw²) their layers span: one pass,
 * without cancellation.
 *
 * @param weights - `u` and `w` of one length, the width.
 * @throws FeatureLearningError `"invalid-argument"`: no weights, different lengths, entries that are not finite.
 *
 * @example
 * ```ts
 * import { orderParameters } from "feature-learning";
 *
 * console.log(orderParameters({ u: [3, 0], w: [1, 2] })); // { uu: 9, ww: 5, uw: 3, area: 6 }
 * ```
 */
export function orderParameters(weights: WeightsLike): OrderParameters & { readonly area: number } {
  const { uu, ww, uw, area } = sumLayers(readWeights("orderParameters", "weights", weights), 1, 1);
  return { uu: toNumber(uu), ww: toNumber(ww), uw: toNumber(uw), area: toNumber(area) };
}
