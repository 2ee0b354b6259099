/**
 * What was done to samples before their moments were taken, so that new data can be treated alike:
 *
 *     x → (x − mean)/scale     y → (y − mean)/scale     and, with a bias c,  x → [x; c]
 */
import { readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";

/** The mean that is subtracted from each column, and the scale by which it is then divided. */
export interface ColumnScaling {
  /** The mean of each column; 0 where the column is not centred. */
  readonly mean: Float64Array;
  /** The scale of each column; 1 where the column is not standardised. */
  readonly scale: Float64Array;
}

/** How the samples of a task were treated: first the scalings, then the constant input is appended. */
export interface Preprocessing {
  /** Of the k columns of x. */
  readonly inputs: ColumnScaling;
  /** Of the m columns of y. */
  readonly targets: ColumnScaling;
  /** The value of the constant input that stands in the last column; absent without `bias`. */
  readonly bias?: number;
}

/** What {@link taskFromSamples} and {@link matrixTaskFromSamples} do to samples first. */
export interface PreprocessingOptions {
  /** Subtract the mean of each column: of x, of y, or of both (`true`). Default false. */
  readonly center?: boolean | "inputs" | "targets" | undefined;
  /**
   * Subtract the mean of each column and divide by its standard deviation (of the samples, divided by n): of
   * x, of y, or of both (`true`). A constant column keeps scale 1. Default false.
   */
  readonly standardize?: boolean | "inputs" | "targets" | undefined;
  /**
   * Append a constant input after all columns of x: 1 (`true`), or this number. Default false. The weights on
   * it, times its value, are the biases of the hidden layer.
   */
  readonly bias?: boolean | number | undefined;
}

export function readPreprocessing(argument: string, value: unknown): Preprocessing {
  const { inputs, targets, bias } = readRecord(argument, value, ["inputs", "targets", "bias"]);
  return {
    inputs: readScaling(`${argument}.inputs`, inputs),
    targets: readScaling(`${argument}.targets`, targets),
    ...(bias === undefined ? {} : { bias: readConstant(`${argument}.bias`, bias) }),
  };
}

/** The value of a constant input: its square and what is divided by it are doubles. */
export function readConstant(argument: string, value: unknown): number {
  const size = typeof value === "number" ? Math.abs(value) : 0;
  if (!(size >= 1e-150 && size <= 1e150)) refuse(argument, value, "pass true, false or a number from 1e-150 to 1e150 in size");
  return value as number;
}

function readScaling(argument: string, value: unknown): ColumnScaling {
  const given = readRecord(argument, value, ["mean", "scale"]);
  const mean = readVector(`${argument}.mean`, given.mean);
  const scale = readVector(`${argument}.scale`, given.scale);
  if (mean.length !== scale.length)
    reject(`${argument} has ${mean.length} means and ${scale.length} scales; pass one of each for a column`);
  if (scale.some((size) => size <= 0)) reject(`${argument}.scale has entries that are not above 0; pass positive scales`);
  return { mean, scale };
}
