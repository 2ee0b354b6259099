/**
 * Least squares with and without a constant, from moments. The columns of x are eliminated one after the
 * other from the moments of (x, 1, y). The result are the moments of the residuals r of y and s of the
 * constant,
 *
 *     without a constant  E|r|²      with one  E|r|² − |E[rs]|²/E[s²]
 */
import type { Matrix } from "ml-matrix";

/** Moments of k inputs and m targets, with their means. */
export interface MomentsAndMeans {
  /** E[xxᵀ], k×k. */
  readonly xx: Matrix;
  /** E[yxᵀ], m×k. */
  readonly yx: Matrix;
  /** E[|y|²]. */
  readonly yy: number;
  /** E[x]. */
  readonly x: Float64Array;
  /** E[y]. */
  readonly y: Float64Array;
}

/** The least mean square error of a linear function of x, without a constant and with one. */
export interface LinearFit {
  readonly without: number;
  readonly with: number;
}

/** A column whose residual is below this share of its mean square depends on the columns before it. */
const DEPENDENT = 1e-10;

export function linearFit({ xx, yx, yy, x, y }: MomentsAndMeans): LinearFit {
  const [k, m] = [xx.rows, yx.rows];
  if (yy === 0) return { without: 0, with: 0 };
  // Columns are in units of their root mean square, targets in units of √yy.
  const unit = xx.diagonal().map((value) => Math.sqrt(value) || 1);
  const unitY = Math.sqrt(yy);
  const A = Array.from({ length: k }, (_, i) => Float64Array.from({ length: k }, (__, j) => xx.get(i, j) / unit[i]! / unit[j]!));
  const Y = Array.from({ length: m }, (_, o) => Float64Array.from({ length: k }, (__, j) => yx.get(o, j) / unitY / unit[j]!));
  const ones = Float64Array.from(x, (mean, j) => mean / unit[j]!);
  const onesY = Float64Array.from(y, (mean) => mean / unitY);
  let restY = 1;
  let restOnes = 1;
  for (let p = 0; p < k; p++) {
    const row = A[p]!;
    const pivot = row[p]!;
    if (!(pivot > DEPENDENT)) continue;
    for (let i = p + 1; i < k; i++) subtract(A[i]!, row[i]! / pivot, row, p, i);
    for (let o = 0; o < m; o++) {
      const share = Y[o]![p]! / pivot;
      restY -= share * Y[o]![p]!;
      onesY[o]! -= share * ones[p]!;
      subtract(Y[o]!, share, row, p, p);
    }
    const share = ones[p]! / pivot;
    restOnes -= share * ones[p]!;
    subtract(ones, share, row, p, p);
  }
  const without = Math.max(0, restY);
  if (restOnes < DEPENDENT) return { without: without * yy, with: without * yy };
  const gain = onesY.reduce((sum, value) => sum + (value / restOnes) * value, 0);
  return { without: without * yy, with: Math.max(0, without - gain) * yy };
}

/** target −= factor·row, right of column p and of column `from`: the matrix is symmetric. */
function subtract(target: Float64Array, factor: number, row: Float64Array, p: number, from: number): void {
  if (factor === 0) return;
  for (let j = Math.max(p, from); j < row.length; j++) target[j]! -= factor * row[j]!;
}
