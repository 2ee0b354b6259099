/** By which mechanisms a network learned: the verdict on any flow and any trajectory. */

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

/** What {@link mechanisms} takes. */
export interface MechanismOptions {
  /** From when (default 0). */
  readonly from?: number | undefined;
  /** Until when (default: as long as the flow exists). */
  readonly to?: number | undefined;
  /** By how much |cos ζ|, or ln(|u||w|), must change for a mechanism to be present, ≥ 0 (default 0.1). */
  readonly threshold?: number | undefined;
  /**
   * The standard deviation of the samples' noise, of |cos ζ| and of ln(|u||w|) (default: estimated from the
   * samples). For trajectories; a flow has none.
   */
  readonly noise?: number | { readonly turn: number; readonly stretch: number } | undefined;
}

/**
 * By which mechanisms a network learned: alignment, disalignment, rescaling, or none.
 *
 * Amounts say what each did to the output. Presence, shares and dominance are judged over the legs of |cos ζ|
 * and ln(|u||w|), between turning points that are at least the tolerance apart: the threshold, or the noise
 * of the samples where that is larger.
 *
 * @param subject - A flow (an exact one, or a chain of them, is split in closed form, any other by its
 * steps), or a trajectory: sampled, descended, or logged. With several inputs or outputs the split is that of
 * ‖output‖_F, which has no sign, between the layers as a whole; pass `mode.flow` for one mode.
 * @param options - `from` and `to`, times; `threshold` of being present; `noise` of the samples.
 * @returns Amounts, shares, what is present and dominant, when each mechanism acted, and why. `dominant` is
 * `"undetermined"` for training that diverged or was not finished.
 * @throws FeatureLearningError `"invalid-argument"`: neither flow nor trajectory, times out of order or
 * outside of it, a trajectory with NaN.
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
    const given = readRecord("options", options, ["from", "to", "threshold", "noise"]);
    const threshold = readNumber("threshold", given.threshold ?? 0.1, { min: 0 });
    const noise = readNoise(given.noise);
    if (hasColumn(subject, "normProduct")) {
      const trajectory = readTrajectory("trajectory", subject) as AnyTrajectory;
      const all = trajectoryPoints(trajectory);
      const [from, to] = readSpan(given.from, given.to, all[0]?.t ?? 0, all.at(-1)?.t ?? 0);
      const points = all.filter(({ t }) => t >= from && t <= to);
      if (points.length < 2) reject("there are fewer than two rows from `from` to `to`; pass a longer span");
      const undetermined = noVerdict(trajectory, given.to !== undefined);
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
    const [from, to] = readSpan(given.from, given.to, 0, flow.until);
    const last = lastFiniteTime(flow);
    if (last !== undefined && to > last) {
      // Infinite layers have no course, so it is judged up to the last step.
      const found = mechanisms(flow, { ...options, from: Math.min(from, last), to: last });
      const because = `${found.because}; the norms grow without end, and the course is judged up to the last step, t = ${last}`;
      return { ...found, because };
    }
    const undetermined = noVerdict(flow, given.to !== undefined);
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
    const one = flow as Flow;
    const { outputScale, power } = one.problem.network;
    const gamma = power === 1 ? outputScale : 1;
    const points = finite(flowPoints(one, from, to));
    if (!isClosedForm(one)) return reportOf(courseOf(points, 1e-9), { ...integrated, gamma });
    const course = courseOf(points, 0);
    const timeWithin = exactTimes(course, (S) => whenMet(one, { output: gamma * S }));
    const found = reportOf(course, { ...integrated, gamma, rounding: 1e-14, basis: "exact", timeWithin });
    // The outputs themselves are nearer to the truth than γ times the overlaps.
    const change = isSolved(one) ? one.at(to).output - one.at(from).output : found.change;
    if (!Number.isFinite(change + found.alignment + found.disalignment + found.rescaling)) overflows("the output");
    return { ...found, change };
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

/** The time at which a share of a step is done: the flow says when it reaches the corresponding overlap. */
function exactTimes({ points, given }: Course, timesOf: (S: number) => readonly number[]): Judgement["timeWithin"] {
  return (part, i, share) => {
    const [a, b] = [points[i]!, points[i + 1]!];
    const S = part === "turn" ? turnedBy(a.A, a.S, b.S, share) : stretchedBy(a.A, a.S, b.S, share);
    // Between two points that were given the overlap only grows or only falls: it is met once.
    const after = given.findIndex((at) => at > i);
    const [first, last] = [points[given[after - 1]!]!.t, points[given[after]!]!.t];
    // Rounding may put the overlap just outside of them.
    return timesOf(S).find((t) => t >= first && t <= last) ?? (share < 0.5 ? first : last);
  };
}

/** The overlap at which a share of the turning is done. */
function turnedBy(area: number, from: number, to: number, share: number): number {
  const [a, b] = [Math.atan2(from, area), Math.atan2(to, area)];
  return area * Math.tan(a + share * (b - a));
}

/** The overlap at which a share of the rescaling is done. */
function stretchedBy(area: number, from: number, to: number, share: number): number {
  if (area === 0) return from + share * (to - from);
  const done = (S: number): number => excess(S / area) - excess(from / area);
  const goal = share * done(to);
  return bisect((S) => Math.abs(done(S)) < Math.abs(goal), from, to).first;
}
