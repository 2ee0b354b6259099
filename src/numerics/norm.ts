import { exponentOf, scale } from "./wide.ts";

/** The exponent of the largest |xᵢ|; 0 for zeros. */
export function largestExponentOf(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest === 0 ? 0 : exponentOf(largest);
}

/** Sums of squares within these bounds have lost nothing to overflow or underflow. */
const PLAIN = 2 ** 900;

/** √Σxᵢ², with scaling if the squares overflow or underflow. */
export function normOf(values: Float64Array): number {
  const plain = sumOfSquares(values);
  if (plain > 1 / PLAIN && plain < PLAIN) return Math.sqrt(plain);
  const n = largestExponentOf(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += scale(values[i]!, -n) ** 2;
  return scale(Math.sqrt(sum), n);
}

/** Σxᵢ², which may overflow. */
export function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
