/**
 * Gradient descent in order parameters. Every neuron is multiplied by the same 2×2 matrix, so that a step
 * costs the same at any width.
 */

import { refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { MovedLayers } from "../layers/movedLayers.ts";
import { trajectoryFrom } from "../model/columns.ts";
import type { DeepMatrixLayersLike } from "../model/deepMatrices.ts";
import type { DepthInitial } from "../model/depth.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayersLike } from "../model/matrixLayers.ts";
import type { KinkedNetwork } from "../model/network.ts";
import { notesOf } from "../model/notes.ts";
import type { MatrixInitial, Problem, ScalarInitial } from "../model/problem.ts";
import { isWeights } from "../model/readInitial.ts";
import { readProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { FIELDS } from "../model/snapshot.ts";
import type { Trajectory } from "../model/trajectory.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";
import { type Begun, begin } from "./begin.ts";
import { type DeepMatrixDescent, deepDescent } from "./deepDescent.ts";
import { type DepthDescent, depthDescent } from "./depthDescent.ts";
import { type DescentOptions, type Plan, readPlan } from "./descentOptions.ts";
import { type HalfLineDescent, kinkedDescent } from "./kinkedDescent.ts";
import { type LayersDescent, type LayersWeightDescent, layersDescent } from "./layersDescent.ts";
import { type Run, runOf, stateOf } from "./run.ts";

/** A training run in discrete steps: row 0 is the start, the last row the end. */
export type Descent = Trajectory & {
  /** The number of each recorded step; `t` is step·stepSize. */
  readonly step: Float64Array;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** The problem that was trained. */
  readonly problem: Problem<Weights | OrderParameters>;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
};

/** A descent that started from weights. */
export type WeightDescent = Descent & {
  /** The weights at a recorded row. Fills `out` if it is passed. */
  weights(row: number, out?: Weights): Weights;
};

/**
 * Exact discrete gradient descent, at a cost per step that does not depend on the width. It supports momentum
 * (PyTorch's SGD convention) and Nesterov momentum, weight decay, mini-batches, label noise and learning-rate
 * schedules, and reproduces catapults and divergence. The problem may have one direction, or several inputs
 * and outputs.
 *
 * With one direction a step takes about 10⁻⁷ s. With m outputs and k inputs it takes 3dmk multiplications,
 * where d is the smaller of the width and m + k. A mini-batch of b samples adds 2bmk, and a loss other than
 * the squared loss a pass over all samples. A recorded row of one direction has about 25 numbers, so that 10⁶
 * rows take 200 MB. A row of several inputs has d(m + k) + mk numbers, and also `uu`, `ww` and `uw` (m² + k²
 * + mk numbers) if these have at most 2²⁵ numbers in all. For long runs pass `recordEvery` or
 * `recordPerDecade`.
 *
 * @param problem - Network, task, and the start: weights { u, w } or order parameters of one direction;
 * layers { u, W } or { W2, W1 }, or order parameters that are matrices. Mini-batches, label noise and losses
 * other than the squared loss need a task from samples.
 * @param options - `stepSize`, `steps`, `momentum`, `nesterov`, `schedule`, `batch`, `labelNoise`,
 * `recordEvery` or `recordPerDecade`, `onProgress`, `signal`.
 * @returns The recorded steps, with `step` and `status`, and from weights or layers `weights(row)`. Loss and
 * residual are those of all data, without noise. With one direction the result is a trajectory; `area` and
 * `balance` vary from row to row, because descent does not conserve them. With several inputs and outputs it
 * is a {@link LayersDescent} on the span of the inputs; the part of W₁ outside the span is only in
 * `weights(row)`.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or option, more rows than
 * fit in memory; `"assumption"`: weights { u, w } with inputs of several directions, a power activation,
 * label noise with a loss other than the squared loss, or missing samples; `"out-of-range"`: a start whose
 * squares overflow.
 *
 * @example
 * ```ts
 * import { gaussianOrderParameters, gradientDescent, network, taskFromMoments } from "feature-learning";
 *
 * const problem = {
 *   network: network(),
 *   task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
 *   initial: gaussianOrderParameters({ width: 1e12, scale: 1e-8, seed: 1 }),
 * };
 * const { step, output, status } = gradientDescent(problem, { stepSize: 0.1, steps: 1e6, momentum: 0.9, recordPerDecade: 1 });
 * console.log(step.at(-1), output.at(-1)!.toFixed(12), status); // 1000000 1.000000000000 completed
 * ```
 *
 * @example
 * ```ts
 * import { gradientDescent, matrixTaskFromSamples, network } from "feature-learning";
 *
 * const task = matrixTaskFromSamples([[1, 0], [0, 1], [1, 1]], [[1, 0], [0, 1], [0, 1]]);
 * const initial = { W2: [[0.3, -0.2], [0.1, 0.4]], W1: [[0.2, 0.5], [-0.4, 0.1]] };
 * const options = { stepSize: 0.5, steps: 2000, batch: { size: 2, seed: 1 }, recordEvery: 2000 };
 * const run = gradientDescent({ network: network({ loss: "cross-entropy" }), task, initial }, options);
 * console.log(run.output.shape, run.loss[1]! < 0.05, run.weights(1).W1.columns); // [ 2, 2, 2 ] true 2
 * ```
 */
export function gradientDescent(
  problem: Problem<WeightsLike> & { readonly network: KinkedNetwork },
  options: DescentOptions,
): HalfLineDescent;
export function gradientDescent(problem: Problem<DeepMatrixLayersLike>, options: DescentOptions): DeepMatrixDescent;
export function gradientDescent(problem: Problem<LayersLike>, options: DescentOptions): LayersWeightDescent<Layers>;
export function gradientDescent(problem: Problem<MatrixLayersLike>, options: DescentOptions): LayersWeightDescent;
export function gradientDescent(problem: Problem<MatrixInitial>, options: DescentOptions): LayersDescent;
export function gradientDescent(problem: Problem<DepthInitial>, options: DescentOptions): DepthDescent;
export function gradientDescent(problem: Problem<WeightsLike>, options: DescentOptions): WeightDescent;
export function gradientDescent(problem: Problem<ScalarInitial>, options: DescentOptions): Descent;
export function gradientDescent(
  problem: Problem,
  options: DescentOptions,
): Descent | LayersDescent | HalfLineDescent | DepthDescent | DeepMatrixDescent;
export function gradientDescent(
  problem: Problem,
  options: DescentOptions,
): Descent | LayersDescent | HalfLineDescent | DepthDescent | DeepMatrixDescent {
  return named("gradientDescent", () => {
    const plan = readPlan(options);
    const read = readProblem(problem);
    if (read.kind === "deep matrices") return deepDescent(read.problem, plan);
    if (read.kind === "depth") return depthDescent(read.problem, plan);
    if (read.kind === "matrices") return layersDescent(read.problem, plan);
    if (read.kind === "half lines") return kinkedDescent(read.problem, plan);
    const begun = begin(read.problem, plan);
    return descentFrom(runOf(begun.walk, plan), begun.layers, plan, begun);
  });
}

function descentFrom(run: Run, layers: MovedLayers, { stepSize }: Plan, { network, task, initial }: Begun): Descent {
  const { steps, status } = run;
  const count = steps.length;
  const values = new Float64Array(FIELDS * count);
  for (let i = 0; i < count; i++) layers.record(steps[i]! * stepSize, stateOf(run, i), values, i, count);
  const trajectory = trajectoryFrom(values, count, { step: steps });
  const descent: Descent = Object.assign(trajectory, { status, problem: { network, task, initial }, ...notesOf(task) });
  const { weights } = layers;
  if (weights === undefined || !isWeights(initial)) return descent;
  const read = (row: number, out?: Weights): Weights => {
    if (!Number.isInteger(row) || row < 0 || row >= count)
      named("weights", () => refuse("row", row, `pass an integer from 0 to ${count - 1}`));
    const target = roomFor(initial.u.length, out);
    if (row === 0) {
      target.u.set(initial.u);
      target.w.set(initial.w);
    } else {
      weights(stateOf(run, row), target);
    }
    return target;
  };
  return Object.defineProperty(descent, "weights", { value: read }) as WeightDescent;
}
