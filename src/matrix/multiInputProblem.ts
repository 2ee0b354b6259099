/**
 * A problem of several inputs and one output, and what of its data a linear network sees: E[xxᵀ] and E[xy].
 */
import { Matrix } from "ml-matrix";
import { readRecord, reject } from "../door/arguments.ts";
import type { Rows } from "../door/arrays.ts";
import { type LayersLike, readLayers } from "../model/layers.ts";
import type { MatrixProblem } from "../model/matrixFlow.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { type Network, readNetwork } from "../model/network.ts";
import { readTask, type Task } from "../model/task.ts";
import { matrixFrom } from "../numerics/matrices.ts";
import { type Support, supportOf, supportOfSamples } from "../numerics/support.ts";

/** A problem of several inputs. */
export interface MultiInputProblem<Initial extends LayersLike = LayersLike> {
  readonly network: Network;
  /** From `taskFromSamples`, with inputs of as many dimensions as W has columns. */
  readonly task: Task;
  /** Layers { u, W }. */
  readonly initial: Initial;
}

/** The same, checked and copied. */
export interface ReadMultiInputProblem {
  readonly network: Network;
  readonly task: Task;
  readonly initial: { readonly u: Float64Array; readonly W: Rows };
}

export function readMultiInputProblem(value: unknown): ReadMultiInputProblem {
  const given = readRecord("problem", value) as Record<string, unknown>;
  return {
    network: readNetwork("network", given["network"]),
    task: readTask("task", given["task"]),
    initial: readLayers(given["initial"]),
  };
}

/**
 * The problem as one of several outputs, of which there is one: W₂ = uᵀ, W₁ = W; with the inputs' support as
 * the samples tell it.
 */
export function asMatrixProblem({
  network,
  task,
  initial,
}: ReadMultiInputProblem): MatrixProblem<MatrixLayers> & { readonly support: Support } {
  const { u, W } = initial;
  const k = W.columns;
  const { sigma, xy } = inputMoments(task, k);
  const xx = Matrix.from1DArray(k, k, sigma);
  return {
    network,
    support: inputSupport(task, xx),
    task: { xx, yx: Matrix.rowVector(Array.from(xy)), yy: task.yy },
    initial: { W2: Matrix.rowVector(Array.from(u)), W1: matrixFrom(W) },
  };
}

/** E[xxᵀ], row by row, and E[xy]. */
export function inputMoments(task: Task, k: number): { readonly sigma: Float64Array; readonly xy: Float64Array } {
  const rows = inputsOf(task, k);
  if (rows === undefined) return { sigma: Float64Array.of(task.xx), xy: Float64Array.of(task.xy) };
  const { data, targets } = rows;
  const n = targets.length;
  const sigma = new Float64Array(k * k);
  const xy = new Float64Array(k);
  for (let j = 0; j < n; j++) {
    for (let a = 0; a < k; a++) {
      const x = data[j * k + a]!;
      xy[a]! += (x * targets[j]!) / n;
      for (let b = 0; b < k; b++) sigma[a * k + b]! += (x * data[j * k + b]!) / n;
    }
  }
  return { sigma, xy };
}

/** Where the inputs of E[xxᵀ] = `xx` lie. */
export function inputSupport(task: Task, xx: Matrix): Support {
  const rows = inputsOf(task, xx.columns);
  return rows === undefined
    ? supportOf(xx)
    : supportOfSamples({ rows: rows.targets.length, columns: xx.columns, data: rows.data }, xx);
}

/**
 * The inputs as rows, on their leading direction alone where the task is a projection; undefined for a task
 * of moments.
 */
export function inputsOf(task: Task, k: number): { readonly data: Float64Array; readonly targets: Float64Array } | undefined {
  const { inputs, samples, direction, projected } = task;
  const dimensions = inputs?.columns ?? 1;
  if (dimensions !== k)
    reject(`initial.W has ${k} columns and the task inputs of ${dimensions} dimensions; pass one column for each`);
  if (samples === undefined) return undefined;
  if (inputs === undefined) return { data: samples.x, targets: samples.y };
  if (!projected || direction === undefined) return { data: inputs.data, targets: samples.y };
  const data = new Float64Array(inputs.data.length);
  for (let j = 0; j < samples.x.length; j++) {
    for (let a = 0; a < k; a++) data[j * k + a] = samples.x[j]! * direction[a]!;
  }
  return { data, targets: samples.y };
}
