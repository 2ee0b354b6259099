/**
 * Gradient descent in order parameters: every neuron moves by the same 2×2 matrix, so that a step costs the same at any width. With
 * G = 2kγg(γS) the velocity and the state (C, E, C ± hE) change by
 *
 *     v ← μv + (Gh²E − νC,  GC − νE,  (Gh − ν)(C + hE),  −(Gh + ν)(C − hE))      state ← state + step·v
 *
 * where both layers keep pace (ν = η·weight decay), and likewise entry by entry where they do not. Plain descent multiplies the two modes
 * by 1 ± σ, σ = step·hG. [XuZiyin2025, §3] for the flow; [SutskeverEtAl2013] for momentum.
 */
import { trajectoryFrom } from "../model/columns.ts";
import { type MovedLayers, movedApart, movedTogether } from "../model/movedLayers.ts";
import type { Network } from "../model/network.ts";
import { type Objective, objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import { readProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { snapshotFields } from "../model/snapshot.ts";
import { startFromOrderParameters, startFromWeights } from "../model/start.ts";
import type { Trajectory } from "../model/trajectory.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";
import { refuse } from "../numerics/check.ts";
import { FeatureLearningError } from "../numerics/error.ts";
import { type DescentOptions, type Plan, readPlan } from "./descentOptions.ts";
import { type Gradient, gradientOf } from "./gradients.ts";

/** A training run in discrete steps: row 0 is the start, the last row the end. */
export type Descent = Trajectory & {
  /** The number of each recorded step; `t` is step·stepSize. */
  readonly step: Float64Array;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** What was trained. */
  readonly problem: Problem<Weights | OrderParameters>;
};

/** A descent that started from weights. */
export type WeightDescent = Descent & {
  /** The weights at a recorded row; fills `out` where it is given. */
  weights(row: number, out?: Weights): Weights;
};

/**
 * Gradient descent as it is run, exactly, in O(1) a step at any width: plain, with momentum (PyTorch's SGD convention) or Nesterov's, weight
 * decay, mini-batches, label noise, learning-rate schedules; catapults and divergence included.
 *
 * @param problem - Network, task, and initial weights or order parameters. Mini-batches, label noise and losses that are not squares
 * need a task from samples, and cost a pass over the batch.
 * @param options - `stepSize`, `steps`, `momentum`, `nesterov`, `schedule`, `batch`, `labelNoise`, `recordEvery` or `recordPerDecade`,
 * `onProgress`, `signal`.
 * @returns A trajectory of the recorded steps, with `step`, `status`, and from weights `weights(row)`. `area` and `balance` are what they
 * are at each row: descent does not conserve them. Loss and residual are those of all data, without noise.
 * @throws FeatureLearningError `"invalid-argument"` for a part of the problem or an option that cannot be; `"assumption"` for inputs of
 * several directions, a power activation, or samples that are missing.
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
 */
export function gradientDescent(problem: Problem<WeightsLike>, options: DescentOptions): WeightDescent;
export function gradientDescent(problem: Problem, options: DescentOptions): Descent;
export function gradientDescent(problem: Problem, options: DescentOptions): Descent {
  const where = "gradientDescent";
  const plan = readPlan(where, options);
  const { network, task, initial } = readProblem(where, problem);
  if (!hasOneDirection(task)) refuseTo(where, "the inputs have no single direction", "pass { project: true } to taskFromSamples");
  if (network.power !== 1)
    refuseTo(where, `under the power ${network.power} every neuron goes at its own pace`, "call integratedFlow");
  const objective = objectiveOf(where, network, task);
  const { learningRates: rates, weightDecay } = network;
  const together = plan.together && (weightDecay === 0 || rates.u === rates.w);
  const start = isWeights(initial) ? startFromWeights(initial, rates) : startFromOrderParameters(initial, rates);
  const layers = (together ? movedTogether : movedApart)(network, objective, start, initial);
  const gradient = gradientOf(where, network, objective, task, plan);
  const run = descend(network, objective, layers, together, gradient, plan);
  return descentFrom(run, layers, plan, { network, task, initial });
}

function refuseTo(where: string, why: string, remedy: string): never {
  throw new FeatureLearningError("assumption", `${where}: ${why}; ${remedy}.`);
}

/** The recorded steps and the states at them, four numbers each. */
interface Run {
  readonly steps: readonly number[];
  readonly states: readonly Float64Array[];
  readonly status: Descent["status"];
}

/** Progress is told, and an abort seen, every so many steps. */
const STRIDE = 1e6;

function descend(
  network: Network,
  objective: Objective,
  layers: MovedLayers,
  together: boolean,
  gradient: Gradient,
  { stepSize, steps, momentum, nesterov, schedules, batch, noise, nextRecord, onProgress, signal }: Plan,
): Run {
  const { outputScale: gamma, learningRates: rates } = network;
  const drive = 2 * objective.k * gamma;
  const force = together ? forceTogether(network) : forceApart(network);
  const random = batch !== undefined || noise !== undefined;
  const state = layers.initial.slice();
  const velocity = new Float64Array(4);
  const next = new Float64Array(4);
  const pull = new Float64Array(4);
  const kept: number[] = [0];
  const states: Float64Array[] = [state.slice()];
  const keep = (step: number): void => {
    if (kept[kept.length - 1] === step) return;
    kept.push(step);
    states.push(state.slice());
  };
  const still = rates.u === 0 && rates.w === 0;
  let f = gamma * layers.overlap(state);
  let record = nextRecord(0);
  for (let n = 0; n < steps; ) {
    force(drive * gradient(f), state, pull);
    const t = n * stepSize;
    const su = schedules === undefined ? stepSize : stepSize * schedules.u.factor(t);
    const sw = schedules === undefined ? stepSize : stepSize * schedules.w.factor(t);
    let moved = false;
    for (let i = 0; i < 4; i++) {
      const before = velocity[i]!;
      const v = momentum * before + pull[i]!;
      velocity[i] = v;
      const step = i < 2 || together ? su : sw;
      const value = state[i]! + step * (nesterov ? pull[i]! + momentum * v : v);
      next[i] = value;
      if (value !== state[i] || v !== before) moved = true;
    }
    const after = gamma * layers.overlap(next);
    if (!Number.isFinite(after * after)) {
      keep(n);
      return { steps: kept, states, status: "diverged" };
    }
    state.set(next);
    f = after;
    n++;
    // What does not move now never will again, without noise or schedule.
    const rests = still || (!moved && !random && schedules === undefined);
    if (rests) {
      for (; record < steps; record = nextRecord(record)) keep(record);
      keep(steps);
      break;
    }
    if (n === record) {
      keep(n);
      record = nextRecord(n);
    }
    if (n % STRIDE === 0) {
      onProgress?.({ step: n, steps });
      if (signal?.aborted === true) {
        keep(n);
        return { steps: kept, states, status: "aborted" };
      }
    }
  }
  return { steps: kept, states, status: "completed" };
}

/** Writes what a step adds to the velocity. */
type Force = (G: number, state: Float64Array, out: Float64Array) => void;

function forceTogether({ learningRates: { u, w }, weightDecay }: Network): Force {
  const hh = u * w;
  const h = Math.sqrt(u) * Math.sqrt(w);
  const nu = weightDecay * u;
  return (G, state, out) => {
    const C = state[0]!;
    const E = state[1]!;
    out[0] = G * hh * E - nu * C;
    out[1] = G * C - nu * E;
    out[2] = (G * h - nu) * state[2]!;
    out[3] = (-G * h - nu) * state[3]!;
  };
}

function forceApart({ learningRates: { u, w }, weightDecay: mu }: Network): Force {
  return (G, state, out) => {
    const a = state[0]!;
    const b = state[1]!;
    const c = state[2]!;
    const e = state[3]!;
    out[0] = u * (G * c - mu * a);
    out[1] = u * (G * e - mu * b);
    out[2] = w * (G * a - mu * c);
    out[3] = w * (G * b - mu * e);
  };
}

function descentFrom(
  { steps, states, status }: Run,
  layers: MovedLayers,
  { stepSize }: Plan,
  problem: { readonly network: Network; readonly task: Problem["task"]; readonly initial: Initial },
): Descent {
  const count = steps.length;
  const values = new Float64Array(snapshotFields.length * count);
  for (const [i, step] of steps.entries()) layers.record(step * stepSize, states[i]!, values, i, count);
  const descent: Descent = { ...trajectoryFrom(values, count, { step: Float64Array.from(steps) }), status, problem };
  const { initial } = problem;
  const { weights } = layers;
  if (weights === undefined || !isWeights(initial)) return descent;
  const read = (row: number, out?: Weights): Weights => {
    if (!Number.isInteger(row) || row < 0 || row >= count)
      refuse("weights", "row", row, `pass an integer from 0 to ${count - 1}`);
    const target = roomFor(initial.u.length, out);
    if (row === 0) {
      target.u.set(initial.u);
      target.w.set(initial.w);
    } else {
      weights(states[row]!, target);
    }
    return target;
  };
  return { ...descent, weights: read } as WeightDescent;
}
