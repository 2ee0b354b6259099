/**
 * Differentials dz = Σ (∂z/∂pᵢ) dpᵢ over a list of parameters. One operation is enough, the linear
 * combination: d(xy) = y dx + x dy is `combine([y, dx], [x, dy])`.
 *
 * Each part stores its size, the sum of the absolute values of its terms, so that size·ε estimates its
 * rounding error. Of several expressions that are equal up to rounding, the most accurate can then be chosen
 * for each part.
 */
import { absolute, compare, exponentOf, product, quotient, scale, type Wide, wide, ZERO } from "./wide.ts";

/**
 * Part i is parts[i]·2^exponents[i], and its size is sizes[i]·2^exponents[i]. Plain arrays: these are short,
 * and typed ones are slow to make.
 */
export interface Differential {
  readonly parts: number[];
  readonly sizes: number[];
  readonly exponents: number[];
}

/**
 * A coefficient and the differential that it multiplies. The third entry is the coefficient's size, for a
 * coefficient that is a sum with cancellation.
 */
export type Term = readonly [Wide | number, Differential, Wide?];

function empty(n: number): Differential {
  return { parts: new Array<number>(n).fill(0), sizes: new Array<number>(n).fill(0), exponents: new Array<number>(n).fill(0) };
}

/** dpᵢ, for n parameters. */
export function basis(i: number, n: number): Differential {
  const differential = empty(n);
  differential.parts[i] = differential.sizes[i] = 1;
  return differential;
}

/** The part i as a number. */
export function partOf({ parts, exponents }: Differential, i: number): number {
  return scale(parts[i]!, exponents[i]!);
}

/** Σ coefficient·differential. An infinite coefficient leaves parts that are 0 at 0. */
export function combine(...terms: readonly [Term, ...Term[]]): Differential {
  const n = terms[0][1].parts.length;
  const total = empty(n);
  for (const [coefficient, differential, givenSize] of terms) {
    const value = product(coefficient);
    const size = givenSize ?? absolute(value);
    if (size.m === 0) continue;
    const factor = scale(value.m, value.e - size.e);
    for (let i = 0; i < n; i++) {
      if (differential.sizes[i] === 0) continue;
      add(total, i, factor * differential.parts[i]!, size.m * differential.sizes[i]!, size.e + differential.exponents[i]!);
    }
  }
  return total;
}

const BAND = 2 ** 200;

/** Adds (part, size)·2^e to part i: sizes stay within the band, and the exponent is 0 where possible. */
function add({ parts, sizes, exponents }: Differential, i: number, part: number, size: number, e: number): void {
  let [a, b, exponent] = [part, size, e];
  if (sizes[i] !== 0) {
    const before = exponents[i]!;
    exponent = Math.max(before, e);
    a = scale(a, e - exponent) + scale(parts[i]!, before - exponent);
    b = scale(b, e - exponent) + scale(sizes[i]!, before - exponent);
  }
  if (exponent !== 0 || b > BAND || b < 1 / BAND) {
    const order = exponent + (b > 0 && b < Infinity ? exponentOf(b) : 0);
    const target = Math.abs(order) < 200 ? 0 : order;
    a = scale(a, exponent - target);
    b = scale(b, exponent - target);
    exponent = target;
  }
  parts[i] = a;
  sizes[i] = b;
  exponents[i] = exponent;
}

/**
 * Takes each part from the expression in which its size is smallest. The expressions are equal up to
 * rounding.
 */
export function leastCancelling(first: Differential, ...others: readonly Differential[]): Differential {
  const n = first.parts.length;
  const best = empty(n);
  for (let i = 0; i < n; i++) {
    let from = first;
    for (const other of others) if (isSmaller(other, from, i)) from = other;
    best.parts[i] = from.parts[i]!;
    best.sizes[i] = from.sizes[i]!;
    best.exponents[i] = from.exponents[i]!;
  }
  return best;
}

function isSmaller(a: Differential, b: Differential, i: number): boolean {
  if (a.exponents[i] === b.exponents[i]) return a.sizes[i]! < b.sizes[i]!;
  return compare(wide(a.sizes[i]!, a.exponents[i]!), wide(b.sizes[i]!, b.exponents[i]!)) < 0;
}

/** a/b, with x/0 = ±∞ and 0/0 = 0. */
export function over(a: Wide, b: Wide): Wide {
  return a.m === 0 ? ZERO : quotient(a, b);
}
