import { readBoolean, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { type Rows, readRows, readVector } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { breaksCauchySchwarz } from "../numerics/cauchySchwarz.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import { readNotes } from "./notes.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { printedTask } from "./printedTask.ts";

/**
 * All that the data mean to the network: the uncentred moments of the latent variable x and the target y.
 * [XuZiyin2025, §2]
 */
export interface Task {
  /** E[x²]. */
  readonly xx: number;
  /** E[xy]. */
  readonly xy: number;
  /** E[y²]. */
  readonly yy: number;
  /** The share of E[|x|²] that lies off the latent direction: 0 where the inputs are one-dimensional. */
  readonly offDirection: number;
  /**
   * The parts of xx and xy that the data with x > 0 and x < 0 contribute, which ReLU networks need; known
   * where the task came from samples, or from such moments.
   */
  readonly positive?: HalfMoments;
  readonly negative?: HalfMoments;
  /** What lies off the latent direction counts as absent: the moments are those of the projected inputs. */
  readonly projected: boolean;
  /**
   * n̂, the unit vector along which the inputs lie, its largest component positive; known where the task came
   * from samples.
   */
  readonly direction?: Float64Array;
  /** The latent variable and the target of every sample, where the task came from samples. */
  readonly samples?: { readonly x: Float64Array; readonly y: Float64Array };
  /** The inputs themselves, where they have several dimensions. */
  readonly inputs?: Rows;
  /** How the samples were centred, standardised and given a constant input, where they were. */
  readonly preprocessing?: Preprocessing;
  /** What you should know about the data, a sentence each; absent where there is nothing to say. */
  readonly notes?: readonly string[];
}

/**
 * Moments of the data on one side of 0, as parts of the means over all data: E[x² 1(x > 0)], E[xy 1(x > 0)].
 */
export interface HalfMoments {
  readonly xx: number;
  readonly xy: number;
}

/** The moments of the data on either side of 0, for {@link taskFromMoments}. */
export interface HalfLineMoments {
  readonly positive: HalfMoments;
  readonly negative: HalfMoments;
  readonly yy: number;
}

/** Three moments, for {@link taskFromMoments}. */
export interface Moments {
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
}

/**
 * A task from its moments xx = E[x²], xy = E[xy], yy = E[y²] (uncentred means); or, for ReLU networks, from
 * their parts on either side of 0, `positive: { xx: E[x² 1(x > 0)], xy: E[xy 1(x > 0)] }` and `negative`.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a moment is not finite, xx or yy is negative, or xy² >
 * xx·yy, which no data can have. Up to 10⁻⁹ of xx·yy that is the rounding of decimal digits, and the data
 * count as points on a line: nothing is left unexplained.
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
    const given = readRecord("moments", moments) as Readonly<Record<string, unknown>>;
    // A whole task has both.
    if ("xx" in given || !("positive" in given || "negative" in given)) return printedTask(readTask("moments", moments));
    const { yy } = readRecord("moments", moments, ["positive", "negative", "yy"]);
    const [positive, negative] = [
      readHalf("moments.positive", given["positive"]),
      readHalf("moments.negative", given["negative"]),
    ];
    const task = { xx: positive.xx + negative.xx, xy: positive.xy + negative.xy, yy, positive, negative };
    return printedTask(readTask("moments", task));
  });
}

/** Moments of one side as they were passed. */
export function readHalf(argument: string, value: unknown): HalfMoments {
  const { xx, xy } = readRecord(argument, value, ["xx", "xy"]);
  return { xx: readNumber(`${argument}.xx`, xx, { min: 0 }), xy: readNumber(`${argument}.xy`, xy) };
}

/** What a task need not have, and how it is read. */
const OPTIONAL = {
  // Read by whom they concern.
  positive: readRecord,
  negative: readRecord,
  direction: readVector,
  samples: readSamples,
  inputs: readRows,
  preprocessing: readRecord,
  notes: readNotes,
};

/** A task as it was passed, checked and copied. */
export function readTask(argument: string, value: unknown): Task {
  const optional = Object.keys(OPTIONAL) as (keyof typeof OPTIONAL)[];
  const given = readRecord(argument, value, ["xx", "xy", "yy", "offDirection", "projected", ...optional]);
  const { xx, xy, yy, offDirection = 0, projected = false } = given;
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
    if (given[name] !== undefined) task[name] = OPTIONAL[name](`${argument}.${name}`, given[name]);
  }
  return task as unknown as Task;
}

function readSamples(argument: string, value: unknown): { x: Float64Array; y: Float64Array } {
  const given = readRecord(argument, value, ["x", "y"]);
  const x = readVector(`${argument}.x`, given.x);
  const y = readVector(`${argument}.y`, given.y);
  if (x.length !== y.length) refuse(`${argument}.y`, y, `pass as many as x has, ${x.length}`);
  return { x, y };
}

function checkCorrelation(argument: string, { xx, xy, yy }: Moments): void {
  if (!breaksCauchySchwarz(xx, xy, yy, 0, DECIMAL_ROUNDING)) return;
  const came = `xy = ${xy} with xx = ${xx}, yy = ${yy}`;
  reject(`${argument} has ${came}; no data have xy² > xx·yy, pass the means of x², xy, y²`);
}

/** Moments that overflow or underflow although the samples are finite. */
export function checkMomentsInRange({ xx, yy }: Moments, xIsZero: boolean, yIsZero: boolean): void {
  const bad = (square: number, isZero: boolean): boolean => square === Infinity || (!isZero && square < 2 ** -1022);
  if (bad(xx, xIsZero)) refuse("the mean of x²", xx, "rescale x, so that its square stays in range");
  if (bad(yy, yIsZero)) refuse("the mean of y²", yy, "rescale y, so that its square stays in range");
}
