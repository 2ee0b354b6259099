/**
 * The distribution of observables over random starts. Quantiles have error estimates for the finite number n
 * of draws, from the order statistics np ± √(np(1 − p)).
 */

import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { withJson } from "../door/json.ts";
import { Strided } from "../model/strided.ts";
import { curvesFrom, type EnsembleCurve } from "./curves.ts";
import { type EnsembleJob, type ReadEnsemble, readEnsemble } from "./ensembleJob.ts";
import { type ChunkResult, gather } from "./job.ts";
import type { AnyObservable } from "./observableTypes.ts";
import { type RunOptions, runUnits } from "./run.ts";
import { LEVELS, quantileOf, summaryOf, valueAt } from "./summary.ts";

/** The numbers of an ensemble, one column per observable, in the order of the job. */
export interface Ensemble {
  /** `"aborted"` if the signal ended it early. */
  readonly status: "completed" | "aborted";
  /** The names of the observables, including user-defined ones. */
  readonly observables: readonly string[];
  /** The titles of the observables on an axis. */
  readonly titles: readonly string[];
  /** The number of networks. */
  readonly draws: number;
  /** The values for every network, of shape [draws, observables]. */
  readonly values: Strided;
  /** Shape [observables]. */
  readonly mean: Strided;
  /** The standard error of the mean. */
  readonly meanError: Strided;
  /** The standard deviation over the draws. */
  readonly standardDeviation: Strided;
  /** The quantiles at `levels`: shape [levels, observables]. */
  readonly quantiles: Strided;
  /**
   * The errors of the quantiles: half of the distance between the order statistics one standard error below
   * and above.
   */
  readonly quantileErrors: Strided;
  /** The levels of the quantiles. */
  readonly levels: readonly number[];
  /** The job's times; empty if it has none. */
  readonly times: Float64Array;
  /** The mean, the spread and the quantiles at `times` of each of the job's fields, by name. */
  readonly curves: { readonly [field: string]: EnsembleCurve };
}

/**
 * The distribution of observables over random starts, at any width up to 10¹⁵: every network is one draw of
 * order parameters. With `times` and `fields`, also the mean, the spread and the quantiles of whole curves.
 *
 * @param job - Settings, what to measure, how many draws, seed. An observable is a name, a record such as
 * `{ timeTo: { excessLossFraction: 0.1 } }` or `{ at: 3, field: "loss" }`, or a function of the flow; records
 * and functions may have a `name` and a `title`.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the job, a function that does not
 * return a number; `"aborted"`: the signal was aborted before the first draw.
 *
 * @example
 * ```ts
 * import { ensemble } from "feature-learning/sweep";
 *
 * const settings = { width: 1e12, outputScale: 1e-6 };
 * const { standardDeviation } = ensemble({ of: "ensemble", settings, measure: ["initialOutput"], draws: 2000, seed: 1 });
 * console.log(Math.abs(standardDeviation.get(0) - 1) < 0.05); // true
 * ```
 *
 * @example User-defined observables, and curves
 * ```ts
 * import { ensemble } from "feature-learning/sweep";
 *
 * const { observables, mean, curves } = ensemble({
 *   of: "ensemble",
 *   settings: { width: 100, scale: 0.1 },
 *   measure: ["halfLife", { timeTo: { excessLossFraction: 0.5 } }, { name: "last kernel", measure: (flow) => flow.limit.kernel }],
 *   times: [0, 1, "end"],
 *   fields: ["loss"],
 *   draws: 100,
 *   seed: 1,
 * });
 * console.log(observables.join(", ")); // halfLife, time to excessLossFraction 0.5, last kernel
 * console.log(mean.get(0) === mean.get(1), curves["loss"]!.mean.length, curves["loss"]!.mean[2]); // true 3 0
 * ```
 */
export function ensemble(job: EnsembleJob<AnyObservable>, options: RunOptions = {}): Ensemble {
  return named("ensemble", () => {
    const read = readEnsemble(job, "one thread");
    const { values, done } = runUnits(read, options);
    return summarise(read, values, done, done === read.units);
  });
}

/**
 * An ensemble from the results of its chunks, in any order.
 *
 * @throws FeatureLearningError `"invalid-argument"`: results that are not those of all chunks of the job,
 * each once.
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
    const read = readEnsemble(readRecord("job", job), "JSON");
    return summarise(read, gather(read, results), read.units, true);
  });
}

function summarise(read: ReadEnsemble, numbers: Float64Array, draws: number, complete: boolean): Ensemble {
  const { measured, curves, size } = read;
  const k = measured.length;
  const block = (...shape: readonly number[]): Strided =>
    new Strided(new Float64Array(shape.reduce((size, length) => size * length, 1)), shape);
  const values = block(draws, k);
  const [mean, meanError, standardDeviation] = [block(k), block(k), block(k)];
  const [quantiles, quantileErrors] = [block(LEVELS.length, k), block(LEVELS.length, k)];
  for (let j = 0; j < k; j++) {
    const column = Float64Array.from({ length: draws }, (_, i) => numbers[i * size + j]!);
    for (let i = 0; i < draws; i++) values.data[i * k + j] = column[i]!;
    const summary = summaryOf(column);
    mean.data[j] = summary.mean;
    standardDeviation.data[j] = summary.standardDeviation;
    meanError.data[j] = summary.standardDeviation / Math.sqrt(draws);
    for (const [i, level] of LEVELS.entries()) {
      const place = level * (draws - 1);
      const spread = Math.sqrt(draws * level * (1 - level));
      quantiles.data[i * k + j] = quantileOf(summary.sorted, level);
      const [low, high] = [valueAt(summary.sorted, place - spread), valueAt(summary.sorted, place + spread)];
      quantileErrors.data[i * k + j] = low === high ? 0 : (high - low) / 2;
    }
  }
  return withJson({
    status: complete ? "completed" : "aborted",
    observables: measured.map(({ name }) => name),
    titles: measured.map(({ title }) => title),
    draws,
    values,
    mean,
    meanError,
    standardDeviation,
    quantiles,
    quantileErrors,
    levels: LEVELS,
    times: curves.times,
    curves: curvesFrom(curves, numbers, draws, size, k),
  });
}
