/** E[ab] of two columns, scaled by powers of two so that no intermediate product overflows or underflows. */
import { Totals } from "./totals.ts";
import { exponentOf, scale } from "./wide.ts";

export function meanProduct(a: Float64Array, b: Float64Array): number {
  const [m, n] = [largestExponent(a), largestExponent(b)];
  const totals = new Totals(1);
  for (let i = 0; i < a.length; i++) totals.add(0, scale(a[i]!, -m) * scale(b[i]!, -n));
  return scale(totals.of(0) / a.length, m + n);
}

/** The exponent of the largest entry; 0 if all are zero. */
export function largestExponent(data: Float64Array): number {
  let largest = 0;
  for (const value of data) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 0 : exponentOf(largest);
}
