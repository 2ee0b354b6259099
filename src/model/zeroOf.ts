/** Where the slope of a convex loss vanishes, or that it does so only at infinity. */
import { bisect } from "../numerics/bisect.ts";

/** Where a loss that has not turned by then counts as falling for ever. */
export const FAR: number = 2 ** 60;

/**
 * The zero of a decreasing function; ±Infinity where it only tends to 0. Such a function underflows to 0 at a
 * finite place. A tail is told from a zero by how it gets there: between one half and three quarters of the
 * way it falls by more than a factor of 2¹⁰, as a power of the distance would only from the tenth power on.
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
