/**
 * A job over worker threads: its chunks by a pool, put together in order, bit for bit what one thread finds.
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

/** How {@link runParallel} runs. */
export interface ParallelOptions extends RunOptions {
  /** How many worker threads (default: as many as there are processors). */
  readonly threads?: number | undefined;
  /**
   * The path of a file that keeps every finished chunk. A run that was killed, aborted, or stopped by a full
   * disk goes on from it when it is called with the same job and path again. One run at a time.
   */
  readonly journal?: string | undefined;
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
 * @throws FeatureLearningError `"invalid-argument"`: a part of the job or an option that cannot be, a journal
 * of another job; `"assumption"`: no piscina, a journal that cannot be read or written; `"aborted"`, with the
 * signal's reason as `cause`: without a journal nothing of the job is kept.
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
    const { threads: given, journal: path, ...rest } = readRecord("options", options, OPTIONS);
    const { onProgress, signal } = readRunOptions(rest);
    const threads = given === undefined ? undefined : readNumber("threads", given, { min: 1, max: 1024, integer: true });
    if (path !== undefined && (typeof path !== "string" || path === "")) refuse("journal", path, "pass the path of a file");
    const { units } = readJob(job);
    // Many chunks a thread: a thread that is slower than others has fewer, and little is lost with one.
    const all = chunksOf(job, Math.max(1, Math.ceil(units / (32 * (threads ?? 8)))));
    throwIfAborted(signal, "the job");
    const loaded = await load();
    const journal = path === undefined ? undefined : await openJournal(loaded.files, path, all[0]!.job);
    const pool = poolOf(loaded, threads);
    try {
      const results = [...(journal?.done ?? [])];
      let done = results.reduce((sum, { from, to }) => sum + to - from, 0);
      await Promise.all(
        left(all, results, units).map(async (chunk) => {
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

/** The chunks of what no result has yet, none larger than the chunks of all. */
function left(all: readonly Chunk[], results: readonly ChunkResult[], units: number): Chunk[] {
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

/** The pool library and what is used of Node. Bundlers leave them out: variables hold their names. */
async function load(): Promise<Loaded> {
  const [piscina, module, files] = ["piscina", "node:module", "node:fs/promises"];
  try {
    return {
      pool: await import(/* webpackIgnore: true */ /* @vite-ignore */ piscina),
      node: await import(/* webpackIgnore: true */ /* @vite-ignore */ module),
      files: await import(/* webpackIgnore: true */ /* @vite-ignore */ files),
    };
  } catch (cause) {
    const remedy = "install piscina beside this package, or run the chunks with an engine of your own";
    return unmet("piscina, which makes the threads, cannot be loaded", remedy, cause);
  }
}
