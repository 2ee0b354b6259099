/** Converts a task of several inputs and one target to the form of a task with several outputs. */
import { Matrix } from "ml-matrix";
import { attempt, reject } from "../door/arguments.ts";
import type { Rows } from "../door/arrays.ts";
import { meanProducts } from "../numerics/meanProducts.ts";
import type { MatrixTask } from "./matrixTask.ts";
import { notesOf } from "./notes.ts";
import type { Task } from "./task.ts";

/** Whether the task has one output, as returned by `taskFromSamples` and `taskFromMoments`. */
export function hasOneOutput(task: unknown): boolean {
  return attempt(() => (task as Partial<Task>).xy !== undefined, false);
}

/**
 * E[xxᵀ], E[yxᵀ], E[y²] and the samples of a task whose network has k inputs. For a projected task these are
 * the moments of the projected inputs.
 */
export function matrixTaskOf(task: Task, k: number, weights = "initial.W"): MatrixTask {
  const { xx, xy, yy, inputs, samples } = task;
  const dimensions = inputs?.columns ?? 1;
  if (dimensions !== k)
    reject(`${weights} has ${k} columns and the inputs of the task have ${dimensions} dimensions; pass one column per dimension`);
  const y = samples === undefined ? undefined : asColumn(samples.y);
  if (inputs === undefined || y === undefined) {
    const moments = { xx: new Matrix([[xx]]), yx: new Matrix([[xy]]), yy };
    return { ...moments, ...(y === undefined ? {} : { samples: { x: asColumn(samples!.x), y } }), ...notesOf(task) };
  }
  const x = projectedInputs(task, inputs);
  return { xx: meanProducts(x, x), yx: meanProducts(y, x), yy, samples: { x, y }, ...notesOf(task) };
}

function projectedInputs({ projected, direction, samples }: Task, inputs: Rows): Rows {
  if (!projected || direction === undefined) return inputs;
  const { rows, columns } = inputs;
  const data = new Float64Array(rows * columns);
  for (let j = 0; j < rows; j++) {
    for (let a = 0; a < columns; a++) data[j * columns + a] = samples!.x[j]! * direction[a]!;
  }
  return { rows, columns, data };
}

function asColumn(data: Float64Array): Rows {
  return { rows: data.length, columns: 1, data };
}
