/**
 * From data to their second moments, E[xxᵀ], E[yxᵀ], E[|y|²]; whitened, x is replaced by Tx with T = Λ^{−1/2}Vᵀ from E[xxᵀ] = VΛVᵀ, of as many
 * entries as the inputs have directions, so that E[Tx(Tx)ᵀ] = 1.
 */
import { Matrix } from "ml-matrix";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../numerics/arrays.ts";
import { readBoolean, readRecord, refuse, reject } from "../numerics/check.ts";
import { Totals } from "../numerics/totals.ts";
import type { MatrixTask } from "./matrixTask.ts";
import { supportOf } from "./support.ts";

/** How {@link matrixTaskFromSamples} treats the inputs. */
export interface MatrixSampleOptions {
  /** Train on whitened inputs (default false). The task's `whitening` is the matrix T that makes them. */
  readonly whiten?: boolean;
}

/**
 * A task of k inputs and m targets from samples: their uncentred second moments.
 *
 * @param x - n inputs, as rows of k numbers.
 * @param y - n targets, as rows of m numbers, or n numbers for one target.
 * @param options - `whiten: true` trains on Tx, whose moments are E[Tx(Tx)ᵀ] = 1: the inputs' principal components at unit variance. Directions
 * whose variance is rounding (below k·10⁻¹⁵ of the largest) are left out.
 * @throws FeatureLearningError `"invalid-argument"`: empty, ragged or non-finite samples, numbers of samples that differ, squares beyond the
 * doubles; inputs that are all zero, where they are to be whitened.
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
  const where = "matrixTaskFromSamples";
  const { whiten = false } = readRecord(where, "options", options, ["whiten"]);
  const inputs = readMatrix(where, "x", x);
  const targets = axesOf(y) === 1 ? asColumn(readVector(where, "y", y)) : readMatrix(where, "y", y);
  if (inputs.rows !== targets.rows)
    reject(where, `x has ${inputs.rows} samples and y has ${targets.rows}; pass one row of targets for each input`);
  const yy = meanSquare(targets);
  const task = { xx: meanProducts(inputs, inputs), yx: meanProducts(targets, inputs), yy };
  const largest = Math.max(yy, ...task.xx.diagonal());
  if (largest === Infinity)
    refuse(where, "a mean square", largest, "rescale x and y, so that their squares lie within the doubles");
  return readBoolean(where, "whiten", whiten) ? whitened(where, task) : task;
}

function asColumn(data: Float64Array): Rows {
  return { rows: data.length, columns: 1, data };
}

function whitened(where: string, { xx, yx, yy }: MatrixTask): MatrixTask {
  const { variances, directions = Matrix.eye(xx.rows, xx.rows) } = supportOf(xx);
  if (variances.length === 0) reject(where, "x is all zeros; there is nothing to whiten");
  const back = directions.clone().mulRowVector(variances.map((variance) => 1 / Math.sqrt(variance)));
  return { xx: Matrix.eye(variances.length, variances.length), yx: yx.mmul(back), yy, whitening: back.transpose() };
}

/** E[abᵀ]. */
function meanProducts(a: Rows, b: Rows): Matrix {
  const sums = new Float64Array(a.columns * b.columns);
  for (let n = 0; n < a.rows; n++) {
    for (let i = 0; i < a.columns; i++) {
      const value = a.data[n * a.columns + i]! / a.rows;
      if (value === 0) continue;
      const row = i * b.columns;
      const from = n * b.columns;
      for (let j = 0; j < b.columns; j++) sums[row + j]! += value * b.data[from + j]!;
    }
  }
  return Matrix.from1DArray(a.columns, b.columns, sums);
}

function meanSquare({ rows, data }: Rows): number {
  const totals = new Totals(1);
  for (const value of data) totals.add(0, (value / rows) * value);
  return totals.of(0);
}
