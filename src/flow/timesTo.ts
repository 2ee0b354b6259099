import { readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AnyDescent, isDescent, readDescent } from "../model/descentRows.ts";
import type { AnyFlow, Target } from "../model/flow.ts";
import { readFlow } from "./readFlow.ts";
import { recordedCrossings } from "./recordedCrossings.ts";
import { firstMet, whenMet } from "./whenMet.ts";

const RANGES = {
  output: {},
  loss: {},
  excessLossFraction: { min: 0 },
  alignment: { min: -1, max: 1 },
  kernel: { min: 0 },
  normProduct: { min: 0 },
} as const;

/**
 * All times t ≥ 0 at which the flow meets a target, in order. For the closed form of one input direction the
 * times are computed by the exact inverse. Output, alignment and loss are monotone and meet a target at most
 * once. The kernel and the product of norms have a minimum when the output crosses zero, and meet a target at
 * most twice. Other flows are sampled several times per step, or at closely spaced times, with their turning
 * points, and the times are accurate to rounding. A value that is only approached as t → ∞ is never met, nor
 * is one that a jump passes over, as the kernel does where a neuron dies (see `events`).
 *
 * For a descent, each time is that of the first recorded step at or beyond the target, so the recorded steps
 * limit the resolution.
 *
 * @param flow - A flow, or what `gradientDescent` returns.
 * @param target - `{ output }`, `{ loss }`, `{ excessLossFraction }` (of the initial one), `{ alignment }`,
 * `{ kernel }` or `{ normProduct }`. With several inputs or outputs, `output` and `kernel` are the snapshot's
 * `outputSize` and `kernelSize`.
 * @throws FeatureLearningError `"invalid-argument"`: neither a flow nor a descent, or not exactly one target
 * within its range.
 *
 * @example
 * ```ts
 * import { exactFlow, network, taskFromMoments, timesTo } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 4, ww: 4, uw: -0.5 } });
 * console.log(timesTo(flow, { kernel: 7.95 }).length, timesTo(flow, { output: 1 })); // 2 []
 * ```
 */
export function timesTo(flow: AnyFlow | AnyDescent, target: Target): number[] {
  return named("timesTo", () => {
    const wanted = readTarget(target);
    const subject = readDescent(flow);
    return isDescent(subject) ? recordedCrossings(subject, wanted) : whenMet(readFlow(subject), wanted);
  });
}

/**
 * The first time at which the flow or descent meets a target; Infinity if it never does. Targets as for
 * {@link timesTo}.
 *
 * @throws FeatureLearningError `"invalid-argument"`: as {@link timesTo}.
 *
 * @example
 * ```ts
 * import { exactFlow, network, taskFromMoments, timeTo } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1e-12, ww: 1e-12, uw: 0 } });
 * console.log(timeTo(flow, { output: 0.5 }).toFixed(3), timeTo(flow, { output: 2 })); // 7.081 Infinity
 * ```
 */
export function timeTo(flow: AnyFlow | AnyDescent, target: Target): number {
  return named("timeTo", () => firstOf(flow, readTarget(target)));
}

/**
 * The time at which half of the excess loss remains; Infinity if it is never reached. For a descent, the time
 * of the first recorded step at or beyond it.
 *
 * @throws FeatureLearningError `"invalid-argument"`: neither flow nor descent.
 *
 * @example
 * ```ts
 * import { exactFlow, halfLife, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const frozen = network({ learningRates: { u: 1, w: 0 } });
 * const flow = exactFlow({ network: frozen, task, initial: { uu: 0, ww: 1, uw: 0 } });
 * console.log(halfLife(flow) === Math.LN2 / (2 * flow.rate)); // true
 * ```
 */
export function halfLife(flow: AnyFlow | AnyDescent): number {
  return named("halfLife", () => firstOf(flow, HALF));
}

const HALF: Target = { excessLossFraction: 0.5 };

function firstOf(flow: AnyFlow | AnyDescent, target: Target): number {
  const subject = readDescent(flow);
  return isDescent(subject) ? (recordedCrossings(subject, target)[0] ?? Infinity) : firstMet(readFlow(subject), target);
}

/** The half-life of a checked flow. */
export function halfLifeOf(flow: AnyFlow): number {
  return firstMet(flow, HALF);
}

/** Reads a target: one name with one number. */
export function readTarget(value: unknown): Target {
  const names = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const record = readRecord("target", value, names);
  const passedNames = names.filter((name) => record[name] !== undefined);
  const [name] = passedNames;
  if (name === undefined || passedNames.length > 1) reject(`target has ${passedNames.length} of ${names.join(", ")}; pass one`);
  return { [name]: readNumber(`target.${name}`, record[name], RANGES[name]) } as unknown as Target;
}
