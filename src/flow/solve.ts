import { readRecord } from "../door/arguments.ts";
import { layersFamily } from "../exact/exactApplies.ts";
import { matrixFamily } from "../exact/exactMatrixFlow.ts";
import { failedOfOneDirection } from "../exact/oneDirection/applicability.ts";
import { exactFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import {
  type IntegratedFlow,
  type IntegratedMatrixFlow,
  type IntegratedWeightFlow,
  integratedFlow,
} from "../integrate/integratedFlow.ts";
import { type IntegratedOptions, readOptions } from "../integrate/options.ts";
import type { MultiInputFlow } from "../matrix/multiInputFlow.ts";
import { type MultiInputProblem, readMultiInputProblem } from "../matrix/multiInputProblem.ts";
import type { ExactFlow, ExactWeightFlow } from "../model/flow.ts";
import { areLayers } from "../model/layers.ts";
import type { BalancedFlow, MatrixFlow, MatrixProblem, ModesFlow } from "../model/matrixFlow.ts";
import { areMatrices } from "../model/matrixLayers.ts";
import type { Problem } from "../model/problem.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { readProblem } from "../model/readProblem.ts";
import type { WeightsLike } from "../model/weights.ts";
import { exactLayersFlow } from "./exactLayersFlow.ts";

/** What {@link solve} takes: what the integrator takes, should it be called, and `project`. */
export interface SolveOptions extends IntegratedOptions {
  /** Train on the inputs' projection on their leading direction (default false). */
  readonly project?: boolean;
}

/**
 * The training trajectory: in closed form where there is one, of one direction or several, else integrated. `flow.method` and `flow.because` say which
 * and why, `flow.family` of an exact one which closed form; the options of the integrator (tolerances, `until`, …) do nothing where it is not called, except `schedules`, which the closed form has not.
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
  const where = "solve";
  const { project = false, ...integration } = readRecord(where, "options", options) as SolveOptions;
  const given = readRecord(where, "problem", problem) as unknown as Problem;
  readOptions(where, integration);
  const scheduled = integration.schedules !== undefined ? ["the layers follow schedules of their own"] : [];
  if (areLayers(given.initial)) return solveLayers(where, problem as MultiInputProblem, integration, scheduled);
  if (areMatrices(given.initial)) return solveMatrices(where, problem as MatrixProblem, integration, scheduled);
  const { network, task } = readProblem(where, given);
  const projected = { ...given, task: { ...given.task, projected: project || task.projected } };
  const failed = [...failedOfOneDirection(network, projected.task), ...scheduled];
  return failed.length === 0 ? exactFlow(projected) : reasoned(integratedFlow(projected, integration), failed);
}

function solveLayers(
  where: string,
  problem: MultiInputProblem,
  options: IntegratedOptions,
  scheduled: readonly string[],
): MultiInputFlow {
  if (scheduled.length > 0) return reasoned(integratedFlow(problem, options), scheduled);
  const read = readMultiInputProblem(where, problem);
  const found = layersFamily(where, read);
  if ("failed" in found) return reasoned(integratedFlow(problem, options), found.failed);
  const { weights } = found.flow;
  return exactLayersFlow(read, { ...found.flow, weights: weights! });
}

function solveMatrices(
  where: string,
  problem: MatrixProblem,
  options: IntegratedOptions,
  scheduled: readonly string[],
): MatrixFlow {
  const found = scheduled.length > 0 ? { failed: scheduled } : matrixFamily(readMatrixProblem(where, problem));
  return "failed" in found ? reasoned(integratedFlow(problem, options), found.failed) : found.flow;
}

/** An integrated flow that says why it was. */
function reasoned<F extends { readonly because: string }>(flow: F, failed: readonly string[]): F {
  return { ...flow, because: `${failed.join("; ")}: ${flow.because}` };
}
