/**
 * The eigenvectors of the balanced flow: F = [−λ/2·1, Σᵀ; Σ, λ/2·1] block by block from Σ's singular triples
 * (s, u, v),
 *
 *     f = ±√(s² + λ²/4),    vectors (cos θ·v, sin θ·u) and (−sin θ·v, cos θ·u),    tan θ = (f + λ/2)/s = s/(f − λ/2)
 *
 * (of the two forms the one in which nothing cancels), and ∓λ/2 on what Σ does not see of the inputs and of
 * the outputs. Of those null spaces only the part that the start reaches is kept: the rest stays 0. Decay
 * lowers every eigenvalue by ν.
 *
 * All of it at 32 digits: a start's share of a growing eigenvector may be what is left where all else
 * cancels, and decides what is learned. A share that rounding at 32 digits could have made is 0, and such an
 * eigenvector is never learned.
 */
import type { Matrix } from "ml-matrix";
import { type Column, lengthOf } from "../../numerics/orthogonalColumns.ts";
import { ROUNDING_OF_TWOFOLD } from "../../numerics/rounding.ts";
import {
  dot,
  minus,
  negative,
  over,
  plus,
  root,
  scaled,
  TWOFOLD_ONE,
  TWOFOLD_ZERO,
  type Twofold,
  times,
  twofold,
} from "../../numerics/twofold.ts";
import { exponentOf, scale, type Wide, wide } from "../../numerics/wide.ts";
import { hiddenDirections, part, singularTriples, unseen } from "./directions.ts";
import { excessOf, triangularShares } from "./shares.ts";

/** An eigenvector of F and what the start has of it. */
export interface Eigenvector {
  /** Its eigenvalue, in units of 2^exponent. */
  readonly f: Twofold;
  /** Column of `right` and its factor, or −1. */
  readonly right: number;
  readonly cos: number;
  /** Column of `left` and its factor, or −1. */
  readonly left: number;
  readonly sin: number;
  /** Its row of X = VᵀQ₀, one entry a hidden direction. */
  readonly x: readonly Wide[];
  /** The singular value s and f of the other vector, for the larger f of a pair. */
  readonly upper?: { readonly s: number; readonly otherF: Twofold };
  /** For the larger f of a pair, the start's rows along v and u. */
  readonly p: readonly Wide[];
  readonly q: readonly Wide[];
}

/** The same with 32 digits, before the hidden units are turned. */
interface PreciseEigenvector {
  readonly f: Twofold;
  readonly right: number;
  readonly cos: Twofold;
  readonly left: number;
  readonly sin: Twofold;
  readonly x: readonly Twofold[];
  readonly upper?: { readonly s: number; readonly otherF: Twofold };
}

/** The eigenvectors of F that the start reaches. */
export interface Eigensystem {
  /** In ascending order of f. */
  readonly vectors: readonly Eigenvector[];
  /** Orthonormal input directions. */
  readonly right: readonly Float64Array[];
  /** Orthonormal output directions. */
  readonly left: readonly Float64Array[];
  /**
   * |√(s² + λ²/4) − ν| for each singular value, and |λ|/2 + ν unless 0 if Σ has a null space, the largest
   * first.
   */
  readonly rates: readonly number[];
  /** ν, in units of 2^exponent. */
  readonly nu: number;
  /** E₀ = XXᵀ − (f + |f|), right to 32 digits of what cancels, in units of 2^exponent. */
  readonly excess: Matrix;
  /** Eigenvalues are counted in 2^exponent: their products stay in range. */
  readonly exponent: number;
}

