/**
 * Finds output scale and learning rates for a concrete start. First the ratio of the learning rates, which
 * together with the start determines s; then e, which determines the output scale; then the time scale. The
 * defaults are equal learning rates, learning rates of 1, and an output scale of ±1.
 */
import { reject } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import type { Brief } from "./brief.ts";
import { type ConcreteStart, largestScale, massAt, shareAt, startAt, tiltAt } from "./concreteStart.ts";
import { endAtGrowth, endAtTime, endAtTimes, startAtTimes } from "./meet.ts";
import { checkSize } from "./member.ts";
import { LONG_WAIT, type Settled } from "./settle.ts";
import { rateToMeet, type Shape, type Start } from "./shape.ts";
import { ratesOfBalance, refuseSide, scaleOfKernel, scaleOfTimes, tiltOfBalance } from "./tilt.ts";
import { rateAt, strengthAt, third, type Units } from "./units.ts";

/** The solution for a start. */
export interface SettledStart extends Pick<Hyperparameters, "outputScale" | "learningRates"> {
  readonly settled: Settled;
}

/** @param side - The sign of the output scale. */
export function settleStart({ goals, given }: Brief, start: ConcreteStart, side: number, units: Units): SettledStart {
  const { growth, kernel, learningTime, learning, plateau, balance } = goals;
  const { learningRates: rates, outputScale } = given;
  if (outputScale !== undefined && rates !== undefined)
    reject("given has initial, outputScale and learningRates; leave out the one to be found");
  const timed = learningTime !== undefined || plateau !== undefined;
  const bothTimes = learningTime !== undefined && plateau !== undefined;
  const byTime = timed && rates === undefined;
  const sign = side * Math.sign(units.task.xy);

  const gamma = outputScale === undefined ? defaultScale() : Math.abs(outputScale);
  const untimed = rates === undefined && !timed && balance !== undefined && !(outputScale !== undefined && growth !== undefined);
  const chosen = rates ?? (untimed ? ratesOfBalance(balance, start) : undefined);
  const tilt = chosen === undefined ? tiltToMeet() : Math.sqrt(chosen.w) / Math.sqrt(chosen.u);
  const shape = shapeAt(tilt);
  const mass = massAt(start, tilt);
  const h = chosen === undefined ? pace() : Math.sqrt(chosen.u) * Math.sqrt(chosen.w);
  const gammaUsed = gamma ?? third(shape.end * mass, units);
  const learningRates = chosen ?? { u: h / tilt, w: h * tilt };
  checkSize("outputScale", gammaUsed);
  checkSize("learningRates.u", learningRates.u);
  checkSize("learningRates.w", learningRates.w);
  return {
    settled: { shape, strength: gammaUsed * h, share: shareAt(start, tilt), by: { shape: endBy(), rate: rateBy() } },
    outputScale: outputScale ?? side * gammaUsed,
    learningRates,
  };

  /** Without a condition, the output scale is 1. */
  function defaultScale(): number | undefined {
    const asked = growth !== undefined || bothTimes || (rates !== undefined && timed) || (byTime && plateau !== undefined);
    return asked ? undefined : 1;
  }

  /** e·m/2 = |S∞|, at a known output scale. */
  function solution(scale: number): number {
    return Math.abs(units.task.xy) / units.task.xx / scale;
  }

  function shapeAt(tilt: number): Shape {
    const at = startAt(start, tilt, sign);
    const end = endAt(at, tilt);
    checkSize("2h|S∞|/B₀", end);
    return { ...at, end };
  }

  function endAt(at: Start, tilt: number): number {
    const mass = massAt(start, tilt);
    if (gamma !== undefined) return (2 * solution(gamma)) / mass;
    if (growth !== undefined) return endAtGrowth(growth, at, "given");
    if (bothTimes) return endAtTimes(goals, at, "given");
    if (byTime) return endAtGrowth(LONG_WAIT - 1, at, "given");
    // The learning rates are given, so T is known, and e determines H.
    const T = mass / (Math.sqrt(rates!.u) * Math.sqrt(rates!.w));
    return endAtTime(goals, at, (shape) => rateAt(third(shape.end * T, units), shape, units));
  }

  function tiltToMeet(): number {
    const wanted = balance === undefined ? 0 : Math.sign(balance);
    if (outputScale !== undefined && growth !== undefined)
      return tiltAt(start, scaleOfKernel(goals, start, solution(gamma!), sign), wanted);
    if (outputScale !== undefined && bothTimes) return tiltAt(start, scaleOfTimes(goals, start, solution(gamma!), sign), wanted);
    if (balance !== undefined) return tiltOfBalance(balance, start, shapeAt, lengthOf);
    if (growth !== undefined && bothTimes && start.uw !== 0) {
      const scale = Math.abs(startAtTimes(goals).start / start.uw);
      if (scale <= largestScale(start)) return tiltAt(start, scale, 0);
    }
    // A kernel shrinks by losing overlap. The effect is largest for learning rates that give both layers the
    // same kernel.
    const lost = growth !== undefined && growth < 0 ? -growth * (2 + growth) : 0;
    const isLost = (tilt: number): boolean => startAt(start, tilt, sign).start ** 2 > lost;
    if (lost > 0 && start.uw !== 0 && !isLost(1)) {
      const equal = tiltAt(start, largestScale(start), 0);
      if (isLost(equal)) return equal;
    }
    return 1;
  }

  /** T of a shape for which a time is a target. */
  function lengthOf(shape: Shape): number {
    return third(strengthAt(rateToMeet(goals, shape), shape, units) * shape.end, units);
  }

  /** h, if the learning rates are to be found. */
  function pace(): number {
    if (timed) return mass / lengthOf(shape);
    if (balance === undefined || balance === 0) return 1;
    const share = shareAt(start, tilt);
    return share * balance > 0 ? (mass * share) / balance : refuseSide();
  }

  function endBy(): string {
    if (outputScale !== undefined)
      return growth !== undefined || bothTimes ? `outputScale and ${growth !== undefined ? kernel : "plateau"}` : "outputScale";
    if (growth !== undefined) return kernel;
    if (bothTimes) return `plateau and ${learning}`;
    if (gamma !== undefined) return "the default output scale";
    return byTime ? `kernelRatio ${LONG_WAIT}, the default for a plateau` : plateau === undefined ? learning : "plateau";
  }

  function rateBy(): string {
    if (timed && chosen === undefined) return learningTime === undefined ? "plateau" : learning;
    return rates === undefined ? (balance === undefined ? "the default rates" : "balance") : "learningRates";
  }
}
