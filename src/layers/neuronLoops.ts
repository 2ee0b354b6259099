/**
 * The loops over the neurons of one direction. Each is a separate function that returns right after the loop,
 * because V8 discards a compiled function when it reaches code that had not run before it was compiled. The
 * next pass over the weights would then run in the interpreter.
 */
import { BLOCK } from "../model/overlaps.ts";
import { differenceOfProducts, productError } from "../numerics/exactProduct.ts";
import type { Totals } from "../numerics/totals.ts";

/** The largest |xᵢ|. */
export function largestOf(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  return largest;
}

/** Adds Σpᵢ², Σqᵢ² and Σpᵢqᵢ of p = αu + βw, q = αu − βw, block by block. */
export function addParts(u: Float64Array, alpha: number, w: Float64Array, beta: number, totals: Totals): void {
  for (let start = 0; start < u.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, u.length);
    let P = 0;
    let Q = 0;
    let delta = 0;
    for (let i = start; i < end; i++) {
      const p = alpha * u[i]! + beta * w[i]!;
      const q = alpha * u[i]! - beta * w[i]!;
      P += p * p;
      Q += q * q;
      delta += p * q;
    }
    totals.add(0, P);
    totals.add(1, Q);
    totals.add(2, delta);
  }
}

/** Adds Σpᵢ², Σqᵢ² and Σpᵢqᵢ, every term with compensation. */
export function addProducts(p: Float64Array, q: Float64Array, totals: Totals): void {
  for (let i = 0; i < p.length; i++) {
    totals.add(0, p[i]! * p[i]!);
    totals.add(1, q[i]! * q[i]!);
    totals.add(2, p[i]! * q[i]!);
  }
}

/** Fills p and q as described at `partsOf`; a2 and b2 are α² and β². */
export function fillParts(
  u: Float64Array,
  alpha: number,
  a2: number,
  w: Float64Array,
  beta: number,
  b2: number,
  { p, q }: { readonly p: Float64Array; readonly q: Float64Array },
): void {
  for (let i = 0; i < u.length; i++) {
    const a = alpha * u[i]!;
    const b = beta * w[i]!;
    p[i] = a + b;
    q[i] = a - b;
    const small = Math.min(Math.abs(p[i]!), Math.abs(q[i]!));
    if (small < 0.125 * Math.abs(a)) {
      const pq = weightedDifferenceOfSquares(a2, u[i]!, b2, w[i]!);
      if (Math.abs(p[i]!) === small) p[i] = pq / q[i]!;
      else q[i] = pq / p[i]!;
    }
  }
}

/** a2·x² − b2·y², to rounding. */
function weightedDifferenceOfSquares(a2: number, x: number, b2: number, y: number): number {
  const xx = x * x;
  const yy = y * y;
  return differenceOfProducts(a2, xx, b2, yy) + (a2 * productError(x, x) - b2 * productError(y, y));
}

/** Writes the rounded sum Σuᵢwᵢ and its rounding error. [OgitaRumpOishi2005] */
export function addExactly(u: Float64Array, w: Float64Array, sums: Float64Array): void {
  let total = 0;
  let lost = 0;
  for (let i = 0; i < u.length; i++) {
    const term = u[i]! * w[i]!;
    const next = total + term;
    const kept = next - total;
    lost += total - (next - kept) + (term - kept) + productError(u[i]!, w[i]!);
    total = next;
  }
  sums[0] = total;
  sums[1] = lost;
}

/** Adds Σ(wᵢ − slope·uᵢ)², block by block. */
export function addSquaresAcross(u: Float64Array, slope: number, w: Float64Array, totals: Totals): void {
  for (let start = 0; start < u.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, u.length);
    let rr = 0;
    for (let i = start; i < end; i++) {
      const r = w[i]! - slope * u[i]!;
      rr += r * r;
    }
    totals.add(0, rr);
  }
}

/** Fills r = w − slope·u, with the rounding error of the product, and adds r·u to the first total. */
export function fillAcross(u: Float64Array, slope: number, w: Float64Array, r: Float64Array, totals: Totals): void {
  for (let i = 0; i < u.length; i++) {
    r[i] = w[i]! - slope * u[i]! - productError(slope, u[i]!);
    totals.add(0, r[i]! * u[i]!);
  }
}

/** Adds |r − rest·u|² to the second total. */
export function addSquares(u: Float64Array, coefficient: number, r: Float64Array, totals: Totals): void {
  for (let i = 0; i < u.length; i++) totals.add(1, (r[i]! - coefficient * u[i]!) ** 2);
}

/** out = a·x + b·y. */
export function fillCombination(out: Float64Array, a: number, x: Float64Array, b: number, y: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]! + b * y[i]!;
}