export function eigensystemOf(lambda: number, sigma: Matrix, Q0: Matrix, decay: number): Eigensystem {
  const [m, k] = [sigma.rows, sigma.columns];
  const exponent = exponentOf(Math.max(Math.abs(lambda), decay, sigma.max(), -sigma.min()) || 1);
  const triples = singularTriples(sigma, exponent);
  const units = hiddenDirections(Q0);
  // Shares are counted in 2^unit.
  const unit = units.reduce((top, one) => Math.max(top, one.exponent), Number.NEGATIVE_INFINITY);
  const inputs = units.map((one) => part(one, 0, k));
  const outputs = units.map((one) => part(one, k, k + m));
  const right = triples.map(({ v }) => v);
  const left = triples.map(({ u }) => u);
  const half = twofold(scale(lambda, -exponent - 1));
  const nu = scale(decay, -exponent);
  const lowered = (f: Twofold): Twofold => (nu === 0 ? f : minus(f, twofold(nu)));
  const vectors: PreciseEigenvector[] = [];
  for (const [j, { s, shift, u, v }] of triples.entries()) {
    const { f, cos, sin } = pair(s, shift, half);
    const minusSin = negative(sin);
    const up = inputs.map((one, i) => share(unit, [cos, v, one], [sin, u, outputs[i]!]));
    const down = inputs.map((one, i) => share(unit, [minusSin, v, one], [cos, u, outputs[i]!]));
    const otherF = lowered(negative(f));
    vectors.push({ f: lowered(f), right: j, left: j, cos, sin, x: up, upper: { s: scale(s.hi, shift), otherF } });
    vectors.push({ f: otherF, right: j, left: j, cos: minusSin, sin: cos, x: down });
  }
  const rates = vectors.filter(({ upper }) => upper !== undefined).map(({ f }) => Math.abs(f.hi));
  for (const { direction, x } of unseen(inputs, unit, right, k))
    vectors.push({
      f: lowered(negative(half)),
      right: right.push(direction) - 1,
      cos: TWOFOLD_ONE,
      left: -1,
      sin: TWOFOLD_ZERO,
      x,
    });
  for (const { direction, x } of unseen(outputs, unit, left, m))
    vectors.push({ f: lowered(half), right: -1, cos: TWOFOLD_ZERO, left: left.push(direction) - 1, sin: TWOFOLD_ONE, x });
  if ((lambda !== 0 || nu > 0) && triples.length < Math.max(m, k)) rates.push(Math.abs(half.hi) + nu);
  vectors.sort((a, b) => minus(a.f, b.f).hi);
  const shares = triangularShares(vectors.map(({ x }) => x));
  return {
    vectors: rounded(vectors, shares, unit),
    excess: excessOf(
      vectors.map(({ f }) => f),
      shares,
      2 * unit - exponent,
    ),
    exponent,
    nu,
    right: right.map(({ entries }) => entries.hi),
    left: left.map(({ entries }) => entries.hi),
    rates: rates.sort((a, b) => b - a).map((rate) => scale(rate, exponent)),
  };
}

/** The eigenvectors in doubles, with the start's rows along v and u out of the shares of both in a pair. */
function rounded(vectors: readonly PreciseEigenvector[], shares: readonly (readonly Twofold[])[], unit: number): Eigenvector[] {
  const round = ({ hi }: Twofold): Wide => wide(hi, unit);
  return vectors.map((vector, i) => {
    const { right, cos, left, sin, upper } = vector;
    const partner = vectors.findIndex((other) => other !== vector && other.left === left && other.right === right);
    const along = (one: Twofold, other: Twofold): Wide[] =>
      upper === undefined ? [] : shares[i]!.map((x, h) => round(plus(times(one, x), times(other, shares[partner]![h]!))));
    const x = shares[i]!.map(round);
    return { ...vector, cos: cos.hi, sin: sin.hi, x, p: along(cos, negative(sin)), q: along(sin, cos) };
  });
}

/**
 * f, cos θ and sin θ of the singular value s·2^shift: in the unit of the larger of it and λ/2, so that
 * neither angle is lost.
 */
function pair(s: Twofold, shift: number, half: Twofold): { readonly f: Twofold; readonly cos: Twofold; readonly sin: Twofold } {
  const unit = half.hi === 0 ? shift : Math.max(shift, exponentOf(half.hi));
  const short = scaled(s, shift - unit);
  const size = scaled(half.hi < 0 ? negative(half) : half, -unit);
  const f = hypotenuse(short, size);
  const long = plus(f, size);
  const length = hypotenuse(short, long);
  const [near, far] = [over(short, length), over(long, length)];
  const [cos, sin] = half.hi < 0 ? [far, near] : [near, far];
  return { f: scaled(f, unit), cos, sin };
}

function hypotenuse(a: Twofold, b: Twofold): Twofold {
  const [long, short] = a.hi > b.hi ? [a, b] : [b, a];
  const ratio = over(short, long);
  return times(long, root(plus(TWOFOLD_ONE, times(ratio, ratio))));
}

/** Σ factor·(direction·hidden unit) in units of 2^exponent, 0 if it is no more than rounding. */
function share(exponent: number, ...terms: readonly (readonly [Twofold, Column, Column])[]): Twofold {
  let total = TWOFOLD_ZERO;
  let noise = 0;
  for (const [factor, direction, hidden] of terms) {
    const down = hidden.exponent - exponent;
    total = plus(total, scaled(times(factor, dot(direction.entries, hidden.entries)), down));
    let size = 0;
    for (const [i, x] of direction.entries.hi.entries()) size += Math.abs(x * hidden.entries.hi[i]!);
    const unsure = ROUNDING_OF_TWOFOLD * size + direction.noise * lengthOf(hidden).hi + hidden.noise;
    noise += scale(Math.abs(factor.hi) * unsure, down);
  }
  return Math.abs(total.hi) <= noise ? TWOFOLD_ZERO : total;
}
