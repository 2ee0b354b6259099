/**
 * Plain training of all weights. The exact solutions, continuous and discrete, are tested against it. It
 * shares only the reading of options and the order of mini-batches with them.
 */
import { Matrix } from "ml-matrix";
import { readChoice, readNumber, readRecord, refuse, unmet } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { areDeepMatrices } from "../model/deepMatrices.ts";
import { isDepthInitial } from "../model/depth.ts";
import { areLayers, type Layers, type LayersLike, readLayers } from "../model/layers.ts";
import {
  areMatrices,
  isMatrixLayers,
  type MatrixLayers,
  type MatrixLayersLike,
  readMatrixInitial,
} from "../model/matrixLayers.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { matrixTaskOf } from "../model/matrixTaskOf.ts";
import { type Network, readAnyNetwork } from "../model/network.ts";
import { notesOf } from "../model/notes.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { readWeights } from "../model/readInitial.ts";
import { Strided } from "../model/strided.ts";
import { readTask, type Task } from "../model/task.ts";
import { decaysOf } from "../model/weightDecay.ts";
import type { Weights, WeightsLike } from "../model/weights.ts";
import { type DescentOptions, type Plan, readPlan } from "./descentOptions.ts";
import type { FullData } from "./fullGradient.ts";
import { type FullLayers, type FullRows, trainAll } from "./fullWidth.ts";
import type { OptimizerName, OptimizerSettings } from "./optimizers.ts";

/** The options of {@link simulateDescent}. */
export interface SimulationOptions
  extends Pick<
    DescentOptions,
    "stepSize" | "steps" | "recordEvery" | "recordPerDecade" | "momentum" | "nesterov" | "schedule" | "batch" | "labelNoise"
  > {
  /**
   * `"sgd"` (default), `"adam"` or `"adamw"`, as in PyTorch. `lr` is `stepSize` times the layer's learning
   * rate. Adam adds the network's weight decay to the gradient; AdamW multiplies the weights by 1 − lr·decay.
   */
  readonly optimizer?: OptimizerName | undefined;
  /** Adam's decay rates of the gradient's mean and mean square (default [0.9, 0.999]). */
  readonly betas?: readonly [number, number] | undefined;
  /** The constant that Adam adds to the root of the mean square (default 10⁻⁸). */
  readonly epsilon?: number | undefined;
}

/** The result of a simulation of one direction. Row 0 is the start, the last row the end. */
export interface Simulation {
  /** The number of each recorded step. */
  readonly step: Float64Array;
  /** step·stepSize, which corresponds to a flow's time. */
  readonly t: Float64Array;
  /** γ·u·w. */
  readonly output: Float64Array;
  /** E[ℓ(f(x), y)] of all data; for the squared loss k·E[(f(x) − y)²]. */
  readonly loss: Float64Array;
  /** |u|². */
  readonly uu: Float64Array;
  /** |w|². */
  readonly ww: Float64Array;
  /** u·w. */
  readonly uw: Float64Array;
  /** The weights after the last step. */
  readonly weights: Weights;
  /** `"diverged"` if the weights overflowed; the rows end before that. */
  readonly status: "completed" | "diverged";
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
}

/** The result of a simulation of several inputs and outputs. */
export interface LayersSimulation<L = MatrixLayers> {
  /** The number of each recorded step. */
  readonly step: Float64Array;
  /** step·stepSize, which corresponds to a flow's time. */
  readonly t: Float64Array;
  /** γW₂W₁, of shape [rows, outputs, inputs]. */
  readonly output: Strided;
  /** E[ℓ(f(x), y)] of all data. */
  readonly loss: Float64Array;
  /** W₂W₂ᵀ, [rows, outputs, outputs]. */
  readonly uu: Strided;
  /** W₁ᵀW₁, [rows, inputs, inputs]. */
  readonly ww: Strided;
  /** W₂W₁, [rows, outputs, inputs]. */
  readonly uw: Strided;
  /** The layers after the last step, in the form in which they were passed. */
  readonly weights: L;
  /** `"diverged"` if the weights overflowed; the rows end before that. */
  readonly status: "completed" | "diverged";
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
}

