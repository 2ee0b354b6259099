/**
 * Logged order parameters as a trajectory: of the solvable network, or of any two adjacent
 * layers of a deep one.
 */

import { isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Trajectory } from "../model/trajectory.ts";

/** One logged state. */
export interface LoggedSample {
  /** Time or step; the sample's number if left out. */
  readonly t?: number;
  /** |u|², of two layers ‖W₂‖²_F. */
  readonly uu: number;
  /** |w|², of two layers ‖W₁‖²_F. */
  readonly ww: number;
  /** u·w, of two layers ‖W₂W₁‖_F. */
  readonly uw: number;
  /** The loss, where it was logged. */
  readonly loss?: number;
}

/** What a log can tell: the columns of a {@link Trajectory} that need no task. */
export type LoggedTrajectory = Pick<
  Trajectory,
  "t" | "uu" | "ww" | "uw" | "area" | "balance" | "output" | "kernel" | "alignment" | "angle" | "normProduct"
> & {
  /** Where every sample had one. */
  readonly loss?: Float64Array;
};

/**
 * A trajectory from logged order parameters, for `mechanisms` and `regime`.
 *
 * @param samples - In order of time: uu, ww, uw, and t or the loss where they were logged.
 * @param options - `outputScale` γ of the network (default 1).
 * @returns Columns, of one value a sample; kernel and balance are those of rates 1.
 * @throws FeatureLearningError `"invalid-argument"`: no samples, impossible numbers, uw² > uu·ww beyond
 * rounding, times out of order.
 *
 * @example
 * ```ts
 * import { mechanisms, trajectoryOf } from "feature-learning";
 *
 * const log = trajectoryOf([{ uu: 1, ww: 1, uw: 0 }, { uu: 1, ww: 1, uw: 0.5 }, { uu: 1, ww: 1, uw: 0.9 }]);
 * console.log(mechanisms(log).dominant); // alignment
 * ```
 */
export function trajectoryOf(
  samples: readonly LoggedSample[],
  options: { readonly outputScale?: number } = {},
): LoggedTrajectory {
  return named("trajectoryOf", () => {
    const { outputScale = 1 } = readRecord("options", options, ["outputScale"]);
    return loggedTrajectory(samples, readNumber("outputScale", outputScale));
  });
}

/** The trajectory of a log with a known output scale. */
export function loggedTrajectory(samples: readonly LoggedSample[], gamma: number): LoggedTrajectory {
  if (!isList(samples) || samples.length === 0) refuse("samples", samples, "pass at least one { uu, ww, uw }");
  const rows = Array.from(samples as readonly unknown[], (sample, i) => readSample(`samples[${i}]`, sample, i));
  for (const [i, { t }] of rows.entries())
    if (i > 0 && !(t > rows[i - 1]!.t)) reject(`samples[${i}].t is ${t} after ${rows[i - 1]!.t}; pass samples in order of time`);
  const column = (value: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, value);
  const norms = (row: (typeof rows)[number]): number => Math.sqrt(row.uu) * Math.sqrt(row.ww);
  // √(uu·ww − uw²) as a product; layers that are parallel up to rounding have none.
  const area = (row: (typeof rows)[number]): number => {
    const [N, S] = [norms(row), Math.abs(row.uw)];
    return N - S > 4 * Number.EPSILON * N ? Math.sqrt(N - S) * Math.sqrt(N + S) : 0;
  };
  return {
    t: column((row) => row.t),
    uu: column((row) => row.uu),
    ww: column((row) => row.ww),
    uw: column((row) => row.uw),
    area: column(area),
    balance: column((row) => row.uu - row.ww),
    output: column((row) => gamma * row.uw),
    kernel: column((row) => gamma * gamma * (row.uu + row.ww)),
    alignment: column((row) => (norms(row) > 0 ? Math.max(-1, Math.min(1, row.uw / norms(row))) : 0)),
    angle: column((row) => (norms(row) > 0 ? Math.atan2(area(row), row.uw) : Math.PI / 2)),
    normProduct: column(norms),
    ...(rows.every(({ loss }) => loss !== undefined) ? { loss: column((row) => row.loss!) } : {}),
  };
}

/** What rounding in single precision can make of uw² ≤ uu·ww. */
const SLACK = 1e-5;

function readSample(argument: string, value: unknown, i: number): LoggedSample & { readonly t: number } {
  const { t, uu, ww, uw, loss } = readRecord(argument, value, ["t", "uu", "ww", "uw", "loss"]);
  const row = {
    t: readNumber(`${argument}.t`, t ?? i),
    uu: readNumber(`${argument}.uu`, uu, { min: 0 }),
    ww: readNumber(`${argument}.ww`, ww, { min: 0 }),
    uw: readNumber(`${argument}.uw`, uw),
  };
  if (Math.abs(row.uw) > (1 + SLACK) * Math.sqrt(row.uu) * Math.sqrt(row.ww))
    reject(`${argument} has uw = ${row.uw} with uu = ${row.uu}, ww = ${row.ww}; no layers have uw² > uu·ww`);
  return loss === undefined ? row : { ...row, loss: readNumber(`${argument}.loss`, loss) };
}
