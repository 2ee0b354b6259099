import { readBoolean, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type Rows, readRows, readVector } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { breaksCauchySchwarz } from "../numerics/cauchySchwarz.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import { readNotes } from "./notes.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { printedTask } from "./printedTask.ts";

/**
 * The statistics of the data that determine training: the uncentred moments of the latent variable x and the
 * target y. [XuZiyin2025, §2]
 */
export interface Task {
  /** E[x²]. */
  readonly xx: number;
  /** E[xy]. */
  readonly xy: number;
  /** E[y²]. */
  readonly yy: number;
  /** The share of E[|x|²] that lies off the latent direction; 0 if the inputs are one-dimensional. */
  readonly offDirection: number;
  /**
   * The contributions of the data with x > 0 and x < 0 to xx and xy, which ReLU networks need. Present if the
   * task was made from samples or from such moments.
   */
  readonly positive?: HalfMoments;
  readonly negative?: HalfMoments;
  /**
   * Whether the inputs are projected onto the latent direction. The moments are those of the projected
   * inputs.
   */
  readonly projected: boolean;
  /**
   * n̂, the unit vector along which the inputs lie, with its largest component positive. Present if the task
   * was made from samples.
   */
  readonly direction?: Float64Array;
  /** The latent variable and the target of every sample, if the task was made from samples. */
  readonly samples?: { readonly x: Float64Array; readonly y: Float64Array };
  /** The inputs themselves, if they have several dimensions. */
  readonly inputs?: Rows;
  /** How the samples were centred, standardised and extended by a constant input; absent if they were not. */
  readonly preprocessing?: Preprocessing;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
}

/**
 * Moments of the data on one side of 0, as parts of the means over all data: E[x² 1(x > 0)], E[xy 1(x > 0)].
 */
export interface HalfMoments {
  /** E[x²] over one side, as a part of the mean over all data. */
  readonly xx: number;
  /** E[xy] over one side, as a part of the mean over all data. */
  readonly xy: number;
}

/** The moments of the data on each side of 0, for {@link taskFromMoments}. */
export interface HalfLineMoments {
  /** The moments of the data with x > 0. */
  readonly positive: HalfMoments;
  /** The moments of the data with x < 0. */
  readonly negative: HalfMoments;
  /** E[y²] over all data. */
  readonly yy: number;
}

/** Three moments, for {@link taskFromMoments}. */
export interface Moments {
  /** E[x²]. */
  readonly xx: number;
  /** E[xy]. */
  readonly xy: number;
  /** E[y²]. */
  readonly yy: number;
}

/**
 * A task from its moments xx = E[x²], xy = E[xy], yy = E[y²] (uncentred means); or, for ReLU networks, from
 * their parts on each side of 0, `positive: { xx: E[x² 1(x > 0)], xy: E[xy 1(x > 0)] }` and `negative`.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a moment is not finite, xx or yy is negative, or xy² >
 * xx·yy, which no data can have. An excess of up to 10⁻⁹ of xx·yy counts as the rounding of decimal digits:
 * the data are then points on a line, without unexplained variance.
 *
 * @example
 * ```ts
 * import { taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
 * console.log(task.xy); // 0.8
 * const halves = taskFromMoments({ positive: { xx: 1, xy: 0.8 }, negative: { xx: 1, xy: -0.5 }, yy: 1 });
 * console.log(halves.xx, halves.xy.toFixed(1)); // 2 0.3
 * ```
 */
export function taskFromMoments(moments: Moments | HalfLineMoments): Task {
  return named("taskFromMoments", () => {
    const fields = readRecord("moments", moments) as Readonly<Record<string, unknown>>;
    // A task has both sides or neither.
    if ("xx" in fields || !("positive" in fields || "negative" in fields)) return printedTask(readTask("moments", moments));
    const { yy } = readRecord("moments", moments, ["positive", "negative", "yy"]);
    const [positive, negative] = [
      readHalf("moments.positive", fields["positive"]),
      readHalf("moments.negative", fields["negative"]),
    ];
    const task = { xx: positive.xx + negative.xx, xy: positive.xy + negative.xy, yy, positive, negative };
    return printedTask(readTask("moments", task));
  });
}

/** Reads the moments of one side. */
export function readHalf(argument: string, value: unknown): HalfMoments {
  const { xx, xy } = readRecord(argument, value, ["xx", "xy"]);
  return { xx: readNumber(`${argument}.xx`, xx, { min: 0 }), xy: readNumber(`${argument}.xy`, xy) };
}

/** Optional fields of a task, and how they are read. */
const OPTIONAL = {
  // Fields that are read elsewhere.
  positive: readRecord,
  negative: readRecord,
  direction: readVector,
  samples: readSamples,
  inputs: readRows,
  preprocessing: readRecord,
  notes: readNotes,
};

/** Checks and copies a task. */
export function readTask(argument: string, value: unknown): Task {
  const optional = Object.keys(OPTIONAL) as (keyof typeof OPTIONAL)[];
  const fields = readRecord(argument, value, ["xx", "xy", "yy", "offDirection", "projected", ...optional]);
  const { xx, xy, yy, offDirection = 0, projected = false } = fields;
  const moments = {
    xx: readNumber(`${argument}.xx`, xx, { min: 0 }),
    xy: readNumber(`${argument}.xy`, xy),
    yy: readNumber(`${argument}.yy`, yy, { min: 0 }),
  };
  checkCorrelation(argument, moments);
  const task: Record<string, unknown> & Moments = {
    ...moments,
    offDirection: readNumber(`${argument}.offDirection`, offDirection, { min: 0, max: 1 }),
    projected: readBoolean(`${argument}.projected`, projected),
  };
  for (const name of optional) {
    if (fields[name] !== undefined) task[name] = OPTIONAL[name](`${argument}.${name}`, fields[name]);
  }
  return task as unknown as Task;
}

function readSamples(argument: string, value: unknown): { x: Float64Array; y: Float64Array } {
  const fields = readRecord(argument, value, ["x", "y"]);
  const x = readVector(`${argument}.x`, fields.x);
  const y = readVector(`${argument}.y`, fields.y);
  if (x.length !== y.length) refuse(`${argument}.y`, y, `pass as many as x has, ${x.length}`);
  return { x, y };
}

function checkCorrelation(argument: string, { xx, xy, yy }: Moments): void {
  if (!breaksCauchySchwarz(xx, xy, yy, 0, DECIMAL_ROUNDING)) return;
  const came = `xy = ${xy} with xx = ${xx}, yy = ${yy}`;
  reject(`${argument} has ${came}; no data have xy² > xx·yy, so pass the means of x², xy and y²`);
}

/** Refuses moments that overflow or underflow although the samples are finite. */
export function checkMomentsInRange({ xx, yy }: Moments, xIsZero: boolean, yIsZero: boolean): void {
  const bad = (square: number, isZero: boolean): boolean => square === Infinity || (!isZero && square < 2 ** -1022);
  if (bad(xx, xIsZero)) refuse("the mean of x²", xx, "rescale x, so that its square stays in range");
  if (bad(yy, yIsZero)) refuse("the mean of y²", yy, "rescale y, so that its square stays in range");
}
