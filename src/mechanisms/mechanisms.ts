/** The mechanisms by which a network learned, for any flow and any trajectory. */

import { overflows, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isSolved } from "../exact/oneDirection/whenMet.ts";
import { readFlow } from "../flow/readFlow.ts";
import { isClosedForm, whenMet } from "../flow/whenMet.ts";
import type { AnyFlow, Flow } from "../model/flow.ts";
import { isDeepMatrixFlow, isDepthFlow, isHalfLineFlow, isMatrixFlow, lastFiniteTime, noVerdict } from "../model/protocol.ts";
import { hasColumn, readTrajectory } from "../model/readTrajectory.ts";
import type { TrajectoryLike } from "../model/trajectory.ts";

import { bisect } from "../numerics/bisect.ts";
import { type Course, courseOf, type Point } from "./course.ts";
import { swingIn } from "./noise.ts";
import { type Judgement, type Mechanisms, reportOf } from "./report.ts";
import { excess } from "./step.ts";
import {
  type AnyTrajectory,
  depthPoints,
  finitePoints,
  flowPoints,
  halfLinePoints,
  layersPoints,
  parallelBelow,
  roundingOf,
  scaleOf,
  trajectoryPoints,
} from "./subject.ts";

/** The options of {@link mechanisms}. */
export interface MechanismOptions {
  /** The first time (default 0). */
  readonly from?: number | undefined;
  /** The last time (default: the end of the flow). */
  readonly to?: number | undefined;
  /**
   * The change of |cos ζ|, or of ln(|u||w|), from which on a mechanism counts as present, ≥ 0 (default 0.1).
   */
  readonly threshold?: number | undefined;
  /**
   * The standard deviation of the noise of |cos ζ| and of ln(|u||w|) in the samples (default: estimated from
   * the samples). Only for trajectories.
   */
  readonly noise?: number | { readonly turn: number; readonly stretch: number } | undefined;
}

/**
 * The mechanisms by which a network learned: alignment, disalignment, rescaling, or none.
 *
 * Amounts are the contributions to the change of the output. Presence, shares and dominance are decided over
 * the legs of |cos ζ| and ln(|u||w|), between turning points that differ by at least the tolerance. The
 * tolerance is the threshold, or the noise of the samples if that is larger.
 *
 * @param subject - A flow, or a trajectory from sampling, a descent or a log. An exact flow, or a chain of
 * them, is split in closed form, any other flow by its steps. With several inputs or outputs ‖output‖_F is
 * split, which has no sign, for the layers as a whole; pass `mode.flow` for one mode.
 * @param options - `from` and `to`, times; `threshold` of presence; `noise` of the samples.
 * @returns Amounts, shares, the present and the dominant mechanisms, the time intervals in which they acted,
 * and the reason. `dominant` is `"undetermined"` if training diverged or was not finished.
 * @throws FeatureLearningError `"invalid-argument"`: neither a flow nor a trajectory, times out of order or
 * out of range, a trajectory with NaN.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanisms, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const small = mechanisms(exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } }));
 * console.log(small.present, small.dominant); // [ 'alignment', 'rescaling' ] rescaling
 * const large = mechanisms(exactFlow({ network: network(), task, initial: { uu: 90, ww: 90, uw: 0 } }));
 * console.log(large.present, large.dominant); // [] none
 * ```
 */
