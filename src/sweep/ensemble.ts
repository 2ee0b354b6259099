/**
 * The distribution of what can be observed, over random starts. Quantiles come with the errors that finitely
 * many draws leave: the p-th of n has the order statistics np ± √(np(1 − p)) around it.
 */

import ndarray, { type NdArray } from "ndarray";
import ops from "ndarray-ops";
import { readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type EnsembleJob, readEnsemble } from "./ensembleJob.ts";
import { type ChunkResult, gather } from "./job.ts";
import type { Observable } from "./observables.ts";
import { type RunOptions, runUnits } from "./run.ts";

/** An ensemble's numbers, one column an observable, in the order in which they were asked for. */
export interface Ensemble {
  readonly status: "completed" | "aborted";
  readonly observables: readonly Observable[];
  /** How many networks are in it. */
  readonly draws: number;
  /** Every network's numbers: shape [draws, observables]. */
  readonly values: NdArray<Float64Array>;
  /** Shape [observables]. */
  readonly mean: NdArray<Float64Array>;
  /** The standard error of the mean. */
  readonly meanError: NdArray<Float64Array>;
  readonly standardDeviation: NdArray<Float64Array>;
  /** The quantiles at `levels`: shape [levels, observables]. */
  readonly quantiles: NdArray<Float64Array>;
  /** Half of the distance of the order statistics one standard error to either side. */
  readonly quantileErrors: NdArray<Float64Array>;
  readonly levels: readonly number[];
}

const LEVELS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/**
 * The distribution of observables over random starts, at any width up to 10¹⁵: every network is one draw of
 * order parameters.
 *
 * @param job - Settings, what to measure, how many draws, seed.
 * @throws FeatureLearningError `"invalid-argument"`: a part of the job that cannot be.
 *
 * @example
 * ```ts
 * import { ensemble } from "feature-learning/sweep";
 *
 * const settings = { width: 1e12, outputScale: 1e-6 };
 * const { standardDeviation } = ensemble({ of: "ensemble", settings, measure: ["initialOutput"], draws: 2000, seed: 1 });
 * console.log(Math.abs(standardDeviation.get(0) - 1) < 0.05); // true
 * ```
 */
export function ensemble(job: EnsembleJob, options: RunOptions = {}): Ensemble {
  return named("ensemble", () => {
    const read = readEnsemble(job);
    const { values, done } = runUnits(read, options);
    return summarise(read.names, values.subarray(0, done * read.size), done, done === read.units);
  });
}

/**
 * An ensemble from the results of its chunks, in any order.
 *
 * @throws FeatureLearningError `"invalid-argument"`: results that are not all of the job's, each once.
 *
 * @example
 * ```ts
 * import { assembleEnsemble, chunksOf, runChunk } from "feature-learning/sweep";
 *
 * const job = { of: "ensemble", settings: { width: 1000 }, measure: ["kernelChange"], draws: 30, seed: 1 } as const;
 * console.log(assembleEnsemble(job, chunksOf(job, 10).reverse().map(runChunk)).draws); // 30
 * ```
 */
export function assembleEnsemble(job: EnsembleJob, results: readonly ChunkResult[]): Ensemble {
  return named("assembleEnsemble", () => {
    const read = readEnsemble(readRecord("job", job));
    return summarise(read.names, gather(read, results), read.units, true);
  });
}

function summarise(names: readonly Observable[], numbers: Float64Array, draws: number, complete: boolean): Ensemble {
  const k = names.length;
  if (draws === 0) reject("the job was aborted before its first draw; there is nothing to summarise");
  const values = ndarray(numbers.slice(), [draws, k]);
  const column = (): NdArray<Float64Array> => ndarray(new Float64Array(k), [k]);
  const table = (): NdArray<Float64Array> => ndarray(new Float64Array(LEVELS.length * k), [LEVELS.length, k]);
  const [mean, meanError, standardDeviation] = [column(), column(), column()];
  const [quantiles, quantileErrors] = [table(), table()];
  for (let j = 0; j < k; j++) {
    const own = values.pick(-1, j) as NdArray<Float64Array>;
    const average = ops.sum(own) / draws;
    const away = ndarray(new Float64Array(draws), [draws]);
    ops.subs(away, own, average);
    const deviation = draws > 1 ? ops.norm2(away) / Math.sqrt(draws - 1) : 0;
    // An infinite value (a plateau that never ends) has no mean but an infinite one, and no deviation but
    // that.
    mean.set(j, average);
    standardDeviation.set(j, Number.isNaN(deviation) ? Infinity : deviation);
    meanError.set(j, standardDeviation.get(j) / Math.sqrt(draws));
    const sorted = Float64Array.from({ length: draws }, (_, i) => own.get(i)).sort();
    for (const [i, level] of LEVELS.entries()) {
      const place = level * (draws - 1);
      const spread = Math.sqrt(draws * level * (1 - level));
      quantiles.set(i, j, at(sorted, place));
      const [low, high] = [at(sorted, place - spread), at(sorted, place + spread)];
      quantileErrors.set(i, j, low === high ? 0 : (high - low) / 2);
    }
  }
  return {
    status: complete ? "completed" : "aborted",
    observables: names,
    draws,
    values,
    mean,
    meanError,
    standardDeviation,
    quantiles,
    quantileErrors,
    levels: LEVELS,
  };
}

/** The value between two order statistics. */
function at(sorted: Float64Array, place: number): number {
  const inside = Math.min(Math.max(place, 0), sorted.length - 1);
  const low = Math.floor(inside);
  const share = inside - low;
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return share === 0 || a === b ? a : a + share * (b - a);
}
