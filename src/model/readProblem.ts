/** Checks and copies problems of every kind. */
import { attempt, readRecord, refuse, reject, unmet } from "../door/arguments.ts";
import { readMatrix } from "../door/arrays.ts";
import { withInfinities } from "../door/json.ts";
import { matrixFrom } from "../numerics/matrices.ts";
import { type Support, supportOf, supportOfSamples } from "../numerics/support.ts";
import { nameOfActivation, slopeBelow } from "./activation.ts";
import { areDeepMatrices, type DeepMatrixLayers, readDeepMatrices } from "./deepMatrices.ts";
import { type DepthInitial, type DepthStart, isDepthInitial, isWholeDepth, readDepthInitial } from "./depth.ts";
import { evenPart, halvesOfTask } from "./halfLines.ts";
import type { Halves } from "./halves.ts";
import { areLayers, asMatrixLayers, type Layers, readLayers } from "./layers.ts";
import { areMatrices, type MatrixLayers, type MatrixOrderParameters, readMatrixInitial } from "./matrixLayers.ts";
import { type MatrixTask, readMatrixTask } from "./matrixTask.ts";
import { hasOneOutput, matrixTaskOf } from "./matrixTaskOf.ts";
import { type Network, readAnyNetwork, readNetwork } from "./network.ts";
import { withNotes } from "./notes.ts";
import { isNoteOnMeans } from "./notesOnSamples.ts";
import { hasOneDirection } from "./oneDirection.ts";
import type { Problem } from "./problem.ts";
import { readHalfLineInitial } from "./readHalfLineInitial.ts";
import { type Initial, readInitial } from "./readInitial.ts";
import { type HalfMoments, readTask, type Task } from "./task.ts";
import type { HalfLineOrderParameters, OrderParameters, Weights } from "./weights.ts";

/** A problem of one input direction. */
export interface ScalarProblem {
  readonly network: Network;
  readonly task: Task;
  readonly initial: Initial;
}

/** A problem of several inputs and outputs, in the form that solvers use. */
export interface MatrixProblem {
  readonly network: Network;
  readonly task: MatrixTask;
  /** Layers { u, W } are { W2: uᵀ, W1: W }. */
  readonly initial: MatrixLayers | MatrixOrderParameters;
  /** The directions in which the inputs vary; computed when first read. */
  readonly support: () => Support;
  /** The problem in the form in which it was passed. */
  readonly given: Problem<Layers | MatrixLayers | MatrixOrderParameters>;
}

/** A problem of one input direction whose network has a kink at 0, so that each side has its own slope. */
export interface HalfLineProblem {
  readonly network: Network;
  readonly task: Task;
  readonly initial: Weights | HalfLineOrderParameters;
  /** The moments of the data on each side; under |x|, those of their even part, which is all it can fit. */
  readonly halves: Halves<HalfMoments>;
  /**
   * Neurons that are at w = 0 after an earlier task. They start to move if the gradient of this task is not
   * zero there. Neurons that were passed with w = 0 stay there.
   */
  readonly dead?: readonly number[];
}

/** A network of any depth with the same weight decay for all layers. */
export interface DepthNetwork extends Network {
  readonly weightDecay: number;
}

/** A problem of a network of any depth. */
export interface DepthProblem {
  readonly network: DepthNetwork;
  readonly task: Task;
  readonly initial: DepthStart;
  /** The problem in the form in which it was passed. */
  readonly given: Problem<DepthInitial>;
}

/** A problem of layers that are matrices, of any number. */
export interface DeepMatrixProblem {
  readonly network: DepthNetwork;
  readonly task: MatrixTask;
  readonly initial: DeepMatrixLayers;
  /** Where the inputs lie; found when it is first asked for. */
  readonly support: () => Support;
  /** The problem in the form in which it was passed. */
  readonly given: Problem<DeepMatrixLayers>;
}

/** A problem with its kind. */
export type ReadProblem =
  | { readonly kind: "deep matrices"; readonly problem: DeepMatrixProblem }
  | { readonly kind: "depth"; readonly problem: DepthProblem }
  | { readonly kind: "one direction"; readonly problem: ScalarProblem }
  | { readonly kind: "half lines"; readonly problem: HalfLineProblem }
  | { readonly kind: "matrices"; readonly problem: MatrixProblem };

