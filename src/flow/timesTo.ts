import { readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isInvertible, whenMet } from "../exact/oneDirection/whenMet.ts";
import type { Flow, Target } from "../model/flow.ts";
import { readFlow } from "./readFlow.ts";

const RANGES = {
  output: {},
  excessLossFraction: { min: 0 },
  alignment: { min: -1, max: 1 },
  kernel: { min: 0 },
} as const;

/**
 * All times t ≥ 0 at which the flow meets a target, in order: an exact inverse. The output, the alignment and
 * the excess loss are monotone and met at most once; the kernel falls and rises where the output crosses
 * zero, and is met up to twice. A value that is only approached, as t → ∞, is never met.
 *
 * @param target - `{ output }`, `{ excessLossFraction }` (of the initial one), `{ alignment }` or `{ kernel
 * }`.
 * @throws FeatureLearningError `"invalid-argument"`: a flow without an inverse, or not exactly one target
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
export function timesTo(flow: Flow, target: Target): number[] {
  return named("timesTo", () => findTimes(flow, target));
}

/**
 * The first time at which the flow meets a target; Infinity if it never does. Targets as for {@link timesTo}.
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
export function timeTo(flow: Flow, target: Target): number {
  return named("timeTo", () => findTimes(flow, target)[0] ?? Infinity);
}

/**
 * The time after which half of the loss that training can remove is gone; Infinity if it never is.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a flow without an inverse.
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
export function halfLife(flow: Flow): number {
  return named("halfLife", () => findTimes(flow, { excessLossFraction: 0.5 })[0] ?? Infinity);
}

function findTimes(flow: Flow, target: Target): number[] {
  const given = readFlow(flow);
  if (!isInvertible(given)) reject("flow has no inverse; pass an exact flow");
  return whenMet(given, readTarget(target));
}

function readTarget(value: unknown): Target {
  const names = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const record = readRecord("target", value, names);
  const given = names.filter((name) => record[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) reject(`target has ${given.length} of ${names.join(", ")}; pass one`);
  return { [name]: readNumber(`target.${name}`, record[name], RANGES[name]) } as unknown as Target;
}
