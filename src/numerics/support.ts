/** The directions in which the inputs vary: E[xxᵀ] = Σₐ varianceₐ vₐvₐᵀ, with variances above rounding. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";
import { sameMatrix } from "./matrices.ts";
import { principalComponents } from "./principalComponents.ts";
import { scale } from "./wide.ts";

export interface Support {
  /** The variances > 0, one per direction. */
  readonly variances: readonly number[];
  /** The directions as columns, k×r; undefined if they are all coordinate axes in order. */
  readonly directions: Matrix | undefined;
  /** Whether the directions are coordinate axes, and therefore free of rounding. */
  readonly exact: boolean;
  /** The least eigenvalue of E[xxᵀ]. Rounding may make it negative. */
  readonly least: number;
}

/** A variance below this share of the largest one, times the number of inputs, counts as rounding. */
const ROUNDING_OF_VARIANCES = 1e-15;

/** The last result, because most calls pass the same matrix again. */
let known: { readonly xx: Matrix; readonly support: Support } | undefined;

/** The support of E[xxᵀ]. */
export function supportOf(xx: Matrix): Support {
  if (known === undefined || !sameMatrix(known.xx, xx))
    known = { xx: xx.clone(), support: isDiagonal(xx) ? ofDiagonal(xx) : ofEigenvectors(xx) };
  return known.support;
}

/**
 * The support of E[xxᵀ] = `xx` of these samples, from their singular values. Small variances are more
 * accurate than as eigenvalues of `xx`.
 */
export function supportOfSamples(samples: Rows, xx: Matrix): Support {
  if (isDiagonal(xx)) return supportOf(xx);
  const { deviations, directions, exponent } = principalComponents(samples, Math.sqrt(ROUNDING_OF_VARIANCES * samples.columns));
  const variances = deviations.map((deviation) => scale(deviation * deviation, 2 * exponent));
  return { variances, directions, exact: false, least: variances.length < samples.columns ? 0 : variances.at(-1)! };
}

function isDiagonal(xx: Matrix): boolean {
  for (let i = 0; i < xx.rows; i++) for (let j = 0; j < xx.columns; j++) if (i !== j && xx.get(i, j) !== 0) return false;
  return true;
}

function ofDiagonal(xx: Matrix): Support {
  const all = xx.diagonal();
  const seen = all.flatMap((value, j) => (value > 0 ? [j] : []));
  const least = Math.min(...all);
  if (seen.length === all.length) return { variances: all, directions: undefined, exact: true, least };
  const directions = Matrix.zeros(all.length, seen.length);
  for (const [a, j] of seen.entries()) directions.set(j, a, 1);
  return { variances: seen.map((j) => all[j]!), directions, exact: true, least };
}

function ofEigenvectors(xx: Matrix): Support {
  const { realEigenvalues: all, eigenvectorMatrix } = new EigenvalueDecomposition(xx, { assumeSymmetric: true });
  const largest = Math.max(...all);
  const slack = ROUNDING_OF_VARIANCES * xx.rows * largest;
  const seen = all.flatMap((value, a) => (value > slack ? [a] : [])).reverse();
  const directions = Matrix.zeros(xx.rows, seen.length);
  for (const [column, a] of seen.entries())
    for (let j = 0; j < xx.rows; j++) directions.set(j, column, eigenvectorMatrix.get(j, a));
  return { variances: seen.map((a) => all[a]!), directions, exact: false, least: Math.min(...all) };
}

/**
 * Σₐ |yxₐ|²/varianceₐ: the part of E[|y|²] that the inputs explain, for yx in the coordinates of these
 * directions.
 */
export function explained(yx: Matrix, variances: readonly number[]): number {
  let sum = 0;
  for (let o = 0; o < yx.rows; o++)
    for (let a = 0; a < variances.length; a++) sum += (yx.get(o, a) / variances[a]!) * yx.get(o, a);
  return sum;
}