/** Reads a problem of any kind. The activation and the initial state determine the kind. */
export function readProblem(value: unknown): ReadProblem {
  const { network, initial, task } = readRecord("problem", value) as Record<string, unknown>;
  const activation = attempt(() => (network as Network).activation, undefined) ?? "linear";
  if (activation !== "linear") {
    const read = readAnyNetwork("network", network);
    if (read.activation !== undefined) return { kind: "half lines", problem: readHalfLines(read, task, initial) };
  }
  if (areDeepMatrices(initial)) return { kind: "deep matrices", problem: readDeepMatrixProblem(value) };
  const depth = attempt(() => (network as Network).depth, undefined) ?? 2;
  if (depth !== 2 || isDepthInitial(initial)) return { kind: "depth", problem: readDepthProblem(value) };
  if (areMatrices(initial) || areLayers(initial)) return { kind: "matrices", problem: readMatrixProblem(value) };
  if (attempt(() => "yx" in (task as object), false))
    refuse(
      "initial",
      initial,
      "pass layers { W2, W1 } or order parameters that are matrices, as the task has several inputs or outputs",
    );
  return { kind: "one direction", problem: readScalarProblem(value) };
}

function readHalfLines(network: Network, givenTask: unknown, start: unknown): HalfLineProblem {
  const name = nameOfActivation(network.activation);
  if (areMatrices(start) || areLayers(start) || attempt(() => "yx" in (givenTask as object), false))
    unmet(
      `the activation is ${name}, which is solved for inputs along one direction`,
      "pass a task of one direction and weights { u, w }",
    );
  const { notes = [], ...data } = readTask("task", givenTask);
  const task = { ...data, ...withNotes(notes.filter((note) => !isNoteOnMeans(note))) };
  if (!hasOneDirection(task))
    unmet(`the activation is ${name} and the inputs have no single direction`, "pass { project: true } to taskFromSamples");
  const halves = slopeBelow(network.activation) === -1 ? evenPart(halvesOfTask(task)) : halvesOfTask(task);
  return { network, task, halves, initial: readHalfLineInitial("initial", start) };
}

function readDepthProblem(value: unknown): DepthProblem {
  const { network: givenNetwork, task: givenTask, initial: start } = readRecord("problem", value) as Record<string, unknown>;
  const network = readDepthNetwork(givenNetwork, "layers that are numbers");
  const { depth = 2 } = network;
  const hasMatrices = attempt(() => "yx" in (givenTask as object), false);
  if (hasMatrices && !attempt(() => (start as { layers?: unknown }).layers !== undefined, false))
    refuse(
      "initial",
      start,
      `pass { layers } of ${depth} matrices, such as flow.weights(t), as the task has several inputs or outputs`,
    );
  if (hasMatrices)
    refuse(
      "task",
      givenTask,
      `pass a task from taskFromMoments or taskFromSamples, as the network has depth ${depth} along one direction`,
    );
  const task = readTask("task", givenTask);
  const initial = readDepthInitial(network, start);
  return { network, task, initial, given: { network, task, initial: shownStart(initial) } };
}

export function readDeepMatrixProblem(value: unknown): DeepMatrixProblem {
  const { network: givenNetwork, task: givenTask, initial: start } = readRecord("problem", value) as Record<string, unknown>;
  const network = readDepthNetwork(givenNetwork, "layers that are matrices");
  const { depth = 2 } = network;
  if (!isWholeDepth(depth)) unmet(`layers that are matrices have no depth ${depth}`, "pass an integer depth");
  const [first] = (start as { readonly layers: readonly unknown[] }).layers;
  const task = hasOneOutput(givenTask)
    ? matrixTaskOf(readTask("task", givenTask), matrixFrom(readMatrix("initial.layers[0]", first)).columns, "initial.layers[0]")
    : readMatrixTask("task", givenTask);
  const initial = readDeepMatrices(depth, start, task.yx.rows, task.yx.columns);
  return { network, task, initial, support: supportOfTask(task), given: { network, task, initial } };
}

