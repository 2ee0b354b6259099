/**
 * Stability of descent at the minimum of any number of layers that are matrices: the largest eigenvalue of
 * the Hessian at the flow's limit, with each layer in units of the square root of its learning rate.
 */
import { unmet } from "../door/arguments.ts";
import { solveProblem } from "../flow/solve.ts";
import { internalOptions } from "../integrate/options.ts";
import { deepCurvature } from "../matrix/deepCurvature.ts";
import { type DeepState, deepState } from "../matrix/deepState.ts";
import type { DeepMatrixFlow } from "../model/flow.ts";
import { type DeepMatrixProblem, readDeepMatrixProblem } from "../model/readProblem.ts";
import type { LimitCurvature } from "./layersStability.ts";

/** Negative curvatures below this share of the largest are rounding error, or due to an unfinished flow. */
const SADDLE = 1e-7;

export function deepStability(problem: DeepMatrixProblem, flow: DeepMatrixFlow | undefined): LimitCurvature {
  const { objective, network } = deepState(problem);
  if (objective.endless && network.weightDecay === 0)
    unmet("the loss has no minimum, and the weights grow for ever", "pass weightDecay");
  const solved = flow ?? (solveProblem({ kind: "deep matrices", problem }, internalOptions()) as DeepMatrixFlow);
  const limit = deepState(readDeepMatrixProblem({ ...problem.given, initial: solved.weights!(Infinity) }));
  const { top, least } = curvatureOf(limit, limit.rates);
  const notes =
    least() < -SADDLE * top
      ? ["the flow ends at a saddle: the rate is that of the saddle, which descent may leave for a minimum"]
      : [];
  return { rate: Math.max(0, top), flattest: undefined, notes };
}

/** The largest eigenvalue of the Hessian over the weights themselves. */
export function deepSharpness(problem: DeepMatrixProblem): number {
  const state = deepState(problem);
  return curvatureOf(
    state,
    state.rates.map(() => 1),
  ).top;
}

function curvatureOf(state: DeepState, rates: Float64Array): NonNullable<ReturnType<typeof deepCurvature>> {
  return deepCurvature(state, state.layers, rates) ?? unmet("the loss has no secondDerivative", "pass one with it");
}
