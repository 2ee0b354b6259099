/**
 * A job over worker threads: its chunks by a pool, put together in order, bit for bit what one thread finds.
 */

import { throwIfAborted } from "../door/abort.ts";
import { readNumber, readRecord, unmet } from "../door/arguments.ts";
import { namedAsync } from "../door/error.ts";
import { assembleEnsemble, type Ensemble } from "../sweep/ensemble.ts";
import type { EnsembleJob } from "../sweep/ensembleJob.ts";
import type { Grid } from "../sweep/grid.ts";
import { type ChunkResult, chunksOf, type Job, readJob } from "../sweep/job.ts";
import { assembleDiagram, type PhaseDiagram } from "../sweep/phaseDiagram.ts";
import { type RunOptions, readRunOptions } from "../sweep/run.ts";

/** How {@link runParallel} runs. */
export interface ParallelOptions extends RunOptions {
  /** How many worker threads (default: as many as there are processors). */
  readonly threads?: number | undefined;
}

/** What is used of a pool. */
interface Pool {
  run(chunk: unknown): Promise<ChunkResult>;
  destroy(): Promise<void>;
}

/**
 * The same phase diagram or ensemble, over worker threads, by the pool library `piscina` (to be installed
 * beside this package; Node). The job is plain JSON: observables are names and records, not functions.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a part of the job or an option that cannot be;
 * `"assumption"`: no piscina; `"aborted"`, with the signal's reason as `cause`: parts of a job done in parallel
 * are no beginning of it.
 *
 * @example
 * ```ts
 * import { runParallel } from "feature-learning/parallel";
 * import { ensemble } from "feature-learning/sweep";
 *
 * const job = { of: "ensemble", settings: { width: 1e6 }, measure: ["kernelChange"], draws: 5000, seed: 1 } as const;
 * const { mean } = await runParallel(job, { threads: 2 });
 * console.log(mean.get(0) === ensemble(job).mean.get(0)); // true
 * ```
 */
export function runParallel(job: EnsembleJob, options?: ParallelOptions): Promise<Ensemble>;
export function runParallel(job: Grid, options?: ParallelOptions): Promise<PhaseDiagram>;
export function runParallel(job: Job, options: ParallelOptions = {}): Promise<Ensemble | PhaseDiagram> {
  return namedAsync("runParallel", async () => {
    const { threads: given, ...rest } = readRecord("options", options, ["threads", "onProgress", "signal"]);
    const { onProgress, signal } = readRunOptions(rest);
    const threads = given === undefined ? undefined : readNumber("threads", given, { min: 1, max: 1024, integer: true });
    const { units } = readJob(job);
    const chunks = chunksOf(job, Math.max(1, Math.ceil(units / (8 * (threads ?? 8)))));
    throwIfAborted(signal, "the job");
    const pool = await poolOf(threads);
    let done = 0;
    try {
      const results = await Promise.all(
        chunks.map(async (chunk) => {
          const result = await pool.run(chunk);
          throwIfAborted(signal, "the job");
          done += chunk.to - chunk.from;
          onProgress?.({ done, of: units });
          return result;
        }),
      );
      return job.of === "ensemble" ? assembleEnsemble(job, results) : assembleDiagram(job, results);
    } finally {
      await pool.destroy();
    }
  });
}

/** A pool of threads that run `runChunk` of the entry feature-learning/sweep. */
async function poolOf(threads: number | undefined): Promise<Pool> {
  const loaded = await load();
  const { default: Piscina } = loaded.pool;
  const filename = loaded.node.createRequire(import.meta.url).resolve("feature-learning/sweep");
  return new Piscina({ filename, name: "runChunk", ...(threads === undefined ? {} : { maxThreads: threads }) });
}

/** The pool library and Node's loader. Bundlers leave both out: a variable holds the name. */
async function load(): Promise<{ pool: typeof import("piscina"); node: typeof import("node:module") }> {
  const [piscina, module] = ["piscina", "node:module"];
  try {
    return {
      pool: await import(/* webpackIgnore: true */ /* @vite-ignore */ piscina),
      node: await import(/* webpackIgnore: true */ /* @vite-ignore */ module),
    };
  } catch (cause) {
    const remedy = "install piscina beside this package, or run the chunks with an engine of your own";
    return unmet("piscina, which makes the threads, cannot be loaded", remedy, cause);
  }
}
