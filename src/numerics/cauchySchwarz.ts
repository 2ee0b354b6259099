/**
 * xy² ≤ xx·yy for any moments and overlaps, up to the rounding that each of the three has seen.
 */
import { exponentOf, scale } from "./wide.ts";

/** Relative rounding: each number is a sum or a mean rounded a few times. */
const ROUNDING_OF_MOMENTS = 1e-14;

/**
 * Whether xy² > xx·yy by more than `rounding` of it. `quantum` is what each number may have lost below the
 * smallest doubles.
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
  // Mantissas and powers of two: products of 10^±300 stay in range.
  const [ea, eb, ec] = [exponentOf(a), exponentOf(b), exponentOf(c)];
  const excess = Math.min(2 * eb - ea - ec, 8);
  return scale(scale(b, -eb) ** 2, excess) > scale(a, -ea) * scale(c, -ec) * (1 + rounding);
}
