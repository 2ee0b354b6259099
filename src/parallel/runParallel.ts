/**
 * Runs a job over worker threads. A pool runs its chunks, and the assembled result is bit for bit that of a
 * single thread.
 */

import { throwIfAborted } from "../door/abort.ts";
import { readNumber, readRecord, refuse, unmet } from "../door/arguments.ts";
import { namedAsync } from "../door/error.ts";
import { assembleEnsemble, type Ensemble } from "../sweep/ensemble.ts";
import type { EnsembleJob } from "../sweep/ensembleJob.ts";
import type { Grid } from "../sweep/grid.ts";
import { type Chunk, type ChunkResult, chunksOf, type Job, readJob } from "../sweep/job.ts";
import { assembleDiagram, type PhaseDiagram } from "../sweep/phaseDiagram.ts";
import { type RunOptions, readRunOptions } from "../sweep/run.ts";
import { openJournal } from "./journal.ts";

const OPTIONS = ["threads", "journal", "onProgress", "signal"] as const;

/** The options of {@link runParallel}. */
export interface ParallelOptions extends RunOptions {
  /** The number of worker threads (default: the number of processors). */
  readonly threads?: number | undefined;
  /**
   * The path of a file that keeps every finished chunk. A run that was killed, aborted, or stopped by a full
   * disk continues from it when called again with the same job and path. Only one run may use it at a time.
   */
  readonly journal?: string | undefined;
}

/** The part of a pool that is used. */
interface Pool {
  run(chunk: unknown): Promise<ChunkResult>;
  destroy(): Promise<void>;
}

/**
 * Computes a phase diagram or an ensemble over worker threads, with the pool library `piscina` (Node; install
 * it next to this package). The job is plain JSON: observables are names and records, not functions.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the job or option, a journal of
 * another job; `"assumption"`: piscina is missing, a journal that cannot be read or written; `"aborted"`,
 * with the signal's reason as `cause`. Without a journal, no results of an aborted job are kept.
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
    const { threads: passedThreads, journal: path, ...rest } = readRecord("options", options, OPTIONS);
    const { onProgress, signal } = readRunOptions(rest);
    const threads =
      passedThreads === undefined ? undefined : readNumber("threads", passedThreads, { min: 1, max: 1024, integer: true });
    if (path !== undefined && (typeof path !== "string" || path === "")) refuse("journal", path, "pass the path of a file");
    const { units } = readJob(job);
    // Many chunks per thread, so that slower threads run fewer chunks, and a lost chunk costs little.
    const all = chunksOf(job, Math.max(1, Math.ceil(units / (32 * (threads ?? 8)))));
    throwIfAborted(signal, "the job");
    const loaded = await load();
    const journal = path === undefined ? undefined : await openJournal(loaded.files, path, all[0]!.job);
    const pool = poolOf(loaded, threads);
    try {
      const results = [...(journal?.done ?? [])];
      let done = results.reduce((sum, { from, to }) => sum + to - from, 0);
      await Promise.all(
        missingChunks(all, results, units).map(async (chunk) => {
          const result = await pool.run(chunk);
          throwIfAborted(signal, "the job");
          await journal?.keep(result);
          results.push(result);
          done += chunk.to - chunk.from;
          onProgress?.({ done, of: units });
        }),
      );
      return job.of === "ensemble" ? assembleEnsemble(job, results) : assembleDiagram(job, results);
    } finally {
      await pool.destroy();
      await journal?.close();
    }
  });
}

/** The chunks of the units without results, none larger than the chunks of the whole job. */
function missingChunks(all: readonly Chunk[], results: readonly ChunkResult[], units: number): Chunk[] {
  const [{ job, to: size }] = all as readonly [Chunk, ...Chunk[]];
  const sorted = [...results].sort((a, b) => a.from - b.from);
  const chunks: Chunk[] = [];
  let next = 0;
  for (const { from, to } of [...sorted, { from: units, to: units }]) {
    for (; next < from; next = Math.min(from, next + size)) chunks.push({ job, from: next, to: Math.min(from, next + size) });
    next = to;
  }
  return chunks;
}

/** A pool of threads that run `runChunk` of the entry feature-learning/sweep. */
function poolOf({ pool: { default: Piscina }, node }: Loaded, threads: number | undefined): Pool {
  const filename = node.createRequire(import.meta.url).resolve("feature-learning/sweep");
  return new Piscina({ filename, name: "runChunk", ...(threads === undefined ? {} : { maxThreads: threads }) });
}

interface Loaded {
  readonly pool: typeof import("piscina");
  readonly node: typeof import("node:module");
  readonly files: typeof import("node:fs/promises");
}

/**
 * Loads the pool library and parts of Node. Their names are in variables, so that bundlers leave them out.
 */
async function load(): Promise<Loaded> {
  const [piscina, module, files] = ["piscina", "node:module", "node:fs/promises"];
  try {
    return {
      pool: await import(/* webpackIgnore: true */ /* @vite-ignore */ piscina),
      node: await import(/* webpackIgnore: true */ /* @vite-ignore */ module),
      files: await import(/* webpackIgnore: true */ /* @vite-ignore */ files),
    };
  } catch (cause) {
    const remedy = "install piscina next to this package, or run the chunks with another engine";
    return unmet("piscina, which runs the threads, cannot be loaded", remedy, cause);
  }
}