/** A network of any depth, whose layers decay alike. */
function readDepthNetwork(value: unknown, layers: string): DepthNetwork {
  const { weightDecay, ...others } = readAnyNetwork("network", value);
  if (typeof weightDecay !== "number")
    refuse("network.weightDecay", weightDecay, `pass one number: ${layers} have the same decay`);
  if (others.power !== 1) reject(`network.power is ${others.power}; ${layers} are linear, so pass weights { u, w }`);
  return withInfinities({ ...others, weightDecay });
}

/** A start in the form in which flows show it. */
function shownStart({ layers, balances, output }: DepthStart): DepthInitial {
  if (output !== undefined) return { output };
  return balances === undefined ? { layers } : { layers, balances };
}

/** Reads a problem of one input direction, for functions that accept no other. */
export function readOneDirection(value: unknown, otherwise: string): ScalarProblem {
  const read = readProblem(value);
  if (read.kind === "depth" || read.kind === "deep matrices")
    unmet("the problem has layers of a network of any depth", otherwise);
  if (read.kind === "one direction") return read.problem;
  return unmet(read.kind === "matrices" ? "the problem has several inputs or outputs" : notLinear(read.problem), otherwise);
}

/** The reason why a network with a kink does not have a single slope. */
export function notLinear({ network: { activation } }: HalfLineProblem): string {
  return `the network is not linear: its activation is ${nameOfActivation(activation)}`;
}

/** A problem of one input direction. */
export function readScalarProblem(value: unknown): ScalarProblem {
  const { network, task, initial } = readRecord("problem", value) as Record<string, unknown>;
  return {
    network: readNetwork("network", network),
    task: readTask("task", task),
    initial: readInitial("initial", initial),
  };
}

/** The problem in the form in which flows show it. */
export function shown({ network, task, initial }: ScalarProblem): Problem<Weights | OrderParameters> {
  return { network, task, initial };
}

/** A problem of several inputs and outputs. */
export function readMatrixProblem(value: unknown): MatrixProblem {
  const { network: givenNetwork, task: givenTask, initial: start } = readRecord("problem", value) as Record<string, unknown>;
  const network = readNetwork("network", givenNetwork);
  return hasOneOutput(givenTask)
    ? ofTask(network, readTask("task", givenTask), start)
    : ofMatrixTask(network, readMatrixTask("task", givenTask), start);
}

function ofMatrixTask(network: Network, task: MatrixTask, start: unknown): MatrixProblem {
  const [m, k] = [task.yx.rows, task.yx.columns];
  const support = once(() => supportOf(task.xx));
  if (!areLayers(start)) {
    const initial = readMatrixInitial(start, m, k);
    return { network, task, initial, support, given: { network, task, initial } };
  }
  const initial = readWholeLayers(start);
  if (m !== 1) reject(`initial has layers { u, W } of one output and the task has ${m} outputs; pass { W2, W1 }`);
  if (initial.W.columns !== k) reject(`initial.W has ${initial.W.columns} columns; pass one for each input of the task, ${k}`);
  return { network, task, initial: asMatrixLayers(initial), support, given: { network, task, initial } };
}

/** A problem whose task has one output. */
function ofTask(network: Network, task: Task, start: unknown): MatrixProblem {
  if (!areLayers(start)) {
    const matrices = matrixTaskOf(task, task.inputs?.columns ?? 1);
    const initial = readMatrixInitial(start, 1, matrices.xx.rows);
    return { network, task: matrices, initial, support: supportOfTask(matrices), given: { network, task, initial } };
  }
  const initial = readWholeLayers(start);
  const matrices = matrixTaskOf(task, initial.W.columns);
  const support = supportOfTask(matrices);
  return { network, task: matrices, initial: asMatrixLayers(initial), support, given: { network, task, initial } };
}

function readWholeLayers(start: unknown): Layers {
  const { u, W } = readLayers(start);
  return { u, W: matrixFrom(W) };
}

/** The support, from samples if there are any, because they determine small variances more accurately. */
function supportOfTask({ xx, samples }: MatrixTask): () => Support {
  return once(() => (samples === undefined ? supportOf(xx) : supportOfSamples(samples.x, xx)));
}

function once<T>(make: () => T): () => T {
  let cached: { readonly value: T } | undefined;
  return () => {
    cached ??= { value: make() };
    return cached.value;
  };
}
