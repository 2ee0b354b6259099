/**
 * The order parameters of two adjacent layers,
 *
 *     uu = ‖W₂‖²_F   ww = ‖W₁‖²_F   uw = ‖W₂W₁‖_F      so that uw/√(uu·ww) is |cos ζ| for vectors
 *
 * contracted over the neurons between them; a convolution's other axes count as outputs or inputs.
 * [XuZiyin2025, §6]
 */

import { reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { squaresOf } from "./product/factor.ts";
import { productNorm } from "./product/product.ts";
import { asInner, asOuter, type LayerLike, type ReadLayer, readLayer } from "./tensor.ts";

/** The order parameters of two adjacent layers. */
export interface LayerOverlap {
  /** ‖W₂‖²_F. */
  readonly uu: number;
  /** ‖W₁‖²_F. */
  readonly ww: number;
  /** ‖W₂W₁‖_F ≥ 0. */
  readonly uw: number;
}

/**
 * The overlap of two adjacent layers of any network. Two large layers in Float32Arrays are multiplied in
 * single precision and summed in double precision; all others are multiplied in double precision. Norms whose
 * squares overflow are Infinity; no result is NaN.
 *
 * @param outer - The later layer, [outputs, inputs], or [outputs, inputs, …kernel] of a convolution.
 * @param inner - The earlier layer, with as many outputs as the later one has inputs.
 * @throws FeatureLearningError `"invalid-argument"`: layers that are not matrices, numbers that are not
 * finite, layers that are not adjacent.
 *
 * @example
 * ```ts
 * import { layerOverlap } from "feature-learning/deep";
 *
 * console.log(layerOverlap([[3, 4]], [[1], [2]])); // { uu: 25, ww: 5, uw: 11 }
 * ```
 */
export function layerOverlap(outer: LayerLike, inner: LayerLike): LayerOverlap {
  return named("layerOverlap", () => overlapOf(readLayer("outer", outer), readLayer("inner", inner)));
}

export function overlapOf(outer: ReadLayer, inner: ReadLayer): LayerOverlap {
  const d = inner.outputs.count;
  if (outer.inputs.count !== d)
    reject(`outer has ${outer.inputs.count} inputs and inner ${d} outputs; pass two layers of which one feeds the other`);
  const [left, right] = [asOuter(outer), asInner(inner)];
  return { uu: squaresOf(left), ww: squaresOf(right), uw: productNorm(left, right) };
}
