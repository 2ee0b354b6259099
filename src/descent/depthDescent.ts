/**
 * Gradient descent of layers on one direction, of any depth: every layer is a number, and a step is
 *
 *     a_l ← a_l − step·η_l (−2k g f_l + μ a_l)     f_l = γ Π_{i≠l} a_i
 *
 * with momentum, schedules, mini-batches and label noise as in other descents. Equal layers with equal
 * learning rates stay equal, so that descent is also defined for a depth that is not an integer.
 */
import { refuse, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { layerNumbers } from "../integrate/reductions/layerNumbers.ts";
import { depthSnapshots } from "../layers/depthSnapshots.ts";
import { type DepthInitial, type DepthLayers, type DepthSnapshot, layerRatesOf } from "../model/depth.ts";
import { depthTrajectory } from "../model/depthColumns.ts";
import { notesOf } from "../model/notes.ts";
import { type Objective, objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import type { DepthProblem } from "../model/readProblem.ts";
import type { DepthTrajectory } from "../model/trajectory.ts";
import type { Plan } from "./descentOptions.ts";
import { gradientOf } from "./gradients.ts";
import { momentumStep, movingFrom } from "./momentumStep.ts";
import { runOf, type Stepped, stateOf } from "./run.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/** A training run of a network of any depth in discrete steps: row 0 is the start, the last row the end. */
export type DepthDescent = DepthTrajectory & {
  /** The number of each recorded step; `t` is step·stepSize. */
  readonly step: Float64Array;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** The problem that was trained. */
  readonly problem: Problem<DepthInitial>;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
  /** The layers at a recorded row. */
  weights(row: number): DepthLayers;
};

/** A descent of layers before its first step, and the function that makes its rows. */
export interface DepthBegun {
  readonly objective: Objective;
  readonly walk: Stepped & {
    readonly output: () => number;
    /** Whether the layers stay as they are whatever the residual is: no layer is moved by it. */
    readonly stands: () => boolean;
  };
  readonly snapshotAt: (t: number, state: Float64Array) => DepthSnapshot;
}

/** Progress is reported once per this number of steps. */
const STRIDE = 1e5;

export function beginDepth(problem: DepthProblem, plan: Plan): DepthBegun {
  const { network, task } = problem;
  const { depth = 2, learningRates } = network;
  if (!hasOneDirection(task)) unmet("the inputs have no single direction", "pass { project: true } to taskFromSamples");
  if (depth === Infinity) unmet("a step of infinitely many layers is not defined", "pass a finite depth");
  if (!plan.together) unmet("separate schedules are for two layers { u, w }", "pass one schedule for all layers");
  const objective = objectiveOf(network, task);
  const reduction = layerNumbers(problem, objective);
  const { outputOf, numbersAt } = reduction;
  const residual = gradientOf(network, objective, task, plan);
  const { stepSize, momentum, nesterov, schedules, batch, noise } = plan;
  const pull = layerNumbers(problem, { ...objective, residual }).system.derivative;
  const moving = movingFrom(reduction.initial.slice());
  const { state, next } = moving;
  const settles = batch === undefined && noise === undefined && schedules === undefined;
  const frozen = learningRates.u === 0 && learningRates.w === 0 && (network.layerRates ?? []).every((rate) => rate === 0);
  const snapshot = depthSnapshots(problem);
  return {
    objective,
    snapshotAt: (t, y) => snapshot(t, t === 0 ? { ...numbersAt(y), ...passedOutput(problem) } : numbersAt(y)),
    walk: {
      state,
      stride: STRIDE,
      output: () => outputOf(state),
      stands: () => frozen || network.outputScale === 0 || isSaddle(state, layerRatesOf(network)),
      advance(n) {
        if (frozen) return RESTS;
        pull(0, state, moving.pull);
        const step = schedules === undefined ? stepSize : stepSize * schedules.u.factor(n * stepSize);
        const moved = momentumStep(moving, 0, state.length, step, momentum, nesterov);
        const after = outputOf(next);
        if (!Number.isFinite(after * after) || next.some((a) => !Number.isFinite(a * a))) return DIVERGES;
        state.set(next);
        return moved || !settles ? MOVES : RESTS;
      },
    },
  };
}

/** Whether the product of all layers but one is 0, whichever is left out of those that are trained. */
function isSaddle(layers: Float64Array, rates: Float64Array): boolean {
  const zeros = layers.filter((a) => a === 0).length;
  return zeros > 1 || (zeros === 1 && rates[layers.indexOf(0)] === 0);
}

/** An output that was passed is kept bit for bit. */
function passedOutput({ initial, task, network }: DepthProblem): { readonly output?: number; readonly residual?: number } {
  if (initial.output === undefined) return {};
  return { output: initial.output, residual: objectiveOf(network, task).residual(initial.output) };
}

export function depthDescent(problem: DepthProblem, plan: Plan): DepthDescent {
  const { walk, snapshotAt } = beginDepth(problem, plan);
  const run = runOf(walk, plan);
  const count = run.steps.length;
  const descent = depthTrajectory(count, (i) => snapshotAt(run.steps[i]! * plan.stepSize, stateOf(run, i)), {
    step: run.steps,
    status: run.status,
    problem: problem.given,
    ...notesOf(problem.task),
  });
  const weights = (row: number): DepthLayers => {
    if (!Number.isInteger(row) || row < 0 || row >= count)
      named("weights", () => refuse("row", row, `pass an integer from 0 to ${count - 1}`));
    return { layers: stateOf(run, row).slice() };
  };
  return Object.defineProperty(descent, "weights", { value: weights }) as DepthDescent;
}
