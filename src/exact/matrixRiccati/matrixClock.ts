/**
 * What time has done to each eigenvector of the balanced flow, of eigenvalue f: with K = (1 −
 * e^{−2|f|t})/2|f| (t where f = 0),
 *
 *     r = min(1, e^{ft})/√K,    D = min(1, e^{−2ft}),    √G = √K·max(1, e^{ft}),    G = ∫₀ᵗ e^{2fs} ds,    r√G = e^{ft}
 *
 * Eigenvectors that compete for hidden units differ by e^{(f − f')t}, so exponents are summed over the gaps
 * between the f > 0, each to the digits of a double. A gap that has run for 2⁴⁰ doublings leaves nothing of
 * the slower one at any scale, and stands still there: t = ∞ is where all have.
 */
import { minus, negative, plus, TWOFOLD_ZERO, type Twofold, times } from "../../numerics/twofold.ts";
import { exponentOf, multiply, ONE, quotient, scale, squareRoot, type Wide, wide } from "../../numerics/wide.ts";

export interface EigenvalueClock {
  /** √K. */
  readonly rootK: Wide;
  /** e^{−|f|t}. */
  readonly decay: Wide;
  readonly r: Wide;
  readonly D: Wide;
  readonly rootG: Wide;
}

// ln 2 in two doubles.
const LN2: Twofold = { hi: Math.LN2, lo: 2.3190468138462996e-17 };
const OVER = 2 ** 40 * Math.LN2;
/** √K at t = ∞ where f = 0: beyond all numbers, below all that grows exponentially. */
const SLOWEST: Wide = { m: 1, e: 2 ** 39 };
/** Eigenvalues at 32 digits that are closer than this are one. */
const SAME = 2 ** -96;

/** The clocks of eigenvalues in ascending order, in units of 2^exponent, at 0 < t ≤ ∞. */
export function balancedClocks(eigenvalues: readonly Twofold[], exponent: number, t: number): EigenvalueClock[] {
  let before = TWOFOLD_ZERO;
  let reached = TWOFOLD_ZERO;
  return eigenvalues.map((f) => {
    if (f.hi > 0) {
      const gap = minus(f, before);
      if (gap.hi > SAME * f.hi) reached = plus(reached, elapsed(gap, exponent, t));
      before = f;
      return clock(f, exponent, t, reached);
    }
    return clock(f, exponent, t, elapsed(negative(f), exponent, t));
  });
}

function clock(f: Twofold, exponent: number, t: number, reached: Twofold): EigenvalueClock {
  const decay = exponentialOfMinus(reached);
  const rootK = squareRoot(passed(Math.abs(f.hi), exponent, t));
  return f.hi > 0
    ? { rootK, decay, r: quotient(ONE, rootK), D: multiply(decay, decay), rootG: quotient(rootK, decay) }
    : { rootK, decay, r: quotient(decay, rootK), D: ONE, rootG: rootK };
}

/** K. */
function passed(f: number, exponent: number, t: number): Wide {
  const x = elapsed({ hi: f, lo: 0 }, exponent, t).hi;
  if (f > 0 && x > 2 ** -60) return quotient(wide(-Math.expm1(-2 * x) / 2), wide(f, exponent));
  return t === Infinity ? multiply(SLOWEST, SLOWEST) : wide(t);
}

/** f·t, at most 2⁴⁰ doublings. */
function elapsed(f: Twofold, exponent: number, t: number): Twofold {
  if (f.hi === 0) return TWOFOLD_ZERO;
  if (t === Infinity) return { hi: OVER, lo: 0 };
  const shift = exponentOf(t);
  const product = times(f, { hi: scale(t, -shift), lo: 0 });
  const hi = scale(product.hi, shift + exponent);
  return hi < OVER ? { hi, lo: scale(product.lo, shift + exponent) } : { hi: OVER, lo: 0 };
}

function exponentialOfMinus(x: Twofold): Wide {
  const n = Math.round(x.hi / Math.LN2);
  const rest = minus(x, times(LN2, { hi: n, lo: 0 }));
  return wide(Math.exp(-rest.hi) * (1 - rest.lo), -n);
}
