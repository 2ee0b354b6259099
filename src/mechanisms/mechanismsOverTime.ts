/** What each mechanism did to the output until t: ∫₀ᵗ of the split, in closed form on an exact flow, step by step on others. */
import { isSolved } from "../exact/whenMet.ts";
import { readFlow } from "../flow/readFlow.ts";
import { logarithmicTimes } from "../flow/times.ts";
import type { ExactFlow, Flow } from "../model/flow.ts";
import type { Trajectory } from "../model/trajectory.ts";
import { readVector, type VectorLike } from "../numerics/arrays.ts";
import { attempt, readRecord, reject } from "../numerics/check.ts";
import { everyMechanism, type Mechanism } from "./report.ts";
import { rowOf, rowsOf, sharesUpTo } from "./sampled.ts";
import { legsOf, type Shares } from "./split.ts";
import type { LoggedTrajectory } from "./trajectoryOf.ts";

/** The split of a change as it grows: columns of one value a time. */
export type MechanismsOverTime = { readonly [Name in Mechanism | "t" | "change"]: Float64Array };

/**
 * What each mechanism has done to the output since the first time, at every time.
 *
 * @param subject - A flow, or a trajectory: sampled, descended, or logged.
 * @param options - `times`, increasing, of a flow (default 0 and then logarithmic until it has learned); of a trajectory all of its rows.
 * @returns Columns t, alignment, disalignment, rescaling, and their sum, change.
 * @throws FeatureLearningError `"invalid-argument"`: neither flow nor trajectory, times out of order, times for a trajectory;
 * `"out-of-range"`: a time at which the flow does not exist.
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
  subject: Flow | Trajectory | LoggedTrajectory,
  options: { readonly times?: VectorLike } = {},
): MechanismsOverTime {
  const where = "mechanismsOverTime";
  const { times } = readRecord(where, "options", options, ["times"]);
  if (attempt(() => (subject as Trajectory).normProduct instanceof Float64Array, false)) {
    if (times !== undefined) reject(where, "times are of a trajectory's own; leave them out");
    const rows = rowsOf(subject as Trajectory);
    return columnsOf((subject as Trajectory).t, sharesUpTo(rows));
  }
  const flow = readFlow(where, subject as Flow);
  const t =
    times === undefined ? Float64Array.of(0, ...logarithmicTimes(flow)) : readVector(where, "times", times as VectorLike, true);
  if (t.some((time, i) => i > 0 && !(time > t[i - 1]!))) reject(where, "times are not in order; pass increasing ones");
  const rows = Array.from(t, (time) => flow.at(time));
  return columnsOf(t, isSolved(flow) ? exactShares(flow, rows) : sharesUpTo(rows.map(rowOf)));
}

/** The split depends on where S began and where it is, not on the way. */
function exactShares(flow: ExactFlow, rows: readonly { readonly uw: number; readonly area: number }[]): Shares[] {
  const gamma = flow.problem.network.outputScale;
  const total = (S: number, name: Mechanism): number =>
    gamma * legsOf(rows[0]!.area, rows[0]!.uw, S).reduce((sum, leg) => sum + leg[name], 0) + 0;
  return rows.map(({ uw }) => ({
    alignment: total(uw, "alignment"),
    disalignment: total(uw, "disalignment"),
    rescaling: total(uw, "rescaling"),
  }));
}

function columnsOf(t: Float64Array, shares: readonly Shares[]): MechanismsOverTime {
  const column = (value: (row: Shares) => number): Float64Array => Float64Array.from(shares, value);
  const sum = (row: Shares): number => everyMechanism.reduce((all, name) => all + row[name], 0);
  return {
    t: t.slice(),
    change: column(sum),
    alignment: column((row) => row.alignment),
    disalignment: column((row) => row.disalignment),
    rescaling: column((row) => row.rescaling),
  };
}
