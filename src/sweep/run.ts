import { type AbortSignalLike, readWatch, throwIfAborted, type Watch } from "../door/abort.ts";
import { readRecord } from "../door/arguments.ts";
import type { ReadJob } from "./job.ts";
import { numbersFor } from "./numbersFor.ts";

/** The options for running a job. */
export interface RunOptions {
  /** Called after every unit (a row of a grid), or after every thousand draws of an ensemble. */
  readonly onProgress?: ((progress: { readonly done: number; readonly of: number }) => void) | undefined;
  /** Stops the job and keeps the results so far. */
  readonly signal?: AbortSignalLike | undefined;
}

export function readRunOptions(options: unknown): Watch<{ readonly done: number; readonly of: number }> {
  const { onProgress, signal } = readRecord("options", options, ["onProgress", "signal"]);
  return readWatch<{ readonly done: number; readonly of: number }>(onProgress, signal, "{ done, of }");
}

/** Runs a job's units one after the other. */
export function runUnits({ units, size, told, run }: ReadJob, options: unknown): { values: Float64Array; done: number } {
  const { onProgress, signal } = readRunOptions(options);
  const values = numbersFor(units * size);
  let done = 0;
  while (done < units && signal?.aborted !== true) {
    const end = Math.min(units, done + told);
    for (; done < end; done++) run(done, values, done * size);
    onProgress?.({ done, of: units });
  }
  if (done === 0) throwIfAborted(signal, "the job");
  return { values, done };
}
