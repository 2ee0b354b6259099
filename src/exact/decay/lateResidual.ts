/**
 * The residual G where it is small beside what it is the sum of, a − βp + βq. With R = βp + βq + m it obeys
 * Ġ = −RG + ma, and exp(−∫R) is 1/ND, so that
 *
 *     G(t) = (G(0) + ma ∫₀ᵗ ND dτ)/ND(t)
 *
 * Long after the fit it follows the decay slowly: G = ma(1 − G′)/(R + …) with G′ = dG/d(mt) small, which is
 * solved for the Taylor series of G in mt.
 */

import { gaussLegendre } from "../../numerics/gaussLegendre.ts";
import { compare, product, quotient, squareRoot, sum, toNumber, type Wide, wide, ZERO } from "../../numerics/wide.ts";
import { wideExponential } from "../../numerics/wideExponential.ts";
import { type DecaySolution, type Parts, partsAt } from "./equation.ts";

/** What the start has left after so many e-foldings is below rounding. */
const FORGOTTEN = 45;
/** The series is used where the fit is faster than the decay by this factor: it then has 14 digits. */
const SEPARATE = 1000;
const TERMS = 9;
/** Over so many e-foldings one rule of 20 points integrates. */
const PANEL = 10;
const MOST_PANELS = 60;

export function lateResidual(solution: DecaySolution, t: number, parts: Parts, plain: Wide): Wide {
  const { a, m, G0 } = solution;
  const growth = volume(parts);
  const driven = product(m, a);
  const first = quotient(G0, growth);
  if (m.m === 0 || a.m === 0 || compare(product(driven, t), product(2 ** -56, { m: Math.abs(first.m), e: first.e })) <= 0)
    return first;
  const pace = paceOf(solution, parts);
  const separation = toNumber(quotient(pace, m));
  if (separation > SEPARATE) {
    const before = t - toNumber(quotient(wide(FORGOTTEN + Math.log(separation)), pace));
    if (before > 0) {
      const earlier = toNumber(quotient(paceOf(solution, partsAt(solution, before)), pace));
      if (Math.abs(earlier - 1) < 0.05) return slowResidual(solution, rootOf(parts));
    }
  }
  const memory = memoryOf(solution, t, growth, pace);
  return memory === undefined ? plain : sum(first, product(driven, memory));
}

/** ND, the factor by which a deviation has shrunk since the start. */
function volume({ grown: { N, D, exponent } }: Parts): Wide {
  return product(N, D, wideExponential(2 * exponent));
}

/** R. */
function paceOf({ beta, m }: DecaySolution, { p, q }: Parts): Wide {
  return sum(product(beta, sum(p, q)), m);
}

/** ∫₀ᵗ ND dτ/ND(t), backwards from t for as long as it adds something. */
function memoryOf(solution: DecaySolution, t: number, growth: Wide, pace: Wide): Wide | undefined {
  const { nodes, weights } = gaussLegendre(20);
  let total: Wide = ZERO;
  let [end, rate] = [t, pace];
  for (let n = 0; n < MOST_PANELS; n++) {
    let length = Math.min(end, toNumber(quotient(wide(PANEL), rate)));
    let start = end - length;
    let before = start > 0 ? partsAt(solution, start) : undefined;
    while (before !== undefined && toNumber(product(paceOf(solution, before), length)) > 2 * PANEL) {
      length /= 2;
      start = end - length;
      before = partsAt(solution, start);
    }
    if (!(length > 0)) return undefined;
    for (let i = 0; i < nodes.length; i++) {
      const share = quotient(volume(partsAt(solution, start + length * nodes[i]!)), growth);
      total = sum(total, product(length, weights[i]!, share));
    }
    if (before === undefined) return total;
    const left = product(start, quotient(volume(before), growth));
    if (compare(left, product(2 ** -58, total)) < 0) return total;
    [end, rate] = [start, paceOf(solution, before)];
  }
  return undefined;
}

/**
 * Long after the fit, G with √(pq): g = μ(1 − g′)/(√((1 − g)² + 4β²pq/a²) + μ) in units of a, with μ = m/a.
 */
export function slowResidual({ a, m, beta }: DecaySolution, rootPQ: Wide): Wide {
  if (a.m === 0) return ZERO;
  const mu = toNumber(quotient(m, a));
  const root = toNumber(product(2, quotient(beta, a), rootPQ));
  // The kernel is so large that G is ma/(2β√(pq)).
  if (!(root < 1e8)) return quotient(product(m, a), sum(product(2, beta, rootPQ), m));
  // The first term says all, down to where m/a underflows.
  if (mu < 1e-17) return quotient(m, wide(Math.hypot(1, root)));
  const decaying = Array.from({ length: TERMS }, () => 0);
  for (let n = 0, term = root * root; n < TERMS; n++) {
    decaying[n] = term;
    term *= -2 / (n + 1);
  }
  let g = new Array<number>(TERMS).fill(0);
  let slope = new Array<number>(TERMS).fill(0);
  for (let pass = 0; pass < TERMS; pass++) {
    const kept = g.map((x, n) => (n === 0 ? 1 - x : -x));
    const parts = squareRootOf(squareOf(kept).map((x, n) => x + decaying[n]!));
    parts[0]! += mu;
    const drive = slope.map((x, n) => mu * ((n === 0 ? 1 : 0) - x));
    g = quotientOf(drive, parts);
    slope = g.map((_, n) => (n + 1 < TERMS ? (n + 1) * g[n + 1]! : 0));
  }
  return product(a, g[0]!);
}

function rootOf({ p, q }: Parts): Wide {
  return product(squareRoot(p), squareRoot(q));
}

type Series = number[];

function squareOf(x: Series): Series {
  return x.map((_, n) => x.slice(0, n + 1).reduce((sum, value, i) => sum + value * x[n - i]!, 0));
}

function squareRootOf(x: Series): Series {
  const out: Series = [Math.sqrt(x[0]!)];
  for (let n = 1; n < x.length; n++) {
    let rest = x[n]!;
    for (let i = 1; i < n; i++) rest -= out[i]! * out[n - i]!;
    out.push(rest / (2 * out[0]!));
  }
  return out;
}

function quotientOf(x: Series, y: Series): Series {
  const out: Series = [];
  for (let n = 0; n < x.length; n++) {
    let rest = x[n]!;
    for (let i = 0; i < n; i++) rest -= out[i]! * y[n - i]!;
    out.push(rest / y[0]!);
  }
  return out;
}
