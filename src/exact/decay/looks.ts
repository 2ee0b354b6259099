/**
 * When to look at decaying layers so that nothing they do is missed: logarithmic times from a thousandth of
 * the fastest pace at the start until the fit is over, and from there until the layers have balanced.
 */
import { difference, logarithm, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import type { DecaySolution } from "./equation.ts";

/** e^−45 is nothing beside 1. */
const OVER = 45;

export function decayLooks({ a, m, beta, P, Q, still }: DecaySolution, count: number): Float64Array {
  if (still) return Float64Array.of(0, 1, Infinity);
  const fastest = sum(sum(a, m), product(beta, sum(P, Q)));
  const over = (x: Wide, rate: Wide): number => toNumber(quotient(x, rate));
  const first = over(wide(1e-3), fastest);
  const left = difference(a, m);
  const slow = over(wide(OVER), product(2, m));
  // How long it takes to grow to, or to shrink below, all that counts.
  const wait = (rate: Wide, ratio: Wide): number =>
    rate.m === 0 ? 0 : over(wide(OVER + (ratio.m > 0 ? Math.abs(logarithm(ratio)) : 0)), { m: Math.abs(rate.m), e: rate.e });
  const fit = P.m === 0 ? wait(sum(a, m), quotient(product(beta, Q), m)) : wait(left, quotient(product(beta, P), sum(a, m)));
  // At a = m the end is approached as 1/βt.
  const creep = P.m > 0 && left.m === 0 ? over(wide(1e10), sum(product(beta, P), m)) : 0;
  const ends = [fit, slow, creep].filter((t) => Number.isFinite(t) && t > first).sort((x, y) => x - y);
  const times = [0];
  let from = first;
  for (const end of ends) {
    // A stretch of many decades in which nothing happens is passed in the few that precede its end.
    const start = Math.max(from, times.length > 1 ? 1e-5 * end : 0);
    const n = Math.ceil(count / ends.length);
    for (let i = 0; i < n; i++) {
      const t = start * (end / start) ** (i / (n - 1));
      if (t > times.at(-1)!) times.push(t);
    }
    from = end;
  }
  return Float64Array.of(...times, Infinity);
}
