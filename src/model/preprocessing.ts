/**
 * The preprocessing of samples, recorded so that it can be applied to new data:
 *
 *     x → (x − mean)/scale     y → (y − mean)/scale     and, with a bias c,  x → [x; c]
 */
import { readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";

/** The mean that is subtracted from each column, and the scale by which it is then divided. */
export interface ColumnScaling {
  /** The mean of each column; 0 if the column is not centred. */
  readonly mean: Float64Array;
  /** The scale of each column; 1 if the column is not standardised. */
  readonly scale: Float64Array;
}

/** How the samples of a task were treated: first the scalings, then the constant input is appended. */
export interface Preprocessing {
  /** The scaling of the k columns of x. */
  readonly inputs: ColumnScaling;
  /** The scaling of the m columns of y. */
  readonly targets: ColumnScaling;
  /** The value of the constant input in the last column; absent without `bias`. */
  readonly bias?: number;
}

/** The preprocessing options of {@link taskFromSamples} and {@link matrixTaskFromSamples}. */
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

/** Reads the value of a constant input. Its square and its inverse must be in the range of doubles. */
export function readConstant(argument: string, value: unknown): number {
  const size = typeof value === "number" ? Math.abs(value) : 0;
  if (!(size >= 1e-150 && size <= 1e150)) refuse(argument, value, "pass true, false or a number from 1e-150 to 1e150 in size");
  return value as number;
}

function readScaling(argument: string, value: unknown): ColumnScaling {
  const fields = readRecord(argument, value, ["mean", "scale"]);
  const mean = readVector(`${argument}.mean`, fields.mean);
  const scale = readVector(`${argument}.scale`, fields.scale);
  if (mean.length !== scale.length)
    reject(`${argument} has ${mean.length} means and ${scale.length} scales; pass one of each per column`);
  if (scale.some((size) => size <= 0)) reject(`${argument}.scale has entries that are not above 0; pass positive scales`);
  return { mean, scale };
}
