/** Reduces layers trained elsewhere to the latent direction: u is the output layer, wᵢ = W₁ᵢ·n̂. */

import { reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import type { Weights } from "../model/weights.ts";
import { hypot } from "../numerics/wide.ts";

/**
 * The weights { u, w } of a network f(x) = γ W₂W₁x with given layers, for data along one direction.
 *
 * @param W1 - Input layer of shape [d, k], one row per hidden neuron (as in `nn.Linear`).
 * @param W2 - Output layer: d numbers, or of shape [1, d].
 * @param direction - The latent direction, k numbers of any length; `taskFromSamples` reports it as
 * `direction`.
 * @throws FeatureLearningError `"invalid-argument"`: shapes that do not fit, a direction of length 0, entries
 * that are not finite.
 *
 * @example
 * ```ts
 * import { fromLayers } from "feature-learning";
 *
 * const { u, w } = fromLayers([[1, 0], [0, 2]], [[5, 6]], [3, 4]);
 * console.log(u, w); // Float64Array(2) [ 5, 6 ] Float64Array(2) [ 0.6, 1.6 ]
 * ```
 */
export function fromLayers(W1: MatrixLike, W2: VectorLike | MatrixLike, direction: VectorLike): Weights {
  return named("fromLayers", () => {
    const inner: Rows = readMatrix("W1", W1);
    const outer: Rows = axesOf(W2) === 2 ? readMatrix("W2", W2) : asRow(readVector("W2", W2));
    const axis = readVector("direction", direction);
    if (outer.rows !== 1) reject(`W2 has ${outer.rows} rows; pass one output: d numbers or shape [1, d]`);
    if (outer.columns !== inner.rows) reject(`W2 has ${outer.columns} columns; pass as many as W1 has rows, ${inner.rows}`);
    if (axis.length !== inner.columns)
      reject(`direction has length ${axis.length}; pass as many numbers as W1 has columns, ${inner.columns}`);
    const length = axis.reduce(hypot, 0);
    if (length === 0) reject("direction is all zeros; pass a vector that is not zero");
    const unit = axis.map((component) => component / length);
    const w = new Float64Array(inner.rows);
    for (let i = 0; i < w.length; i++) {
      for (let j = 0; j < unit.length; j++) w[i]! += inner.data[i * inner.columns + j]! * unit[j]!;
    }
    return { u: outer.data, w };
  });
}

function asRow(data: Float64Array): Rows {
  return { rows: 1, columns: data.length, data };
}
