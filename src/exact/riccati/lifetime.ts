/**
 * Backwards in time a flow can blow up: N or D of the clock reaches 0, at ē = exp(ρt) = (A₀ − kN)/(A₀ + kD),
 * or its mirror image. The difference is W·A₀/(A₀ + kD) which does not cancel.
 */
import { product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import type { Solution } from "./solution.ts";

/** The time at which the backward flow blows up; −Infinity if it never does. */
export function blowUpTime({ riccati }: Solution): number {
  const { still, rho, unit, A0, A2, cMinus, upward, W } = riccati;
  if (still) return -Infinity;
  const [A, partner] = W.m > 0 ? [A0, upward] : [A2, !upward];
  if (rho.m === 0) return -toNumber(quotient(wide(2), product(A, unit)));
  const bracket: Wide = sum(A, partner ? wide(riccati.cPlus) : cMinus);
  const remaining = toNumber(quotient(product(W.m > 0 ? 1 : -1, W, A), product(bracket, bracket)));
  const passed = toNumber(quotient(wide(2), bracket));
  const logarithm = remaining < 0.5 ? Math.log(remaining) : Math.log1p(-passed);
  return toNumber(quotient(wide(logarithm), rho));
}
