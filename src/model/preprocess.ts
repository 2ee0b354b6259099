/** Centres and standardises columns, and appends the constant input. */
import { refuse, reject } from "../door/arguments.ts";
import type { Rows } from "../door/arrays.ts";
import { statisticsOf } from "./columnStatistics.ts";
import { type ColumnScaling, type Preprocessing, readConstant } from "./preprocessing.ts";

/** Samples as rows. */
export interface SampleRows {
  readonly inputs: Rows;
  readonly targets: Rows;
}

/** Samples after preprocessing. Without `preprocessing` they are the original samples. */
export interface PreparedRows extends SampleRows {
  readonly preprocessing?: Preprocessing;
}

type PreprocessingFields = Readonly<Partial<Record<"center" | "standardize" | "bias", unknown>>>;

/** Reads the options and applies them. */
export function preprocess({ inputs, targets }: SampleRows, fields: PreprocessingFields): PreparedRows {
  const center = readSides("center", fields.center);
  const standardize = readSides("standardize", fields.standardize);
  const bias = readBias(fields.bias);
  const asked = [center, standardize].some((side) => side.inputs || side.targets) || bias !== undefined;
  if (!asked) return { inputs, targets };
  return treat(
    { inputs, targets },
    {
      inputs: scalingOf("x", inputs, center.inputs, standardize.inputs),
      targets: scalingOf("y", targets, center.targets, standardize.targets),
      ...(bias === undefined ? {} : { bias }),
    },
  );
}

/** Applies the preprocessing of another task; `undefined` leaves the samples unchanged. */
export function treat({ inputs, targets }: SampleRows, preprocessing: Preprocessing | undefined): PreparedRows {
  if (preprocessing === undefined) return { inputs, targets };
  const scaled = rescaled("x", inputs, preprocessing.inputs);
  const { bias } = preprocessing;
  return {
    inputs: bias === undefined ? scaled : withConstant(scaled, bias),
    targets: rescaled("y", targets, preprocessing.targets),
    preprocessing,
  };
}

function readSides(argument: string, value: unknown): { readonly inputs: boolean; readonly targets: boolean } {
  if (value === undefined || value === false) return { inputs: false, targets: false };
  if (value === true) return { inputs: true, targets: true };
  if (value === "inputs" || value === "targets") return { inputs: value === "inputs", targets: value === "targets" };
  return refuse(argument, value, 'pass true, false, "inputs" or "targets"');
}

function readBias(value: unknown): number | undefined {
  if (value === undefined || value === false) return undefined;
  return value === true ? 1 : readConstant("bias", value);
}

function scalingOf(argument: string, rows: Rows, center: boolean, standardize: boolean): ColumnScaling {
  const mean = new Float64Array(rows.columns);
  const size = new Float64Array(rows.columns).fill(1);
  if (!center && !standardize) return { mean, scale: size };
  for (let j = 0; j < rows.columns; j++) {
    const column = statisticsOf(rows, j);
    mean[j] = column.mean;
    if (!standardize || column.deviation === 0) continue;
    if (column.deviation < 2 ** -1022)
      refuse(`the standard deviation of column ${j} of ${argument}`, column.deviation, `rescale ${argument}`);
    size[j] = column.deviation;
  }
  return { mean, scale: size };
}

function rescaled(argument: string, { rows, columns, data }: Rows, { mean, scale: size }: ColumnScaling): Rows {
  if (mean.length !== columns)
    reject(`${argument} has ${columns} columns; pass as many as the preprocessing is for, ${mean.length}`);
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const j = i % columns;
    const difference = data[i]! - mean[j]!;
    // Uses halves, because the difference of two numbers near the largest double may overflow.
    out[i] = Number.isFinite(difference) ? difference / size[j]! : (data[i]! / 2 - mean[j]! / 2) / (size[j]! / 2);
    if (!Number.isFinite(out[i]!)) reject(`${argument} overflows when it is centred; rescale ${argument}`);
  }
  return { rows, columns, data: out };
}

function withConstant({ rows, columns, data }: Rows, value: number): Rows {
  const out = new Float64Array(rows * (columns + 1)).fill(value);
  for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  return { rows, columns: columns + 1, data: out };
}
