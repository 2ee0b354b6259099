/**
 * The statistics of the data that determine the training of a linear network of several inputs and outputs:
 * the moments Σ = E[xxᵀ], Σ_yx = E[yxᵀ] and E[|y|²] for the squared loss, and the samples for other losses.
 * [SaxeEtAl2014]
 */
import { Matrix } from "ml-matrix";
import { readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type MatrixLike, type Rows, readMatrix, readRows } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { largestEntry, matrixFrom } from "../numerics/matrices.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import { explained, supportOf } from "../numerics/support.ts";
import { readNotes } from "./notes.ts";
import { type Preprocessing, readPreprocessing } from "./preprocessing.ts";
import { printedTask } from "./printedTask.ts";

/** The uncentred second moments of k inputs x and m targets y, with the samples if they are known. */
export interface MatrixTask {
  /** E[xxᵀ], k×k, symmetric. */
  readonly xx: Matrix;
  /** E[yxᵀ], m×k. */
  readonly yx: Matrix;
  /** E[|y|²]. */
  readonly yy: number;
  /**
   * T, r×k, one principal component per row, the largest variance first. The inputs of this task are T·x, so
   * multiply new inputs by T before applying `output`. Present if the task was whitened.
   */
  readonly whitening?: Matrix;
  /**
   * The n samples, if the task was made from samples: inputs x, n×k (whitened if `whitening` is present), and
   * targets y, n×m. Losses other than the squared loss need them.
   */
  readonly samples?: { readonly x: Rows; readonly y: Rows };
  /** How the samples were centred, standardised and extended by a constant input; absent if they were not. */
  readonly preprocessing?: Preprocessing;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
}

/** Moments of several inputs and outputs, for {@link matrixTaskFromMoments}. */
export interface MatrixMoments {
  /** E[xxᵀ], k×k. */
  readonly xx: MatrixLike;
  /** E[yxᵀ], m×k. */
  readonly yx: MatrixLike;
  /** E[|y|²]. */
  readonly yy: number;
}

/**
 * A task of k inputs and m targets from its moments E[xxᵀ], E[yxᵀ], E[|y|²] (uncentred means).
 *
 * @throws FeatureLearningError `"invalid-argument"`: entries that are not finite, shapes that do not fit, or
 * moments that no data can have (up to rounding): xx that is not symmetric or has a negative eigenvalue, yx
 * along inputs of variance 0, yy smaller than the part that the inputs explain.
 *
 * @example
 * ```ts
 * import { matrixTaskFromMoments } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 2]], yx: [[0.5, 0], [0, 1]], yy: 1 });
 * console.log(task.yx.rows, task.xx.get(1, 1)); // 2 2
 * ```
 */
export function matrixTaskFromMoments(moments: MatrixMoments): MatrixTask {
  return named("matrixTaskFromMoments", () => printedTask(readMatrixTask("moments", moments)));
}

/** Checks and copies a task. */
export function readMatrixTask(argument: string, value: unknown): MatrixTask {
  const fields = readRecord(argument, value, ["xx", "yx", "yy", "whitening", "samples", "preprocessing", "notes"]);
  const xx = matrixFrom(readMatrix(`${argument}.xx`, fields.xx));
  const yx = matrixFrom(readMatrix(`${argument}.yx`, fields.yx));
  const yy = readNumber(`${argument}.yy`, fields.yy, { min: 0 });
  if (xx.rows !== xx.columns) reject(`${argument}.xx is ${xx.rows}×${xx.columns}; pass a square matrix`);
  if (yx.columns !== xx.rows) reject(`${argument}.yx has ${yx.columns} columns; pass one for each input, ${xx.rows}`);
  const task = { xx: symmetric(`${argument}.xx`, xx), yx, yy };
  checkExplained(argument, task);
  const { whitening, samples, preprocessing, notes } = fields;
  return {
    ...task,
    ...(whitening === undefined ? {} : { whitening: matrixFrom(readMatrix(`${argument}.whitening`, whitening)) }),
    ...(samples === undefined ? {} : { samples: readSamples(`${argument}.samples`, samples, task) }),
    ...(preprocessing === undefined ? {} : { preprocessing: readPreprocessing(`${argument}.preprocessing`, preprocessing) }),
    ...(notes === undefined ? {} : { notes: readNotes(`${argument}.notes`, notes) }),
  };
}

function readSamples(argument: string, value: unknown, { xx, yx }: MatrixTask): { x: Rows; y: Rows } {
  const fields = readRecord(argument, value, ["x", "y"]);
  const x = readRows(`${argument}.x`, fields.x);
  const y = readRows(`${argument}.y`, fields.y);
  if (x.columns !== xx.rows) reject(`${argument}.x has ${x.columns} columns; pass one for each input of the task, ${xx.rows}`);
  if (y.columns !== yx.rows) reject(`${argument}.y has ${y.columns} columns; pass one for each target of the task, ${yx.rows}`);
  if (x.rows !== y.rows) reject(`${argument}.x has ${x.rows} rows and y has ${y.rows}; pass one row of y for each of x`);
  return { x, y };
}

function symmetric(argument: string, xx: Matrix): Matrix {
  const slack = DECIMAL_ROUNDING * largestEntry(xx);
  const mean = new Matrix(xx.rows, xx.columns);
  for (let i = 0; i < xx.rows; i++) {
    for (let j = 0; j < xx.columns; j++) {
      if (Math.abs(xx.get(i, j) - xx.get(j, i)) > slack)
        reject(`${argument} is not symmetric: ${xx.get(i, j)} and ${xx.get(j, i)} at [${i}, ${j}]; pass E[xxᵀ]`);
      mean.set(i, j, xx.get(i, j) / 2 + xx.get(j, i) / 2);
    }
  }
  return mean;
}

/**
 * Refuses a negative variance, targets along inputs of variance 0, and a yy below the part that x explains.
 */
function checkExplained(argument: string, { xx, yx, yy }: MatrixTask): void {
  const { variances, directions, least } = supportOf(xx);
  const largest = variances.reduce((most, value) => Math.max(most, value), 0);
  if (least < -DECIMAL_ROUNDING * largest)
    refuse(`the least eigenvalue of ${argument}.xx`, least, "pass E[xxᵀ], which has no negative eigenvalue");
  const seen = directions === undefined ? yx : yx.mmul(directions);
  const sum = explained(seen, variances);
  if (sum > yy * (1 + DECIMAL_ROUNDING))
    reject(`${argument} has yy = ${yy}, less than the ${sum} that its inputs explain; pass E[|y|²]`);
  if (directions === undefined) return;
  const outside = largestEntry(Matrix.sub(yx, seen.mmul(directions.transpose())));
  if (outside > Math.sqrt(DECIMAL_ROUNDING) * largestEntry(yx))
    reject(`${argument}.yx has targets along inputs whose variance in ${argument}.xx is 0; pass the moments of one set of data`);
}
