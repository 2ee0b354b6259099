import { refuse } from "./arguments.ts";

/** An AbortSignal, by the field that is read of it. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}

/** Who is told of long work, and may end it. */
export interface Watch<Progress> {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly signal: AbortSignalLike | undefined;
}

/** `onProgress` and `signal` as they were passed; `fields` is what progress tells. */
export function readWatch<Progress>(onProgress: unknown, signal: unknown, fields: string): Watch<Progress> {
  if (onProgress !== undefined && typeof onProgress !== "function")
    refuse("onProgress", onProgress, `pass a function of ${fields}`);
  if (signal !== undefined && typeof (signal as Partial<AbortSignalLike> | null)?.aborted !== "boolean")
    refuse("signal", signal, "pass an AbortSignal");
  return { onProgress: onProgress as ((progress: Progress) => void) | undefined, signal: signal as AbortSignalLike | undefined };
}
