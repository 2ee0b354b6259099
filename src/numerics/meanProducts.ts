/** Means over samples, E[abᵀ] and E[a], of samples as rows. */
import { Matrix } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";

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
