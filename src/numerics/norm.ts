import { exponentOf, scale } from "./wide.ts";

/** The exponent of the largest |xᵢ|; 0 for zeros. */
export function largestExponentOf(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest === 0 ? 0 : exponentOf(largest);
}

/** √Σxᵢ², scaled first: no square overflows or underflows. */
export function normOf(values: Float64Array): number {
  const n = largestExponentOf(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += scale(values[i]!, -n) ** 2;
  return scale(Math.sqrt(sum), n);
}
