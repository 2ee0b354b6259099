/** Evenly or logarithmically spaced times, from the start of training until it has converged. */

import { readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AnyDescent, isDescent, readDescent } from "../model/descentRows.ts";
import type { AnyFlow } from "../model/flow.ts";
import { clockOf, isStepped, steps } from "../model/protocol.ts";
import type { Schedule } from "../model/schedule.ts";
import { hasDecay } from "../model/weightDecay.ts";
import { ratesOf } from "./lookTimes.ts";
import { readFlow } from "./readFlow.ts";
import { whenMet } from "./whenMet.ts";

/** The default number of times, and the default ratio of the last to the first of logarithmic times. */
const COUNT = 200;
const RANGE = 1e4;

/** The options of {@link linearTimes}. */
export interface LinearTimesOptions {
  /** The number of times, at least 2 (default 200). */
  readonly count?: number | undefined;
  /**
   * The last time. Default: the time at which 10⁻⁸ of the excess loss remains. For a flow that never reaches
   * it: 20/ρ, with weight decay 20 over the slowest of its rates. For an integrated flow or a descent: its
   * last step.
   */
  readonly until?: number | undefined;
}

/** The options of {@link logarithmicTimes}. */
export interface LogarithmicTimesOptions extends LinearTimesOptions {
  /** The first time, above 0 (default: `until`/10⁴). */
  readonly from?: number | undefined;
}

/**
 * Evenly spaced times from 0 until the network has converged.
 *
 * @throws FeatureLearningError `"invalid-argument"`: neither flow nor descent, fewer than two times, or an
 * `until` that is not after the first time.
 *
 * @example
 * ```ts
 * import { exactFlow, linearTimes, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } });
 * console.log(linearTimes(flow, { count: 3, until: 4 })); // Float64Array(3) [ 0, 2, 4 ]
 * ```
 */
export function linearTimes(flow: AnyFlow | AnyDescent, options: LinearTimesOptions = {}): Float64Array {
  return named("linearTimes", () => {
    const subject = readSubject(flow);
    const { count: n, until } = readRecord("options", options, ["count", "until"]);
    const count = readNumber("count", n ?? COUNT, { min: 2, max: 1e9, integer: true });
    const last = readNumber("until", until ?? endOf(subject), { above: 0 });
    return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? last : last * (i / (count - 1))));
  });
}

/**
 * Logarithmically spaced times until the network has converged.
 *
 * @throws FeatureLearningError `"invalid-argument"`: as {@link linearTimes}; a first time that is not above
 * 0.
 *
 * @example
 * ```ts
 * import { exactFlow, logarithmicTimes, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } });
 * console.log(logarithmicTimes(flow, { count: 3, from: 0.25, until: 4 })); // Float64Array(3) [ 0.25, 1, 4 ]
 * ```
 */
export function logarithmicTimes(flow: AnyFlow | AnyDescent, options: LogarithmicTimesOptions = {}): Float64Array {
  return named("logarithmicTimes", () => {
    const subject = readSubject(flow);
    const { count: n, from, until } = readRecord("options", options, ["count", "from", "until"]);
    const count = readNumber("count", n ?? COUNT, { min: 2, max: 1e9, integer: true });
    const last = readNumber("until", until ?? endOf(subject), { above: 0 });
    const first = readNumber("from", from ?? last / RANGE, { above: 0 });
    if (first >= last) reject(`from is ${first} and until is ${last}; pass a later end`);
    return logarithmic(first, last, count);
  });
}

/** The times that {@link logarithmicTimes} chooses without options. */
export function learningTimes(flow: AnyFlow): Float64Array {
  const last = learnedBy(flow);
  return logarithmic(last / RANGE, last, COUNT);
}

function logarithmic(first: number, last: number, count: number): Float64Array {
  const [a, b] = [Math.log(first), Math.log(last)];
  const between = (i: number): number => Math.exp(a + (b - a) * (i / (count - 1)));
  return Float64Array.from({ length: count }, (_, i) => (i === 0 ? first : i === count - 1 ? last : between(i)));
}

/** A flow through several tasks. */
interface ChainFlow {
  readonly stages: readonly { readonly from: number; readonly flow: AnyFlow }[];
}

/** The last time: the last row of a descent, or the time at which a flow has converged. */
function endOf(subject: AnyFlow | AnyDescent): number {
  return isDescent(subject) ? subject.t.at(-1)! : learnedBy(subject);
}

function readSubject(flow: AnyFlow | AnyDescent): AnyFlow | AnyDescent {
  return isDescent(flow) ? readDescent(flow) : readFlow(flow);
}

/**
 * The time at which 10⁻⁸ of the excess loss remains. For a flow that does not reach it, a multiple of its
 * time scale.
 */
function learnedBy(flow: AnyFlow): number {
  if (Number.isFinite(flow.until)) return flow.until;
  const clock = clockOf(flow);
  if (clock !== undefined) return learnedUnder(clock.schedule, learnedBy(clock.flow));
  // Of several tasks, the last one determines the end.
  const last = (flow as Partial<ChainFlow>).stages?.at(-1);
  if (last !== undefined) return last.from + learnedBy(last.flow);
  const [time] = whenMet(flow, { excessLossFraction: 1e-8 });
  if (time !== undefined && Number.isFinite(time) && time > 0) return time;
  return paceTime(flow) ?? 1;
}

/** A time of the flow's own scale: under decay when it has settled. */
function paceTime(flow: AnyFlow): number | undefined {
  const rates = ratesOf(flow).filter((rate) => rate > 0);
  const rate = hasDecay(flow.problem.network) ? rates.at(-1) : rates[0];
  const lastStep = isStepped(flow) ? flow[steps].findLast(Number.isFinite) : undefined;
  const time = rate === undefined ? lastStep : 20 / rate;
  return time !== undefined && time > 0 && Number.isFinite(time) ? time : undefined;
}

/**
 * The time at which a schedule reaches a time of its flow. If it never does, the time at which ∫s is complete
 * up to 10⁻⁸.
 */
function learnedUnder({ integral, inverse }: Schedule, time: number): number {
  const reached = inverse(time);
  const passed = Number.isFinite(reached) ? reached : inverse((1 - 1e-8) * integral(Infinity));
  return passed > 0 && Number.isFinite(passed) ? passed : 1;
}
