/**
 * The kernel machine: the network linearised in its weights at the start, trained in the same way,
 *
 *     S(t) = S₀ + B₀φ(t)      φ = 2kγg₀ (1 − e^{−ρ₀t})/ρ₀      ρ₀ = 2kγ²xx·B₀
 *
 * with weights u = u₀ + η_u φ w₀, w = w₀ + η_w φ u₀. [LeeEtAl2019]
 */

import { requireTime, unmet } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import { requireExact } from "../exact/oneDirection/applicability.ts";
import { movedTogether } from "../layers/movedLayers.ts";
import { startFrom } from "../layers/start.ts";
import type { Flow, WithWeights } from "../model/flow.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayersLike, MatrixOrderParametersLike } from "../model/matrixLayers.ts";
import { notesOf } from "../model/notes.ts";
import { objectiveOf } from "../model/objective.ts";
import { printedFlow } from "../model/printedFlow.ts";
import type { Problem, ScalarInitial } from "../model/problem.ts";
import { type BulkFlow, fill } from "../model/protocol.ts";
import { isWeights } from "../model/readInitial.ts";
import { readProblem, type ScalarProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { FIELDS, type Snapshot, snapshotFrom, writeFields } from "../model/snapshot.ts";
import type { Task } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { type MatrixKernelFlow, matrixKernelMachine } from "./matrixKernelMachine.ts";

/** The closed form of a kernel machine of one direction. */
export interface KernelFlow extends Flow {
  readonly method: "exact";
  /** Marks a kernel machine: the kernel does not change. */
  readonly linearised: true;
  /** ρ₀, inverse time. */
  readonly rate: number;
  /** The machine at t = ∞. */
  readonly limit: Snapshot;
}

/**
 * The linearised flow of a problem: training with the kernel fixed at its initial value. The output is that
 * of the linearised function, and differs from γ·uw, because uu, ww, uw and quantities derived from them are
 * those of the moving weights. The kernel is constant, and so is the sharpness if snapshots have one.
 *
 * Problems of several inputs and outputs also have a kernel machine, from layers { W2, W1 } or { u, W } or
 * from order parameters that are matrices. Directions in which the kernel is zero are not learned. Building
 * it takes an eigenvalue problem of the size of the inputs for each output: 0.4 seconds for 100 inputs and 3
 * outputs, 18 seconds for 784 inputs and one output.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem; `"assumption"`: a loss
 * other than the squared loss, weight decay, a power activation, or weights { u, w } with inputs of several
 * directions; `"out-of-range"`: layers of several inputs and outputs that overflow double precision. `at`
 * throws `"out-of-range"` for t < 0.
 *
 * @example
 * ```ts
 * import { exactFlow, kernelMachine, matrixTaskFromMoments, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const problem = { network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } };
 * console.log(kernelMachine(problem).at(2).output.toFixed(3), exactFlow(problem).at(2).output.toFixed(3)); // 0.551 0.994
 *
 * const targets = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const initial = { W2: [[0.1, 0], [0, 0.1]], W1: [[0.1, 0], [0, 0.1]] };
 * const machine = kernelMachine({ network: network(), task: targets, initial });
 * console.log(machine.at(10).output.get(0, 0).toFixed(3), machine.limit.output.get(0, 0)); // 0.996 3
 * ```
 */
export function kernelMachine(problem: Problem<ScalarInitial>): KernelFlow;
export function kernelMachine(problem: Problem<LayersLike>): WithWeights<MatrixKernelFlow<Layers>>;
export function kernelMachine(problem: Problem<MatrixLayersLike>): WithWeights<MatrixKernelFlow>;
export function kernelMachine(problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>): MatrixKernelFlow;
export function kernelMachine(problem: Problem): KernelFlow | MatrixKernelFlow | MatrixKernelFlow<Layers>;
export function kernelMachine(problem: Problem): KernelFlow | MatrixKernelFlow | MatrixKernelFlow<Layers> {
  return named("kernelMachine", () => {
    const read = readProblem(problem);
    if (read.kind === "half lines" && read.problem.network.activation !== "relu")
      unmet(
        "under this activation the two sides of 0 share neurons, so that their kernel machine is not a flow of one direction",
        "call regime, which compares the kernels",
      );
    if (read.kind === "half lines")
      unmet(
        "a network with a kink at 0 has a kernel machine for each side",
        "call it on flow.halves.positive.problem and flow.halves.negative.problem",
      );
    if (read.kind === "deep matrices")
      unmet("the kernel machine of layers that are matrices is known for two of them", "call regime, which compares the kernels");
    if (read.kind === "depth")
      unmet(
        "the kernel machine of layers that are numbers is one exponential with the rate 2k·kernelSize of the start",
        "call regime, which compares the kernels",
      );
    return printedFlow(read.kind === "matrices" ? matrixKernelMachine(read.problem) : scalarKernelMachine(read.problem));
  });
}

function scalarKernelMachine({ network, task, initial }: ScalarProblem): KernelFlow {
  requireExact(network, task);
  const objective = objectiveOf(network, task);
  const rates = network.learningRates;
  const start = startFrom(initial, rates);
  const layers = movedTogether(network, objective, start, initial);
  const row = new Float64Array(FIELDS);
  layers.record(0, layers.initial, row, 0, 1);
  const first = snapshotFrom(row, 0, 1);
  const gamma = network.outputScale;
  const { k } = objective;
  const rate = 2 * k * task.xx * first.kernel;
  const speed = 2 * k * gamma * first.residual;
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const state = new Float64Array(8).fill(NaN);

  const shiftAt = (t: number): number => {
    requireTime("at", t);
    if (t < 0) throw new FeatureLearningError("out-of-range", `at: t is ${t}; a kernel machine starts at t = 0.`);
    // Without a kernel or without data, nothing moves.
    return rate > 0 ? (speed * -Math.expm1(-rate * t)) / rate : 0;
  };
  const put = (t: number): number => {
    const phi = shiftAt(t);
    state.set([1, phi, 1 + h * phi, 1 - h * phi]);
    return phi;
  };
  const recordAt = (t: number, values: Float64Array, offset: number, stride: number): void => {
    const phi = put(t);
    layers.record(phi === 0 ? 0 : t, state, values, offset, stride);
    const decay = rate > 0 ? Math.exp(-rate * t) : 1;
    const output = linearisedOutput(first, task, rate, t);
    const fields = {
      t,
      output,
      residual: first.residual * decay,
      loss: first.loss - first.excessLoss + first.excessLoss * decay * decay,
      excessLoss: first.excessLoss * decay * decay,
      kernel: first.kernel,
      kernelSize: first.kernelSize,
      outputSize: Math.abs(output) * Math.sqrt(objective.zz),
      sharpness: first.sharpness!,
    };
    writeFields(fields, values, offset, stride);
  };
  const at = (t: number): Snapshot => {
    recordAt(t, row, 0, 1);
    return snapshotFrom(row, 0, 1);
  };
  const flow: KernelFlow & BulkFlow = {
    method: "exact",
    linearised: true,
    because: "the network is linearised in its weights, so the kernel is constant and the solution is one exponential",
    problem: { network, task, initial },
    ...notesOf(task),
    from: 0,
    until: Infinity,
    rate,
    limit: at(Infinity),
    at,
    [fill]: (times, values) => {
      for (let i = 0; i < times.length; i++) recordAt(times[i]!, values, i, times.length);
    },
  };
  const { weights } = layers;
  if (weights === undefined || !isWeights(initial)) return flow;
  return {
    ...flow,
    weights(t: number, out?: Weights) {
      put(t);
      const target = roomFor(initial.u.length, out);
      weights(state, target);
      return target;
    },
  } as KernelFlow;
}

/** The output at time t of the kernel machine that starts at `first` and converges at this rate. */
export function linearisedOutput(first: Snapshot, { xx, xy }: Task, rate: number, t: number): number {
  if (!(rate > 0) || first.residual === 0) return first.output;
  const decay = Math.exp(-rate * t);
  return decay > 0.5 ? first.output - (first.residual / xx) * Math.expm1(-rate * t) : (xy - first.residual * decay) / xx;
}
