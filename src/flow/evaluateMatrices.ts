/**
 * The loss of a network of several inputs and outputs on other data, L(F) of its output matrix F = γW₂W₁. What
 * F does to inputs along which the training data have none is known from the layers alone.
 */
import { Matrix } from "ml-matrix";
import { attempt, reject, unmet } from "../door/arguments.ts";
import type { MatrixFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { matrixObjectiveOf } from "../model/matrixObjective.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { matrixTaskOf } from "../model/matrixTaskOf.ts";
import { matrices } from "../model/protocol.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { readTask, type Task } from "../model/task.ts";
import { largestEntry } from "../numerics/matrices.ts";
import { type Support, supportOf } from "../numerics/support.ts";

export function evaluateMatrices(
  flow: MatrixFlow & { readonly [matrices]: MatrixProblem },
  t: number,
  otherTask: Task | MatrixTask,
): number {
  const { task: trained, network, support } = flow[matrices];
  const [m, k] = [trained.yx.rows, trained.yx.columns];
  const task = readOther(otherTask, k);
  if (task.yx.rows !== m || task.yx.columns !== k)
    reject(
      `otherTask has ${task.yx.columns} inputs and ${task.yx.rows} targets; pass one with ${k} and ${m}, as the network was trained on`,
    );
  const others = supportOf(task.xx);
  const F = outputOf(flow, t, support(), others);
  const coordinates = others.directions === undefined ? F : F.mmul(others.directions);
  return matrixObjectiveOf(network, task, others).loss(Float64Array.from(coordinates.to1DArray()));
}

function readOther(value: unknown, k: number): MatrixTask {
  const ofOneOutput = attempt(() => (value as Partial<Task>).xy !== undefined, false);
  return ofOneOutput ? matrixTaskOf(readTask("otherTask", value), k) : readMatrixTask("otherTask", value);
}

/** F for all inputs that the other data have. */
function outputOf(flow: MatrixFlow, t: number, trained: Support, others: Support): Matrix {
  const { weights } = flow;
  if (weights !== undefined) {
    const { W2, W1 } = asMatrices(weights(t));
    const gamma = flow.problem.network.outputScale;
    if (!("linearised" in flow)) return W2.mmul(W1).mul(gamma);
    // Linear in the change of the weights.
    const start = asMatrices(weights(0));
    const ofW2 = Matrix.sub(W2, start.W2).mmul(start.W1);
    return start.W2.mmul(W1).add(ofW2).mul(gamma);
  }
  if (!covers(trained, others))
    unmet(
      "otherTask has inputs along which the training data have none, where the flow does not know the layers",
      "start the flow from layers",
    );
  return flow.at(t).output;
}

function asMatrices(layers: MatrixLayers | Layers): MatrixLayers {
  return "W2" in layers ? layers : { W2: Matrix.rowVector(Array.from(layers.u)), W1: layers.W };
}

/** Rounding of a direction. */
const ALONG = 1e-9;

/** Whether every direction of the other data is one of the training data. */
function covers({ directions: all }: Support, { directions }: Support): boolean {
  if (all === undefined) return true;
  const wanted = directions ?? Matrix.eye(all.rows);
  return largestEntry(Matrix.sub(wanted, all.mmul(all.transpose()).mmul(wanted))) <= ALONG;
}
