/**
 * The principal components of samples, uncentred: the singular values and right singular vectors of the
 * matrix X/√n of n samples,
 *
 *     X/√n = U·diag(deviations)·Vᵀ      E[xxᵀ] = V·diag(deviations²)·Vᵀ
 *
 * The eigenvalues of E[xxᵀ] are not used: squares have half of the digits, and a direction whose deviation is
 * below 10⁻⁸ of the largest would be lost.
 */
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";
import { matrixFrom } from "./matrices.ts";
import { largestExponentOf } from "./norm.ts";
import { scale } from "./wide.ts";

interface PrincipalComponents {
  /** Orthonormal directions as columns, k×r, the largest deviation first. */
  readonly directions: Matrix;
  /** √E[(x·v)²] of each, in units of 2^exponent: positive, descending. */
  readonly deviations: readonly number[];
  readonly exponent: number;
  /** The samples in the same unit. */
  readonly samples: Rows;
}

/**
 * The components whose deviation is above `share` times the largest. If the columns are already orthogonal,
 * every component with a positive deviation is returned.
 */
export function principalComponents({ rows, columns, data }: Rows, share: number): PrincipalComponents {
  const exponent = largestExponentOf(data);
  const samples = { rows, columns, data: data.map((value) => scale(value, -exponent)) };
  const matrix = matrixFrom(samples);
  const components = areOrthogonal(matrix) ? ofAxes(matrix) : ofSingularVectors(matrix, share);
  components.sort((a, b) => b.deviation - a.deviation);
  const directions = Matrix.zeros(columns, components.length);
  for (const [a, { direction }] of components.entries()) directions.setColumn(a, direction);
  return { directions, deviations: components.map(({ deviation }) => deviation), exponent, samples };
}

/**
 * The size of a computed singular value that is exactly 0, relative to the largest singular value, for an n×k
 * matrix.
 */
export function roundingOf({ rows, columns }: Rows): number {
  return Math.max(rows, columns) * Number.EPSILON;
}

interface Component {
  readonly deviation: number;
  readonly direction: readonly number[];
}

function areOrthogonal(samples: Matrix): boolean {
  for (let a = 0; a < samples.columns; a++) {
    for (let b = 0; b < a; b++) {
      let product = 0;
      for (let j = 0; j < samples.rows; j++) product += samples.get(j, a) * samples.get(j, b);
      if (product !== 0) return false;
    }
  }
  return true;
}

function ofAxes(samples: Matrix): Component[] {
  return Array.from({ length: samples.columns }, (_, a): Component => {
    const direction = Array.from({ length: samples.columns }, (__, b) => (a === b ? 1 : 0));
    return { deviation: deviationOf(samples.getColumn(a)), direction };
  }).filter(({ deviation }) => deviation > 0);
}

function deviationOf(column: readonly number[]): number {
  const values = Float64Array.from(column);
  const exponent = largestExponentOf(values);
  const square = values.reduce((sum, value) => sum + scale(value, -exponent) ** 2, 0) / values.length;
  return scale(Math.sqrt(square), exponent);
}

function ofSingularVectors(samples: Matrix, share: number): Component[] {
  const matrix = samples.rows > 2 * samples.columns ? triangularFactor(samples) : samples;
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(matrix, { autoTranspose: true });
  const least = share * Math.max(...diagonal);
  return diagonal.flatMap((value, a) =>
    value > least ? [{ deviation: value / Math.sqrt(samples.rows), direction: rightSingularVectors.getColumn(a) }] : [],
  );
}

/**
 * R of X = QR, which has the same singular values and right singular vectors as X. The rows are read in
 * blocks; each block is decomposed together with the R of the blocks before it.
 */
function triangularFactor(samples: Matrix): Matrix {
  const { rows, columns: k } = samples;
  let R = samples.subMatrix(0, k - 1, 0, k - 1);
  for (let start = k; start < rows; start += 2 * k) {
    const end = Math.min(start + 2 * k, rows);
    const block = Matrix.zeros(k + end - start, k);
    block.setSubMatrix(R, 0, 0);
    block.setSubMatrix(samples.subMatrix(start, end - 1, 0, k - 1), k, 0);
    R = new QrDecomposition(block).upperTriangularMatrix;
  }
  return R;
}
