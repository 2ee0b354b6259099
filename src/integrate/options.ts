import { type AbortSignalLike, readWatch } from "../door/abort.ts";
import { readChoice, readNumber, readRecord } from "../door/arguments.ts";
import { readLayerSchedules } from "../model/readSchedule.ts";
import type { LayerSchedules, ScheduleLike } from "../model/schedule.ts";
import type { IntegrationOptions, IntegrationProgress } from "./method/integrate.ts";

/** The options of the integration of a flow. */
export interface IntegratedOptions {
  /** The last time (default Infinity: until the flow has converged). */
  readonly until?: number | undefined;
  /** The error tolerance of a step, relative to the largest weight (default 10⁻¹⁰, from 10⁻¹⁴ to 0.1). */
  readonly rtol?: number | undefined;
  /** An additional absolute tolerance, in units of a weight (default 0). */
  readonly atol?: number | undefined;
  /** The largest number of steps (default 100,000). */
  readonly maxSteps?: number | undefined;
  /** Dormand and Prince's method of order 8, the default, or of order 5. */
  readonly method?: "dop853" | "dopri5" | undefined;
  /** Separate schedules for the two layers. (For a common schedule, use `withSchedule`.) */
  readonly schedules?: LayerSchedules<ScheduleLike> | undefined;
  /** Ends the flow early. */
  readonly stopWhen?: {
    /** Stop when the loss has fallen to this value, with status `"loss-below"`. */
    readonly lossBelow?: number | undefined;
    /** Stop when a layer's norm, |u| or |w|, has grown to this value, with status `"out-of-range"`. */
    readonly normAbove?: number | undefined;
  };
  /**
   * What to do after a failure: throw an error (default), or return the flow up to the failure, with its
   * status.
   */
  readonly onFailure?: "throw" | "return" | undefined;
  /** Called every 64 steps. */
  readonly onProgress?: ((progress: IntegrationProgress) => void) | undefined;
  /** Ends the integration with status `"aborted"`. It is checked every 64 steps. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The checked options. */
export interface ReadOptions extends Omit<IntegrationOptions, "events" | "breaks" | "converge" | "escapes" | "creeps" | "waits"> {
  readonly schedules: LayerSchedules | undefined;
  readonly lossBelow: number | undefined;
  readonly normAbove: number | undefined;
  readonly throws: boolean;
  /** Whether the public function does not take these options. Errors then do not suggest to pass them. */
  readonly isInternal?: boolean;
}

const NAMES = [
  "until",
  "rtol",
  "atol",
  "maxSteps",
  "method",
  "schedules",
  "stopWhen",
  "onFailure",
  "onProgress",
  "signal",
] as const;

export function readOptions(value: unknown): ReadOptions {
  const fields = readRecord("options", value, NAMES);
  const { until = Infinity, onProgress, signal } = fields;
  const { lossBelow, normAbove } = readRecord("stopWhen", fields.stopWhen ?? {}, ["lossBelow", "normAbove"]);
  return {
    until: until === Infinity ? Infinity : readNumber("until", until, { min: 0 }),
    rtol: readNumber("rtol", fields.rtol ?? 1e-10, { min: 1e-14, max: 0.1 }),
    atol: readNumber("atol", fields.atol ?? 0, { min: 0 }),
    maxSteps: readNumber("maxSteps", fields.maxSteps ?? 100_000, { min: 1, integer: true }),
    method: readChoice("method", fields.method ?? "dop853", ["dop853", "dopri5"]),
    schedules: fields.schedules === undefined ? undefined : readLayerSchedules(fields.schedules),
    lossBelow: lossBelow === undefined ? undefined : readNumber("stopWhen.lossBelow", lossBelow, { min: 0 }),
    normAbove: normAbove === undefined ? undefined : readNumber("stopWhen.normAbove", normAbove, { above: 0 }),
    throws: readChoice("onFailure", fields.onFailure ?? "throw", ["throw", "return"]) === "throw",
    ...readWatch<IntegrationProgress>(onProgress, signal, "{ t, until, steps }"),
  };
}

/** The options of functions that solve a flow to its end by themselves. */
export function internalOptions(): ReadOptions {
  return { ...readOptions({}), isInternal: true };
}

/** The times at which a schedule jumps. */
export function breaksOf({ schedules }: ReadOptions): number[] {
  if (schedules === undefined) return [];
  return [...(schedules.u.breaks ?? []), ...(schedules.w.breaks ?? [])].sort((a, b) => a - b);
}
