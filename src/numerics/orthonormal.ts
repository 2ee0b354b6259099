/** Random orthonormal vectors: Gaussian columns, made orthogonal by Gram–Schmidt. */
import { Matrix } from "ml-matrix";
import type { Random } from "../door/seeds.ts";

/** A rows×columns matrix of orthonormal columns, uniformly distributed; at most as many columns as rows. */
export function randomOrthonormal(rows: number, columns: number, random: Random): Matrix {
  const basis = new Matrix(rows, columns);
  for (let j = 0; j < columns; j++) {
    const column = Matrix.columnVector(Array.from({ length: rows }, () => random.normal()));
    // Two passes are needed, because after the first rounding leaves a component along the earlier columns.
    for (let pass = 0; pass < 2; pass++)
      for (let i = 0; i < j; i++) {
        const other = basis.getColumnVector(i);
        column.sub(Matrix.mul(other, column.dot(other)));
      }
    basis.setColumn(j, column.div(column.norm()));
  }
  return basis;
}
