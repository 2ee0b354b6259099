/**
 * What a step of finite size does at a minimum. There the loss is a parabola of curvature ρ = L''(f∞)·γ²B∞,
 * the rate of the flow's convergence, and descent converges to it iff
 *
 *     step·ρ < 2        with momentum μ: step·ρ < 2(1 + μ)        with Nesterov's: step·ρ < 2(1 + μ)/(1 + 2μ)
 *
 * The flattest of all minima, of layers in one part, has B = 2h|S∞|: no step beyond its limit converges
 * anywhere. [Polyak1964] for momentum.
 */

import { readBoolean, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { solveProblem } from "../flow/solve.ts";
import { readOptions } from "../integrate/options.ts";
import { kinkedCurvature } from "../layers/kinkedCurvature.ts";
import { sumKinked } from "../layers/kinkedLayers.ts";
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

/** What {@link stability} and {@link descentOutcome} take of momentum. */
export interface MomentumOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number | undefined;
  /** Nesterov's kind (default false). */
  readonly nesterov?: boolean | undefined;
}

/** A curvature at a minimum and the step that it allows. */
export interface StableStep {
  /** The top eigenvalue of the Hessian there, each layer in units of the root of its rate; inverse time. */
  readonly rate: number;
  /** The largest step that is stable there; Infinity where the rate is 0. */
  readonly largestStableStep: number;
}

/** What {@link stability} finds. */
export interface Stability extends StableStep {
  /**
   * ρ of the minimum that gradient flow reaches, inverse time; 0 where the loss has no minimum or nothing
   * moves.
   */
  readonly rate: number;
  /** The same for the flattest minimum, which only large steps reach, by a catapult. */
  readonly flattest: StableStep;
}

/** What {@link stability} finds for several inputs and outputs. */
export interface LayersStability extends StableStep {
  /**
   * The same for the flattest minimum with the output that the flow reaches. Absent where it is not known:
   * with weight decay, for several outputs under a loss that is no square, and where a narrow network leaves
   * something to learn that bends the loss.
   */
  readonly flattest?: StableStep;
  /** What to know about these numbers; absent where there is nothing. */
  readonly notes?: readonly string[];
}

/**
 * The largest stable step of gradient descent, at the minimum that gradient flow reaches and at the flattest
 * minimum there is. (Where the flow on one direction runs into a saddle, the minimum is the one that a start
 * next to it would reach. Of several inputs and outputs the numbers are those of the saddle, and `notes` says
 * so.)
 *
 * For several inputs and outputs the flow is solved to t = ∞, in closed form where there is one and else by
 * integration to a relative 10⁻¹⁰.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a part of the problem that cannot be; `"assumption"`: a
 * power activation, a loss without a second derivative, weights { u, w } on several input directions, outputs
 * of which some have a minimum and some have not; `"not-converged"`: an integration that fails.
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

/** The same for a given limit of step·ρ, with the problem's flow where that is known. */
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

/** The curvature of a network with a kink at 0 where its flow ends. */
function rateOfKinked(read: ReadProblem & { readonly kind: "half lines" }): number {
  const { network, halves } = read.problem;
  const flow = solveProblem(read, readOptions({}));
  if (flow.family === "relu") return flow.rates[0]!;
  const end = sumKinked((flow as WithWeights<HalfLineFlow>).weights(flow.until));
  return kinkedCurvature(network, halves, end, network.learningRates);
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

/** step·ρ below which a parabola is descended. */
function limitOf(options: unknown): number {
  const given = readRecord("options", options, ["momentum", "nesterov"]);
  const mu = readMomentum(given.momentum);
  return (2 * (1 + mu)) / (readBoolean("nesterov", given.nesterov ?? false) ? 1 + 2 * mu : 1);
}
