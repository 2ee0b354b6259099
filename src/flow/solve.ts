import { applicability } from "../exact/exactApplies.ts";
import { exactFlow } from "../exact/exactFlow.ts";
import { type IntegratedFlow, type IntegratedWeightFlow, integratedFlow } from "../integrate/integratedFlow.ts";
import { type IntegratedOptions, readOptions } from "../integrate/options.ts";
import type { ExactFlow, ExactWeightFlow } from "../model/flow.ts";
import { areLayers, type LayersLike } from "../model/layers.ts";
import type { MultiInputFlow, MultiInputProblem } from "../model/multiInputFlow.ts";
import type { Problem } from "../model/problem.ts";
import { readProblem } from "../model/readProblem.ts";
import type { WeightsLike } from "../model/weights.ts";
import { readRecord } from "../numerics/check.ts";

/** What {@link solve} takes: what the integrator takes, should it be called, and `project`. */
export interface SolveOptions extends IntegratedOptions {
  /** Train on the inputs' projection on their leading direction (default false). */
  readonly project?: boolean;
}

/**
 * The training trajectory: in closed form where there is one, else integrated. `flow.method` and `flow.because` say which and why; the
 * options of the integrator (tolerances, `until`, …) do nothing where it is not called, except `schedules`, which the closed form has not.
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
export function solve(problem: Problem<WeightsLike>, options?: SolveOptions): ExactWeightFlow | IntegratedWeightFlow;
export function solve(problem: Problem, options?: SolveOptions): ExactFlow | IntegratedFlow;
export function solve(
  problem: Problem | MultiInputProblem,
  options: SolveOptions = {},
): ExactFlow | IntegratedFlow | MultiInputFlow {
  const where = "solve";
  const { project = false, ...integration } = readRecord(where, "options", options) as SolveOptions;
  const given = readRecord(where, "problem", problem) as unknown as Problem;
  if (areLayers(given.initial)) return integratedFlow(problem as MultiInputProblem<LayersLike>, integration);
  const { network, task } = readProblem(where, given);
  const projected = { ...given, task: { ...given.task, projected: project || task.projected } };
  readOptions(where, integration);
  const verdict = applicability(network, projected.task);
  if (verdict.applies && integration.schedules === undefined) return exactFlow(projected);
  const failed = verdict.applies ? ["the layers follow schedules of their own"] : verdict.failed;
  const flow = integratedFlow(projected, integration);
  return { ...flow, because: `${failed.join("; ")}: ${flow.because}` };
}
