/**
 * Numbers kept in two doubles, hi + lo with |lo| ≤ ulp(hi)/2: about 32 digits, errors below 2⁻¹⁰² of the
 * result.
 *
 *     a + b = s + ((a − (s − v)) + (b − v)),    v = s − a,    s = fl(a + b)
 *
 * Used for sums with cancellation that are computed once. Products need |a|, |b| < 2⁵⁰⁰, and are accurate
 * above 2⁻⁴⁵⁰. [Dekker1971]
 */
import { productError } from "./exactProduct.ts";
import { scale } from "./wide.ts";

export interface Twofold {
  readonly hi: number;
  readonly lo: number;
}

export function twofold(hi: number, lo = 0): Twofold {
  const s = hi + lo;
  return { hi: s, lo: lo - (s - hi) };
}

export const TWOFOLD_ZERO: Twofold = { hi: 0, lo: 0 };
export const TWOFOLD_ONE: Twofold = { hi: 1, lo: 0 };

export function plus(a: Twofold, b: Twofold): Twofold {
  const s = a.hi + b.hi;
  const v = s - a.hi;
  const t = a.lo + b.lo;
  const w = t - a.lo;
  // Both sums keep their errors, so that opposite terms cancel exactly.
  const high = twofold(s, a.hi - (s - v) + (b.hi - v) + t);
  return twofold(high.hi, high.lo + (a.lo - (t - w) + (b.lo - w)));
}

export function minus(a: Twofold, b: Twofold): Twofold {
  return plus(a, negative(b));
}

export function negative({ hi, lo }: Twofold): Twofold {
  return { hi: -hi, lo: -lo };
}

/** a·2^n. */
export function scaled({ hi, lo }: Twofold, n: number): Twofold {
  return { hi: scale(hi, n), lo: scale(lo, n) };
}

export function times(a: Twofold, b: Twofold): Twofold {
  return twofold(a.hi * b.hi, productError(a.hi, b.hi) + (a.hi * b.lo + a.lo * b.hi));
}

export function over(a: Twofold, b: Twofold): Twofold {
  const first = a.hi / b.hi;
  const remainder = minus(a, times(b, twofold(first)));
  return twofold(first, remainder.hi / b.hi);
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

/** Σ aᵢbᵢ, with error 2⁻¹⁰⁰ Σ|aᵢbᵢ|. Plain loops, because most of the time of construction is spent here. */
export function dot(a: Twofolds, b: Twofolds): Twofold {
  const { hi: x, lo: xLow } = a;
  const { hi: y, lo: yLow } = b;
  let total = 0;
  let low = 0;
  for (let i = 0; i < x.length; i++) {
    const p = x[i]! * y[i]!;
    if (p === 0) continue;
    const s = total + p;
    const v = s - total;
    low += total - (s - v) + (p - v) + (productError(x[i]!, y[i]!) + (x[i]! * yLow[i]! + xLow[i]! * y[i]!));
    total = s;
  }
  return twofold(total, low);
}

/** cos·(a + tan·b), entry by entry. */
export function turned(a: Twofolds, b: Twofolds, cos: Twofold, tan: number): Twofolds {
  const n = a.hi.length;
  const hi = new Float64Array(n);
  const lo = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const p = tan * b.hi[i]!;
    const s = a.hi[i]! + p;
    const v = s - a.hi[i]!;
    const t = a.hi[i]! - (s - v) + (p - v) + (a.lo[i]! + (productError(tan, b.hi[i]!) + tan * b.lo[i]!));
    const u = s + t;
    const w = t - (u - s);
    const q = u * cos.hi;
    const r = productError(u, cos.hi) + (u * cos.lo + w * cos.hi);
    hi[i] = q + r;
    lo[i] = r - (hi[i]! - q);
  }
  return { hi, lo };
}
