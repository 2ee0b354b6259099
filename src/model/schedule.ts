/**
 * Learning-rate schedules. Gradient flow under rates η·s(t) common to both layers is the flow under η at the
 * time τ(t) = ∫₀ᵗ s.
 */

import { isList, readNumber, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { bisect } from "../numerics/bisect.ts";

/** A learning-rate schedule: the factor s(t) ≥ 0 on both rates, and the rescaled time τ(t) = ∫₀ᵗ s(t')dt'. */
export interface Schedule {
  /** s(t), for t ≥ 0. */
  readonly factor: (t: number) => number;
  /** τ(t), for 0 ≤ t ≤ ∞. */
  readonly integral: (t: number) => number;
  /** The first t with τ(t) = τ; Infinity if there is none. */
  readonly inverse: (tau: number) => number;
  /** The times at which s, or its slope, jumps. */
  readonly breaks?: readonly number[];
}

/**
 * A schedule as functions accept it. A factor s(t) ≥ 0 is enough, as a function or in a record. Missing
 * functions are computed numerically: the integral with a relative error of 10⁻¹², and its inverse.
 *
 * The factor must be finite and ≥ 0 at every t ≥ 0, and must return the same value for the same t. Its jumps
 * and kinks are found without `breaks`, but listing them saves work. A piece at time t that is shorter than
 * t/40 may be missed unless its ends are in `breaks`.
 *
 * The integral to infinity is computed from values at times up to 10³⁰⁸. If it is unclear whether it
 * converges, `at(Infinity)` is refused; pass `integral` and `inverse` then.
 */
export type ScheduleLike =
  | ((t: number) => number)
  | {
      /** s(t), for t ≥ 0. */
      readonly factor: (t: number) => number;
      /** τ(t), for 0 ≤ t ≤ ∞. */
      readonly integral?: (t: number) => number;
      /** The first t with τ(t) = τ, Infinity if there is none; only together with `integral`. */
      readonly inverse?: (tau: number) => number;
      /** The times at which s, or its slope, jumps. */
      readonly breaks?: readonly number[];
    };

/** A schedule for each layer. */
export interface LayerSchedules<S extends ScheduleLike = Schedule> {
  /** The schedule of the output weights. */
  readonly u: S;
  /** The schedule of the input weights. */
  readonly w: S;
}

/** One piece of {@link piecewiseSchedule}. */
export interface SchedulePiece {
  /** The factor on both learning rates, ≥ 0. */
  readonly factor: number;
  /** The end of the piece. The last piece ends at Infinity (default). */
  readonly until?: number | undefined;
}

/**
 * A piecewise constant schedule, for step decay, a stepwise warm-up, or a pause.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no pieces, a negative factor, ends that do not increase,
 * a last end below Infinity.
 *
 * @example
 * ```ts
 * import { piecewiseSchedule } from "feature-learning";
 *
 * const decay = piecewiseSchedule([{ factor: 1, until: 10 }, { factor: 0.1 }]);
 * console.log(decay.factor(20), decay.integral(20)); // 0.1 11
 * ```
 */
export function piecewiseSchedule(pieces: readonly SchedulePiece[]): Schedule {
  return named("piecewiseSchedule", () => {
    if (!isList(pieces) || pieces.length === 0) refuse("pieces", pieces, "pass at least one { factor, until }");
    const starts: number[] = [0];
    const factors: number[] = [];
    const passed: number[] = [0];
    for (const [i, piece] of pieces.entries()) {
      const { factor, until = Infinity } = readRecord(`pieces[${i}]`, piece, ["factor", "until"]);
      const start = starts[i]!;
      const last = i === pieces.length - 1;
      factors.push(readNumber(`pieces[${i}].factor`, factor, { min: 0 }));
      if (last && until !== Infinity) refuse(`pieces[${i}].until`, until, "leave it out: the last piece has no end");
      if (!last) {
        const end = readNumber(`pieces[${i}].until`, until, { above: start });
        starts.push(end);
        passed.push(passed[i]! + (end - start) * factors[i]!);
      }
    }
    const piece = (bounds: readonly number[], x: number): number => bounds.findLastIndex((bound) => bound <= x);
    return {
      factor: (t) => factors[piece(starts, t)]!,
      integral: (t) => {
        const i = piece(starts, t);
        return factors[i] === 0 ? passed[i]! : passed[i]! + (t - starts[i]!) * factors[i]!;
      },
      inverse: (tau) => {
        // The first piece in which τ is reached. In a paused piece only its beginning can be the first time.
        const i = tau === 0 ? 0 : passed.findLastIndex((bound) => bound < tau);
        if (tau === 0) return 0;
        return factors[i] === 0 ? Infinity : starts[i]! + (tau - passed[i]!) / factors[i]!;
      },
      breaks: starts.slice(1),
    };
  });
}

/**
 * Exponential decay of the learning rates, s(t) = exp(−t/decayTime). The total rescaled time is `decayTime`,
 * so training stops after that.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a decay time that is not above 0.
 *
 * @example
 * ```ts
 * import { exponentialSchedule } from "feature-learning";
 *
 * console.log(exponentialSchedule({ decayTime: 5 }).integral(Infinity)); // 5
 * ```
 */
export function exponentialSchedule(options: { readonly decayTime: number }): Schedule {
  return named("exponentialSchedule", () => {
    const record = readRecord("options", options, ["decayTime"]);
    const decay = readNumber("decayTime", record.decayTime, { above: 0 });
    return {
      factor: (t) => Math.exp(-t / decay),
      integral: (t) => -decay * Math.expm1(-t / decay),
      inverse: (tau) => (tau > decay ? Infinity : -decay * Math.log1p(-tau / decay)),
    };
  });
}

/**
 * Cosine annealing, s(t) = final + (1 − final)·½(1 + cos(πt/duration)), and `final` after that.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a duration that is not above 0, a final factor outside
 * [0, 1].
 *
 * @example
 * ```ts
 * import { cosineSchedule } from "feature-learning";
 *
 * const { factor, integral } = cosineSchedule({ duration: 10 });
 * console.log(factor(10), integral(10)); // 0 5
 * ```
 */
export function cosineSchedule(options: { readonly duration: number; readonly final?: number | undefined }): Schedule {
  return named("cosineSchedule", () => {
    const record = readRecord("options", options, ["duration", "final"]);
    const duration = readNumber("duration", record.duration, { above: 0 });
    const final = readNumber("final", record.final ?? 0, { min: 0, max: 1 });
    const half = (1 - final) / 2;
    const total = duration * (final + half);
    const factor = (t: number): number => (t >= duration ? final : final + half * (1 + Math.cos((Math.PI * t) / duration)));
    const integral = (t: number): number => {
      if (t >= duration) return final === 0 ? total : total + final * (t - duration);
      return (final + half) * t + (half * duration * Math.sin((Math.PI * t) / duration)) / Math.PI;
    };
    return {
      factor,
      integral,
      inverse: (tau) =>
        tau <= total ? inverseOf(integral, tau, duration) : final === 0 ? Infinity : duration + (tau - total) / final,
      breaks: [duration],
    };
  });
}

/** The t in [0, end] with increasing(t) = value, to the last bit. */
function inverseOf(increasing: (t: number) => number, value: number, end: number): number {
  return value <= 0 ? 0 : bisect((t) => increasing(t) < value, 0, end).first;
}
