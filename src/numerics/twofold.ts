/**
 * Numbers kept in two doubles, hi + lo with |lo| ≤ ulp(hi)/2: about 32 digits, errors below 2⁻¹⁰² of the result.
 *
 *     a + b = s + ((a − (s − v)) + (b − v)),    v = s − a,    s = fl(a + b)
 *
 * For what is computed once and must not lose digits to what cancels. Products need |a|, |b| < 2⁵⁰⁰, and keep their digits above
 * 2⁻⁴⁵⁰. [Dekker1971]
 */
import { productError } from "./exactProduct.ts";

export interface Twofold {
  readonly hi: number;
  readonly lo: number;
}

export function twofold(hi: number, lo = 0): Twofold {
  const s = hi + lo;
  return { hi: s, lo: lo - (s - hi) };
}

export function plus(a: Twofold, b: Twofold): Twofold {
  const s = a.hi + b.hi;
  const v = s - a.hi;
  const t = a.lo + b.lo;
  const w = t - a.lo;
  // Both sums with their errors: opposite terms leave what is between them.
  const high = twofold(s, a.hi - (s - v) + (b.hi - v) + t);
  return twofold(high.hi, high.lo + (a.lo - (t - w) + (b.lo - w)));
}

export function minus(a: Twofold, b: Twofold): Twofold {
  return plus(a, { hi: -b.hi, lo: -b.lo });
}

export function times(a: Twofold, b: Twofold): Twofold {
  return twofold(a.hi * b.hi, productError(a.hi, b.hi) + (a.hi * b.lo + a.lo * b.hi));
}

export function over(a: Twofold, b: Twofold): Twofold {
  const first = a.hi / b.hi;
  const rest = minus(a, times(b, twofold(first)));
  return twofold(first, rest.hi / b.hi);
}

export function root(a: Twofold): Twofold {
  if (a.hi <= 0) return { hi: 0, lo: 0 };
  const first = Math.sqrt(a.hi);
  return twofold(first, (a.hi - first * first - productError(first, first) + a.lo) / (2 * first));
}

/** A list of them. */
export interface Twofolds {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

export function twofolds(hi: Float64Array, lo: Float64Array = new Float64Array(hi.length)): Twofolds {
  return { hi, lo };
}

export function entry({ hi, lo }: Twofolds, i: number): Twofold {
  return { hi: hi[i]!, lo: lo[i]! };
}

export function setEntry({ hi, lo }: Twofolds, i: number, a: Twofold): void {
  hi[i] = a.hi;
  lo[i] = a.lo;
}

/** Σ aᵢbᵢ. */
export function dot(a: Twofolds, b: Twofolds): Twofold {
  let total: Twofold = { hi: 0, lo: 0 };
  for (let i = 0; i < a.hi.length; i++) {
    if (a.hi[i] !== 0 && b.hi[i] !== 0) total = plus(total, times(entry(a, i), entry(b, i)));
  }
  return total;
}