export function mechanisms(subject: AnyFlow | AnyTrajectory | TrajectoryLike, options: MechanismOptions = {}): Mechanisms {
  return named("mechanisms", () => {
    const fields = readRecord("options", options, ["from", "to", "threshold", "noise"]);
    const threshold = readNumber("threshold", fields.threshold ?? 0.1, { min: 0 });
    const noise = readNoise(fields.noise);
    if (hasColumn(subject, "normProduct")) {
      const trajectory = readTrajectory("trajectory", subject) as AnyTrajectory;
      const all = trajectoryPoints(trajectory);
      const [from, to] = readSpan(fields.from, fields.to, all[0]?.t ?? 0, all.at(-1)?.t ?? 0);
      const points = all.filter(({ t }) => t >= from && t <= to);
      if (points.length < 2) reject("there are fewer than two rows from `from` to `to`; pass a longer span");
      const undetermined = noVerdict(trajectory, fields.to !== undefined);
      const course = courseOf(finitePoints(points, undetermined === undefined), parallelBelow(trajectory));
      return reportOf(course, {
        gamma: scaleOf(trajectory),
        threshold,
        rounding: roundingOf(trajectory),
        noise: {
          turn: swingIn(course, course.cosine, noise?.turn),
          stretch: swingIn(course, course.logNorms, noise?.stretch),
        },
        noisy: true,
        basis: "sampled",
        undetermined,
      });
    }
    const flow = readFlow(subject as AnyFlow);
    const [from, to] = readSpan(fields.from, fields.to, 0, flow.until);
    const last = lastFiniteTime(flow);
    if (last !== undefined && to > last) {
      // The course of infinite layers is undefined, so it ends at the last step.
      const report = mechanisms(flow, { ...options, from: Math.min(from, last), to: last });
      const because = `${report.because}; the norms grow for ever, so the course is evaluated up to the last step, t = ${last}`;
      return { ...report, because };
    }
    const undetermined = noVerdict(flow, fields.to !== undefined);
    const integrated = {
      threshold,
      rounding: 1e-12,
      noise: { turn: 0, stretch: 0 },
      noisy: false,
      basis: "sampled" as const,
      undetermined,
    };
    const finite = (points: readonly Point[]): readonly Point[] => finitePoints(points, undetermined === undefined);
    if (isDepthFlow(flow)) return reportOf(courseOf(finite(depthPoints(flow, from, to)), 1), { ...integrated, gamma: 1 });
    if (isMatrixFlow(flow) || isDeepMatrixFlow(flow)) {
      const gamma = Math.abs(flow.problem.network.outputScale);
      return reportOf(courseOf(finite(layersPoints(flow, from, to)), 0), { ...integrated, gamma });
    }
    if (isHalfLineFlow(flow)) {
      const gamma = Math.abs(flow.problem.network.outputScale);
      return reportOf(courseOf(finite(halfLinePoints(flow, from, to)), 0), { ...integrated, gamma });
    }
    const scalarFlow = flow as Flow;
    const { outputScale, power } = scalarFlow.problem.network;
    const gamma = power === 1 ? outputScale : 1;
    const points = finite(flowPoints(scalarFlow, from, to));
    if (!isClosedForm(scalarFlow)) return reportOf(courseOf(points, 1e-9), { ...integrated, gamma });
    const course = courseOf(points, 0);
    const timeWithin = exactTimes(course, (S) => whenMet(scalarFlow, { output: gamma * S }));
    const result = reportOf(course, { ...integrated, gamma, rounding: 1e-14, basis: "exact", timeWithin });
    // The outputs themselves are more accurate than γ times the overlaps.
    const change = isSolved(scalarFlow) ? scalarFlow.at(to).output - scalarFlow.at(from).output : result.change;
    if (!Number.isFinite(change + result.alignment + result.disalignment + result.rescaling)) overflows("the output");
    return { ...result, change };
  });
}

function readNoise(value: unknown): { readonly turn: number; readonly stretch: number } | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") {
    const both = readNumber("noise", value, { min: 0 });
    return { turn: both, stretch: both };
  }
  const { turn, stretch } = readRecord("noise", value, ["turn", "stretch"]);
  return {
    turn: readNumber("noise.turn", turn, { min: 0 }),
    stretch: readNumber("noise.stretch", stretch, { min: 0 }),
  };
}

function readSpan(from: unknown, to: unknown, first: number, last: number): [number, number] {
  const time = (argument: string, value: unknown): number =>
    value === Infinity ? Infinity : readNumber(argument, value, { min: 0 });
  const [a, b] = [time("from", from ?? first), time("to", to ?? last)];
  if (a > b) refuse("from", a, `pass a time no later than to, ${b}`);
  if (b > last) refuse("to", b, `pass a time up to ${last}`);
  return [a, b];
}

/**
 * The time at which a share of a step is completed, from the time at which the flow reaches the corresponding
 * overlap.
 */
function exactTimes({ points, given }: Course, timesOf: (S: number) => readonly number[]): Judgement["timeWithin"] {
  return (part, i, share) => {
    const [a, b] = [points[i]!, points[i + 1]!];
    const S = part === "turn" ? turnedBy(a.A, a.S, b.S, share) : stretchedBy(a.A, a.S, b.S, share);
    // Between two original points the overlap is monotone, so it is met once.
    const after = given.findIndex((at) => at > i);
    const [first, last] = [points[given[after - 1]!]!.t, points[given[after]!]!.t];
    // By rounding the overlap may be slightly outside of them.
    return timesOf(S).find((t) => t >= first && t <= last) ?? (share < 0.5 ? first : last);
  };
}

/** The overlap at which a share of the turning is completed. */
function turnedBy(area: number, from: number, to: number, share: number): number {
  const [a, b] = [Math.atan2(from, area), Math.atan2(to, area)];
  return area * Math.tan(a + share * (b - a));
}

/** The overlap at which a share of the rescaling is completed. */
function stretchedBy(area: number, from: number, to: number, share: number): number {
  if (area === 0) return from + share * (to - from);
  const turnedUntil = (S: number): number => excess(S / area) - excess(from / area);
  const goal = share * turnedUntil(to);
  return bisect((S) => Math.abs(turnedUntil(S)) < Math.abs(goal), from, to).first;
}
