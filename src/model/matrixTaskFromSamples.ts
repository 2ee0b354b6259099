/**
 * From data to their second moments, E[xxᵀ], E[yxᵀ], E[|y|²]; whitened, x is replaced by Tx with T =
 * diag(1/deviation)·Vᵀ from the principal components of the samples, of as many entries as the inputs have
 * directions, so that E[Tx(Tx)ᵀ] = 1.
 */

import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { readBoolean, readRecord, refuse, reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { componentsOf, meanProducts } from "../numerics/meanProducts.ts";
import { principalComponents, roundingOf } from "../numerics/principalComponents.ts";
import { Totals } from "../numerics/totals.ts";
import { scale } from "../numerics/wide.ts";
import type { MatrixTask } from "./matrixTask.ts";

/** How {@link matrixTaskFromSamples} treats the inputs. */
export interface MatrixSampleOptions {
  /** Train on whitened inputs (default false). The task's `whitening` is the matrix T that makes them. */
  readonly whiten?: boolean;
}

/**
 * A task of k inputs and m targets from samples: their uncentred second moments, and the samples themselves,
 * which losses other than squares need.
 *
 * @param x - n inputs, as rows of k numbers.
 * @param y - n targets, as rows of m numbers, or n numbers for one target.
 * @param options - `whiten: true` trains on Tx, whose moments are E[Tx(Tx)ᵀ] = 1: the inputs' principal
 * components at unit variance, from the singular values of the samples. Directions whose singular value is
 * rounding (below max(n, k)·2⁻⁵² of the largest) are left out.
 * @throws FeatureLearningError `"invalid-argument"`: empty, ragged or non-finite samples, numbers of samples
 * that differ, squares that overflow; inputs that are all zero or so small that T overflows, where they are
 * to be whitened.
 *
 * @example
 * ```ts
 * import { matrixTaskFromSamples } from "feature-learning";
 *
 * const { xx, yx } = matrixTaskFromSamples([[2, 0], [0, 1]], [[1, 0, 1], [0, 1, 1]]);
 * console.log(xx.to2DArray(), yx.to2DArray()); // [ [ 2, 0 ], [ 0, 0.5 ] ] [ [ 1, 0 ], [ 0, 0.5 ], [ 1, 0.5 ] ]
 * const white = matrixTaskFromSamples([[2, 0], [0, 1]], [[1, 0, 1], [0, 1, 1]], { whiten: true });
 * console.log(white.xx.to2DArray()); // [ [ 1, 0 ], [ 0, 1 ] ]
 * ```
 */
export function matrixTaskFromSamples(x: MatrixLike, y: MatrixLike | VectorLike, options: MatrixSampleOptions = {}): MatrixTask {
  return named("matrixTaskFromSamples", () => {
    const { whiten = false } = readRecord("options", options, ["whiten"]);
    const inputs = readMatrix("x", x);
    const targets = axesOf(y) === 1 ? asColumn(readVector("y", y)) : readMatrix("y", y);
    if (inputs.rows !== targets.rows)
      reject(`x has ${inputs.rows} samples and y has ${targets.rows}; pass one row of targets for each input`);
    const yy = meanSquare(targets);
    const white = readBoolean("whiten", whiten);
    const xx = white ? undefined : meanProducts(inputs, inputs);
    const largest = Math.max(yy, ...(xx?.diagonal() ?? []));
    if (largest === Infinity) refuse("a mean square", largest, "rescale x and y, so that their squares stay in range");
    if (xx === undefined) return whitened(inputs, targets, yy);
    return { xx, yx: meanProducts(targets, inputs), yy, samples: { x: inputs, y: targets } };
  });
}

function asColumn(data: Float64Array): Rows {
  return { rows: data.length, columns: 1, data };
}

function whitened(inputs: Rows, targets: Rows, yy: number): MatrixTask {
  const { directions, deviations, exponent, samples } = principalComponents(inputs, roundingOf(inputs));
  const r = deviations.length;
  if (r === 0) reject("x is all zeros; there is nothing to whiten");
  let T = directions.mulRowVector(deviations.map((deviation) => 1 / deviation)).transpose();
  // Rounding of a long direction is large beside a short one: what is left of the correlations is taken out
  // once more.
  for (let pass = 0; pass < 2; pass++) T = decorrelated(T, samples);
  const whitening = T.apply((i, j) => T.set(i, j, scale(T.get(i, j), -exponent)));
  if (!whitening.to1DArray().every(Number.isFinite)) reject("x is so small that the whitening matrix overflows; rescale x");
  const white = componentsOf(inputs, whitening);
  return { xx: Matrix.eye(r, r), yx: meanProducts(targets, white), yy, whitening, samples: { x: white, y: targets } };
}

/**
 * L⁻¹T, where LLᵀ = E[Tx(Tx)ᵀ] is nearly 1: rows of short directions are corrected by those of longer ones,
 * not the other way round.
 */
function decorrelated(T: Matrix, samples: Rows): Matrix {
  const components = componentsOf(samples, T);
  const moments = meanProducts(components, components);
  const cholesky = new CholeskyDecomposition(moments.add(moments.transpose()).div(2));
  if (!cholesky.isPositiveDefinite()) return T;
  const L = cholesky.lowerTriangularMatrix;
  const solved = T.clone();
  for (let a = 0; a < T.rows; a++) {
    for (let b = 0; b < a; b++)
      for (let j = 0; j < T.columns; j++) solved.set(a, j, solved.get(a, j) - L.get(a, b) * solved.get(b, j));
    for (let j = 0; j < T.columns; j++) solved.set(a, j, solved.get(a, j) / L.get(a, a));
  }
  return solved;
}

function meanSquare({ rows, data }: Rows): number {
  const totals = new Totals(1);
  for (const value of data) totals.add(0, (value / rows) * value);
  return totals.of(0);
}
