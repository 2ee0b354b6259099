/** Random λ-balanced starts, AᵀA − CCᵀ = λ·1, from a seed each. */
import { determinant, Matrix, QrDecomposition } from "ml-matrix";
import { type Random, randomFrom } from "../../src/door/seeds.ts";
import type { BalancedStart } from "../../src/exact/matrixRiccati/matrixSolution.ts";

export interface Shape {
  /** Outputs. */
  readonly m: number;
  /** Inputs. */
  readonly k: number;
  /** Hidden units, at most min(m, k). */
  readonly d: number;
  readonly lambda: number;
  /** Size of the smaller layer's singular values, times a factor up to √10 either way (default 1). */
  readonly size?: number;
  /** Size of Σ's entries (default 1). */
  readonly target?: number;
}

export function balancedStart(seed: string | number, { m, k, d, lambda, size = 1, target = 1 }: Shape): BalancedStart {
  const random = randomFrom(seed, "balancedStart");
  const turn = orthogonal(d, d, random);
  const small = Array.from({ length: d }, () => size * 10 ** (random.uniform() - 0.5));
  const large = small.map((x) => Math.hypot(x, Math.sqrt(Math.abs(lambda))));
  const [c, a] = lambda < 0 ? [large, small] : [small, large];
  const Ct = orthogonal(k, d, random).mmul(Matrix.diag(c)).mmul(turn);
  const A = orthogonal(m, d, random).mmul(Matrix.diag(a)).mmul(turn);
  return { lambda, sigma: normals(m, k, random).mul(target), Q0: stacked(Ct, A) };
}

/**
 * The same problem with a target that square full layers can reach: det AC never changes sign when λ = 0, so one with det Σ of the
 * other sign leaves a mode that the start has nothing of, but for rounding.
 */
export function reachable(start: BalancedStart): BalancedStart {
  const { sigma, Q0 } = start;
  if (sigma.rows !== sigma.columns || sigma.rows !== Q0.columns) return start;
  const { AC } = blocksOf(Q0.mmul(Q0.transpose()), sigma.columns);
  return determinant(AC) * determinant(sigma) > 0 ? start : { ...start, sigma: sigma.clone().mulRow(0, -1) };
}

/** A start of any shape and λ for each seed. */
export function anyStart(seed: string | number, most = 4): BalancedStart {
  const random = randomFrom(`${seed} shape`, "anyStart");
  const pick = (n: number): number => 1 + Math.floor(n * random.uniform());
  const [m, k] = [pick(most), pick(most)];
  const lambda = [0, 1, -1][pick(3) - 1]! * 10 ** (2 * random.uniform() - 1);
  return balancedStart(seed, { m, k, d: pick(Math.min(m, k)), lambda, size: 10 ** (random.uniform() - 0.7) });
}

/** n × d with orthonormal columns. */
export function orthogonal(n: number, d: number, random: Random): Matrix {
  return new QrDecomposition(normals(n, n, random)).orthogonalMatrix.subMatrix(0, n - 1, 0, d - 1);
}

export function normals(rows: number, columns: number, random: Random): Matrix {
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.normal()),
  );
}

/** One above the other. */
export function stacked(upper: Matrix, lower: Matrix): Matrix {
  return new Matrix([...upper.to2DArray(), ...lower.to2DArray()]);
}

/** Y's blocks, by the number of inputs. */
export function blocksOf(Y: Matrix, k: number): { readonly CC: Matrix; readonly AC: Matrix; readonly AA: Matrix } {
  const end = Y.rows - 1;
  return { CC: Y.subMatrix(0, k - 1, 0, k - 1), AC: Y.subMatrix(k, end, 0, k - 1), AA: Y.subMatrix(k, end, k, end) };
}

/** The Frobenius norm, at any size. */
export function sizeOf(matrix: Matrix): number {
  return Math.hypot(...matrix.to1DArray());
}

/** ‖a − b‖/‖b‖. */
export function relativeError(a: Matrix, b: Matrix): number {
  const error = sizeOf(Matrix.sub(a, b));
  return error === 0 ? 0 : error / sizeOf(b);
}
