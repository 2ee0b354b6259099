import { readRecord } from "../door/arguments.ts";
import type { MatrixProblem } from "./matrixFlow.ts";
import { type MatrixLayers, type MatrixOrderParameters, readMatrixInitial } from "./matrixLayers.ts";
import { readMatrixTask } from "./matrixTask.ts";
import { readNetwork } from "./network.ts";

/** A problem of several inputs and outputs as it was passed, checked and copied. */
export function readMatrixProblem(value: unknown): MatrixProblem<MatrixLayers | MatrixOrderParameters> {
  const given = readRecord("problem", value) as Record<string, unknown>;
  const network = readNetwork("network", given["network"]);
  const task = readMatrixTask("task", given["task"]);
  return { network, task, initial: readMatrixInitial(given["initial"], task.yx.rows, task.xx.rows) };
}
