/**
 * Computes the second moments E[xxᵀ], E[yxᵀ] and E[|y|²] of data. Whitening replaces x by Tx with T =
 * diag(1/deviation)·Vᵀ from the principal components of the samples, so that E[Tx(Tx)ᵀ] = 1. Tx has one entry
 * per direction of the inputs.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { readBoolean, readRecord, refuse, reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { componentsOf, meanProducts, meansOf } from "../numerics/meanProducts.ts";
import { principalComponents, roundingOf } from "../numerics/principalComponents.ts";
import { Totals } from "../numerics/totals.ts";
import { scale } from "../numerics/wide.ts";
import { type MatrixTask, readMatrixTask } from "./matrixTask.ts";
import { withNotes } from "./notes.ts";
import { noteOnConstants, noteOnLabels, noteOnMeans, noteOnMultiples, noteOnRank } from "./notesOnSamples.ts";
import { preprocess, treat } from "./preprocess.ts";
import type { PreprocessingOptions } from "./preprocessing.ts";
import { printedTask } from "./printedTask.ts";

/** How {@link matrixTaskFromSamples} treats the samples. */
export interface MatrixSampleOptions extends PreprocessingOptions {
  /** Train on whitened inputs Tx (default false). The matrix T is the task's `whitening`. */
  readonly whiten?: boolean | undefined;
  /**
   * For test data: apply the means, scales, constant input and whitening of this task. It cannot be combined
   * with other options.
   */
  readonly like?: MatrixTask | undefined;
}

/**
 * A task of k inputs and m targets from samples. It has their uncentred second moments, and the samples,
 * which losses other than the squared loss need.
 *
 * @param x - n inputs, as rows of k numbers.
 * @param y - n targets, as rows of m numbers, or n numbers for one target.
 * @param options - `center` and `standardize` subtract means and divide by standard deviations first, `bias`
 * then appends a constant input, whose weights act as biases of the hidden layer (see {@link taskFromSamples}
 * for what that represents). `whiten: true` then trains on Tx, whose moments are E[Tx(Tx)ᵀ] = 1: the inputs'
 * principal components at unit variance, from the singular values of the samples. Directions whose singular
 * value is rounding error (below max(n, k)·2⁻⁵² of the largest) are left out. T applies to the centred and
 * standardised inputs with their constant.
 * @returns The task. `preprocessing` has the means and scales; `notes` has remarks on the data, which do not
 * change any number.
 * @throws FeatureLearningError `"invalid-argument"`: empty, ragged or non-finite samples, numbers of samples
 * that differ, squares that overflow; inputs to be whitened that are all zero, or so small that T overflows;
 * `like` together with another option.
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
 *
 * @example Centred and with biases; new data are treated in the same way:
 * ```ts
 * import { matrixTaskFromSamples } from "feature-learning";
 *
 * const x = [[1, 0], [2, 1], [3, 5]];
 * const train = matrixTaskFromSamples(x, [1, 2, 6], { center: "inputs", bias: true });
 * console.log(train.xx.rows, train.xx.get(2, 2), train.preprocessing!.inputs.mean.join()); // 3 1 2,2
 * const test = matrixTaskFromSamples([[2, 2]], [3], { like: train });
 * console.log(test.xx.to2DArray()); // [ [ 0, 0, 0 ], [ 0, 0, 0 ], [ 0, 0, 1 ] ]
 * ```
 */