const NAMES = [
  "stepSize",
  "steps",
  "recordEvery",
  "recordPerDecade",
  "momentum",
  "nesterov",
  "schedule",
  "batch",
  "labelNoise",
  "optimizer",
  "betas",
  "epsilon",
] as const;

/**
 * Plain training of every weight, at a cost of O(width) per step. It is the baseline for `gradientDescent`,
 * with one direction or several inputs and outputs, for every loss. It also runs Adam and AdamW, which do not
 * reduce to order parameters.
 *
 * @param problem - Network, task and initial weights { u, w }, { u, W } or { W2, W1 }.
 * @param options - `stepSize`, `steps`, `recordEvery` or `recordPerDecade`; `momentum`, `nesterov`,
 * `schedule`, `batch` and `labelNoise` as in `gradientDescent` (the same seed draws the same batches);
 * `optimizer`, `betas`, `epsilon`.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or option, momentum with
 * Adam; `"assumption"`: weights { u, w } for inputs with no single direction, a power activation, a task
 * without the samples that the loss, mini-batches or label noise need.
 *
 * @example
 * ```ts
 * import { gaussianWeights, network, simulateDescent, taskFromMoments } from "feature-learning";
 *
 * const problem = {
 *   network: network(),
 *   task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
 *   initial: gaussianWeights({ width: 16, scale: 0.1, seed: 1 }),
 * };
 * const { output, status } = simulateDescent(problem, { stepSize: 0.01, steps: 1000, recordEvery: 1000 });
 * console.log(output.length, output[1]!.toFixed(6), status); // 2 1.000000 completed
 * const adam = simulateDescent(problem, { stepSize: 0.01, steps: 1000, recordEvery: 1000, optimizer: "adam" });
 * console.log(adam.output[1]!.toFixed(6)); // 1.000000
 * ```
 */
export function simulateDescent(
  problem: { readonly network: Network; readonly task: Task; readonly initial: LayersLike },
  options: SimulationOptions,
): LayersSimulation<Layers>;
export function simulateDescent(
  problem: { readonly network: Network; readonly task: MatrixTask; readonly initial: MatrixLayersLike },
  options: SimulationOptions,
): LayersSimulation;
export function simulateDescent(problem: Problem<WeightsLike>, options: SimulationOptions): Simulation;
export function simulateDescent(
  problem: unknown,
  options: SimulationOptions,
): Simulation | LayersSimulation | LayersSimulation<Layers> {
  return named("simulateDescent", () => simulation(problem, options));
}

