/**
 * Inverse design: finds hyperparameters that meet a target. The six hyperparameters γ, η_u, η_w, |u|, |w| and
 * u·w determine four observable numbers, s, e, ρ and δ. The target fixes some of these, and a family of
 * solutions remains. [XuZiyin2025, §3]
 */

import { unmet } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { failedOfOneDirection } from "../exact/oneDirection/applicability.ts";
import { flowOfProblem } from "../exact/oneDirection/oneDirectionFlow.ts";
import { plateauOf } from "../flow/plateau.ts";
import { firstMet } from "../flow/whenMet.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { lossPrefactor, type Network, readNetwork } from "../model/network.ts";
import { readInitial } from "../model/readInitial.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";
import { changeOf, placeOf } from "../regimes/place.ts";
import { type Brief, readBrief } from "./brief.ts";
import { CLOSE, checkMet, type DesignAchieved, ROUNDING_OF_GOALS } from "./checkMet.ts";
import { type ConcreteStart, concreteStart } from "./concreteStart.ts";
import { type DesignCoordinates, type DesignFamily, freeUnder, move, readCoordinates } from "./family.ts";
import { type Gauge, memberOf } from "./member.ts";
import { type Settled, settle } from "./settle.ts";
import { settleStart } from "./settleStart.ts";
import type { DesignOptions } from "./target.ts";
import { rateAt, type Units } from "./units.ts";

/** Hyperparameters that meet a target, and the flow of that network. */
export interface Design {
  /** The network: output scale, learning rates and loss. */
  readonly network: Network;
  /** The number of hidden neurons. */
  readonly width: number;
  /**
   * The `scale` for `gaussianWeights` and `gaussianOrderParameters`, whose layers equal `initial` up to
   * random fluctuations.
   */
  readonly scale: { readonly u: number; readonly w: number };
  /**
   * uu = width·σ_u², ww = width·σ_w² and the given overlap (default 0); or the order parameters of
   * `given.initial`.
   */
  readonly initial: Required<OrderParameters>;
  /**
   * The training of the network from `initial` on the task. It is not enumerable, so that clones and JSON
   * leave it out.
   */
  readonly flow: OneDirectionFlow;
  /** All target quantities, measured on the flow; the loss at a time if it was a target. */
  readonly achieved: DesignAchieved;
  /** All other solutions. */
  readonly family: DesignFamily<Design>;
  /** The target or default that determined each number, in one sentence. */
  readonly because: string;
}

/**
 * Hyperparameters for a network with a desired kernel ratio or change, learning time or loss at a time,
 * plateau, balance of the layers, or several of these. Kernel, balance and one time are met in closed form; a
 * second time, or a time at given learning rates, by bisection.
 *
 * A kernel ratio alone is met by the initial scale, and a time by a learning rate common to both layers.
 * Other hyperparameters that are not given have defaults: output scale 1, learning rates 1, and layers of
 * equal norm without overlap (norm 1 if the only target is a learning time). If layers or learning rates are
 * given, the output scale is chosen to meet the target. A kernel ratio together with both times needs an
 * overlap; the smallest possible one is used.
 *
 * With `given.initial`, weights or order parameters, the layers are fixed, and the output scale, the learning
 * rates or both are found. The kernel determines the output scale or, if that is given, the ratio of the
 * learning rates. A time determines the common learning rate or, if the learning rates are given, the output
 * scale. A positive output scale is tried first, and a negative one if only that meets the target. Every
 * target is met with a relative error of 1e-12; a small kernel change or balance is met up to a few rounding
 * errors of the numbers of which it is the difference.
 *
 * @param options - `target`; `task`, `given` hyperparameters or start, `loss` and `excessLossFraction`.
 * @throws FeatureLearningError `"invalid-argument"`: no target, numbers out of range, nothing left to solve
 * for; `"assumption"`: a target that no network meets (a kernel that shrinks without overlap, a plateau too
 * long for its learning time), targets that contradict each other or the given values (the message says what
 * to change), a task without correlation or with several directions.
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
 *
 * @example The output scale for which given weights are half lazy
 * ```ts
 * import { design, gaussianWeights } from "feature-learning";
 *
 * const initial = gaussianWeights({ width: 50, scale: 0.3, seed: 1 });
 * const { network, achieved } = design({ target: { kernelChange: 0.5 }, given: { initial, learningRates: 0.1 } });
 * console.log(network.outputScale.toFixed(4), achieved.kernelChange.toFixed(12)); // 0.2039 0.500000000000
 * ```
 */
export function design(options: DesignOptions): Design {
  return named("design", () => designFor(options));
}