export function matrixTaskFromSamples(x: MatrixLike, y: MatrixLike | VectorLike, options: MatrixSampleOptions = {}): MatrixTask {
  return named("matrixTaskFromSamples", () => {
    const fields = readRecord("options", options, ["whiten", "center", "standardize", "bias", "like"]);
    const inputRows = readMatrix("x", x);
    const targetRows = axesOf(y) === 1 ? asColumn(readVector("y", y)) : readMatrix("y", y);
    if (inputRows.rows !== targetRows.rows)
      reject(`x has ${inputRows.rows} samples and y has ${targetRows.rows}; pass one row of targets for each input`);
    const raw = { inputs: inputRows, targets: targetRows };
    const like = readLike(fields);
    const { inputs, targets, preprocessing } = like === undefined ? preprocess(raw, fields) : treat(raw, like.preprocessing);
    const prepared = preprocessing === undefined ? {} : { preprocessing };
    if (like !== undefined) return printedTask(withJson({ ...alike(inputs, targets, like), ...prepared }));
    const white = readBoolean("whiten", fields.whiten ?? false);
    const task = white ? whitened(inputs, targets) : plain(inputs, targets);
    const inputMeans = meansOf(inputs);
    const means = {
      x:
        task.whitening === undefined
          ? inputMeans
          : Float64Array.from(task.whitening.mmul(Matrix.columnVector(inputMeans)).to1DArray()),
      y: meansOf(targets),
    };
    return printedTask(
      withJson({
        ...task,
        ...prepared,
        ...withNotes([
          noteOnMeans(inputs.rows, { ...task, ...means }),
          ...noteOnConstants(inputRows, preprocessing),
          ...(white ? [noteOnRank(inputs, task.xx.rows, preprocessing)] : noteOnMultiples(inputs, task.xx)),
          noteOnLabels(targets),
        ]),
      }),
    );
  });
}

/** The task of `like`, which replaces all other options. */
function readLike(fields: Readonly<Partial<Record<keyof MatrixSampleOptions, unknown>>>): MatrixTask | undefined {
  if (fields.like === undefined) return undefined;
  for (const other of ["whiten", "center", "standardize", "bias"] as const)
    if (fields[other] !== undefined) reject(`like and ${other} are both given; pass one`);
  return readMatrixTask("like", fields.like);
}

function alike(inputs: Rows, targets: Rows, { xx, yx, whitening }: MatrixTask): MatrixTask {
  const columns = whitening?.columns ?? xx.rows;
  if (inputs.columns !== columns) reject(`x has ${inputs.columns} columns; pass as many as the data of like have, ${columns}`);
  if (targets.columns !== yx.rows) reject(`y has ${targets.columns} columns; pass as many as the data of like have, ${yx.rows}`);
  const seen = whitening === undefined ? inputs : componentsOf(inputs, whitening);
  const task = plain(seen, targets);
  return whitening === undefined ? task : { ...task, whitening };
}

function plain(inputs: Rows, targets: Rows): MatrixTask {
  const moments = { xx: meanProducts(inputs, inputs), yx: meanProducts(targets, inputs), yy: meanSquare(targets) };
  const task = { ...moments, samples: { x: inputs, y: targets } };
  checkFinite(Math.max(task.yy, ...task.xx.diagonal()));
  return task;
}

function checkFinite(largest: number): void {
  if (largest === Infinity) refuse("a mean square", largest, "rescale x and y, so that their squares stay in range");
}

function asColumn(data: Float64Array): Rows {
  return { rows: data.length, columns: 1, data };
}

function whitened(inputs: Rows, targets: Rows): MatrixTask {
  const yy = meanSquare(targets);
  checkFinite(yy);
  const { directions, deviations, exponent, samples } = principalComponents(inputs, roundingOf(inputs));
  const r = deviations.length;
  if (r === 0) reject("x is all zeros; there is nothing to whiten");
  let T = directions.mulRowVector(deviations.map((deviation) => 1 / deviation)).transpose();
  // The rounding error of a long direction is large relative to a short one, so the remaining correlations
  // are removed in a second pass.
  for (let pass = 0; pass < 2; pass++) T = decorrelated(T, samples);
  const whitening = T.apply((i, j) => T.set(i, j, scale(T.get(i, j), -exponent)));
  if (!whitening.to1DArray().every(Number.isFinite)) reject("x is so small that the whitening matrix overflows; rescale x");
  const white = componentsOf(inputs, whitening);
  return { xx: Matrix.eye(r, r), yx: meanProducts(targets, white), yy, whitening, samples: { x: white, y: targets } };
}

/**
 * L⁻¹T, where LLᵀ = E[Tx(Tx)ᵀ] is nearly 1: rows of short directions are corrected by rows of longer ones,
 * not vice versa.
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
