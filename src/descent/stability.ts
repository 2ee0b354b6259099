/**
 * Stability of gradient descent at a minimum. The loss there is a parabola of curvature ρ = L''(f∞)·γ²B∞,
 * which is the rate at which the flow converges. Descent converges to the minimum iff
 *
 *     step·ρ < 2 with momentum μ: step·ρ < 2(1 + μ) with Nesterov momentum: step·ρ < 2(1 + μ)/(1 + 2μ)
 *
 * The flattest minimum, where P or Q is zero, has B = 2h|S∞|. No larger step than its limit converges
 * anywhere. [Polyak1964] for momentum.
 */

import { readBoolean, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { solveProblem } from "../flow/solve.ts";
import { internalOptions } from "../integrate/options.ts";
import { kinkedCurvatureAt } from "../layers/kinkedCurvature.ts";
import { overlapConstants } from "../layers/transfer.ts";
import type { DeepMatrixLayersLike } from "../model/deepMatrices.ts";
import type { DepthInitial } from "../model/depth.ts";
import type { AnyFlow, DeepMatrixFlow, HalfLineFlow, MatrixFlow, WithWeights } from "../model/flow.ts";
import type { MatrixInitial, Problem, ScalarInitial } from "../model/problem.ts";
import { type ReadProblem, readProblem, type ScalarProblem } from "../model/readProblem.ts";
import { hasDecay } from "../model/weightDecay.ts";
import { hypot, squareRoot, toNumber } from "../numerics/wide.ts";
import { begin } from "./begin.ts";
import { decayedRate } from "./decayStability.ts";
import { deepStability } from "./deepStability.ts";
import { depthStability } from "./depthStability.ts";
import { readPlan } from "./descentOptions.ts";
import { layersStability } from "./layersStability.ts";
import { readMomentum } from "./momentum.ts";

/** The momentum options of {@link stability} and {@link descentOutcome}. */
export interface MomentumOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
  /** Nesterov momentum (default false). */
  readonly nesterov?: boolean | undefined;
}

/** The curvature at a minimum and the largest stable step. */
export interface StableStep {
  /**
   * The largest eigenvalue of the Hessian at the minimum, with each layer in units of the square root of its
   * learning rate; inverse time.
   */
  readonly rate: number;
  /** The largest stable step; Infinity if the rate is 0. */
  readonly largestStableStep: number;
}

/** The result of {@link stability}. */
export interface Stability extends StableStep {
  /**
   * ρ of the minimum that gradient flow reaches, inverse time; 0 if the loss has no minimum or nothing
   * trains.
   */
  readonly rate: number;
  /** The same for the flattest minimum, which only large steps reach, by a catapult. */
  readonly flattest: StableStep;
}

/** The result of {@link stability} for several inputs and outputs. */
export interface LayersStability extends StableStep {
  /**
   * The same for the flattest minimum with the output that the flow reaches. Absent if it is not known: with
   * weight decay, for several outputs with a loss other than the squared loss, and if the residual of a
   * narrow network contributes to the curvature.
   */
  readonly flattest?: StableStep;
  /** Remarks on these numbers; absent if there are none. */
  readonly notes?: readonly string[];
}

/**
 * The largest stable step of gradient descent, at the minimum that gradient flow reaches and at the flattest
 * minimum. (If the flow on one direction converges to a saddle, the minimum is the one that a slightly
 * perturbed start would reach. With several inputs or outputs the numbers are those of the saddle, and
 * `notes` says so.)
 *
 * For several inputs and outputs the flow is solved to t = ∞, in closed form if there is one, otherwise by
 * integration with a relative tolerance of 10⁻¹⁰.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem; `"assumption"`: a power
 * activation, a loss without a second derivative, weights { u, w } on several input directions, outputs of
 * which only some have a minimum; `"not-converged"`: an integration that fails.
 *
 * @example
 * ```ts
 * import { matrixTaskFromMoments, network, stability, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const { largestStableStep, flattest } = stability({ network: network(), task, initial: { uu: 3, ww: 3, uw: 0 } });
 * console.log(largestStableStep.toFixed(4), flattest.largestStableStep); // 0.1581 0.5
 *
 * const matrices = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 });
 * const initial = { W2: [[2, 0], [0, 1]], W1: [[1, 0], [0, 1]] };
 * const several = stability({ network: network(), task: matrices, initial });
 * console.log(several.rate.toFixed(3), several.flattest!.rate.toFixed(3)); // 13.416 12.000
 * ```
 */
