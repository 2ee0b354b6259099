/**
 * The network that is to be forecast, in effective units: layer l is W_l = m_l n^{−a_l} w_l with
 * w_l ~ N(0, s_l² n^{−2b_l}) and rate η_l n^{−c_l} on w_l, n the width, so that the entries of W_l have
 *
 *     standard deviation  m_l s_l n^{−a_l−b_l}      rate  m_l² η_l n^{−2a_l−c_l}
 *
 * [YangHu2021]
 */
import { readBoolean, readChoice, readNumber, readRecord, refuse, reject } from "../../door/arguments.ts";
import { axesOf, type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../../door/arrays.ts";
import { readSeed, type Seed } from "../../door/seeds.ts";
import { asMatrixLayers, type LayersLike, readLayers } from "../../model/layers.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import { type MatrixTask, readMatrixTask } from "../../model/matrixTask.ts";
import { hasOneOutput, matrixTaskOf } from "../../model/matrixTaskOf.ts";
import { readTask, type Task } from "../../model/task.ts";
import { largestEntry, matrixFrom } from "../../numerics/matrices.ts";

/** A network that has not been trained yet, and its data. */
export interface NetworkDescription {
  /** The second moments of the data, of any number of inputs and one output. */
  readonly task: Task | MatrixTask;
  /** The number of neurons in each hidden layer. */
  readonly width: number;
  /** The number of layers of weights, at least 2 (default 2). */
  readonly depth?: number;
  readonly activation?: "linear" | "tanh" | "relu";
  /** α in f = α·h (default 1). */
  readonly outputScale?: number;
  /** Whether the function at the start is subtracted, f = α(h − h₀) (default false). */
  readonly centred?: boolean;
  /**
   * The standard deviation of the trained entries at width 1: one number, or one a layer, the first layer
   * first (default 1).
   */
  readonly scale?: number | VectorLike;
  /** A constant factor in front of each layer (default 1). */
  readonly multipliers?: number | VectorLike;
  /** Learning rates of the trained entries at width 1 (default 1). */
  readonly learningRates?: number | VectorLike;
  /** Exponents of the width: multipliers n^−a, standard deviations n^−b, rates n^−c (default all 0). */
  readonly abc?: { readonly [Name in "a" | "b" | "c"]: number | VectorLike };
  readonly loss?: "mse" | "half-mse";
  /** Forecast gradient descent with this step size; gradient flow without it. */
  readonly stepSize?: number;
  /** The last time; a step of descent takes `stepSize` (default: 500 times that of the fastest mode). */
  readonly until?: number;
  /** The times to report, in place of 60 logarithmic ones. Descent is reported at the nearest step. */
  readonly times?: VectorLike;
  /** Inputs between which the kernel is compared, one a row (default: the data's own second moments). */
  readonly probe?: MatrixLike;
  /** Layers { u, W } to start from, for two linear layers, in place of a draw. */
  readonly initial?: LayersLike;
  /** The seed of the draw of the initial layers (default 1). */
  readonly seed?: Seed;
  /** How many principal directions of the inputs a surrogate keeps (default 256). */
  readonly directions?: number;
  /** The kernel change from which learning counts as feature learning (default 0.1). */
  readonly kernelBelow?: number;
  /** Whether to look for the changes of hyperparameters that change the verdict (default true). */
  readonly changes?: boolean;
}

export type Activation = NonNullable<NetworkDescription["activation"]>;

/** A layer in effective units. */
export interface LayerUnits {
  readonly deviation: number;
  readonly rate: number;
}

/** A description as it is read. */
export interface Described {
  readonly task: MatrixTask;
  readonly width: number;
  readonly depth: number;
  readonly activation: Activation;
  readonly outputScale: number;
  readonly centred: boolean;
  readonly layersAt: (width: number) => readonly LayerUnits[];
  readonly layers: readonly LayerUnits[];
  /** k of the loss. */
  readonly prefactor: number;
  readonly stepSize: number | undefined;
  readonly until: number | undefined;
  readonly times: Float64Array | undefined;
  readonly probe: Rows | undefined;
  readonly initial: MatrixLayers | undefined;
  readonly seed: Seed;
  readonly directions: number;
  readonly kernelBelow: number;
  readonly changes: boolean;
}

const NAMES = [
  "task",
  "width",
  "depth",
  "activation",
  "outputScale",
  "centred",
  "scale",
  "multipliers",
  "learningRates",
  "abc",
  "loss",
  "stepSize",
  "until",
  "times",
  "probe",
  "initial",
  "seed",
  "directions",
  "kernelBelow",
  "changes",
] as const;

export function readDescription(value: unknown): Described {
  const given = readRecord("description", value, NAMES);
  const task = readOneOutput(given.task);
  const inputs = task.xx.rows;
  const width = readNumber("width", given.width, { min: 1, max: 1e15, integer: true });
  const depth = readNumber("depth", given.depth ?? 2, { min: 2, max: 100, integer: true });
  const activation = readChoice("activation", given.activation ?? "linear", ["linear", "tanh", "relu"]);
  const outputScale = readNumber("outputScale", given.outputScale ?? 1);
  if (outputScale === 0) reject("outputScale is 0; pass another number: at 0 nothing learns");
  const layersAt = readLayerUnits(given, depth);
  const optional = <T>(field: unknown, read: () => T): T | undefined => (field === undefined ? undefined : read());
  const stepSize = optional(given.stepSize, () => readNumber("stepSize", given.stepSize, { above: 0 }));
  const times = optional(given.times, () => readTimes(given.times));
  if (times !== undefined && given.until !== undefined) reject("until and times are both given; pass one");
  const probe = optional(given.probe, () => readMatrix("probe", given.probe));
  if (probe !== undefined && probe.columns !== inputs)
    reject(`probe has ${probe.columns} columns; pass one for each input of the task, ${inputs}`);
  const initial = optional(given.initial, () => readStart(given.initial, { inputs, width, depth, activation }));
  return {
    task,
    width,
    depth,
    activation,
    outputScale,
    centred: readBoolean("centred", given.centred ?? false),
    layersAt,
    layers: layersAt(width),
    prefactor: readChoice("loss", given.loss ?? "mse", ["mse", "half-mse"]) === "mse" ? 1 : 0.5,
    stepSize,
    until: optional(given.until, () => readNumber("until", given.until, { above: 0 })),
    times,
    probe,
    initial,
    seed: readSeed("seed", given.seed ?? 1),
    directions: readNumber("directions", given.directions ?? 256, { min: 1, max: 1024, integer: true }),
    kernelBelow: readNumber("kernelBelow", given.kernelBelow ?? 0.1, { above: 0 }),
    changes: readBoolean("changes", given.changes ?? true),
  };
}

function readOneOutput(given: unknown): MatrixTask {
  if (hasOneOutput(given)) {
    const task = readTask("task", given);
    const matrices = matrixTaskOf(task, task.inputs?.columns ?? 1);
    if (largestEntry(matrices.xx) === 0) reject("task has no inputs but 0; pass one with variance");
    return matrices;
  }
  const task = readMatrixTask("task", given);
  if (largestEntry(task.xx) === 0) reject("task has no inputs but 0; pass one with variance");
  if (task.yx.rows !== 1) reject(`task has ${task.yx.rows} outputs; pass one output, a forecast for each`);
  return task;
}

function readLayerUnits(
  given: Readonly<Partial<Record<(typeof NAMES)[number], unknown>>>,
  depth: number,
): (width: number) => readonly LayerUnits[] {
  const scale = perLayer("scale", given.scale ?? 1, depth, true);
  const multipliers = perLayer("multipliers", given.multipliers ?? 1, depth, true);
  const rates = perLayer("learningRates", given.learningRates ?? 1, depth, true);
  if (rates.every((rate) => rate === 0)) reject("learningRates are all 0; pass one above 0");
  const exponents = given.abc === undefined ? { a: 0, b: 0, c: 0 } : readRecord("abc", given.abc, ["a", "b", "c"]);
  const [a, b, c] = (["a", "b", "c"] as const).map((name) => perLayer(`abc.${name}`, exponents[name], depth, false));
  return (width) =>
    Array.from({ length: depth }, (_, l) => ({
      deviation: multipliers[l]! * scale[l]! * width ** -(a![l]! + b![l]!),
      rate: multipliers[l]! ** 2 * rates[l]! * width ** -(2 * a![l]! + c![l]!),
    }));
}

/** One number for each layer, or one for all. */
function perLayer(argument: string, value: unknown, depth: number, positive: boolean): Float64Array {
  if (axesOf(value) !== 1) return new Float64Array(depth).fill(readNumber(argument, value, positive ? { min: 0 } : {}));
  const numbers = readVector(argument, value);
  if (numbers.length !== depth) reject(`${argument} has ${numbers.length} numbers; pass one for each layer of weights, ${depth}`);
  if (positive) for (const [l, number] of numbers.entries()) readNumber(`${argument}[${l}]`, number, { min: 0 });
  return numbers;
}

function readTimes(value: unknown): Float64Array {
  const times = readVector("times", value);
  for (const [i, t] of times.entries()) {
    readNumber(`times[${i}]`, t, { min: 0 });
    if (i > 0 && !(t > times[i - 1]!)) refuse(`times[${i}]`, t, `pass increasing times: the one before is ${times[i - 1]}`);
  }
  return times;
}

function readStart(
  value: unknown,
  { inputs, width, depth, activation }: { inputs: number; width: number; depth: number; activation: Activation },
): MatrixLayers {
  if (depth !== 2 || activation !== "linear")
    reject("initial is for two linear layers; leave it out, the layers of other networks are drawn");
  const { u, W } = readLayers(value);
  if (W.rows !== width) reject(`initial has ${W.rows} neurons and width is ${width}; pass the same number`);
  if (W.columns !== inputs) reject(`initial.W has ${W.columns} columns; pass one for each input of the task, ${inputs}`);
  return asMatrixLayers({ u, W: matrixFrom(W) });
}
