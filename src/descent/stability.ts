/**
 * What a step of finite size does at a minimum. There the loss is a parabola of curvature ρ = L''(f∞)·γ²B∞,
 * the rate of the flow's convergence, and descent converges to it iff
 *
 *     step·ρ < 2        with momentum μ: step·ρ < 2(1 + μ)        with Nesterov's: step·ρ < 2(1 + μ)/(1 + 2μ)
 *
 * The flattest of all minima, of layers in one mode, has B = 2h|S∞|: no step beyond its limit converges
 * anywhere. [Polyak1964] for momentum.
 */

import { readBoolean, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { overlapConstants } from "../layers/transfer.ts";
import type { Problem, ScalarInitial } from "../model/problem.ts";
import { readScalarProblem } from "../model/readProblem.ts";
import { hypot, squareRoot, toNumber } from "../numerics/wide.ts";
import { begin } from "./begin.ts";
import { readPlan } from "./descentOptions.ts";
import { readMomentum } from "./momentum.ts";

/** What {@link stability} and {@link descentOutcome} take of momentum. */
export interface MomentumOptions {
  /** Momentum, from 0 (default) to below 1. */
  readonly momentum?: number;
  /** Nesterov's kind (default false). */
  readonly nesterov?: boolean;
}

/** What {@link stability} finds. */
export interface Stability {
  /**
   * ρ of the minimum that gradient flow reaches, inverse time; 0 where the loss has no minimum or nothing
   * moves.
   */
  readonly rate: number;
  /** The largest step that is stable there; Infinity where the rate is 0. */
  readonly largestStableStep: number;
  /** The same for the flattest minimum, which only large steps reach, by a catapult. */
  readonly flattest: { readonly rate: number; readonly largestStableStep: number };
}

/**
 * The largest stable step of gradient descent, at the minimum that gradient flow reaches and at the flattest
 * minimum there is. (Where the flow runs into a saddle, the minimum is the one that a start next to it would
 * reach.)
 *
 * @throws FeatureLearningError `"invalid-argument"`: a part of the problem that cannot be; `"assumption"`:
 * several input directions, a power activation, weight decay, a loss without a second derivative.
 *
 * @example
 * ```ts
 * import { network, stability, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const { largestStableStep, flattest } = stability({ network: network(), task, initial: { uu: 3, ww: 3, uw: 0 } });
 * console.log(largestStableStep.toFixed(4), flattest.largestStableStep); // 0.1581 0.5
 * ```
 */
export function stability(problem: Problem<ScalarInitial>, options: MomentumOptions = {}): Stability {
  return named("stability", () => {
    const limit = limitOf(options);
    const { network, objective, start } = begin(readScalarProblem(problem), readPlan({ stepSize: 1, steps: 0 }));
    const { weightDecay, outputScale: gamma, learningRates: rates } = network;
    if (weightDecay > 0) {
      const why = "the minimum of a decaying network has no closed form";
      unmet(why, "pass weightDecay 0, or call descentOutcome");
    }
    const { curvature, best } = objective;
    if (curvature === undefined) {
      const why = "the loss has no secondDerivative";
      unmet(why, "pass one with it, or call descentOutcome");
    }
    const { B } = overlapConstants(start, rates);
    const reaches = gamma !== 0 && Number.isFinite(best) && B > 0;
    const root = toNumber(squareRoot(start.P)) * toNumber(squareRoot(start.Q));
    const overlap = reaches ? 2 * Math.sqrt(rates.u) * Math.sqrt(rates.w) * (best / gamma) : 0;
    const rateAt = (kernel: number): number => (reaches ? curvature(best) * gamma * gamma * kernel : 0);
    const withLimit = (rate: number): { rate: number; largestStableStep: number } => ({ rate, largestStableStep: limit / rate });
    return { ...withLimit(rateAt(hypot(root, overlap))), flattest: withLimit(rateAt(Math.abs(overlap))) };
  });
}

/** step·ρ below which a parabola is descended. */
export function limitOf(options: unknown): number {
  const given = readRecord("options", options, ["momentum", "nesterov"]);
  const mu = readMomentum(given.momentum);
  return (2 * (1 + mu)) / (readBoolean("nesterov", given.nesterov ?? false) ? 1 + 2 * mu : 1);
}
