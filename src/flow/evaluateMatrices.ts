/**
 * The loss of a network of several inputs and outputs on other data, L(F) with its output matrix F = γW₂W₁.
 * For input directions that the training data do not have, F is known only from the layers.
 */
import { Matrix } from "ml-matrix";
import { reject, unmet } from "../door/arguments.ts";
import type { DeepMatrixLayers } from "../model/deepMatrices.ts";
import type { AnyDescent } from "../model/descentRows.ts";
import type { AnyLayers, DeepMatrixFlow, MatrixFlow } from "../model/flow.ts";
import { asMatrixLayers, type Layers } from "../model/layers.ts";
import { matrixAt } from "../model/matrixColumns.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { matrixObjectiveOf } from "../model/matrixObjective.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { hasOneOutput, matrixTaskOf } from "../model/matrixTaskOf.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import type { Strided } from "../model/strided.ts";
import { readTask } from "../model/task.ts";
import { largestEntry } from "../numerics/matrices.ts";
import { type Support, supportOf } from "../numerics/support.ts";

/** The output matrix of a network at one time. */
export interface OutputMatrix {
  /** The layers, if they are known. */
  readonly layers?: () => AnyLayers;
  /** For a kernel machine, the layers at the start. */
  readonly linearised?: () => AnyLayers;
  /** The output matrix on the span of the training inputs. */
  readonly seen: () => Matrix;
}

/** The output matrix of a flow. */
export function flowOutput(flow: MatrixFlow | DeepMatrixFlow, t: number): OutputMatrix {
  const { weights } = flow;
  const seen = (): Matrix => flow.at(t).output;
  if (weights === undefined) return { seen };
  return { layers: () => weights(t), seen, ...("linearised" in flow ? { linearised: () => weights(0) } : {}) };
}

/** The output matrix of a recorded row of a descent. */
export function descentOutput(descent: AnyDescent, row: number): OutputMatrix {
  return {
    ...(descent.weights === undefined ? {} : { layers: () => descent.weights!(row) }),
    seen: () => matrixAt(descent.output as Strided, row),
  };
}

/** The loss of this output on the other data. */
export function evaluateOutput(
  { task: trained, network, support }: Pick<MatrixProblem, "task" | "network" | "support">,
  output: OutputMatrix,
  otherTask: unknown,
): number {
  const [m, k] = [trained.yx.rows, trained.yx.columns];
  const task = readOther(otherTask, k);
  if (task.yx.rows !== m || task.yx.columns !== k)
    reject(
      `otherTask has ${task.yx.columns} inputs and ${task.yx.rows} targets; pass one with ${k} and ${m}, like the training data`,
    );
  const others = supportOf(task.xx);
  const F = outputOf(output, network.outputScale, support, others);
  const coordinates = others.directions === undefined ? F : F.mmul(others.directions);
  return matrixObjectiveOf(network, task, others).loss(Float64Array.from(coordinates.to1DArray()));
}

function readOther(value: unknown, k: number): MatrixTask {
  return hasOneOutput(value) ? matrixTaskOf(readTask("otherTask", value), k) : readMatrixTask("otherTask", value);
}

/** F for all inputs of the other data. */
function outputOf(
  { layers: known, seen, linearised }: OutputMatrix,
  gamma: number,
  trained: () => Support,
  others: Support,
): Matrix {
  if (known !== undefined) {
    const { W2, W1 } = asMatrices(known());
    if (linearised === undefined) return W2.mmul(W1).mul(gamma);
    // Linear in the change of the weights.
    const start = asMatrices(linearised());
    const ofW2 = Matrix.sub(W2, start.W2).mmul(start.W1);
    return start.W2.mmul(W1).add(ofW2).mul(gamma);
  }
  if (!covers(trained(), others))
    unmet(
      "otherTask has input directions that the training data do not have, and the flow has no layers",
      "start the flow from layers",
    );
  return seen();
}

function asMatrices(anyLayers: AnyLayers): MatrixLayers {
  const layers = anyLayers as MatrixLayers | Layers | DeepMatrixLayers;
  if ("layers" in layers) {
    const [first, ...others] = layers.layers as readonly [Matrix, ...Matrix[]];
    return { W2: Matrix.eye(others.at(-1)?.rows ?? first.rows), W1: others.reduce((B, W) => W.mmul(B), first) };
  }
  return "W2" in layers ? layers : asMatrixLayers(layers);
}

/** The rounding error of a direction. */
const ALONG = 1e-9;

/** Whether the directions of the training data span those of the other data. */
function covers({ directions: all }: Support, { directions }: Support): boolean {
  if (all === undefined) return true;
  const wanted = directions ?? Matrix.eye(all.rows);
  return largestEntry(Matrix.sub(wanted, all.mmul(all.transpose()).mmul(wanted))) <= ALONG;
}
