import { requireTime } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import type { AnyFlow, AnyLayers, Flow, Target, WithWeights } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import {
  crossings,
  fill,
  isBulk,
  isMatrixFlow,
  isStepped,
  lastFiniteTime,
  looks,
  matrices,
  steps,
  turns,
  turnsOf,
} from "../model/protocol.ts";
import { readSchedule, type Schedule } from "../model/schedule.ts";
import type { AnySnapshot, Snapshot } from "../model/snapshot.ts";
import { FIELD } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import { lookTimes } from "./lookTimes.ts";
import { readFlow } from "./readFlow.ts";
import { isClosedForm, whenMet } from "./whenMet.ts";

/** A flow under a schedule. It has an end, but no single rate, and no past. */
export interface ScheduledFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  /** The schedule. */
  readonly schedule: Schedule;
  /** The network at the last time: where the flow ends, or where the schedule leaves it. */
  readonly limit: S;
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
export function withSchedule(flow: WithWeights<Flow>, schedule: Schedule): WithWeights<ScheduledFlow>;
export function withSchedule(flow: Flow, schedule: Schedule): ScheduledFlow;
export function withSchedule(
  flow: WithWeights<Flow<MatrixSnapshot, MatrixLayers>>,
  schedule: Schedule,
): WithWeights<ScheduledFlow<MatrixSnapshot, MatrixLayers>>;
export function withSchedule(
  flow: Flow<MatrixSnapshot, MatrixLayers>,
  schedule: Schedule,
): ScheduledFlow<MatrixSnapshot, MatrixLayers>;
export function withSchedule(
  flow: WithWeights<Flow<MatrixSnapshot, Layers>>,
  schedule: Schedule,
): WithWeights<ScheduledFlow<MatrixSnapshot, Layers>>;
export function withSchedule(flow: AnyFlow, schedule: Schedule): AnyScheduledFlow;
export function withSchedule(flow: AnyFlow, schedule: Schedule): AnyScheduledFlow {
  return named("withSchedule", () => {
    const { integral, inverse } = readSchedule(schedule);
    return scheduledFlow(readFlow(flow), schedule, integral, inverse);
  });
}

/** A scheduled flow of any problem. */
export type AnyScheduledFlow =
  | ScheduledFlow
  | ScheduledFlow<MatrixSnapshot, MatrixLayers>
  | ScheduledFlow<MatrixSnapshot, Layers>;

/** The end; of several inputs and outputs whose weights grow for ever, the last step. */
function lastTime(flow: AnyFlow, until: number, inverse: (time: number) => number): number {
  const last = isMatrixFlow(flow) && until === Infinity ? lastFiniteTime(flow) : undefined;
  return last === undefined ? until : inverse(last);
}

function scheduledFlow(
  flow: AnyFlow,
  schedule: Schedule,
  integral: (t: number) => number,
  inverse: (time: number) => number,
): AnyScheduledFlow {
  const until = inverse(flow.until);
  const timeOf = (t: number): number => {
    requireTime("at", t);
    if (t < 0) throw new FeatureLearningError("out-of-range", `at: t is ${t}; a schedule begins at t = 0.`);
    if (t > until) throw new FeatureLearningError("out-of-range", `at: t is ${t}; the flow ends at ${until}.`);
    // Rounding in the clock must not pass the end.
    return Math.min(integral(t), flow.until);
  };
  /** Times of the flow in the schedule's time, as far as it gets there. */
  const reached = (times: ArrayLike<number>): number[] => Array.from(times, inverse).filter(Number.isFinite);
  const at = (t: number): Snapshot | MatrixSnapshot => ({ ...flow.at(timeOf(t)), t });
  const { weights, status } = flow as Flow & { weights?: (t: number, out?: unknown) => unknown };
  const scheduled = {
    method: flow.method,
    because: `${flow.because}; a schedule common to both layers only changes the clock`,
    problem: flow.problem,
    from: 0,
    until,
    ...(status === undefined ? {} : { status }),
    ...(flow.notes === undefined ? {} : { notes: flow.notes }),
    ...("linearised" in flow ? { linearised: true } : {}),
    schedule,
    limit: at(lastTime(flow, until, inverse)),
    at,
    ...(weights === undefined ? {} : { weights: (t: number, out?: unknown) => weights(timeOf(t), out) }),
    ...(isBulk(flow)
      ? {
          [fill](times: Float64Array, values: Float64Array): void {
            flow[fill](times.map(timeOf), values);
            values.set(times, FIELD.t * times.length);
          },
        }
      : {}),
    ...(isMatrixFlow(flow) ? { [matrices]: flow[matrices] } : {}),
    // Where the flow was looked at and where it turns back, in the schedule's time.
    ...(isClosedForm(flow) ? { [turns]: reached(turnsOf(flow)) } : {}),
    ...(isStepped(flow)
      ? { [steps]: Float64Array.from(reached(flow[steps])) }
      : { [looks]: (count: number) => Float64Array.from([...reached(lookTimes(flow, count)), lastTime(flow, until, inverse)]) }),
    [crossings]: (target: Target) => reached(whenMet(flow, target)),
  };
  return scheduled as unknown as AnyScheduledFlow;
}
