/**
 * Long computations as plain JSON. A job is divided into chunks, any engine runs the chunks in any order, and
 * the results are assembled. The numbers are the same, bit for bit, on any machine.
 */

import { readAnyNumbers } from "../door/anyNumbers.ts";
import { isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import { type EnsembleJob, readEnsemble } from "./ensembleJob.ts";
import { type Grid, readGrid } from "./grid.ts";
import { numbersFor } from "./numbersFor.ts";
import type { PlainObservable } from "./observableTypes.ts";
import type { ReadGrid } from "./readGrid.ts";

/** A phase diagram or an ensemble, described in plain JSON. Observables are names and records. */
export type Job = Grid | EnsembleJob;

/**
 * A part of a job in plain JSON: rows of a grid or draws of an ensemble, from the first index up to, but not
 * including, the second.
 */
export interface Chunk {
  /** The job of which this is a part. */
  readonly job: Job;
  /** The first unit. */
  readonly from: number;
  /** The unit after the last. */
  readonly to: number;
}

/** The result of a chunk: the numbers of its units, one unit after the other. */
export interface ChunkResult {
  /** The first unit. */
  readonly from: number;
  /** The unit after the last. */
  readonly to: number;
  /** The numbers, unit by unit. */
  readonly values: Float64Array;
}

/** A checked job: the number of its units, the numbers per unit, and the function that computes them. */
export interface ReadJob {
  readonly units: number;
  /** The number of values per unit. */
  readonly size: number;
  /** The number of units after which progress is reported. */
  readonly told: number;
  /** Writes a unit's numbers to out, from offset on. */
  run(unit: number, out: Float64Array, offset: number): void;
}

/** Reads a job in plain JSON. */
export function readJob(value: unknown): ReadJob {
  const { of } = readRecord("job", value) as { of?: unknown };
  if (of === "ensemble") return readEnsemble(value, "JSON");
  return rowsOf(readGrid(value, "JSON"));
}

/** A grid as a job, row by row. */
export function rowsOf(grid: ReadGrid): ReadJob {
  const { x, y, fields } = grid;
  return {
    units: y.length,
    size: fields.length * x.length,
    told: 1,
    run(unit, out, offset) {
      for (let i = 0; i < x.length; i++) grid.point(x[i]!, y[unit]!, out, offset + i, x.length);
    },
  };
}

/**
 * Divides a job into chunks of `size` units (rows of a grid, draws of an ensemble).
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a job, a size that is not a positive integer.
 *
 * @example
 * ```ts
 * import { chunksOf } from "feature-learning/sweep";
 *
 * const job = { of: "ensemble", settings: { width: 1000 }, measure: ["kernelChange"], draws: 250, seed: 1 } as const;
 * console.log(chunksOf(job, 100).map(({ from, to }) => to - from)); // [ 100, 100, 50 ]
 * ```
 */
export function chunksOf(job: Job, size: number): Chunk[] {
  return named("chunksOf", () => {
    const { units } = readJob(job);
    const plain = plainJob(job);
    const step = readNumber("size", size, { min: 1, integer: true });
    return Array.from({ length: Math.ceil(units / step) }, (_, i) => ({
      job: plain,
      from: i * step,
      to: Math.min(units, (i + 1) * step),
    }));
  });
}

/** The same job in numbers and arrays that JSON preserves, without Infinity and typed arrays. */
function plainJob(job: Job): Job {
  const plainTime = (time: unknown): unknown => (time === Infinity ? "end" : time);
  const plainOf = (observable: PlainObservable): PlainObservable =>
    typeof observable === "object" && "at" in observable
      ? { ...observable, at: plainTime(observable.at) as number | "end" }
      : observable;
  const measure = "measure" in job && job.measure !== undefined ? { measure: Array.from(job.measure, plainOf) } : {};
  if (job.of !== "ensemble" || job.times === undefined) return { ...job, ...measure } as Job;
  const { times } = readEnsemble(job, "JSON").curves;
  return { ...job, ...measure, times: Array.from(times, plainTime) as (number | "end")[] };
}

/**
 * Computes the numbers of one chunk.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a chunk of a job.
 *
 * @example
 * ```ts
 * import { chunksOf, runChunk } from "feature-learning/sweep";
 *
 * const job = { of: "ensemble", settings: { width: 1000 }, measure: ["initialOutput"], draws: 4, seed: 1 } as const;
 * const [first] = chunksOf(job, 2);
 * console.log(runChunk(first!).values.length); // 2
 * ```
 */
export function runChunk(chunk: Chunk): ChunkResult {
  return named("runChunk", () => {
    const { job, from, to } = readRecord("chunk", chunk, ["job", "from", "to"]);
    const { units, size, run } = readJob(job);
    const first = readNumber("chunk.from", from, { min: 0, max: units, integer: true });
    const last = readNumber("chunk.to", to, { min: first, max: units, integer: true });
    const values = numbersFor((last - first) * size);
    for (let unit = first; unit < last; unit++) run(unit, values, (unit - first) * size);
    return withJson({ from: first, to: last, values });
  });
}

/** All numbers of a job, from the results of its chunks in any order. Each unit must occur exactly once. */
export function gather({ units, size }: ReadJob, results: unknown): Float64Array {
  if (!isList(results)) refuse("results", results, "pass the results of the job's chunks");
  const values = numbersFor(units * size);
  const seen = new Uint8Array(units);
  for (const [i, result] of results.entries()) {
    const { from, to, values: part } = readRecord(`results[${i}]`, result, ["from", "to", "values"]);
    const first = readNumber(`results[${i}].from`, from, { min: 0, max: units, integer: true });
    const last = readNumber(`results[${i}].to`, to, { min: first, max: units, integer: true });
    const numbers = readNumbers(`results[${i}].values`, part);
    const wanted = `pass ${(last - first) * size} numbers, as runChunk gives them`;
    if (numbers.length !== (last - first) * size) refuse(`results[${i}].values`, part, wanted);
    for (let unit = first; unit < last; unit++) {
      if (seen[unit] === 1) reject(`unit ${unit} is in two results; pass every chunk once`);
      seen[unit] = 1;
    }
    values.set(numbers, first * size);
  }
  const missing = seen.indexOf(0);
  if (missing >= 0) reject(`unit ${missing} is in no result; pass the results of all chunks`);
  return values;
}

/** A chunk's numbers, in any array and in what JSON makes of one; they may be infinite and NaN. */
function readNumbers(argument: string, value: unknown): ArrayLike<number> {
  return isFloat64Array(value) ? value : readAnyNumbers(argument, value);
}
