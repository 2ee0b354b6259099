/** Constructors and norms of ml-matrix matrices, without overflow. */
import { Matrix } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";
import { exponentOf, product, scale, toNumber, type Wide } from "./wide.ts";

/** The matrix of these rows. */
export function matrixFrom({ rows, columns, data }: Rows): Matrix {
  return Matrix.from1DArray(rows, columns, data);
}

/** maxᵢⱼ |Mᵢⱼ|. */
export function largestEntry(matrix: Matrix): number {
  let largest = 0;
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < matrix.columns; j++) largest = Math.max(largest, Math.abs(matrix.get(i, j)));
  return largest;
}

/** ‖M‖_F, without overflow or underflow. */
export function frobeniusNorm(matrix: Matrix): number {
  const largest = largestEntry(matrix);
  if (largest === 0) return 0;
  const n = exponentOf(largest);
  let sum = 0;
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < matrix.columns; j++) sum += scale(matrix.get(i, j), -n) ** 2;
  return scale(Math.sqrt(sum), n);
}

/** The length of a row, without overflow or underflow. */
export function rowNorm(matrix: Matrix, row: number): number {
  let largest = 0;
  for (let j = 0; j < matrix.columns; j++) largest = Math.max(largest, Math.abs(matrix.get(row, j)));
  if (largest === 0) return 0;
  const n = exponentOf(largest);
  let sum = 0;
  for (let j = 0; j < matrix.columns; j++) sum += scale(matrix.get(row, j), -n) ** 2;
  return scale(Math.sqrt(sum), n);
}

/** The lengths of all rows. */
export function rowNorms(matrix: Matrix): Float64Array {
  const norms = new Float64Array(matrix.rows);
  for (let i = 0; i < norms.length; i++) norms[i] = rowNorm(matrix, i);
  return norms;
}

/** The length of a column, without overflow or underflow. */
export function columnNorm(matrix: Matrix, column: number): number {
  let largest = 0;
  for (let i = 0; i < matrix.rows; i++) largest = Math.max(largest, Math.abs(matrix.get(i, column)));
  if (largest === 0) return 0;
  const n = exponentOf(largest);
  let sum = 0;
  for (let i = 0; i < matrix.rows; i++) sum += scale(matrix.get(i, column), -n) ** 2;
  return scale(Math.sqrt(sum), n);
}

/** factor·M, without overflow or underflow of intermediate results. */
export function timesWide(matrix: Matrix, factor: Wide): Matrix {
  if (factor.e === 0) return Matrix.mul(matrix, factor.m);
  const scaled = matrix.clone();
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < matrix.columns; j++) scaled.set(i, j, toNumber(product(matrix.get(i, j), factor)));
  return scaled;
}

/** Whether two matrices are the same, entry by entry. */
export function sameMatrix(a: Matrix, b: Matrix): boolean {
  if (a.rows !== b.rows || a.columns !== b.columns) return false;
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) if (a.get(i, j) !== b.get(i, j)) return false;
  return true;
}
