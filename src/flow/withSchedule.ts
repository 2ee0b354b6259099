import { attempt, requireTime } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import type { DeepMatrixLayers, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { AnyFlow, AnyLayers, DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, Target, WithWeights } from "../model/flow.ts";
import type { HalfLineSnapshot } from "../model/halfLineSnapshot.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import { printedFlow } from "../model/printedFlow.ts";
import {
  clock,
  crossings,
  deepMatrices,
  depths,
  fill,
  halfLines,
  isBulk,
  isDeepMatrixFlow,
  isDepthFlow,
  isHalfLineFlow,
  isMatrixFlow,
  isStepped,
  lastFiniteTime,
  looks,
  matrices,
  steps,
  turns,
  turnsOf,
} from "../model/protocol.ts";
import type { HalfLineProblem } from "../model/readProblem.ts";
import { readSchedule } from "../model/readSchedule.ts";
import type { Schedule, ScheduleLike } from "../model/schedule.ts";
import type { AnySnapshot, Snapshot } from "../model/snapshot.ts";
import { atTime, FIELD } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import { lookTimes } from "./lookTimes.ts";
import { readFlow } from "./readFlow.ts";
import { isClosedForm, whenMet } from "./whenMet.ts";

/**
 * A flow under a schedule. It has no single rate, and begins at t = 0. Its `status` is that of the flow, or
 * `"completed"` if the schedule stops the training before the end of the flow.
 */
export interface ScheduledFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  /** The schedule, with its integral and the inverse of the integral. */
  readonly schedule: Schedule;
  /** The network at the last time, when the flow ends or the schedule stops it. */
  readonly limit: S;
}

/**
 * The same training under a learning-rate schedule s common to both layers: the flow with t replaced by ∫₀ᵗ
 * s, with the same accuracy. Snapshots use the network's learning rates in `kernel` and `balance`; the
 * learning rates at t are s(t) times these.
 *
 * @param schedule - A predefined schedule, a function of time, or a record with at least `factor`. A missing
 * integral is computed numerically, with a relative error of 10⁻¹².
 * @throws FeatureLearningError `"invalid-argument"`: not a flow, not a schedule, a factor that is negative or
 * not finite at some time; `"assumption"`: a descent. `at` throws `"out-of-range"` for t < 0;
 * `"not-converged"` if the integral of a factor cannot be computed, or is undetermined at infinity.
 *
 * @example
 * ```ts
 * import { exactFlow, exponentialSchedule, network, taskFromMoments, withSchedule } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1e-6, ww: 1e-6, uw: 0 } });
 * const decayed = withSchedule(flow, exponentialSchedule({ decayTime: 2 }));
 * console.log(decayed.limit.output === flow.at(2).output); // true
 *
 * const slower = withSchedule(flow, (t) => 1 / (1 + t));
 * console.log(slower.at(3).output === flow.at(slower.schedule.integral(3)).output); // true
 * ```
 */
export function withSchedule(flow: WithWeights<Flow>, schedule: ScheduleLike): WithWeights<ScheduledFlow>;
export function withSchedule(flow: Flow, schedule: ScheduleLike): ScheduledFlow;
export function withSchedule(
  flow: WithWeights<Flow<MatrixSnapshot, MatrixLayers>>,
  schedule: ScheduleLike,
): WithWeights<ScheduledFlow<MatrixSnapshot, MatrixLayers>>;
export function withSchedule(
  flow: Flow<MatrixSnapshot, MatrixLayers>,
  schedule: ScheduleLike,
): ScheduledFlow<MatrixSnapshot, MatrixLayers>;
export function withSchedule(
  flow: WithWeights<Flow<MatrixSnapshot, Layers>>,
  schedule: ScheduleLike,
): WithWeights<ScheduledFlow<MatrixSnapshot, Layers>>;
export function withSchedule(flow: HalfLineFlow, schedule: ScheduleLike): ScheduledHalfLineFlow;
export function withSchedule(
  flow: WithWeights<DepthFlow>,
  schedule: ScheduleLike,
): WithWeights<ScheduledFlow<DepthSnapshot, DepthLayers>>;
export function withSchedule(
  flow: WithWeights<DeepMatrixFlow>,
  schedule: ScheduleLike,
): WithWeights<ScheduledFlow<DeepMatrixSnapshot, DeepMatrixLayers>>;
export function withSchedule(flow: AnyFlow, schedule: ScheduleLike): AnyScheduledFlow;
export function withSchedule(flow: AnyFlow, schedule: ScheduleLike): AnyScheduledFlow {
  return named("withSchedule", () => {
    return printedFlow(scheduledFlow(readFlow(flow, "pass { schedule } to gradientDescent"), readSchedule(schedule)));
  });
}

/** A snapshot of any flow. */
type AnySeen = Snapshot | MatrixSnapshot | DepthSnapshot | DeepMatrixSnapshot | HalfLineSnapshot;

/** A scheduled flow of a network with a kink at 0. */
export interface ScheduledHalfLineFlow extends HalfLineFlow {
  /** The schedule, with its integral and the inverse of the integral. */
  readonly schedule: Schedule;
  /** The network at the last time, when the flow ends or the schedule stops it. */
  readonly limit: HalfLineSnapshot;
}

