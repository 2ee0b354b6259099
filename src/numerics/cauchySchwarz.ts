/** Checks xy² ≤ xx·yy for moments and overlaps, up to the rounding of the three numbers. */
import { exponentOf, scale } from "./wide.ts";

/** Relative rounding error: each number is a sum or a mean, rounded a few times. */
const ROUNDING_OF_MOMENTS = 1e-14;

/**
 * Whether xy² exceeds xx·yy by more than the relative error `rounding`. `quantum` is the absolute error that
 * each number may have from underflow.
 */
export function breaksCauchySchwarz(
  xx: number,
  xy: number,
  yy: number,
  quantum = 0,
  rounding: number = ROUNDING_OF_MOMENTS,
): boolean {
  const a = xx + quantum;
  const b = Math.abs(xy) - quantum;
  const c = yy + quantum;
  if (b <= 0) return false;
  if (a === 0 || c === 0) return true;
  // Computed with mantissas and powers of two, so that products of 10^±300 stay in range.
  const [ea, eb, ec] = [exponentOf(a), exponentOf(b), exponentOf(c)];
  const excess = Math.min(2 * eb - ea - ec, 8);
  return scale(scale(b, -eb) ** 2, excess) > scale(a, -ea) * scale(c, -ec) * (1 + rounding);
}
