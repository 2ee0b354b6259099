/**
 * Inverse design: from where a network is wanted to the hyperparameters that put it there. Six of them (γ,
 * η_u, η_w, |u|, |w|, u·w) make four numbers that can be observed, s, e, ρ and δ; the target fixes some of
 * these, and a family is left. [XuZiyin2025, §3]
 */

import { unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { failedOfOneDirection } from "../exact/oneDirection/applicability.ts";
import { oneDirectionFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import { plateau } from "../flow/plateau.ts";
import { timeTo } from "../flow/timesTo.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import { lossPrefactor, type Network, network } from "../model/network.ts";
import type { OrderParameters } from "../model/weights.ts";
import { type DesignFamily, freeUnder, move, readCoordinates } from "./family.ts";
import { type Gauge, memberOf } from "./member.ts";
import { type Settled, settle } from "./settle.ts";
import { type Brief, type DesignOptions, type DesignTarget, readBrief } from "./target.ts";
import { rateAt, type Units } from "./units.ts";

/** Hyperparameters that meet a target, and the flow that shows it. */
export interface Design {
  readonly network: Network;
  readonly width: number;
  /**
   * What `gaussianWeights` and `gaussianOrderParameters` take, for layers that are `initial` up to the chance
   * of a draw.
   */
  readonly scale: { readonly u: number; readonly w: number };
  /** uu = width·σ_u², ww = width·σ_w² and the overlap that was given, none by default. */
  readonly initial: Required<OrderParameters>;
  /** The network from `initial`, trained on the task. */
  readonly flow: OneDirectionFlow;
  /** The four targets, measured on the flow. */
  readonly achieved: Required<DesignTarget>;
  /** All other solutions. */
  readonly family: DesignFamily<Design>;
  /** What decided what, in one sentence. */
  readonly because: string;
}

/**
 * The hyperparameters that put a network where one wants it: a kernel ratio, a learning time, a plateau, a
 * balance of the layers, or several of these. Kernel ratio, balance and one time are met in closed form; a
 * second time, or a time at given rates, by bisection.
 *
 * A kernel ratio alone is met by the initial scale, a time by a rate common to both layers. What is neither
 * given nor needed is as everywhere: output scale 1, rates 1, layers without overlap and of equal norm (1,
 * where a learning time alone is asked for). Given layers or rates leave more to the output scale. Kernel
 * ratio and both times together need an overlap, and get the least.
 *
 * @param options - `target`; `task`, `given` hyperparameters, `loss` and `excessLossFraction`.
 * @throws FeatureLearningError `"invalid-argument"`: no target, numbers out of range, nothing left to solve
 * for; `"assumption"`: a target that no network meets (a kernel that shrinks without overlap, a plateau too
 * long for its learning time), or not together with the rest, with what would do; a task without correlation,
 * or of several directions.
 *
 * @example
 * ```ts
 * import { design } from "feature-learning";
 *
 * const { network, scale, achieved, family } = design({ target: { kernelRatio: 10, learningTime: 5 }, given: { width: 100 } });
 * console.log(scale.u.toFixed(5), network.learningRates.u.toFixed(5), network.outputScale); // 0.03170 0.10230 1
 * console.log(achieved.kernelRatio.toFixed(9), achieved.learningTime.toFixed(9)); // 10.000000000 5.000000000
 * console.log(family.dimension, family.at({ u: 2 }).achieved.learningTime.toFixed(9)); // 4 5.000000000
 * ```
 */
export function design(options: DesignOptions): Design {
  return named("design", () => designFor(options));
}

function designFor(options: DesignOptions): Design {
  const brief = readBrief(options);
  const { target, given, task, loss } = brief;
  const [failed] = failedOfOneDirection(network({ loss }), task);
  if (failed !== undefined) unmet(failed, "pass { project: true } to taskFromSamples, to train on their projection");
  if (task.xx === 0 || task.xy === 0)
    unmet(`the task has xy = ${task.xy} and xx = ${task.xx}: there is nothing to learn`, "pass a task with a correlation");
  const units = { k: lossPrefactor(network({ loss })), task };
  const timed = target.learningTime !== undefined || target.plateau !== undefined;
  const rates = given.rates ?? (timed ? undefined : { u: 1, w: 1 });
  const outputScale = given.outputScale ?? (rates === undefined && given.scale === undefined ? 1 : undefined);
  return designOf(brief, settle(brief, units), { ...given, outputScale, rates }, units);
}

function designOf(brief: Brief, settled: Settled, gauge: Gauge, units: Units): Design {
  const { target, task, loss, fraction } = brief;
  const { outputScale, learningRates, scale, initial } = memberOf(settled, gauge, units);
  const flow = oneDirectionFlow({ network: network({ outputScale, learningRates, loss }), task, initial });
  const achieved = {
    kernelRatio: flow.limit.kernel / flow.at(0).kernel,
    learningTime: timeTo(flow, { excessLossFraction: fraction }),
    plateau: plateau(flow),
    balance: flow.limit.balance,
  };
  checkMet(target, achieved);
  const { shape, strength, share, by } = settled;
  const rate = rateAt(strength, shape, units);
  const free = freeUnder(target);
  const layers = target.balance === undefined ? "" : `, the layers' share ${share.toPrecision(4)} from balance`;
  return {
    network: flow.problem.network,
    width: gauge.width,
    scale,
    initial,
    flow,
    achieved,
    family: {
      dimension: free.length,
      free,
      invariants: { start: shape.start, end: shape.end, rate, share },
      at: (coordinates) =>
        named("at", () => {
          const to = readCoordinates(coordinates, free);
          const next = move(brief, settled, to, units);
          const { u = 1, w = 1 } = to;
          const common = next.strength / Math.abs(outputScale);
          const odd = Math.sqrt(learningRates.w) / Math.sqrt(learningRates.u);
          const rates = { u: (common / odd) * u * u, w: common * odd * w * w };
          return designOf(brief, next, { outputScale: outputScale / u / w, rates, scale: undefined, width: gauge.width }, units);
        }),
    },
    because: `2h|S∞|/B₀ = ${shape.end.toPrecision(4)}, at overlap ${shape.start.toPrecision(4)}, comes from ${by.shape}, the rate ${rate.toPrecision(4)} from ${by.rate}${layers}`,
  };
}

/** A target that the others have decided, or that a jump passes by, is met by chance or not at all. */
function checkMet(target: DesignTarget, achieved: Required<DesignTarget>): void {
  for (const name of ["kernelRatio", "learningTime", "plateau", "balance"] as const) {
    const found = achieved[name];
    if (Number.isNaN(found)) unmet(`the answer's ${name} overflows double precision`, "ask for or give less extreme numbers");
    const wanted = target[name] ?? found;
    // A plateau is a difference of two times of the size of the learning time.
    const slack = ROUNDING * Math.abs(wanted) + (name === "plateau" ? ROUNDING * achieved.learningTime : 0);
    if (found === wanted || Math.abs(found - wanted) <= slack) continue;
    unmet(`${name} ${wanted} is not free: what else is asked and given makes it ${found}`, "leave one of these out");
  }
}

/** Far above that of a closed form, far below what anybody would call another value. */
const ROUNDING = 1e-9;