/** A scheduled flow of any problem. */
export type AnyScheduledFlow =
  | ScheduledFlow
  | ScheduledHalfLineFlow
  | ScheduledFlow<MatrixSnapshot, MatrixLayers>
  | ScheduledFlow<MatrixSnapshot, Layers>
  | ScheduledFlow<DepthSnapshot, DepthLayers>
  | ScheduledFlow<DeepMatrixSnapshot, DeepMatrixLayers>;

function scheduledFlow(flow: AnyFlow, schedule: Schedule): AnyScheduledFlow {
  const { integral, inverse } = schedule;
  const until = inverse(flow.until);
  const last = lastFiniteTime(flow) ?? Infinity;
  const timeOf = (t: number): number => {
    requireTime("at", t);
    if (t < 0) throw new FeatureLearningError("out-of-range", `at: t is ${t}; a schedule begins at t = 0.`);
    if (t > until) throw new FeatureLearningError("out-of-range", `at: t is ${t}; the flow ends at ${until}.`);
    // Rounding of the rescaled time must not exceed the end.
    const time = Math.min(integral(t), flow.until);
    return time > last && time <= last * (1 + 8 * Number.EPSILON) ? last : time;
  };
  /** Times of the flow in the schedule's time; times that are never reached are left out. */
  const reached = (times: ArrayLike<number>): number[] => Array.from(times, inverse).filter(Number.isFinite);
  const at = (t: number): AnySeen => named("at", () => atTime<AnySeen>(flow.at(timeOf(t)), t));
  const { weights, status } = flow as Flow & { weights?: (t: number, out?: unknown) => unknown };
  const end = endUnder(flow, schedule);
  /** The end; for several inputs or outputs whose weights grow for ever, the last step. */
  const lastTime = (): number => {
    const isEndless = isMatrixFlow(flow) && until === Infinity && end === undefined && last < Infinity;
    return isEndless ? (reached(lookTimes(flow, 2)).at(-1) ?? until) : until;
  };
  const scheduled = {
    method: flow.method,
    because: `${flow.because}; a schedule common to both layers only rescales time`,
    problem: flow.problem,
    from: 0,
    until,
    ...(status === undefined ? {} : { status: end === undefined ? status : "completed" }),
    ...(flow.notes === undefined ? {} : { notes: flow.notes }),
    ...("linearised" in flow ? { linearised: true } : {}),
    schedule,
    get limit(): AnySeen {
      return at(lastTime());
    },
    at,
    ...(weights === undefined ? {} : { weights: (t: number, out?: unknown) => named("weights", () => weights(timeOf(t), out)) }),
    ...(isBulk(flow)
      ? {
          [fill](times: Float64Array, values: Float64Array): void {
            flow[fill](
              named("at", () => times.map(timeOf)),
              values,
            );
            values.set(times, FIELD.t * times.length);
          },
        }
      : {}),
    ...(isMatrixFlow(flow) ? { [matrices]: flow[matrices] } : {}),
    ...(isHalfLineFlow(flow) ? halvesUnder(flow, schedule) : {}),
    ...(isDepthFlow(flow) ? { [depths]: flow[depths] } : {}),
    ...(isDeepMatrixFlow(flow) ? { [deepMatrices]: flow[deepMatrices] } : {}),
    // The sample times and turning points of the flow, in the schedule's time.
    ...(isClosedForm(flow) ? { [turns]: reached(turnsOf(flow)) } : {}),
    ...(isStepped(flow)
      ? { [steps]: Float64Array.from([...reached(flow[steps]), ...(end === undefined ? [] : [end])]) }
      : { [looks]: (count: number) => Float64Array.from([...reached(lookTimes(flow, count)), lastTime()]) }),
    [crossings]: (target: Target) => reached(whenMet(flow, target)),
    [clock]: { flow, schedule },
  };
  return scheduled as unknown as AnyScheduledFlow;
}

/** The sides and the events of a flow under a schedule. */
function halvesUnder(flow: HalfLineFlow & { readonly [halfLines]: HalfLineProblem }, schedule: Schedule): object {
  const { positive, negative } = flow.halves;
  const events = flow.events.map((event) => ({ ...event, t: schedule.inverse(event.t) }));
  return {
    halves: { positive: scheduledFlow(positive, schedule), negative: scheduledFlow(negative, schedule) },
    events: events.filter(({ t }) => Number.isFinite(t)),
    [halfLines]: flow[halfLines],
  };
}

/**
 * The time at which a schedule stops an integrated flow before its end: the first time at which ∫s is
 * complete up to rounding. Undefined if the flow reaches its end.
 */
function endUnder(flow: AnyFlow, { integral, inverse }: Schedule): number | undefined {
  const last = flow.status === undefined ? undefined : lookTimes(flow, 2).findLast(Number.isFinite);
  if (last === undefined || Number.isFinite(inverse(last))) return undefined;
  const total = attempt(() => integral(Infinity), Infinity);
  // A rescaled time that overflows still counts as reached.
  if (!(total < last)) return undefined;
  const end = inverse(total);
  return Number.isFinite(end) ? end : inverse(total * (1 - Number.EPSILON));
}
