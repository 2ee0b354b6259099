/**
 * From data to their latent direction: with the samples as rows of X = UΣVᵀ, n̂ is the first right singular
 * vector, the latent variable of a sample is x·n̂, and 1 − Σ(x·n̂)²/Σ|x|² is the share off that direction.
 */

import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { readBoolean, readRecord, reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { Totals } from "../numerics/totals.ts";
import { exponentOf, scale } from "../numerics/wide.ts";
import { checkMomentsInRange, type Task } from "./task.ts";

/** How {@link taskFromSamples} treats inputs of several dimensions. */
export interface SampleOptions {
  /**
   * Train on the inputs' projection x·n̂, whatever lies off that direction (default false: such a task is
   * refused when solved exactly).
   */
  readonly project?: boolean;
}

/**
 * A task from samples: the moments of the latent variable x·n̂ and the target, n̂ being the direction that
 * the inputs lie on.
 *
 * @param x - n inputs: n numbers, or n rows of k numbers each (array, typed array, ndarray or ml-matrix
 * matrix).
 * @param y - n targets.
 * @returns The task; `offDirection` is the share of E[|x|²] off n̂, `direction` is n̂. Nothing is centred:
 * standardise first if the means are not to be learned.
 * @throws FeatureLearningError `"invalid-argument"`: empty, ragged or non-finite samples, lengths that
 * differ, or squares that overflow.
 *
 * @example
 * ```ts
 * import { taskFromSamples } from "feature-learning";
 *
 * const task = taskFromSamples([[3, 4], [-3, -4], [6, 8]], [1, -1, 2]);
 * console.log(task.xx, task.xy, task.offDirection < 1e-30); // 50 10 true
 * ```
 */
export function taskFromSamples(x: VectorLike | MatrixLike, y: VectorLike, options: SampleOptions = {}): Task {
  return named("taskFromSamples", () => {
    const { project = false } = readRecord("options", options, ["project"]);
    const projected = readBoolean("project", project);
    const targets = readVector("y", y);
    const single = axesOf(x) === 1;
    const inputs: Rows = single ? asColumn(readVector("x", x)) : readMatrix("x", x);
    if (inputs.rows !== targets.length) {
      reject(`x has ${inputs.rows} samples and y has ${targets.length}; pass one target for each input`);
    }
    const direction = inputs.columns === 1 ? Float64Array.of(1) : leadingDirection(inputs);
    const { latent, offDirection } = projectOnto(inputs, direction);
    const moments = { xx: meanProduct(latent, latent), xy: meanProduct(latent, targets), yy: meanProduct(targets, targets) };
    checkMomentsInRange(moments, isZero(latent), isZero(targets));
    const samples = { x: latent, y: targets };
    return { ...moments, offDirection, projected, direction, samples, ...(inputs.columns > 1 ? { inputs } : {}) };
  });
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

function largestExponent(data: Float64Array): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 0 : exponentOf(largest);
}

/** The latent variable of each sample, and how much of |x|² it leaves over. */
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

function meanProduct(a: Float64Array, b: Float64Array): number {
  const [m, n] = [largestExponent(a), largestExponent(b)];
  const totals = new Totals(1);
  for (let i = 0; i < a.length; i++) totals.add(0, scale(a[i]!, -m) * scale(b[i]!, -n));
  return scale(totals.of(0) / a.length, m + n);
}

function isZero(values: Float64Array): boolean {
  return values.every((value) => value === 0);
}
