/**
 * The matrix Riccati equation of λ-balanced layers, Ẏ = FY + YF − Y² with Y = QQᵀ, in the modes of F: with
 *
 *     K = (1 − e^{−2|f|t})/2|f|,    r = min(1, e^{ft})/√K,    H = √K·max(1, e^{ft})·X,    M = (1 + HHᵀ)⁻¹,
 *     Y = r(1 − M)r,    E = Y − (F + |F|) = r(min(1, e^{−2ft}) − M)r,    Σ − AC = −(off-diagonal block of E)
 *
 * What is left to learn is E, never a difference of what was learned from what there is to learn. [BraunEtAl2022], [DomineEtAl2025]
 */
import { Matrix } from "ml-matrix";
import { difference, product, quotient, squareRoot, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";
import { balancedBracket } from "./balancedBracket.ts";
import { type BalancedMode, type BalancedModes, balancedModes } from "./balancedModes.ts";
import { exponentialOfMinus } from "./clock.ts";

/** Layers in the units of the equation: C = Q₀'s first k rows, transposed, A its last m. */
export interface BalancedStart {
  /** AᵀA − CCᵀ = λ·1. */
  readonly lambda: number;
  /** Σ, outputs × inputs (m × k). */
  readonly sigma: Matrix;
  /** [Cᵀ; A] at t' = 0, (k + m) × d. */
  readonly Q0: Matrix;
}

/** The solution from a start, in the equation's time t'. */
export interface BalancedSolution {
  /** The |f| at which modes are learned and forgotten, the largest first: √(s² + λ²/4), and |λ|/2. */
  readonly rates: readonly number[];
  /** The largest of them; 0 where nothing is exponential. */
  readonly rate: number;
  /** Y = QQᵀ at 0 ≤ t' ≤ ∞: blocks CᵀC, CᵀAᵀ; AC, AAᵀ. */
  gramAt(t: number): Matrix;
  /** Σ − AC, m × k, to relative accuracy where it is exponentially small. */
  residualAt(t: number): Matrix;
  /** Q itself, where there is one hidden unit. */
  readonly layersAt?: (t: number) => Matrix;
}

export function balancedSolution({ lambda, sigma, Q0 }: BalancedStart): BalancedSolution {
  const found = balancedModes(lambda, sigma, Q0);
  const [m, k] = [sigma.rows, sigma.columns];
  const solution: BalancedSolution = {
    rates: found.rates,
    rate: found.rates[0] ?? 0,
    gramAt: (t) => (t === 0 ? Q0.mmul(Q0.transpose()) : gram(found, k, m, t)),
    residualAt: (t) =>
      t === 0
        ? Matrix.sub(
            sigma,
            Q0.subMatrix(k, k + m - 1, 0, Q0.columns - 1).mmul(Q0.subMatrix(0, k - 1, 0, Q0.columns - 1).transpose()),
          )
        : residual(found, k, m, t),
  };
  return Q0.columns === 1 ? { ...solution, layersAt: (t) => (t === 0 ? Q0.clone() : layers(found, k, m, t)) } : solution;
}

/** The factors of one mode at one time. */
interface Factors {
  readonly r: Wide;
  /** min(1, e^{−2ft}). */
  readonly D: Wide;
  readonly H: readonly Wide[];
}

function factorsAt(modes: readonly BalancedMode[], t: number): Factors[] {
  const ranks = [...new Set(modes.map(({ f }) => f))].filter((f) => f > 0).sort((a, b) => a - b);
  return modes.map(({ f, x }) => {
    const size = Math.abs(f);
    let decay: Wide;
    let rootK: Wide;
    if (t === Infinity) {
      // Only the order of the rates is left: each exponential is infinitely larger than the one below.
      decay = f > 0 ? wide(1, -(2 ** 40) * (ranks.indexOf(f) + 1)) : f < 0 ? ZERO : wide(1);
      rootK = f === 0 ? wide(1, 2 ** 39) : squareRoot(quotient(wide(0.5), wide(size)));
    } else {
      const reached = size * t;
      decay = exponentialOfMinus(reached);
      rootK = squareRoot(reached > 2 ** -60 ? quotient(wide(-Math.expm1(-2 * reached) / 2), wide(size)) : wide(t));
    }
    const grown = f > 0 ? quotient(rootK, decay) : rootK;
    return {
      r: quotient(f < 0 ? decay : wide(1), rootK),
      D: f > 0 ? product(decay, decay) : wide(1),
      H: Array.from(x, (entry) => product(grown, entry)),
    };
  });
}

function gram({ modes, right, left }: BalancedModes, k: number, m: number, t: number): Matrix {
  const factors = factorsAt(modes, t);
  const { M, learned } = balancedBracket(factors.map(({ H }) => H));
  const inner = Matrix.zeros(right.length + left.length, right.length + left.length);
  for (const [a, one] of modes.entries())
    for (const [b, other] of modes.entries()) {
      const y = toNumber(product(factors[a]!.r, factors[b]!.r, a === b ? learned[a]! : product(-1, M[a]![b]!)));
      for (const [i, ci] of placesOf(one, right.length))
        for (const [j, cj] of placesOf(other, right.length)) inner.set(i, j, inner.get(i, j) + ci * y * cj);
    }
  const basis = Matrix.zeros(k + m, right.length + left.length);
  for (const [j, direction] of right.entries()) for (const [i, x] of direction.entries()) basis.set(i, j, x);
  for (const [j, direction] of left.entries()) for (const [i, x] of direction.entries()) basis.set(k + i, right.length + j, x);
  return basis.mmul(inner).mmul(basis.transpose());
}

function placesOf({ right, cos, left, sin }: BalancedMode, offset: number): [number, number][] {
  const places: [number, number][] = [];
  if (right >= 0) places.push([right, cos]);
  if (left >= 0) places.push([offset + left, sin]);
  return places;
}

function residual({ modes, right, left }: BalancedModes, k: number, m: number, t: number): Matrix {
  const factors = factorsAt(modes, t);
  const { M, learned } = balancedBracket(factors.map(({ H }) => H));
  const inner = Matrix.zeros(left.length, right.length);
  for (const [a, one] of modes.entries())
    for (const [b, other] of modes.entries()) {
      if (one.left < 0 || other.right < 0) continue;
      const { r, D } = factors[a]!;
      const scale = product(r, factors[b]!.r);
      let e: number;
      if (a !== b) e = -toNumber(product(scale, M[a]![b]!));
      else if (one.f <= 0) e = toNumber(product(scale, learned[a]!));
      else if (toNumber(D) < 0.5) e = toNumber(product(scale, difference(D, M[a]![a]!)));
      else e = toNumber(product(scale, learned[a]!)) - 2 * one.f;
      inner.set(one.left, other.right, inner.get(one.left, other.right) - one.sin * e * other.cos);
    }
  const U = new Matrix(m, left.length);
  for (const [j, direction] of left.entries()) for (const [i, x] of direction.entries()) U.set(i, j, x);
  const V = new Matrix(k, right.length);
  for (const [j, direction] of right.entries()) for (const [i, x] of direction.entries()) V.set(i, j, x);
  return left.length === 0 || right.length === 0 ? Matrix.zeros(m, k) : U.mmul(inner).mmul(V.transpose());
}

/** Q = re^{…}: one hidden unit, Q = rH/√(1 + |H|²) in each mode. */
function layers({ modes, right, left }: BalancedModes, k: number, m: number, t: number): Matrix {
  const factors = factorsAt(modes, t);
  let N = wide(1);
  for (const { H } of factors) N = H[0] === undefined ? N : addSquare(N, H[0]);
  const root = squareRoot(N);
  const Q = Matrix.zeros(k + m, 1);
  for (const [a, mode] of modes.entries()) {
    const { r, H } = factors[a]!;
    const q = toNumber(product(r, quotient(H[0] ?? ZERO, root)));
    if (mode.right >= 0) for (const [i, x] of right[mode.right]!.entries()) Q.set(i, 0, Q.get(i, 0) + mode.cos * q * x);
    if (mode.left >= 0) for (const [i, x] of left[mode.left]!.entries()) Q.set(k + i, 0, Q.get(k + i, 0) + mode.sin * q * x);
  }
  return Q;
}

function addSquare(N: Wide, h: Wide): Wide {
  return difference(N, product(-1, h, h));
}
