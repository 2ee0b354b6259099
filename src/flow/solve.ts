import { readBoolean, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { projected } from "../exact/exactFlow.ts";
import { type AnyExactFlow, type ExactMatrixFlow, firstFamily } from "../exact/families.ts";
import type { AnyIntegratedFlow, IntegratedFlow, IntegratedHalfLineFlow } from "../integrate/integrated.ts";
import { integrateProblem } from "../integrate/integratedFlow.ts";
import { type IntegratedOptions, type ReadOptions, readOptions } from "../integrate/options.ts";
import type { DeepMatrixLayers, DeepMatrixLayersLike, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthInitial, DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { DeepModesFlow, ExactDepthFlow, ExactHalfLineFlow, OneDirectionFlow, WithWeights } from "../model/flow.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayers, MatrixLayersLike, MatrixOrderParametersLike } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { KinkedNetwork } from "../model/network.ts";
import { printedFlow } from "../model/printedFlow.ts";
import type { HalfLineInitial, Problem, ScalarInitial } from "../model/problem.ts";
import { type ReadProblem, readProblem } from "../model/readProblem.ts";
import type { WeightsLike } from "../model/weights.ts";

/** The options of {@link solve}: those of the integrator, which are used if it is called, and `project`. */
export interface SolveOptions extends IntegratedOptions {
  /** Train on the projection of the inputs onto their leading direction (default false). */
  readonly project?: boolean | undefined;
}

/**
 * The training trajectory, in closed form if there is one, otherwise integrated numerically. `flow.method`
 * and `flow.because` give the method and the reason, and `flow.family` names the closed form. The options of
 * the integrator (tolerances, `until`, …) have no effect on a closed form. Separate `schedules` of the layers
 * always need the integrator.
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
 * console.log(solve({ network: network({ weightDecay: 0.1 }), task, initial }).method); // exact
 * const apart = network({ weightDecay: { u: 0.1, w: 0.2 } });
 * console.log(solve({ network: apart, task, initial }).method); // integrated
 * ```
 */
export function solve(
  problem: Problem<WeightsLike> & { readonly network: KinkedNetwork },
  options?: SolveOptions,
): WithWeights<ExactHalfLineFlow | IntegratedHalfLineFlow>;
export function solve(
  problem: Problem<HalfLineInitial> & { readonly network: KinkedNetwork },
  options?: SolveOptions,
): ExactHalfLineFlow | IntegratedHalfLineFlow;
export function solve(problem: Problem<WeightsLike>, options?: SolveOptions): WithWeights<OneDirectionFlow | IntegratedFlow>;
export function solve(problem: Problem<ScalarInitial>, options?: SolveOptions): OneDirectionFlow | IntegratedFlow;
export function solve(
  problem: Problem<DepthInitial>,
  options?: SolveOptions,
): WithWeights<ExactDepthFlow | IntegratedFlow<DepthSnapshot, DepthLayers>>;
export function solve(
  problem: Problem<DeepMatrixLayersLike>,
  options?: SolveOptions,
): WithWeights<DeepModesFlow | IntegratedFlow<DeepMatrixSnapshot, DeepMatrixLayers>>;
export function solve(
  problem: Problem<LayersLike>,
  options?: SolveOptions,
): WithWeights<ExactMatrixFlow<Layers> | IntegratedFlow<MatrixSnapshot, Layers>>;
export function solve(
  problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>,
  options?: SolveOptions,
): ExactMatrixFlow | IntegratedFlow<MatrixSnapshot, MatrixLayers>;
export function solve(problem: Problem, options?: SolveOptions): AnySolvedFlow;
export function solve(problem: Problem, options: SolveOptions = {}): AnySolvedFlow {
  return named("solve", () => {
    const { project = false, ...integration } = readRecord("options", options) as SolveOptions;
    const read = projected(readProblem(problem), readBoolean("project", project));
    return printedFlow(solveProblem(read, readOptions(integration)));
  });
}

/** The result of `solve` for any problem. */
export type AnySolvedFlow = AnyExactFlow | AnyIntegratedFlow;

/** The flow of a checked problem. */
export function solveProblem(read: ReadProblem, options: ReadOptions): AnySolvedFlow {
  const scheduled = options.schedules !== undefined ? ["the layers have separate schedules"] : [];
  const choice = scheduled.length > 0 ? { failed: scheduled } : firstFamily(read);
  if ("flow" in choice) return choice.flow;
  const flow = integrateProblem(read, options);
  return { ...flow, because: `${choice.failed.join("; ")}: ${flow.because}` };
}
