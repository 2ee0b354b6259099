import { refuse } from "./arguments.ts";

/** The part of an AbortSignal that is read. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}

/** Callbacks of a long computation: progress and cancellation. */
export interface Watch<Progress> {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

/** Checks `onProgress` and `signal`; `fields` says in a message what progress reports. */
export function readWatch<Progress>(onProgress: unknown, signal: unknown, fields: string): Watch<Progress> {
  if (onProgress !== undefined && typeof onProgress !== "function")
    refuse("onProgress", onProgress, `pass a function of ${fields}`);
  if (signal !== undefined && typeof (signal as Partial<AbortSignalLike> | null)?.aborted !== "boolean")
    refuse("signal", signal, "pass an AbortSignal");
  return { onProgress: onProgress as ((progress: Progress) => void) | undefined, signal: signal as AbortSignalLike | undefined };
}
