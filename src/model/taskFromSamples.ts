/**
 * Finds the latent direction of data. With the samples as rows of X = UΣVᵀ, n̂ is the first right singular
 * vector, the latent variable of a sample is x·n̂, and 1 − Σ(x·n̂)²/Σ|x|² is the share off that direction.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { readBoolean, readRecord, refuse, reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";

import { withJson } from "../door/json.ts";

import { largestExponent, meanProduct } from "../numerics/meanProduct.ts";

import { meanProducts, meansOf } from "../numerics/meanProducts.ts";
import { Totals } from "../numerics/totals.ts";
import { scale } from "../numerics/wide.ts";
import { halfMomentsOf } from "./halfLines.ts";
import { withNotes } from "./notes.ts";
import { noteOnConstants, noteOnLabels, noteOnMeans, noteOnMultiples, noteOnProjection } from "./notesOnSamples.ts";
import { hasOneDirection } from "./oneDirection.ts";
import { type PreparedRows, preprocess, treat } from "./preprocess.ts";
import { type PreprocessingOptions, readPreprocessing } from "./preprocessing.ts";
import { printedTask } from "./printedTask.ts";
import { checkMomentsInRange, readTask, type Task } from "./task.ts";

/** How {@link taskFromSamples} treats the samples. */
export interface SampleOptions extends PreprocessingOptions {
  /**
   * Train on the projection x·n̂ of the inputs, and ignore what lies off that direction (default false: exact
   * solvers refuse inputs of several directions).
   */
  readonly project?: boolean | undefined;
  /**
   * For test data: apply the means, scales, constant input and direction of this task. It cannot be combined
   * with other options.
   */
  readonly like?: Task | undefined;
}

/**
 * A task from samples: the moments of the latent variable x·n̂ and the target, where n̂ is the direction of
 * the inputs.
 *
 * @param x - n inputs: n numbers, or n rows of k numbers each (array, typed array, ndarray or ml-matrix
 * matrix).
 * @param y - n targets.
 * @param options - `center` and `standardize` subtract means and divide by standard deviations first,
 * `bias` then appends a constant input, `project` uses the leading direction alone. By default nothing is
 * centred: the moments are E[x²], not variances.
 * @returns The task; `offDirection` is the share of E[|x|²] off n̂, `direction` is n̂, `preprocessing` has
 * the means and scales, `notes` has remarks on the data (means that no slope can fit, constant columns,
 * labels for a different loss), which do not change any number.
 * @throws FeatureLearningError `"invalid-argument"`: empty, ragged or non-finite samples, lengths that
 * differ, squares that overflow, `like` together with another option, or with a task that was not made from
 * samples.
 *
 * @remarks With `bias` the inputs are [x; c] of k + 1 dimensions and f(x) = γW₂(W₁x + b₁), where b₁ is c
 * times the last column of W₁. This is exactly a network with biases in its hidden layer; their learning rate
 * is multiplied by c², and weight decay acts on them as on the weights. A bias b₂ of the output layer is not
 * represented. It would be a separate parameter, while the constant output here is γW₂b₁, a product of two
 * layers like the rest of f. With squared losses, centred inputs and targets need neither bias. Inputs with a
 * constant have several directions, so pass layers { u, W } to `solve`.
 *
 * @example
 * ```ts
 * import { taskFromSamples } from "feature-learning";
 *
 * const task = taskFromSamples([[3, 4], [-3, -4], [6, 8]], [1, -1, 2]);
 * console.log(task.xx, task.xy, task.offDirection < 1e-30); // 50 10 true
 * ```
 *
 * @example
 * Standardised training data, and test data in the same units:
 * ```ts
 * import { taskFromSamples } from "feature-learning";
 *
 * const train = taskFromSamples([1, 2, 3, 6], [10, 20, 40, 50], { standardize: true });
 * const { inputs, targets } = train.preprocessing!;
 * console.log(inputs.mean[0], targets.mean[0], train.xx.toFixed(12)); // 3 30 1.000000000000
 * const test = taskFromSamples([4, 5], [40, 50], { like: train });
 * console.log(test.samples!.x[0] === (4 - inputs.mean[0]!) / inputs.scale[0]!); // true
 * ```
 */
