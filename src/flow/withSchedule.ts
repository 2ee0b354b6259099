import { reject, requireTime } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import { isInvertible, whenMet } from "../exact/oneDirection/whenMet.ts";
import type { Flow, Target } from "../model/flow.ts";
import {
  type BulkFlow,
  crossings,
  fill,
  type InvertibleFlow,
  isBulk,
  isStepped,
  steps,
  turns,
  turnsOf,
} from "../model/protocol.ts";
import { readSchedule, type Schedule } from "../model/schedule.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import { readFlow } from "./readFlow.ts";

/** A flow under a schedule. It has an end, but no single rate, and no past. */
export interface ScheduledFlow extends Flow {
  /** The schedule. */
  readonly schedule: Schedule;
  /** The network at the last time: where the flow ends, or where the schedule leaves it. */
  readonly limit: Snapshot;
}

/** A scheduled flow that started from weights. */
export interface ScheduledWeightFlow extends ScheduledFlow {
  weights(t: number, out?: Weights): Weights;
}

/**
 * The same training under a learning-rate schedule common to both layers: the flow with time t replaced by
 * ∫₀ᵗ s, as exact as it was. Snapshots keep the network's own rates in `kernel` and `balance`; the rate of
 * learning at t is s(t) times theirs.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a flow, not a schedule; `at` throws `"out-of-range"`
 * for t < 0.
 *
 * @example
 * ```ts
 * import { exactFlow, exponentialSchedule, network, taskFromMoments, withSchedule } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1e-6, ww: 1e-6, uw: 0 } });
 * const decayed = withSchedule(flow, exponentialSchedule({ decayTime: 2 }));
 * console.log(decayed.limit.output === flow.at(2).output); // true
 * ```
 */
export function withSchedule(flow: Flow & Required<Pick<Flow, "weights">>, schedule: Schedule): ScheduledWeightFlow;
export function withSchedule(flow: Flow, schedule: Schedule): ScheduledFlow;
export function withSchedule(flow: Flow, schedule: Schedule): ScheduledFlow {
  return named("withSchedule", () => {
    const given = readFlow(flow);
    if (!isBulk(given) || !isInvertible(given)) reject("flow is none of this library's; pass what solve returns");
    const { integral, inverse } = readSchedule(schedule);
    const until = inverse(given.until);
    const timeOf = (t: number): number => {
      requireTime("at", t);
      if (t < 0) throw new FeatureLearningError("out-of-range", `at: t is ${t}; a schedule begins at t = 0.`);
      if (t > until) throw new FeatureLearningError("out-of-range", `at: t is ${t}; the flow ends at ${until}.`);
      // Rounding in the clock must not pass the end.
      return Math.min(integral(t), given.until);
    };
    const at = (t: number): Snapshot => ({ ...given.at(timeOf(t)), t });
    const scheduled: ScheduledFlow & BulkFlow & InvertibleFlow = {
      method: given.method,
      because: `${given.because}; a schedule common to both layers only changes the clock`,
      problem: given.problem,
      from: 0,
      until,
      schedule,
      limit: at(until),
      at,
      [fill](times, values) {
        given[fill](times.map(timeOf), values);
        values.set(times, 0);
      },
      [crossings]: (target: Target) => whenMet(given, target).map(inverse).filter(Number.isFinite),
    };
    // Where the flow was looked at and where it turns back, in the schedule's time.
    const own = {
      [turns]: turnsOf(given).map(inverse).filter(Number.isFinite),
      ...(isStepped(given) ? { [steps]: given[steps].map(inverse).filter(Number.isFinite) } : {}),
    };
    Object.assign(scheduled, own);
    const { weights } = given;
    return weights === undefined
      ? scheduled
      : ({ ...scheduled, weights: (t, out) => weights(timeOf(t), out) } as ScheduledWeightFlow);
  });
}
