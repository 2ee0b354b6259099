import { readBoolean, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { firstFamily, readExactProblem } from "../exact/families.ts";
import {
  type IntegratedFlow,
  type IntegratedMatrixFlow,
  type IntegratedWeightFlow,
  integratedFlow,
} from "../integrate/integratedFlow.ts";
import { type IntegratedOptions, readOptions } from "../integrate/options.ts";
import type { MultiInputFlow } from "../matrix/multiInputFlow.ts";
import type { MultiInputProblem } from "../matrix/multiInputProblem.ts";
import type { ExactFlow, ExactWeightFlow } from "../model/flow.ts";
import type { BalancedFlow, MatrixFlow, MatrixProblem, ModesFlow } from "../model/matrixFlow.ts";
import type { Problem } from "../model/problem.ts";
import type { WeightsLike } from "../model/weights.ts";

/** What {@link solve} takes: what the integrator takes, should it be called, and `project`. */
export interface SolveOptions extends IntegratedOptions {
  /** Train on the inputs' projection on their leading direction (default false). */
  readonly project?: boolean;
}

/**
 * The training trajectory: in closed form where there is one, of one direction or several, else integrated.
 * `flow.method` and `flow.because` say which and why, `flow.family` of an exact one which closed form; the
 * options of the integrator (tolerances, `until`, …) do nothing where it is not called, except `schedules`,
 * which the closed form has not.
 *
 * @throws FeatureLearningError as `exactFlow` and `integratedFlow` do.
 *
 * @example
 * ```ts
 * import { network, solve, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const initial = { uu: 1, ww: 1, uw: 0 };
 * console.log(solve({ network: network(), task, initial }).method); // exact
 * console.log(solve({ network: network({ weightDecay: 0.1 }), task, initial }).method); // integrated
 * ```
 */
export function solve(problem: MultiInputProblem, options?: SolveOptions): MultiInputFlow;
export function solve(problem: MatrixProblem, options?: SolveOptions): ModesFlow | BalancedFlow | IntegratedMatrixFlow;
export function solve(problem: Problem<WeightsLike>, options?: SolveOptions): ExactWeightFlow | IntegratedWeightFlow;
export function solve(problem: Problem, options?: SolveOptions): ExactFlow | IntegratedFlow;
export function solve(
  problem: Problem | MultiInputProblem | MatrixProblem,
  options: SolveOptions = {},
): ExactFlow | IntegratedFlow | MultiInputFlow | MatrixFlow {
  return named("solve", () => {
    const { project = false, ...integration } = readRecord("options", options) as SolveOptions;
    readOptions(integration);
    const read = readExactProblem(problem, readBoolean("project", project));
    const scheduled = integration.schedules !== undefined ? ["the layers follow schedules of their own"] : [];
    const found = scheduled.length > 0 ? { failed: scheduled } : firstFamily(read);
    if ("flow" in found) return found.flow;
    const given = problem as Problem;
    // The projection that was asked for is part of the task.
    const integrated =
      read.kind === "one direction" ? { ...given, task: { ...given.task, projected: read.problem.task.projected } } : given;
    return reasoned(integratedFlow(integrated, integration), found.failed);
  });
}

/** An integrated flow that says why it was. */
function reasoned<F extends { readonly because: string }>(flow: F, failed: readonly string[]): F {
  return { ...flow, because: `${failed.join("; ")}: ${flow.because}` };
}
