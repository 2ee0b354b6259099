/** Finds where the slope of a convex loss vanishes, possibly only at infinity. */
import { bisect } from "../numerics/bisect.ts";

/** A loss that still falls at this distance counts as falling for ever. */
export const FAR: number = 2 ** 60;

/**
 * The zero of a decreasing function; ±Infinity if the function only tends to 0. Such a function underflows to
 * 0 at a finite argument. An exponential tail is distinguished from a zero by its decrease: between one half
 * and three quarters of the way it falls by more than a factor of 2¹⁰, which a zero does only if it is of
 * tenth order or higher.
 */
export function zeroOf(decreasing: (f: number) => number): number {
  const direction = Math.sign(decreasing(0));
  if (!(Math.abs(direction) === 1)) return 0;
  const left = (f: number): number => direction * decreasing(direction * f);
  let low = 0;
  let high = 2 ** -60;
  while (left(high) > 0) {
    if (high === FAR) return direction * Infinity;
    low = high;
    high *= 2;
  }
  const zero = bisect((f) => left(f) > 0, low, high).first;
  const isTail = left(high) === 0 && left(zero / 2) > 2 ** 10 * left(0.75 * zero);
  return isTail ? direction * Infinity : direction * zero;
}
