/** Linear warm-up: s(t) = a + (1 − a)·t/T up to t = T, with τ(t) = t·(a + (1 − a)·t/(2T)). */
import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { readSchedule } from "./readSchedule.ts";
import type { Schedule, ScheduleLike } from "./schedule.ts";

/** The options of {@link warmupSchedule}. */
export interface WarmupOptions {
  /** The duration of the rise, above 0. */
  readonly warmup: number;
  /** The factor at t = 0, from 0 (default) to 1. */
  readonly from?: number | undefined;
  /**
   * The schedule after the warm-up. Its time starts at 0 when the warm-up ends (default: the factor stays 1).
   */
  readonly after?: ScheduleLike | undefined;
}

/**
 * Linear warm-up of the learning rates from the factor `from` to 1, followed by another schedule.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a time that is not above 0, a first factor outside [0,
 * 1], an `after` that is not a schedule.
 *
 * @example
 * ```ts
 * import { cosineSchedule, warmupSchedule } from "feature-learning";
 *
 * const { factor, integral } = warmupSchedule({ warmup: 2, after: cosineSchedule({ duration: 10 }) });
 * console.log(factor(1), factor(7), integral(12)); // 0.5 0.5 6
 * ```
 */
export function warmupSchedule(options: WarmupOptions): Schedule {
  return named("warmupSchedule", () => {
    const record = readRecord("options", options, ["warmup", "from", "after"]);
    const warmup = readNumber("warmup", record.warmup, { above: 0 });
    const from = readNumber("from", record.from ?? 0, { min: 0, max: 1 });
    const after = record.after === undefined ? CONSTANT : readSchedule(record.after, "after");
    const half = (1 - from) / 2;
    const total = warmup * (from + half);
    const integral = (t: number): number => t * (from + half * (t / warmup));
    return {
      factor: (t) => (t < warmup ? from + (1 - from) * (t / warmup) : after.factor(t - warmup)),
      integral: (t) => (t < warmup ? Math.min(integral(t), total) : total + after.integral(t - warmup)),
      inverse: (tau) => {
        if (tau > total) return warmup + after.inverse(tau - total);
        if (tau === 0) return 0;
        // The root of half·t²/T + from·t = τ in the form in which nothing cancels or underflows.
        const root = Math.hypot(from, 2 * Math.sqrt(half) * (Math.sqrt(tau) / Math.sqrt(warmup)));
        return Math.min(tau / ((from + root) / 2), warmup);
      },
      breaks: [warmup, ...(after.breaks ?? []).map((t) => warmup + t)],
    };
  });
}

const CONSTANT: Schedule = { factor: () => 1, integral: (t) => t, inverse: (tau) => tau };
