import { refuse } from "./arguments.ts";
import { failure } from "./error.ts";

/** The part of an AbortSignal that is read. */
export interface AbortSignalLike {
  /** Whether the signal has been aborted. */
  readonly aborted: boolean;
  /** Why it was aborted. */
  readonly reason?: unknown;
}

/** Callbacks of a long computation: progress and cancellation. */
export interface Watch<Progress> {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

/** Checks `onProgress` and `signal`. `fields` describes the argument of `onProgress` in an error message. */
export function readWatch<Progress>(onProgress: unknown, signal: unknown, fields: string): Watch<Progress> {
  if (onProgress !== undefined && typeof onProgress !== "function")
    refuse("onProgress", onProgress, `pass a function of ${fields}`);
  if (signal !== undefined && typeof (signal as Partial<AbortSignalLike> | null)?.aborted !== "boolean")
    refuse("signal", signal, "pass an AbortSignal");
  return { onProgress: onProgress as ((progress: Progress) => void) | undefined, signal: signal as AbortSignalLike | undefined };
}

/** If the signal has been aborted, throws an `"aborted"` error with the signal's reason as its cause. */
export function throwIfAborted(signal: AbortSignalLike | undefined, work: string): void {
  if (signal?.aborted === true) throw failure("aborted", `${work} was aborted.`, { cause: signal.reason });
}
