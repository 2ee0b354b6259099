/**
 * Dual numbers hold a value and its differential, d(xy) = y dx + x dy, so that one formula gives both.
 *
 * Both also store their size, the sum of the absolute values of their terms.
 */
import { basis, combine, type Differential, type Term } from "./differential.ts";
import { absolute, multiply, product, quotient, sum, type Wide, wide } from "./wide.ts";

export interface Dual {
  readonly value: Wide;
  readonly size: Wide;
  readonly d: Differential;
}

/** A dual number to an integer power ≥ 1. */
type Power = readonly [Dual, number];

/** Parameter i of n. */
export function variable(value: number, i: number, n: number): Dual {
  return dual(wide(value), basis(i, n));
}

/** A value without rounding error. */
export function dual(value: Wide, d: Differential): Dual {
  return { value, size: absolute(value), d };
}

export function plus(first: Dual, ...others: readonly Dual[]): Dual {
  const add = (a: Wide, b: Wide): Wide => sum(a, b);
  return {
    value: others.map(({ value }) => value).reduce(add, first.value),
    size: others.map(({ size }) => size).reduce(add, first.size),
    d: combine([1, first.d], ...others.map(({ d }): Term => [1, d])),
  };
}

/** coefficient·Πxᵖ. */
export function times(coefficient: number, ...factors: readonly [Dual | Power, ...(Dual | Power)[]]): Dual {
  const of = (i: number): Term => {
    const factor = factors[i]!;
    const power = isPower(factor) ? factor[1] : 1;
    const x = isPower(factor) ? factor[0] : factor;
    const slope = monomial(coefficient * power, factors, i);
    return [slope.value, x.d, slope.size];
  };
  const { value, size } = monomial(coefficient, factors);
  return { value, size, d: combine(of(0), ...factors.slice(1).map((_, i) => of(i + 1))) };
}

/** The product, with the power of the factor `leftOut` lowered by 1. */
function monomial(
  coefficient: number,
  factors: readonly (Dual | Power)[],
  leftOut?: number,
): { readonly value: Wide; readonly size: Wide } {
  let value = wide(coefficient);
  let size = wide(Math.abs(coefficient));
  for (const [i, factor] of factors.entries()) {
    const x = isPower(factor) ? factor[0] : factor;
    for (let n = (isPower(factor) ? factor[1] : 1) - (i === leftOut ? 1 : 0); n > 0; n--) {
      value = multiply(value, x.value);
      size = multiply(size, x.size);
    }
  }
  return { value, size };
}

function isPower(factor: Dual | Power): factor is Power {
  return "length" in factor;
}

/** a/b, for b ≠ 0. */
export function ratio(a: Dual, b: Dual): Dual {
  const value = quotient(a.value, b.value);
  const size = quotient(a.size, absolute(b.value));
  return {
    value,
    size,
    d: combine(
      [quotient(wide(1), b.value), a.d],
      [quotient(product(-1, value), b.value), b.d, quotient(size, absolute(b.value))],
    ),
  };
}