export function taskFromSamples(x: VectorLike | MatrixLike, y: VectorLike, options: SampleOptions = {}): Task {
  return named("taskFromSamples", () => {
    const fields = readRecord("options", options, ["project", "center", "standardize", "bias", "like"]);
    const single = axesOf(x) === 1;
    const targetRows = asColumn(readVector("y", y));
    const inputRows = single ? asColumn(readVector("x", x)) : readMatrix("x", x);
    if (inputRows.rows !== targetRows.rows) {
      reject(`x has ${inputRows.rows} samples and y has ${targetRows.rows}; pass one target for each input`);
    }
    const raw = { inputs: inputRows, targets: targetRows };
    const like = readLike(fields);
    const prepared = like === undefined ? preprocess(raw, fields) : treat(raw, like.preprocessing);
    const { inputs, preprocessing } = prepared;
    const targets = prepared.targets.data;
    const direction = like?.direction ?? (inputs.columns === 1 ? Float64Array.of(1) : leadingDirection(inputs));
    if (direction.length !== inputs.columns)
      reject(`x has ${inputs.columns} columns; pass as many as the data of like have, ${direction.length}`);
    const projected = like?.projected ?? readBoolean("project", fields.project ?? false);
    const { latent, offDirection } = projectOnto(inputs, direction);
    const moments = { xx: meanProduct(latent, latent), xy: meanProduct(latent, targets), yy: meanProduct(targets, targets) };
    checkMomentsInRange(moments, isZero(latent), isZero(targets));
    const task: Task = {
      ...moments,
      ...halfMomentsOf(latent, targets),
      offDirection,
      projected,
      direction,
      samples: { x: latent, y: targets },
      ...(inputs.columns > 1 ? { inputs } : {}),
      ...(preprocessing === undefined ? {} : { preprocessing }),
    };
    return printedTask(withJson(like === undefined ? { ...task, ...notesOf(task, prepared, inputRows) } : task));
  });
}

/** The task of `like`, which replaces all other options. */
function readLike(given: Readonly<Partial<Record<keyof SampleOptions, unknown>>>): Task | undefined {
  if (given.like === undefined) return undefined;
  for (const other of ["project", "center", "standardize", "bias"] as const)
    if (given[other] !== undefined) reject(`like and ${other} are both given; pass one`);
  const like = readTask("like", given.like);
  if (like.direction === undefined) refuse("like", given.like, "pass a task that taskFromSamples made");
  // Solvers do not use it, so it is checked here.
  const { preprocessing } = like;
  return preprocessing === undefined ? like : { ...like, preprocessing: readPreprocessing("like.preprocessing", preprocessing) };
}

function notesOf(task: Task, { inputs, targets }: PreparedRows, raw: Rows): Pick<Task, "notes"> {
  const { xx, xy, yy, samples, offDirection, projected, preprocessing } = task;
  const alongOne = inputs.columns === 1 || projected || hasOneDirection(task);
  const seen = alongOne ? asColumn(samples!.x) : inputs;
  const moments = alongOne
    ? { xx: new Matrix([[xx]]), yx: new Matrix([[xy]]) }
    : { xx: meanProducts(inputs, inputs), yx: meanProducts(targets, inputs) };
  return withNotes([
    noteOnMeans(inputs.rows, { ...moments, yy, x: meansOf(seen), y: meansOf(targets) }),
    ...noteOnConstants(raw, preprocessing),
    ...(alongOne ? [] : noteOnMultiples(inputs, moments.xx)),
    projected ? noteOnProjection(offDirection) : undefined,
    noteOnLabels(targets),
  ]);
}

function asColumn(data: Float64Array): Rows {
  return { rows: data.length, columns: 1, data };
}

/** n̂: the first right singular vector, its largest component positive. */
function leadingDirection({ rows, columns, data }: Rows): Float64Array {
  const n = largestExponent(data);
  const matrix = Matrix.from1DArray(rows, columns, n === 0 ? data : data.map((value) => scale(value, -n)));
  const svd = new SingularValueDecomposition(matrix, {
    computeLeftSingularVectors: rows < columns,
    computeRightSingularVectors: true,
    autoTranspose: true,
  });
  const vector = Float64Array.from(svd.rightSingularVectors.getColumn(0));
  let length = 0;
  let largest = 0;
  for (const component of vector) {
    length += component * component;
    if (Math.abs(component) > Math.abs(largest)) largest = component;
  }
  const factor = Math.sign(largest) / Math.sqrt(length);
  return vector.map((component) => component * factor);
}

/** The latent variable of each sample, and the remaining part of |x|². */
function projectOnto({ rows, columns, data }: Rows, direction: Float64Array): { latent: Float64Array; offDirection: number } {
  const n = largestExponent(data);
  const latent = new Float64Array(rows);
  const totals = new Totals(2);
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    let a = 0;
    for (let j = 0; j < columns; j++) a += row[j]! * direction[j]!;
    latent[i] = a;
    for (let j = 0; j < columns; j++) {
      totals.add(0, scale(row[j]!, -n) ** 2);
      totals.add(1, scale(row[j]! - a * direction[j]!, -n) ** 2);
    }
  }
  const total = totals.of(0);
  return { latent, offDirection: total === 0 || columns === 1 ? 0 : Math.min(1, totals.of(1) / total) };
}

function isZero(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}