export function stability(problem: Problem<MatrixInitial | DeepMatrixLayersLike>, options?: MomentumOptions): LayersStability;
export function stability(problem: Problem<ScalarInitial | DepthInitial>, options?: MomentumOptions): Stability;
export function stability(problem: Problem, options?: MomentumOptions): Stability | LayersStability;
export function stability(problem: Problem, options: MomentumOptions = {}): Stability | LayersStability {
  return named("stability", () => {
    const limit = limitOf(options);
    return stabilityOf(readProblem(problem), limit);
  });
}

/** The same for a given limit of step·ρ, with the problem's flow if it is known. */
export function stabilityOf(read: ReadProblem, limit: number, flow?: AnyFlow): Stability | LayersStability {
  const withLimit = (rate: number): StableStep => ({ rate, largestStableStep: limit / rate });
  if (read.kind === "matrices" || read.kind === "deep matrices") {
    const { rate, flattest, notes } =
      read.kind === "matrices"
        ? layersStability(read.problem, flow as MatrixFlow | undefined)
        : deepStability(read.problem, flow as DeepMatrixFlow | undefined);
    return {
      ...withLimit(rate),
      ...(flattest === undefined ? {} : { flattest: withLimit(flattest) }),
      ...(notes.length > 0 ? { notes } : {}),
    };
  }
  if (read.kind === "half lines") return withLimit(rateOfKinked(read));
  const { rate, flattest } = read.kind === "depth" ? depthStability(read.problem, flow) : ofOneDirection(read.problem);
  return { ...withLimit(rate), flattest: withLimit(flattest) };
}

/** The curvature of a network with a kink at 0 at the end of its flow. */
function rateOfKinked(read: ReadProblem & { readonly kind: "half lines" }): number {
  const { network, halves } = read.problem;
  const flow = solveProblem(read, internalOptions());
  if (flow.family === "relu") return flow.rates[0]!;
  const end = (flow as WithWeights<HalfLineFlow>).weights(flow.until);
  return kinkedCurvatureAt(network, halves, end, network.learningRates);
}

function ofOneDirection(problem: ScalarProblem): { readonly rate: number; readonly flattest: number } {
  const { network, objective, start } = begin(problem, readPlan({ stepSize: 1, steps: 0 }));
  const { outputScale: gamma, learningRates: rates } = network;
  const { curvature, best } = objective;
  if (curvature === undefined) unmet("the loss has no secondDerivative", "pass one with it, or call descentOutcome");
  const { B } = overlapConstants(start, rates);
  if (hasDecay(network) && B > 0) {
    const rate = decayedRate(network, objective, curvature, start.given);
    return { rate, flattest: rate };
  }
  const reaches = gamma !== 0 && Number.isFinite(best) && B > 0;
  const root = toNumber(squareRoot(start.P)) * toNumber(squareRoot(start.Q));
  const overlap = reaches ? 2 * Math.sqrt(rates.u) * Math.sqrt(rates.w) * (best / gamma) : 0;
  const rateAt = (kernel: number): number => (reaches ? curvature(best) * gamma * gamma * kernel : 0);
  return { rate: rateAt(hypot(root, overlap)), flattest: rateAt(Math.abs(overlap)) };
}

/** The limit of step·ρ below which descent on a parabola converges. */
function limitOf(options: unknown): number {
  const fields = readRecord("options", options, ["momentum", "nesterov"]);
  const mu = readMomentum(fields.momentum);
  return (2 * (1 + mu)) / (readBoolean("nesterov", fields.nesterov ?? false) ? 1 + 2 * mu : 1);
}
