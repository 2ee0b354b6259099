/**
 * Gradient descent in order parameters: every neuron moves by the same 2×2 matrix, so that a step costs the
 * same at any width.
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
  /** What was trained. */
  readonly problem: Problem<Weights | OrderParameters>;
  /** What a user should know about the data, a sentence each; absent where there is nothing to say. */
  readonly notes?: readonly string[];
};

/** A descent that started from weights. */
export type WeightDescent = Descent & {
  /** The weights at a recorded row; fills `out` where it is given. */
  weights(row: number, out?: Weights): Weights;
};

/**
 * Gradient descent as it is run, exactly, at a cost for each step that does not depend on the width: plain,
 * with momentum (PyTorch's SGD convention) or Nesterov's, weight decay, mini-batches, label noise,
 * learning-rate schedules; catapults and divergence included. Of one direction, or of several inputs and
 * outputs.
 *
 * A step of one direction takes about 10⁻⁷ s. A step of m outputs and k inputs takes 3dmk multiplications,
 * with d the smaller of the width and m + k; a mini-batch of b samples 2bmk, and a loss that is no square a
 * pass over all samples. A recorded row of one direction is about 25 numbers, so that 10⁶ rows take 200 MB;
 * one of several inputs is d(m + k) + mk numbers, and while there is room for them (m² + k² + mk numbers a
 * row, 2²⁵ in all) `uu`, `ww` and `uw`. For long runs pass `recordEvery` or `recordPerDecade`.
 *
 * @param problem - Network, task, and the start: weights { u, w } or order parameters of one direction;
 * layers { u, W } or { W2, W1 }, or order parameters that are matrices. Mini-batches, label noise and losses
 * that are not squares need a task from samples.
 * @param options - `stepSize`, `steps`, `momentum`, `nesterov`, `schedule`, `batch`, `labelNoise`,
 * `recordEvery` or `recordPerDecade`, `onProgress`, `signal`.
 * @returns The recorded steps, with `step` and `status`, and from weights or layers `weights(row)`. Loss and
 * residual are those of all data, without noise. Of one direction it is a trajectory, `area` and `balance`
 * being what they are at each row, since descent does not conserve them; of several inputs and outputs a
 * {@link LayersDescent}, as the data see it: the part of W₁ along which there are no data is in
 * `weights(row)` alone.
 * @throws FeatureLearningError `"invalid-argument"` for a part of the problem or an option that cannot be, or
 * more rows than fit in memory; `"assumption"` for weights { u, w } where the inputs have several directions,
 * a power activation, label noise under a loss that is no square, or samples that are missing;
 * `"out-of-range"` for a start whose squares overflow.
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