function simulation(problem: unknown, options: unknown): Simulation | LayersSimulation | LayersSimulation<Layers> {
  const fields = readRecord("problem", problem) as Record<string, unknown>;
  if (areDeepMatrices(fields["initial"]))
    unmet(
      "gradientDescent itself moves every weight of layers that are matrices",
      "call gradientDescent, which takes these steps",
    );
  if (isDepthInitial(fields["initial"]))
    unmet("for layers that are numbers there are no other weights to simulate", "call gradientDescent, which takes these steps");
  const network = readAnyNetwork("network", fields["network"]);
  if (network.activation !== undefined) unmet("gradientDescent itself moves every weight of a network with a kink", "call it");
  if (network.power !== 1) unmet(`the power ${network.power} is not simulated`, "pass a network of power 1");
  const { optimizer, betas, epsilon, ...common } = readRecord("options", options, NAMES);
  const plan = readPlan(common);
  const decays = decaysOf(network);
  const settings = {
    u: readSettings(decays.u, plan, { optimizer, betas, epsilon }),
    w: readSettings(decays.w, plan, { optimizer, betas, epsilon }),
  };
  const run = (data: FullData, layers: FullLayers): FullRows => trainAll(network, data, layers, settings, plan);
  const { initial, task } = fields;
  if (areLayers(initial)) {
    const { u, W } = readLayers(initial);
    const layers = { W2: u, W1: transposed(W.data, W.rows, W.columns), d: u.length };
    const seen = matrixTaskOf(readTask("task", task), W.columns);
    const rows = run(dataOf(seen), layers);
    const weights = { u: layers.W2, W: matrixOf(layers.W1, W.columns) };
    return withJson({ ...layersSimulation(rows, 1, W.columns, weights), ...notesOf(seen) });
  }
  if (areMatrices(initial)) {
    const seen = readMatrixTask("task", task);
    const read = readMatrixInitial(initial, seen.yx.rows, seen.xx.rows);
    if (!isMatrixLayers(read)) return refuse("initial", initial, "pass layers { W2, W1 }: it moves every weight");
    const { W2, W1 } = read;
    const layers = { W2: flat(W2), W1: flat(W1.transpose()), d: W1.rows };
    const rows = run(dataOf(seen), layers);
    const weights = { W2: Matrix.from1DArray(W2.rows, W2.columns, layers.W2), W1: matrixOf(layers.W1, W1.columns) };
    return withJson({ ...layersSimulation(rows, W2.rows, W1.columns, weights), ...notesOf(seen) });
  }
  const seen = readTask("task", task);
  if (!hasOneDirection(seen))
    unmet("the inputs have no single direction", "pass { project: true } to taskFromSamples, or layers { u, W }");
  const weights = readWeights("initial", initial);
  const { xx, xy, yy, samples } = seen;
  const data = { m: 1, k: 1, xx: Float64Array.of(xx), yx: Float64Array.of(xy), yy, samples };
  const { output, uu, ww, uw, ...rows } = run(data, { W2: weights.u, W1: weights.w, d: weights.u.length });
  return withJson({
    step: rows.step,
    t: rows.t,
    output,
    loss: rows.loss,
    uu,
    ww,
    uw,
    weights,
    status: rows.status,
    ...notesOf(seen),
  });
}

function layersSimulation<L>(
  { step, t, loss, output, uu, ww, uw, status }: FullRows,
  m: number,
  k: number,
  weights: L,
): LayersSimulation<L> {
  const of = (data: Float64Array, rows: number, columns: number): Strided => new Strided(data, [step.length, rows, columns]);
  return { step, t, output: of(output, m, k), loss, uu: of(uu, m, m), ww: of(ww, k, k), uw: of(uw, m, k), weights, status };
}

function readSettings(
  decay: number,
  { momentum, nesterov }: Plan,
  adamFields: { readonly optimizer: unknown; readonly betas: unknown; readonly epsilon: unknown },
): OptimizerSettings {
  const optimizer = readChoice("optimizer", adamFields.optimizer ?? "sgd", ["sgd", "adam", "adamw"]);
  if (optimizer !== "sgd" && (momentum > 0 || nesterov))
    refuse("momentum", momentum, `leave momentum and nesterov out: ${optimizer} has betas`);
  const betas = readVector("betas", adamFields.betas ?? [0.9, 0.999]);
  if (betas.length !== 2 || betas.some((beta) => beta < 0 || beta >= 1))
    refuse("betas", adamFields.betas, "pass two numbers from 0 to below 1");
  return {
    optimizer,
    momentum,
    nesterov,
    betas: [betas[0]!, betas[1]!],
    epsilon: readNumber("epsilon", adamFields.epsilon ?? 1e-8, { min: 0 }),
    decay,
  };
}

function dataOf({ xx, yx, yy, samples }: MatrixTask): FullData {
  const rows = samples === undefined ? undefined : { x: samples.x.data, y: samples.y.data };
  return { m: yx.rows, k: yx.columns, xx: flat(xx), yx: flat(yx), yy, samples: rows };
}

function flat(matrix: Matrix): Float64Array {
  return Float64Array.from(matrix.to1DArray());
}

/** The columns of a matrix of rows, one after the other. */
function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}

/** W₁, d×k, from its columns, one after the other. */
function matrixOf(columns: Float64Array, k: number): Matrix {
  return Matrix.from1DArray(k, columns.length / k, columns).transpose();
}
