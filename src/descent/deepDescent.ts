/** Gradient descent of any number of layers that are matrices. All weights are updated. */
import { refuse, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type DeepGradient, deepGradient } from "../matrix/deepGradient.ts";
import { type DeepState, deepState, layersAlongInputs, snapshotOfLayers } from "../matrix/deepState.ts";
import type { DeepMatrixLayers } from "../model/deepMatrices.ts";
import { matrixTrajectory } from "../model/matrixColumns.ts";
import { notesOf } from "../model/notes.ts";
import type { Problem } from "../model/problem.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import type { MatrixTrajectory } from "../model/trajectory.ts";
import { sumOfSquares } from "../numerics/norm.ts";
import type { Plan } from "./descentOptions.ts";
import { layersGradient } from "./layersGradient.ts";
import { momentumStep, movingFrom } from "./momentumStep.ts";
import { runOf, type Stepped, stateOf } from "./run.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/**
 * A training run, in discrete steps, of any number of layers that are matrices. Row 0 is the start, the last
 * row the end.
 */
export type DeepMatrixDescent = MatrixTrajectory & {
  /** The number of each recorded step; `t` is step·stepSize. */
  readonly step: Float64Array;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** The problem that was trained. */
  readonly problem: Problem<DeepMatrixLayers>;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
  /** The layers at a recorded row. */
  weights(row: number): DeepMatrixLayers;
};

/** Layers that take steps. */
export interface DeepBegun {
  readonly state: DeepState;
  readonly gradient: DeepGradient;
  readonly walk: Stepped;
}

/** Progress is reported once per this number of steps. */
const STRIDE = 1e3;

export function beginDeep(problem: DeepMatrixProblem, plan: Plan): DeepBegun {
  if (!plan.together) unmet("schedules of their own are for two layers { u, w }", "pass one schedule for all layers");
  const state = deepState(problem);
  const { network, objective, support, rates } = state;
  const data = { objective, state: { network, task: problem.task, support } };
  const gradient = deepGradient(state, layersGradient(data, plan));
  const { stepSize, momentum, nesterov, schedules, batch, noise } = plan;
  const moving = movingFrom(gradient.initial.slice());
  const { state: weights, pull, next } = moving;
  const settles = batch === undefined && noise === undefined && schedules === undefined;
  const frozen = rates.every((rate) => rate === 0);
  return {
    state,
    gradient,
    walk: {
      state: weights,
      stride: STRIDE,
      advance(n) {
        if (frozen) return RESTS;
        gradient.pull(weights, pull);
        const step = schedules === undefined ? stepSize : stepSize * schedules.u.factor(n * stepSize);
        const moved = momentumStep(moving, 0, weights.length, step, momentum, nesterov);
        if (!Number.isFinite(sumOfSquares(next) + sumOfSquares(gradient.outputOf(next)))) return DIVERGES;
        weights.set(next);
        return moved || !settles ? MOVES : RESTS;
      },
    },
  };
}

export function deepDescent(problem: DeepMatrixProblem, plan: Plan): DeepMatrixDescent {
  const { state, gradient, walk } = beginDeep(problem, plan);
  const run = runOf(walk, plan);
  const last = run.steps.length - 1;
  const rows = new Map(Array.from(run.steps, (step, i) => [step * plan.stepSize, i]));
  const columns = matrixTrajectory(
    run.steps.map((step) => step * plan.stepSize),
    (t) => snapshotOfLayers(state, t, gradient.matricesOf(stateOf(run, rows.get(t)!))),
  );
  const { weightDecay } = state.network;
  const weights = (row: number): DeepMatrixLayers => {
    if (!Number.isInteger(row) || row < 0 || row > last)
      named("weights", () => refuse("row", row, `pass an integer from 0 to ${last}`));
    if (row === 0) return { layers: problem.initial.layers.map((layer) => layer.clone()) };
    if (state.offSpan !== undefined && weightDecay > 0)
      named("weights", () => unmet("the inputs do not span their space, and the weights off it decay", "call flow.weights"));
    return { layers: layersAlongInputs(state, gradient.matricesOf(stateOf(run, row))) };
  };
  Object.assign(columns, { step: run.steps, status: run.status, problem: problem.given, ...notesOf(problem.task) });
  return Object.defineProperty(columns, "weights", { value: weights }) as DeepMatrixDescent;
}
