/**
 * Statistics of a column of numbers: the mean, the standard deviation √(Σ(x − x̄)²/(n − 1)), and quantiles
 * interpolated between order statistics. Numbers are scaled before they are added or squared.
 */

import { largestExponentOf, normOf } from "../numerics/norm.ts";
import { Totals } from "../numerics/totals.ts";
import { scale } from "../numerics/wide.ts";

/** The quantile levels of an ensemble. */
export const LEVELS: readonly number[] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

export interface Summary {
  readonly mean: number;
  readonly standardDeviation: number;
  /** The same numbers in increasing order. */
  readonly sorted: Float64Array;
}

/**
 * Summarises at least one number. If one is infinite (a plateau that never ends), so are the mean and the
 * deviation. With infinite numbers of both signs the mean is NaN.
 */
export function summaryOf(values: Float64Array): Summary {
  const { length } = values;
  const sorted = values.slice().sort();
  const [least, most] = [sorted[0]!, sorted[length - 1]!];
  if (least === -Infinity || most === Infinity) {
    return { mean: least + most, standardDeviation: length > 1 ? Infinity : 0, sorted };
  }
  if (least === most) return { mean: least, standardDeviation: 0, sorted };
  const n = largestExponentOf(values);
  const total = new Totals(1);
  for (let i = 0; i < length; i++) total.add(0, scale(values[i]!, -n));
  const mean = total.of(0) / length;
  const away = values.map((value) => scale(value, -n) - mean);
  return { mean: scale(mean, n), standardDeviation: scale(normOf(away) / Math.sqrt(length - 1), n), sorted };
}

/** The interpolated value at a place between two order statistics. */
export function valueAt(sorted: Float64Array, place: number): number {
  const inside = Math.min(Math.max(place, 0), sorted.length - 1);
  const low = Math.floor(inside);
  const share = inside - low;
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  if (share === 0 || a === b) return a;
  if (b - a < Infinity) return a + share * (b - a);
  return a === -Infinity ? a : a * (1 - share) + b * share;
}

/** The quantile at a level from 0 to 1. */
export function quantileOf(sorted: Float64Array, level: number): number {
  return valueAt(sorted, level * (sorted.length - 1));
}
