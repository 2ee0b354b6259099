/**
 * λ-balanced layers on whitened inputs. In f(x) = γW₂W₁x with E[xxᵀ] = σ²1, h = √(η₁η₂) and b = γσ²h let
 *
 *     A = √|b| W₂/√η₂,    C = √|b| W₁/√η₁,    Σ = sgn(γ) E[yxᵀ],    t = 2k|γ|h · time,    AᵀA − CCᵀ = λ·1;
 *
 * then gradient flow is Ȧ = (Σ − AC)Cᵀ, Ċ = Aᵀ(Σ − AC), the sign of γ being in Σ alone, and
 *
 *     Q̇ = FQ − ½QQᵀQ,    Ẏ = FY + YF − Y²,    Y = QQᵀ,    Q = [Cᵀ; A],    F = [−λ/2·1, Σᵀ; Σ, λ/2·1].
 *
 * Weight decay at one pace in both layers, of layers with λ = 0, subtracts ν·1 from F, ν = m/(4k|γ|h).
 *
 * Solved in the eigenvectors of F: with the clock's r, D, G, H = √G·VᵀQ₀ and M = (1 + HHᵀ)⁻¹,
 *
 *     VᵀYV = r(1 − M)r,    VᵀEV = r(D − M)r,    E = Y − (F + |F|).
 *
 * F + |F| is where the flow ends if it reaches all there is to learn. Off its diagonal stands Σ, its singular
 * values lowered by ν, so what is left of Σ is a block of E and what decay leaves, never a difference of what
 * was learned from what there is to learn; and no exponential grows. The papers have e^{+Ft} and F⁻¹, or the
 * inverse of a block of VᵀQ₀. [Fukumizu1998], [BraunEtAl2022], [DomineEtAl2025], [KuninEtAl2024]
 */
import { Matrix } from "ml-matrix";
import { largestEntry, timesWide } from "../../numerics/matrices.ts";
import { dot, minus, twofold, twofolds } from "../../numerics/twofold.ts";
import { exponentOf, product, scale, wide } from "../../numerics/wide.ts";
import { gramOf, layersOf, type Moment, momentOf, residualOf } from "./blocks.ts";
import { eigensystemOf } from "./eigenvectors.ts";

/** Layers in the units of the equation: C = Q₀'s first k rows, transposed, A its last m. */
export interface BalancedStart {
  /** AᵀA − CCᵀ = λ·1. */
  readonly lambda: number;
  /** Σ, outputs × inputs (m × k). */
  readonly sigma: Matrix;
  /** [Cᵀ; A] at t = 0, (k + m) × d. */
  readonly Q0: Matrix;
  /** ν ≥ 0 (default 0). Not 0 only where λ = 0, as otherwise λ decays. */
  readonly decay?: number;
}

/** The solution from a start, in the equation's time, 0 ≤ t ≤ ∞. */
export interface BalancedSolution {
  /**
   * The rates |f| at which directions are learned and forgotten, the largest first: |√(s² + λ²/4) − ν| for
   * each singular value s of Σ, and |λ|/2 + ν off them.
   */
  readonly rates: readonly number[];
  /** The largest of them; 0 where nothing is exponential. */
  readonly rate: number;
  /**
   * Y: blocks CᵀC, CᵀAᵀ; AC, AAᵀ. Each is right relative to the product of its layers' norms; a layer that
   * passes near 0 on its way, relative to the eigenvectors' terms that cancel there.
   */
  gramAt(t: number): Matrix;
  /**
   * Σ − AC, m × k, right relative to itself down to underflow, as long as the terms that are left do not
   * cancel in it.
   */
  residualAt(t: number): Matrix;
  /** Q, where there is one hidden unit; where there are more it depends on more than Y. */
  readonly layersAt?: (t: number) => Matrix;
}

/**
 * Solves from a start: all entries finite, λ and Σ up to 10^300 in size, Q₀ up to 10^150. Doubles are taken
 * as exact.
 */
