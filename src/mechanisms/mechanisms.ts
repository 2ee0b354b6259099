import type { SolvedFlow } from "../exact/exactFlow.ts";
import { isSolved, whenMet } from "../exact/whenMet.ts";
import { isLayersFlow, type LayersFlow, layersRows, layersTimes } from "../flow/layersView.ts";
import { readFlow } from "../flow/readFlow.ts";
import { logarithmicTimes } from "../flow/times.ts";
import type { Flow } from "../model/flow.ts";
import { isStepped, steps } from "../model/protocol.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Trajectory } from "../model/trajectory.ts";
import { bisect } from "../numerics/bisect.ts";
import { attempt, readNumber, readRecord, refuse, reject } from "../numerics/check.ts";
import { type Mechanism, type Mechanisms, report } from "./report.ts";
import { type Row, rowOf, rowsOf, splitRows } from "./sampled.ts";
import { excess, type Leg, legsOf } from "./split.ts";
import type { LoggedTrajectory } from "./trajectoryOf.ts";

/** What {@link mechanisms} takes. */
export interface MechanismOptions {
  /** From when (default 0). */
  readonly from?: number;
  /** Until when (default: as long as the flow exists). */
  readonly to?: number;
  /** By how much |cos ζ|, or ln(|u||w|), must change for a mechanism to be present (default 0.1). */
  readonly threshold?: number;
}

/**
 * By which mechanisms a network learned: alignment, disalignment, rescaling, or none.
 *
 * @param subject - A flow (of an exact one the split is in closed form), or a trajectory: sampled, descended, or logged. Of several inputs or outputs
 * it is the split of ‖output‖_F, which has no sign, between the layers as a whole; of one mode of theirs, pass `mode.flow`.
 * @param options - `from` and `to`, times; `threshold` of being present.
 * @throws FeatureLearningError `"invalid-argument"`: neither flow nor trajectory, times out of order or outside of it.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanisms, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const small = mechanisms(exactFlow({ network: network(), task, initial: { uu: 0.5, ww: 0.5, uw: 0 } }));
 * console.log(small.present, small.dominant); // [ 'alignment', 'rescaling' ] alignment
 * const large = mechanisms(exactFlow({ network: network(), task, initial: { uu: 90, ww: 90, uw: 0 } }));
 * console.log(large.present, large.dominant); // [] none
 * ```
 */
export function mechanisms(
  subject: Flow | LayersFlow | Trajectory | LoggedTrajectory,
  options: MechanismOptions = {},
): Mechanisms {
  const where = "mechanisms";
  const given = readRecord(where, "options", options, ["from", "to", "threshold"]);
  const threshold = readNumber(where, "threshold", given.threshold ?? 0.1, { above: 0 });
  const isTrajectory = attempt(() => (subject as Trajectory).normProduct instanceof Float64Array, false);
  if (isTrajectory) {
    const all = rowsOf(subject as Trajectory);
    const [from, to] = readSpan(where, given.from, given.to, all[0]?.t ?? 0, all.at(-1)?.t ?? 0);
    const rows = all.filter(({ t }) => t >= from && t <= to);
    if (rows.length < 2) reject(where, "there are fewer than two rows from `from` to `to`; pass a longer span");
    return ofRows(rows, threshold);
  }
  if (isLayersFlow(subject)) {
    const [from, to] = readSpan(where, given.from, given.to, 0, subject.until);
    return ofRows(layersRows(subject, within(layersTimes(subject, 2000), from, to)), threshold);
  }
  const flow = readFlow(where, subject as Flow);
  const [from, to] = readSpan(where, given.from, given.to, 0, flow.until);
  if (isSolved(flow)) return ofExact(flow, from, to, threshold);
  return ofRows(
    timesWithin(flow, from, to).map((t) => rowOf(flow.at(t))),
    threshold,
  );
}

function readSpan(where: string, from: unknown, to: unknown, first: number, last: number): [number, number] {
  const time = (argument: string, value: unknown): number =>
    value === Infinity ? Infinity : readNumber(where, argument, value, { min: 0 });
  const [a, b] = [time("from", from ?? first), time("to", to ?? last)];
  if (a > b) refuse(where, "from", a, `pass a time no later than to, ${b}`);
  if (b > last) refuse(where, "to", b, `pass a time up to ${last}`);
  return [a, b];
}

function ofExact(flow: SolvedFlow, from: number, to: number, threshold: number): Mechanisms {
  const [start, end] = [flow.at(from), flow.at(to)];
  const gamma = flow.problem.network.outputScale;
  const legs = legsOf(start.area, start.uw, end.uw);
  return report(legs, gamma, threshold, "exact", end.output - start.output, intervalsOf(flow, start, legs));
}

/** When each mechanism acted, by asking the flow when it is at the overlap where so much is done. */
function intervalsOf(flow: SolvedFlow, { area }: Snapshot, legs: readonly Leg[]): Mechanisms["intervals"] {
  const gamma = flow.problem.network.outputScale;
  const timeOf = (S: number): number | undefined => whenMet(flow, { output: gamma * S })[0];
  const found: { [Name in Mechanism]?: readonly [number, number] } = {};
  const put = (name: Mechanism, a: number, b: number): void => {
    const [first, last] = [timeOf(a), timeOf(b)];
    if (first === undefined || last === undefined) return;
    const before = found[name];
    found[name] = before === undefined ? [first, last] : [Math.min(before[0], first), Math.max(before[1], last)];
  };
  for (const { from, to, alignment, disalignment, rescaling } of legs) {
    const angle = (share: number): number => {
      const [a, b] = [Math.atan2(from, area), Math.atan2(to, area)];
      return area * Math.tan(a + share * (b - a));
    };
    if (alignment !== 0) put("alignment", angle(0.05), angle(0.95));
    if (disalignment !== 0) put("disalignment", angle(0.05), angle(0.95));
    if (rescaling !== 0) put("rescaling", stretchedBy(area, from, to, 0.05), stretchedBy(area, from, to, 0.95));
  }
  return found;
}

/** The overlap at which a share of the rescaling is done. */
function stretchedBy(area: number, from: number, to: number, share: number): number {
  if (area === 0) return from + share * (to - from);
  const done = (S: number): number => excess(S / area) - excess(from / area);
  const goal = share * done(to);
  return bisect((S) => Math.abs(done(S)) < Math.abs(goal), from, to).first;
}

function timesWithin(flow: Flow, from: number, to: number): number[] {
  const grid = isStepped(flow) ? flow[steps] : [0, ...logarithmicTimes(flow, { count: 2000 })];
  return within(Array.from(grid), from, to);
}

function within(times: readonly number[], from: number, to: number): number[] {
  return [from, ...times.filter((t) => t > from && t < to), to];
}

function ofRows(rows: readonly Row[], threshold: number): Mechanisms {
  const { legs, gamma, change, intervals } = splitRows(rows);
  return report(legs, gamma, threshold, "sampled", change, intervals);
}
