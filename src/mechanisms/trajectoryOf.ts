/**
 * Logged order parameters as a trajectory: of the solvable network, or of any two adjacent
 * layers of a deep one.
 */

import { isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AnySnapshot, type SnapshotField, snapshotFields } from "../model/snapshot.ts";
import type { Columns, Trajectory } from "../model/trajectory.ts";

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

/** One logged state of layers of several inputs and outputs: a row of what `toRows` gives. */
export type LoggedSizes = Pick<AnySnapshot, "alignment" | "normProduct"> & Partial<AnySnapshot>;

/** A log of layers of several inputs and outputs: the columns of numbers that every row has. */
export type LoggedColumns = Pick<Columns, "t" | "alignment" | "normProduct"> & Partial<Columns>;

/**
 * A trajectory from logged order parameters, for `mechanisms` and `regime`; or again from the rows that the
 * `toRows` of a trajectory or a descent gives, of one direction or of several inputs and outputs.
 *
 * @param samples - In order of time: uu, ww, uw, and t or the loss where they were logged. Of rows of
 * `toRows` every number that all rows have is kept; of several inputs and outputs the matrices are not.
 * @param options - `outputScale` γ of the network (default 1), for samples without an output of their own.
 * @returns Columns, of one value a sample; kernel and balance are those of rates 1 where the samples have
 * none.
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
export function trajectoryOf(samples: readonly LoggedSample[], options?: { readonly outputScale?: number }): LoggedTrajectory;
export function trajectoryOf(samples: readonly LoggedSizes[], options?: { readonly outputScale?: number }): LoggedColumns;
export function trajectoryOf(
  samples: readonly (LoggedSample | LoggedSizes)[],
  options: { readonly outputScale?: number } = {},
): LoggedTrajectory | LoggedColumns {
  return named("trajectoryOf", () => {
    const { outputScale = 1 } = readRecord("options", options, ["outputScale"]);
    return loggedTrajectory(samples as readonly LoggedSample[], readNumber("outputScale", outputScale));
  });
}

/** The trajectory of a log with a known output scale. */
export function loggedTrajectory(samples: readonly LoggedSample[], gamma: number): LoggedTrajectory;
export function loggedTrajectory(
  samples: readonly (LoggedSample | LoggedSizes)[],
  gamma: number,
): LoggedTrajectory | LoggedColumns {
  if (!isList(samples) || samples.length === 0) refuse("samples", samples, "pass at least one { uu, ww, uw }");
  const records = Array.from(samples as readonly unknown[], (sample, i) => readRecord(`samples[${i}]`, sample, FIELDS));
  const t = readTimes(records);
  if (records[0]!.slopes !== undefined) return { t, ...halfLinesOf(records) } as LoggedColumns;
  return isOfMatrices(records[0]!)
    ? ({ t, ...sizesOf(records) } as LoggedColumns)
    : ({ ...orderParametersOf(records, gamma), t } as LoggedTrajectory);
}

type Sample = Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>>;

/** What a sample may have: what rows have. */
const FIELDS = [...snapshotFields, "step", "slopes"] as const;

/** Rows of several inputs and outputs have no order parameters that are numbers. */
function isOfMatrices({ uu, alignment, normProduct }: Sample): boolean {
  return typeof uu !== "number" && typeof alignment === "number" && typeof normProduct === "number";
}

function readTimes(records: readonly Sample[]): Float64Array {
  const times = records.map(({ t }, i) => (t === Infinity ? t : readNumber(`samples[${i}].t`, t ?? i)));
  for (const [i, t] of times.entries())
    if (i > 0 && !(t > times[i - 1]!)) reject(`samples[${i}].t is ${t} after ${times[i - 1]}; pass samples in order of time`);
  return Float64Array.from(times);
}

/** The columns of numbers that every row has, of these names. */
function columnsOf(records: readonly Sample[], names: readonly SnapshotField[]): Partial<Record<SnapshotField, Float64Array>> {
  const known = names.filter((name) => records.every((record) => record[name] !== undefined));
  return Object.fromEntries(
    known.map((name) => [name, Float64Array.from(records, (record, i) => readLogged(`samples[${i}].${name}`, record[name]))]),
  );
}

/** A logged number; infinite where a quantity may be, as the balance of frozen layers. */
function readLogged(argument: string, value: unknown): number {
  return typeof value === "number" && !Number.isNaN(value) ? value : readNumber(argument, value);
}

function sizesOf(records: readonly Sample[]): Partial<Record<SnapshotField, Float64Array>> {
  for (const [i, { alignment, normProduct }] of records.entries()) {
    readNumber(`samples[${i}].alignment`, alignment, { min: 0, max: 1 + SLACK });
    readNumber(`samples[${i}].normProduct`, normProduct, { min: 0 });
  }
  const names = ["loss", "excessLoss", "alignment", "normProduct", "kernelSize", "outputSize", "sharpness"] as const;
  return columnsOf(records, names);
}

/** Rows of a network with a kink at 0. */
function halfLinesOf(records: readonly Sample[]): object {
  const slopes = records.map(({ slopes }, i) => readRecord(`samples[${i}].slopes`, slopes, ["positive", "negative"]));
  const of = (side: "positive" | "negative"): Float64Array =>
    Float64Array.from(slopes, (row, i) => readNumber(`samples[${i}].slopes.${side}`, row[side]));
  const names = ["loss", "excessLoss", "alignment", "normProduct", "kernelSize", "outputSize", "uu", "ww", "sharpness"] as const;
  return { ...columnsOf(records, names), slopes: { positive: of("positive"), negative: of("negative") } };
}

function orderParametersOf(records: readonly Sample[], gamma: number): Partial<Record<SnapshotField, Float64Array>> {
  const rows = records.map((record, i) => readSample(`samples[${i}]`, record));
  const column = (value: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, value);
  const norms = (row: (typeof rows)[number]): number => Math.sqrt(row.uu) * Math.sqrt(row.ww);
  // √(uu·ww − uw²) as a product; layers that are parallel up to rounding have none.
  const area = (row: (typeof rows)[number]): number => {
    const [N, S] = [norms(row), Math.abs(row.uw)];
    return N - S > 4 * Number.EPSILON * N ? Math.sqrt(N - S) * Math.sqrt(N + S) : 0;
  };
  return {
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
    // What the samples say of themselves counts.
    ...columnsOf(records, snapshotFields.slice(4)),
  };
}

/** What rounding in single precision can make of uw² ≤ uu·ww. */
const SLACK = 1e-5;

function readSample(argument: string, { uu, ww, uw }: Sample): Required<Pick<LoggedSample, "uu" | "ww" | "uw">> {
  const row = {
    uu: readNumber(`${argument}.uu`, uu, { min: 0 }),
    ww: readNumber(`${argument}.ww`, ww, { min: 0 }),
    uw: readNumber(`${argument}.uw`, uw),
  };
  if (Math.abs(row.uw) > (1 + SLACK) * Math.sqrt(row.uu) * Math.sqrt(row.ww))
    reject(`${argument} has uw = ${row.uw} with uu = ${row.uu}, ww = ${row.ww}; no layers have uw² > uu·ww`);
  return row;
}