export function balancedSolution(start: BalancedStart): BalancedSolution {
  const n = unitOf(start);
  if (n === 0) return solutionOf(start);
  // λ, Σ, Q₀² and 1/t have one unit: taken as the power of two that brings the largest near 1, nothing is
  // lost, and squares stay in range.
  const by = (matrix: Matrix, exponent: number): Matrix => timesWide(matrix, wide(1, exponent));
  const { lambda, sigma, Q0, decay = 0 } = start;
  const solution = solutionOf({ lambda: scale(lambda, -n), sigma: by(sigma, -n), Q0: by(Q0, -n / 2), decay: scale(decay, -n) });
  const clock = (t: number): number => (t === Infinity ? t : scale(t, n));
  const { layersAt } = solution;
  return {
    rates: solution.rates.map((rate) => scale(rate, n)),
    rate: scale(solution.rate, n),
    gramAt: (t) => by(solution.gramAt(clock(t)), n),
    residualAt: (t) => by(solution.residualAt(clock(t)), n),
    ...(layersAt === undefined ? {} : { layersAt: (t) => by(layersAt(clock(t)), n / 2) }),
  };
}

/** The even exponent of the problem's unit; 0 where it is of ordinary size. */
function unitOf({ lambda, sigma, Q0, decay = 0 }: BalancedStart): number {
  const square = wide(largestEntry(Q0));
  const largest = [wide(lambda), wide(decay), wide(largestEntry(sigma)), product(square, square)]
    .filter(({ m }) => m !== 0)
    .map(({ m, e }) => exponentOf(m) + e);
  const n = largest.length === 0 ? 0 : 2 * Math.round(Math.max(...largest) / 2);
  return Math.abs(n) < 100 ? 0 : n;
}

function solutionOf({ lambda, sigma, Q0, decay = 0 }: BalancedStart): BalancedSolution {
  const system = eigensystemOf(lambda, sigma, Q0, decay);
  const k = sigma.columns;
  const frame = { ...system, inputs: asColumns(system.right, k), outputs: asColumns(system.left, sigma.rows) };
  // Y and the residual are usually asked for at the same time.
  let last: { readonly t: number; readonly moment: Moment } | undefined;
  const momentAt = (t: number): Moment => {
    if (last?.t !== t) last = { t, moment: momentOf(frame, t) };
    return last.moment;
  };
  const solution: BalancedSolution = {
    rates: system.rates,
    rate: system.rates[0] ?? 0,
    gramAt: (t) => (t === 0 ? Q0.mmul(Q0.transpose()) : gramOf(frame, momentAt(t))),
    residualAt: (t) => (t === 0 ? firstResidual(sigma, Q0) : residualOf(frame, momentAt(t))),
  };
  return Q0.columns === 1 ? { ...solution, layersAt: (t) => (t === 0 ? Q0.clone() : layersOf(frame, momentAt(t))) } : solution;
}

/**
 * Σ − AC of the weights as they are, with the digits that a single product loses where they nearly cancel.
 */
function firstResidual(sigma: Matrix, Q0: Matrix): Matrix {
  const rows = Array.from({ length: Q0.rows }, (_, i) => twofolds(Float64Array.from(Q0.getRow(i))));
  const residual = sigma.clone();
  for (let i = 0; i < sigma.rows; i++)
    for (let j = 0; j < sigma.columns; j++)
      residual.set(i, j, minus(twofold(sigma.get(i, j)), dot(rows[sigma.columns + i]!, rows[j]!)).hi);
  return residual;
}

function asColumns(vectors: readonly Float64Array[], rows: number): Matrix {
  const matrix = Matrix.zeros(rows, vectors.length);
  for (const [j, vector] of vectors.entries()) for (const [i, x] of vector.entries()) matrix.set(i, j, x);
  return matrix;
}
