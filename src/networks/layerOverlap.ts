/**
 * Two adjacent layers as order parameters,
 *
 *     uu = ‖W₂‖²_F   ww = ‖W₁‖²_F   uw = ‖W₂W₁‖_F      so that uw/√(uu·ww) is |cos ζ| for vectors
 *
 * contracted over the neurons between them; a convolution's other axes count as outputs or inputs. [XuZiyin2025, §6]
 */
import { reject } from "../numerics/check.ts";
import { Totals } from "../numerics/totals.ts";
import { type LayerLike, type ReadLayer, readLayer } from "./tensor.ts";

/** What two adjacent layers are to each other. */
export interface LayerOverlap {
  /** ‖W₂‖²_F. */
  readonly uu: number;
  /** ‖W₁‖²_F. */
  readonly ww: number;
  /** ‖W₂W₁‖_F ≥ 0. */
  readonly uw: number;
}

/**
 * The overlap of two adjacent layers of any network.
 *
 * @param outer - The later layer, [outputs, inputs], or [outputs, inputs, …kernel] of a convolution.
 * @param inner - The earlier layer, with as many outputs as the later one has inputs.
 * @throws FeatureLearningError `"invalid-argument"`: no matrices, numbers that are not finite, layers that are not adjacent.
 *
 * @example
 * ```ts
 * import { layerOverlap } from "feature-learning/deep";
 *
 * console.log(layerOverlap([[3, 4]], [[1], [2]])); // { uu: 25, ww: 5, uw: 11 }
 * ```
 */
export function layerOverlap(outer: LayerLike, inner: LayerLike): LayerOverlap {
  const where = "layerOverlap";
  return overlapOf(where, readLayer(where, "outer", outer), readLayer(where, "inner", inner));
}

export function overlapOf(where: string, outer: ReadLayer, inner: ReadLayer): LayerOverlap {
  const d = inner.outputs;
  if (outer.inputs !== d)
    reject(where, `outer has ${outer.inputs} inputs and inner ${d} outputs; pass two layers of which one feeds the other`);
  const totals = new Totals(3);
  for (const x of outer.data) totals.add(0, x * x);
  for (const x of inner.data) totals.add(1, x * x);
  const rows = outer.outputs * outer.taps;
  const columns = inner.inputs * inner.taps;
  // The product itself, or the trace of two d×d matrices, whichever is cheaper.
  if (rows * columns <= d * (rows + columns)) productSquare(outer, inner, totals);
  else traceSquare(outer, inner, totals);
  return { uu: totals.of(0), ww: totals.of(1), uw: Math.sqrt(Math.max(0, totals.of(2))) };
}

/** Row r of the outer layer over its d inputs: r counts outputs and taps. */
function outerAt({ inputs, taps, data }: ReadLayer, r: number, i: number): number {
  const output = Math.floor(r / taps);
  return data[(output * inputs + i) * taps + (r % taps)]!;
}

function productSquare(outer: ReadLayer, inner: ReadLayer, totals: Totals): void {
  const d = inner.outputs;
  const columns = inner.inputs * inner.taps;
  const row = new Float64Array(columns);
  for (let r = 0; r < outer.outputs * outer.taps; r++) {
    row.fill(0);
    for (let i = 0; i < d; i++) {
      const x = outerAt(outer, r, i);
      for (let c = 0; c < columns; c++) row[c]! += x * inner.data[i * columns + c]!;
    }
    for (let c = 0; c < columns; c++) totals.add(2, row[c]! * row[c]!);
  }
}

/** tr(W₂ᵀW₂·W₁W₁ᵀ). */
function traceSquare(outer: ReadLayer, inner: ReadLayer, totals: Totals): void {
  const d = inner.outputs;
  const columns = inner.inputs * inner.taps;
  const rows = outer.outputs * outer.taps;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let a = 0;
      for (let r = 0; r < rows; r++) a += outerAt(outer, r, i) * outerAt(outer, r, j);
      let b = 0;
      for (let c = 0; c < columns; c++) b += inner.data[i * columns + c]! * inner.data[j * columns + c]!;
      totals.add(2, (i === j ? 1 : 2) * a * b);
    }
  }
}
