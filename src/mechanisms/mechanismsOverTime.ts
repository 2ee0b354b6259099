/** The cumulative contribution of each mechanism to the output as a function of time. */

import { readExtended } from "../door/anyNumbers.ts";
import { readRecord, reject } from "../door/arguments.ts";
import type { VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { lookTimes } from "../flow/lookTimes.ts";
import { readFlow } from "../flow/readFlow.ts";
import { learningTimes } from "../flow/times.ts";
import { isClosedForm } from "../flow/whenMet.ts";
import type { AnyFlow, Flow } from "../model/flow.ts";
import { isDeepMatrixFlow, isDepthFlow, isHalfLineFlow, isMatrixFlow } from "../model/protocol.ts";
import { hasColumn, readTrajectory } from "../model/readTrajectory.ts";
import type { TrajectoryLike } from "../model/trajectory.ts";

import { type Course, courseOf } from "./course.ts";
import { swingIn } from "./noise.ts";
import { type Amounts, amountsUntil, type Mechanism } from "./report.ts";
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

/** The cumulative split of the change of the output: columns with one value per time. */
export type MechanismsOverTime = { readonly [Name in Mechanism | "t" | "change"]: Float64Array };

/**
 * The contribution of each mechanism to the change of the output since the first time, at every time.
 *
 * @param subject - A flow, or a trajectory from sampling, a descent or a log.
 * @param options - `times`, increasing, for a flow (default: 0 and then logarithmic until it has converged).
 * For a trajectory all rows are used.
 * @returns Columns t, alignment, disalignment, rescaling, and their sum, change.
 * @throws FeatureLearningError `"invalid-argument"`: neither a flow nor a trajectory, times out of order,
 * times for a trajectory; `"out-of-range"`: a time at which the flow does not exist.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanismsOverTime, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } });
 * const { alignment, rescaling } = mechanismsOverTime(flow, { times: [0, 0.05, Infinity] });
 * console.log(alignment[1]! > rescaling[1]!, alignment[2]! < rescaling[2]!); // true true
 * ```
 */
export function mechanismsOverTime(
  subject: AnyFlow | AnyTrajectory | TrajectoryLike,
  options: { readonly times?: VectorLike | undefined } = {},
): MechanismsOverTime {
  return named("mechanismsOverTime", () => {
    const { times } = readRecord("options", options, ["times"]);
    if (hasColumn(subject, "normProduct")) {
      if (times !== undefined) reject("a trajectory has its own times; leave them out");
      const trajectory = readTrajectory("trajectory", subject) as AnyTrajectory;
      const course = courseOf(finitePoints(trajectoryPoints(trajectory), true), parallelBelow(trajectory));
      // Rises and falls smaller than this are noise.
      const tolerance = Math.max(roundingOf(trajectory), swingIn(course, course.cosine));
      return columnsOf(trajectory.t, course, tolerance, scaleOf(trajectory));
    }
    const flow = readFlow(subject as AnyFlow);
    if (isMatrixFlow(flow) || isDeepMatrixFlow(flow)) {
      const t = times === undefined ? lookTimes(flow) : readTimes(times as VectorLike);
      const course = courseOf(finitePoints(layersPoints(flow, t[0]!, t.at(-1)!, t), true), 0);
      return columnsOf(t, course, 0, Math.abs(flow.problem.network.outputScale));
    }
    if (isHalfLineFlow(flow)) {
      const t = times === undefined ? lookTimes(flow) : readTimes(times as VectorLike);
      const course = courseOf(finitePoints(halfLinePoints(flow, t[0]!, t.at(-1)!, t), true), 0);
      return columnsOf(t, course, 0, Math.abs(flow.problem.network.outputScale));
    }
    if (isDepthFlow(flow)) {
      const t = times === undefined ? Float64Array.of(0, ...learningTimes(flow)) : readTimes(times as VectorLike);
      return columnsOf(t, courseOf(finitePoints(depthPoints(flow, t[0]!, t.at(-1)!, t), true), 1), 0, 1);
    }
    const t = times === undefined ? Float64Array.of(0, ...learningTimes(flow)) : readTimes(times as VectorLike);
    const scalarFlow = flow as Flow;
    const { outputScale, power } = scalarFlow.problem.network;
    const course = courseOf(finitePoints(flowPoints(scalarFlow, t[0]!, t.at(-1)!, t), true), isClosedForm(scalarFlow) ? 0 : 1e-9);
    return columnsOf(t, course, 0, power === 1 ? outputScale : 1);
  });
}

function readTimes(times: VectorLike): Float64Array {
  const t = readExtended("times", times);
  if (t.some((time, i) => i > 0 && !(time > t[i - 1]!))) reject("times are not in order; pass increasing ones");
  return t;
}

function columnsOf(t: Float64Array, course: Course, tolerance: number, gamma: number): MechanismsOverTime {
  const amounts = amountsUntil(course, tolerance);
  const place = new Map(course.given.map((i) => [course.points[i]!.t, i]));
  const rows = Array.from(t, (time) => amounts[place.get(time)!]!);
  // Turns −0 into 0.
  const column = (value: (row: Amounts) => number): Float64Array => Float64Array.from(rows, (row) => gamma * value(row) + 0);
  return withJson({
    t: t.slice(),
    change: column((row) => row.alignment + row.disalignment + row.rescaling),
    alignment: column((row) => row.alignment),
    disalignment: column((row) => row.disalignment),
    rescaling: column((row) => row.rescaling),
  });
}