function designFor(options: DesignOptions): Design {
  const brief = readBrief(options);
  const { goals, given, task, loss } = brief;
  const plain = readNetwork("network", { loss });
  const [failed] = failedOfOneDirection(plain, task);
  if (failed !== undefined) unmet(failed, "pass { project: true } to taskFromSamples, to train on their projection");
  if (task.xx === 0 || task.xy === 0)
    unmet(`the task has xy = ${task.xy} and xx = ${task.xx}, so there is nothing to learn`, "pass a task with a correlation");
  const units = { k: lossPrefactor(plain), task };
  if (given.initial !== undefined) return ofStart(brief, concreteStart(given.initial, task), units);
  const timed = goals.learningTime !== undefined || goals.plateau !== undefined;
  const learningRates = given.learningRates ?? (timed ? undefined : { u: 1, w: 1 });
  const outputScale = given.outputScale ?? (learningRates === undefined && given.scale === undefined ? 1 : undefined);
  return ofFamily(brief, settle(brief, units), { ...given, outputScale, learningRates }, units);
}

/** A design in which the layers are chosen. */
function ofFamily(brief: Brief, settled: Settled, gauge: Gauge, units: Units): Design {
  const { initial, scale, ...hyperparameters } = memberOf(settled, gauge, units);
  return designOf(brief, settled, hyperparameters, { initial, scale, width: gauge.width, tolerance: ROUNDING_OF_GOALS }, units);
}

/**
 * A design for given layers. If they overlap, the sign of the output scale matters, and the positive sign is
 * tried first.
 */
function ofStart(brief: Brief, start: ConcreteStart, units: Units): Design {
  const { outputScale, width: typical } = brief.given;
  const width = start.width ?? typical;
  const scale = { u: Math.sqrt(start.uu / width), w: Math.sqrt(start.ww / width) };
  const sides = outputScale !== undefined ? [Math.sign(outputScale)] : start.uw === 0 ? [1] : [1, -1];
  let refusal: unknown;
  for (const side of sides) {
    try {
      const { settled, ...hyperparameters } = settleStart(brief, start, side, units);
      const layers = { initial: start.initial, scale, width, tolerance: CLOSE };
      return designOf(brief, settled, hyperparameters, layers, units);
    } catch (error) {
      if (!(error instanceof FeatureLearningError && error.code === "assumption")) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** The start of a design's network, and the tolerance of the target. */
interface Layers {
  readonly initial: WeightsLike | OrderParameters;
  readonly scale: Design["scale"];
  readonly width: number;
  readonly tolerance: number;
}

/** The hyperparameters of a network. */
type Scaling = Pick<Hyperparameters, "outputScale" | "learningRates">;

function designOf(brief: Brief, settled: Settled, hyperparameters: Scaling, layers: Layers, units: Units): Design {
  const { target, goals, task, loss, fraction } = brief;
  const { outputScale, learningRates } = hyperparameters;
  const network = readNetwork("network", { outputScale, learningRates, loss });
  const flow = flowOfProblem({ network, task, initial: readInitial("initial", layers.initial) });
  const begin = flow.at(0);
  const { lossAt } = target;
  const place = placeOf(learningRates.u, learningRates.w, begin, flow.limit.uw, begin.balance);
  const achieved = {
    kernelChange: changeOf(place).largest,
    kernelRatio: flow.limit.kernel / begin.kernel,
    learningTime: firstMet(flow, { excessLossFraction: fraction }),
    plateau: plateauOf(flow),
    balance: flow.limit.balance,
    ...(lossAt === undefined ? {} : { lossAt: { time: lossAt.time, loss: flow.at(lossAt.time).loss } }),
  };
  checkMet(target, achieved, flow, settled.shape, layers.tolerance);
  const { shape, strength, share, by } = settled;
  const rate = rateAt(strength, shape, units);
  const free = freeUnder(goals);
  const layersBy = target.balance === undefined ? "" : `, the layers' share ${share.toPrecision(4)} from balance`;
  const { uu, ww, uw, area, balance } = begin;
  const at = (coordinates: DesignCoordinates): Design =>
    named("at", () => {
      const to = readCoordinates(coordinates, free);
      const next = move(brief, settled, to, units);
      const { u = 1, w = 1 } = to;
      const common = next.strength / Math.abs(outputScale);
      const odd = Math.sqrt(learningRates.w) / Math.sqrt(learningRates.u);
      const rates = { u: (common / odd) * u * u, w: common * odd * w * w };
      const gauge = { outputScale: outputScale / u / w, learningRates: rates, scale: undefined, width: layers.width };
      return ofFamily(brief, next, gauge, units);
    });
  const family = { dimension: free.length, free, invariants: { start: shape.start, end: shape.end, rate, share } };
  const solution = {
    network: flow.problem.network,
    width: layers.width,
    scale: layers.scale,
    initial: { uu, ww, uw, area, balance },
    achieved,
    family: Object.defineProperty(family, "at", { value: at }) as DesignFamily<Design>,
    because: `2h|S∞|/B₀ = ${shape.end.toPrecision(4)}, at overlap ${shape.start.toPrecision(4)}, comes from ${by.shape}, the rate ${rate.toPrecision(4)} from ${by.rate}${layersBy}`,
  };
  // Functions and the flow are not enumerable, so that clones of a design have only its numbers.
  return withJson(
    Object.defineProperty(solution, "flow", { value: flow }) as typeof solution & { readonly flow: OneDirectionFlow },
  );
}
