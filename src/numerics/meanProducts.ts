/** For samples as rows: their components Tx along the rows of a matrix T, and means E[abᵀ] of products. */
import { Matrix } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";

/** Tx of every sample. */
export function componentsOf({ rows, columns, data }: Rows, T: Matrix): Rows {
  const table = T.to1DArray();
  const components = new Float64Array(rows * T.rows);
  for (let n = 0; n < rows; n++) {
    for (let a = 0; a < T.rows; a++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += table[a * columns + j]! * data[n * columns + j]!;
      components[n * T.rows + a] = sum;
    }
  }
  return { rows, columns: T.rows, data: components };
}

/** E[abᵀ]. */
export function meanProducts(a: Rows, b: Rows): Matrix {
  const sums = new Float64Array(a.columns * b.columns);
  for (let n = 0; n < a.rows; n++) {
    for (let i = 0; i < a.columns; i++) {
      const value = a.data[n * a.columns + i]! / a.rows;
      if (value === 0) continue;
      const row = i * b.columns;
      const from = n * b.columns;
      for (let j = 0; j < b.columns; j++) sums[row + j]! += value * b.data[from + j]!;
    }
  }
  return Matrix.from1DArray(a.columns, b.columns, sums);
}

/** E[a]. */
export function meansOf({ rows, columns, data }: Rows): Float64Array {
  const means = new Float64Array(columns);
  for (let n = 0; n < rows; n++) for (let j = 0; j < columns; j++) means[j]! += data[n * columns + j]! / rows;
  return means;
}
