/**
 * Makes a trajectory of logged order parameters, of the solvable network or of any two adjacent layers of a
 * deep network. Rows from `toRows` of a trajectory are read back unchanged.
 */

import { readAnyMatrix } from "../door/anyNumbers.ts";
import { isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { numberOf } from "../door/json.ts";
import { trajectoryOfColumns } from "../model/columns.ts";
import { depthLists, depthNumbers, depthTrajectoryOf } from "../model/depthColumns.ts";
import { type HalfLineSnapshot, type HalfLineTrajectory, halfLineTrajectoryOf } from "../model/halfLineSnapshot.ts";
import { matrixFields, matrixTrajectoryOf, numberFields } from "../model/matrixColumns.ts";
import { type AnySnapshot, type Snapshot, snapshotFields } from "../model/snapshot.ts";
import { Strided } from "../model/strided.ts";
import type { Columns, MatrixTrajectory, Trajectory } from "../model/trajectory.ts";

/** One logged state. */
export interface LoggedSample {
  /** Time or step; by default the index of the sample. */
  readonly t?: number | undefined;
  /** |u|², or ‖W₂‖²_F of two layers. */
  readonly uu: number;
  /** |w|², or ‖W₁‖²_F of two layers. */
  readonly ww: number;
  /** u·w, or ‖W₂W₁‖_F of two layers. */
  readonly uw: number;
  /** The loss, if it was logged. */
  readonly loss?: number | undefined;
}

/** The trajectory of a log: the columns of {@link Trajectory} that need no task. */
export type LoggedTrajectory = Pick<
  Trajectory,
  "t" | "uu" | "ww" | "uw" | "area" | "balance" | "output" | "kernel" | "alignment" | "angle" | "normProduct"
> & {
  /** The loss, if every sample has one. */
  readonly loss?: Float64Array;
};

/** One logged state of layers of several inputs and outputs, a row of `toRows`. */
export type LoggedSizes = Pick<AnySnapshot, "alignment" | "normProduct"> & Partial<AnySnapshot>;

/** A log of layers of several inputs and outputs: the columns that every row has, and the matrices. */
export type LoggedColumns = Pick<Columns, "t" | "alignment" | "normProduct"> &
  Partial<Columns> &
  Partial<Pick<MatrixTrajectory, "output" | "residual" | "uu" | "ww" | "uw">>;

/**
 * A trajectory from logged order parameters, for `mechanisms` and `regime`. Rows from `toRows()` of a
 * trajectory or a descent, also after JSON, give the same columns again.
 *
 * @param samples - Samples in order of time: uu, ww, uw, and t and the loss if they were logged. Or rows of a
 * trajectory, whose fields are used unchanged.
 * @param options - `outputScale` γ of the network (default 1). Rows of a trajectory contain their output.
 * @returns Columns with one value per sample. Kernel and balance of a log are those for learning rates 1.
 * @throws FeatureLearningError `"invalid-argument"`: no samples, impossible numbers, uw² > uu·ww beyond
 * rounding, samples of a log that are not in order of time.
 *
 * @example
 * ```ts
 * import { mechanisms, trajectoryOf } from "feature-learning";
 *
 * const log = trajectoryOf([{ uu: 1, ww: 1, uw: 0 }, { uu: 1, ww: 1, uw: 0.5 }, { uu: 1, ww: 1, uw: 0.9 }]);
 * console.log(mechanisms(log).dominant); // alignment
 * ```
 */
export function trajectoryOf(samples: readonly Snapshot[], options?: { readonly outputScale?: number | undefined }): Trajectory;
export function trajectoryOf(
  samples: readonly HalfLineSnapshot[],
  options?: { readonly outputScale?: number | undefined },
): HalfLineTrajectory;
export function trajectoryOf(
  samples: readonly LoggedSample[],
  options?: { readonly outputScale?: number | undefined },
): LoggedTrajectory;
export function trajectoryOf(
  samples: readonly LoggedSizes[],
  options?: { readonly outputScale?: number | undefined },
): LoggedColumns;
export function trajectoryOf(
  samples: readonly (LoggedSample | LoggedSizes | HalfLineSnapshot)[],
  options: { readonly outputScale?: number | undefined } = {},
): Trajectory | HalfLineTrajectory | LoggedTrajectory | LoggedColumns {
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
  const rows = Array.from(samples as readonly unknown[], (sample, i) => readRecord(`samples[${i}]`, sample, rowFields));
  const t = readTimes(rows);
  if (rows[0]!.slopes !== undefined) return ofHalfLineRows(rows, t);
  if (rows[0]!.layers !== undefined) return ofDepthRows(rows, t);
  return isOfMatrices(rows[0]!) ? ofMatrixRows(rows, t) : ofRows(rows, t, gamma);
}

/** Rows of several inputs and outputs do not have scalar order parameters. */
function isOfMatrices({ uu, alignment, normProduct }: Row): boolean {
  return typeof numberOf(uu) !== "number" && alignment !== undefined && normProduct !== undefined;
}

/** Whether these are all rows of a flow, which may be in any order of time. Such rows have a residual. */
function areSampled(rows: readonly Row[]): boolean {
  return rows.every(({ residual }) => residual !== undefined);
}

function readTimes(rows: readonly Row[]): Float64Array {
  const times = rows.map(({ t }, i) => {
    const time = numberOf(t ?? i);
    return time === Infinity ? Infinity : readNumber(`samples[${i}].t`, time);
  });
  for (const [i, t] of areSampled(rows) ? [] : times.entries())
    if (i > 0 && !(t > times[i - 1]!)) reject(`samples[${i}].t is ${t} after ${times[i - 1]}; pass samples in order of time`);
  return Float64Array.from(times);
}

const rowFields = ["step", "slopes", ...snapshotFields, "layers", "balances"] as const;

type Row = Readonly<Partial<Record<(typeof rowFields)[number], unknown>>>;

function ofRows(samples: readonly Row[], t: Float64Array, gamma: number): LoggedTrajectory {
  const isSampled = areSampled(samples);
  const rows = samples.map((row, i) => readSample(`samples[${i}]`, row, isSampled));
  const column = (value: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, value);
  const norms = (row: (typeof rows)[number]): number => Math.sqrt(row.uu) * Math.sqrt(row.ww);
  // √(uu·ww − uw²) as a product; 0 for layers that are parallel up to rounding.
  const area = (row: (typeof rows)[number]): number => {
    const [N, S] = [norms(row), Math.abs(row.uw)];
    return N - S > 4 * Number.EPSILON * N ? Math.sqrt(N - S) * Math.sqrt(N + S) : 0;
  };
  return trajectoryOfColumns({
    t,
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
    ...knownColumns(samples, ["step", ...snapshotFields], isSampled),
  });
}

/** The columns of fields that every row has; `t`, `uu`, `ww` and `uw` are read with the rows. */
function knownColumns(
  rows: readonly Row[],
  names: readonly (keyof Row)[],
  special: boolean,
): Partial<Record<keyof Row, Float64Array>> {
  const known = names.filter((name) => !["t", "uu", "ww", "uw"].includes(name) && rows.every((row) => row[name] !== undefined));
  const read = (name: keyof Row): Float64Array =>
    Float64Array.from(rows, (row, i) => readValue(`samples[${i}].${name}`, row[name], special));
  return Object.fromEntries(known.map((name) => [name, read(name)]));
}

/**
 * Reads a logged number. It may be infinite if the quantity can be, like the balance of frozen layers, and
 * NaN with `special`.
 */
function readValue(argument: string, value: unknown, special: boolean): number {
  const number = numberOf(value);
  return typeof number === "number" && (special || !Number.isNaN(number)) ? number : readNumber(argument, value);
}

/** The violation of uw² ≤ uu·ww that rounding in single precision can cause. */
const SLACK = 1e-5;

type Sample = { readonly [Name in "uu" | "ww" | "uw"]: number };

/** The order parameters of a row. In rows of a flow they may be infinite, if the weights grow for ever. */
function readSample(argument: string, { uu, ww, uw }: Row, special: boolean): Sample {
  const read = (name: string, value: unknown, min?: number): number => {
    const number = special ? numberOf(value) : value;
    const isInfinite = special && typeof number === "number" && Math.abs(number) === Infinity && !(number < (min ?? -Infinity));
    return isInfinite ? number : readNumber(`${argument}.${name}`, number, min === undefined ? {} : { min });
  };
  const row = { uu: read("uu", uu, 0), ww: read("ww", ww, 0), uw: read("uw", uw) };
  if (Math.abs(row.uw) > (1 + SLACK) * Math.sqrt(row.uu) * Math.sqrt(row.ww))
    reject(`${argument} has uw = ${row.uw} with uu = ${row.uu}, ww = ${row.ww}; no layers have uw² > uu·ww`);
  return row;
}

/** Rows of a network with a kink at 0. */
function ofHalfLineRows(rows: readonly Row[], t: Float64Array): LoggedColumns {
  const slopes = rows.map((row, i) => readRecord(`samples[${i}].slopes`, row.slopes, ["positive", "negative"]));
  const of = (side: "positive" | "negative"): Float64Array =>
    Float64Array.from(slopes, (row, i) => readValue(`samples[${i}].slopes.${side}`, row[side], true));
  const squares = { uu: columnOf(rows, "uu"), ww: columnOf(rows, "ww") };
  const numbers = knownColumns(rows, ["step", ...numberFields], true);
  const both = { positive: of("positive"), negative: of("negative") };
  return halfLineTrajectoryOf({ t, ...numbers, ...squares, slopes: both }) as unknown as LoggedColumns;
}

function columnOf(rows: readonly Row[], name: "uu" | "ww"): Float64Array {
  return Float64Array.from(rows, (row, i) => readValue(`samples[${i}].${name}`, row[name], true));
}

function ofMatrixRows(rows: readonly Row[], t: Float64Array): LoggedColumns {
  for (const [i, { alignment, normProduct }] of rows.entries()) {
    readNumber(`samples[${i}].alignment`, alignment, { min: 0, max: 1 + SLACK });
    if (numberOf(normProduct) !== Infinity) readNumber(`samples[${i}].normProduct`, normProduct, { min: 0 });
  }
  const blocks = matrixFields.filter((name) => rows[0]![name] !== undefined).map((name) => [name, blockOf(name, rows)] as const);
  const numbers = knownColumns(rows, ["step", ...numberFields], areSampled(rows));
  return matrixTrajectoryOf({ t, ...numbers, ...Object.fromEntries(blocks) });
}

/** Rows of layers that are numbers. */
function ofDepthRows(rows: readonly Row[], t: Float64Array): LoggedColumns {
  const lists = depthLists.map((name) => {
    const read = rows.map((row, i) => readVector(`samples[${i}].${name}`, row[name]));
    const size = read[0]!.length;
    const block = new Strided(new Float64Array(rows.length * size), [rows.length, size]);
    for (const [i, list] of read.entries()) {
      if (list.length !== size)
        reject(`samples[${i}].${name} has ${list.length} numbers and samples[0] has ${size}; pass rows of one depth`);
      block.row(i).set(list);
    }
    return [name, block] as const;
  });
  const numbers = knownColumns(rows, ["step", ...depthNumbers], areSampled(rows));
  return depthTrajectoryOf({ t, ...numbers, ...Object.fromEntries(lists) }) as unknown as LoggedColumns;
}

function blockOf(name: (typeof matrixFields)[number], rows: readonly Row[]): Strided {
  const matrices = rows.map((row, i) => readAnyMatrix(`samples[${i}].${name}`, row[name]));
  const { rows: m, columns: k } = matrices[0]!;
  const block = new Strided(new Float64Array(matrices.length * m * k), [matrices.length, m, k]);
  for (const [i, matrix] of matrices.entries()) {
    if (matrix.rows !== m || matrix.columns !== k)
      reject(`samples[${i}].${name} is ${matrix.rows}×${matrix.columns} and samples[0] has ${m}×${k}; pass rows of one shape`);
    block.row(i).set(matrix.data);
  }
  return block;
}
