import { type AbortSignalLike, readWatch } from "../door/abort.ts";
import { readChoice, readNumber, readRecord } from "../door/arguments.ts";
import { readLayerSchedules } from "../model/readSchedule.ts";
import type { LayerSchedules, ScheduleLike } from "../model/schedule.ts";
import type { IntegrationOptions, IntegrationProgress } from "./method/integrate.ts";

/** How a flow is integrated. */
export interface IntegratedOptions {
  /** The last time (default Infinity: until the flow has converged). */
  readonly until?: number | undefined;
  /** The error allowed in a step, relative to the largest weight (default 10⁻¹⁰, from 10⁻¹⁴ to 0.1). */
  readonly rtol?: number | undefined;
  /** The error allowed besides, in units of a weight (default 0). */
  readonly atol?: number | undefined;
  /** How many steps at most (default 100 000). */
  readonly maxSteps?: number | undefined;
  /** Dormand and Prince's method of order 8, the default, or of order 5. */
  readonly method?: "dop853" | "dopri5" | undefined;
  /** Schedules of their own for the two layers. (One common to both: `withSchedule`.) */
  readonly schedules?: LayerSchedules<ScheduleLike> | undefined;
  /** Ends the flow early. */
  readonly stopWhen?: {
    /** The loss has fallen to this value: status `"loss-below"`. */
    readonly lossBelow?: number | undefined;
    /** A layer's norm, |u| or |w|, has grown to this value: status `"out-of-range"`. */
    readonly normAbove?: number | undefined;
  };
  /** What to do about a failure: throw it (default), or return the flow as far as it got, with its status. */
  readonly onFailure?: "throw" | "return" | undefined;
  /** Told every 64 steps. */
  readonly onProgress?: ((progress: IntegrationProgress) => void) | undefined;
  /** Ends the flow where it stands, seen every 64 steps: status `"aborted"`. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The options as they are read. */
export interface ReadOptions extends Omit<IntegrationOptions, "events" | "breaks" | "converge" | "escapes" | "creeps"> {
  readonly schedules: LayerSchedules | undefined;
  readonly lossBelow: number | undefined;
  readonly normAbove: number | undefined;
  readonly throws: boolean;
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
  const given = readRecord("options", value, NAMES);
  const { until = Infinity, onProgress, signal } = given;
  const { lossBelow, normAbove } = readRecord("stopWhen", given.stopWhen ?? {}, ["lossBelow", "normAbove"]);
  return {
    until: until === Infinity ? Infinity : readNumber("until", until, { min: 0 }),
    rtol: readNumber("rtol", given.rtol ?? 1e-10, { min: 1e-14, max: 0.1 }),
    atol: readNumber("atol", given.atol ?? 0, { min: 0 }),
    maxSteps: readNumber("maxSteps", given.maxSteps ?? 100_000, { min: 1, integer: true }),
    method: readChoice("method", given.method ?? "dop853", ["dop853", "dopri5"]),
    schedules: given.schedules === undefined ? undefined : readLayerSchedules(given.schedules),
    lossBelow: lossBelow === undefined ? undefined : readNumber("stopWhen.lossBelow", lossBelow, { min: 0 }),
    normAbove: normAbove === undefined ? undefined : readNumber("stopWhen.normAbove", normAbove, { above: 0 }),
    throws: readChoice("onFailure", given.onFailure ?? "throw", ["throw", "return"]) === "throw",
    ...readWatch<IntegrationProgress>(onProgress, signal, "{ t, until, steps }"),
  };
}

/** The times at which a schedule jumps. */
export function breaksOf({ schedules }: ReadOptions): number[] {
  if (schedules === undefined) return [];
  return [...(schedules.u.breaks ?? []), ...(schedules.w.breaks ?? [])].sort((a, b) => a - b);
}
