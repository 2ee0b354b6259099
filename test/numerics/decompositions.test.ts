/** Products and the QR decomposition of tall matrices, against ml-matrix and against their definitions. */
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { decompose, inverseNorm } from "../../src/numerics/householder.ts";
import { columnsTimes, gramOfColumns, gramOfRows, timesMatrix, timesRows } from "../../src/numerics/products.ts";
import { drawer } from "../support/drawer.ts";
import { expectWithin } from "../support/problems.ts";

const columnsOf = (matrix: Matrix): Float64Array[] =>
  Array.from({ length: matrix.columns }, (_, j) => Float64Array.from(matrix.getColumn(j)));

function draws(seed: number) {
  const { uniform, normal } = drawer(seed);
  const integer = (low: number, high: number): number => low + Math.floor((high - low + 1) * uniform());
  const matrix = (rows: number, columns: number): Matrix =>
    Matrix.from1DArray(rows, columns, Array.from({ length: rows * columns }, normal));
  return { integer, matrix, uniform };
}

test("products have the rounding of sums from the first term to the last, in every shape", () => {
  const { integer, matrix } = draws(1);
  for (let n = 0; n < 300; n++) {
    const [rows, inner, columns] = [integer(1, 11), integer(1, 11), integer(1, 11)];
    const [A, B] = [matrix(rows, inner), matrix(inner, columns)];
    expect(timesMatrix(A, B)).toEqual(A.mmul(B));
    expect(columnsTimes(columnsOf(A), B)).toEqual(A.mmul(B));
    expect(timesRows(A, columnsOf(B.transpose()))).toEqual(A.mmul(B));
    expect(gramOfColumns(A)).toEqual(A.transpose().mmul(A));
    expect(gramOfRows(A)).toEqual(A.mmul(A.transpose()));
  }
});

test("QR gives back every column to its own last digits, with orthonormal columns", () => {
  const { integer, matrix, uniform } = draws(2);
  for (let n = 0; n < 200; n++) {
    const columns = integer(1, 13);
    const A = matrix(columns + integer(0, 30), columns);
    // Columns of sizes far apart, and one of zeros.
    A.mulRowVector(Array.from({ length: columns }, () => 10 ** (uniform() < 0.3 ? 500 * uniform() - 250 : uniform())));
    const zeros = n % 5 === 0 && columns > 1 ? integer(0, columns - 1) : undefined;
    if (zeros !== undefined) A.setColumn(zeros, new Array(A.rows).fill(0));
    const { R, Q } = decompose(columnsOf(A));
    const basis = new Matrix(Q().map((column) => Array.from(column))).transpose();
    const product = basis.mmul(R);
    for (let j = 0; j < columns; j++) {
      const size = Math.max(...A.getColumn(j).map(Math.abs));
      for (let i = 0; i < A.rows; i++) expectWithin(Math.abs(product.get(i, j) - A.get(i, j)), 1e-14 * size, `entry of ${n}`);
    }
    const off = Matrix.sub(basis.transpose().mmul(basis), Matrix.eye(columns));
    expectWithin(Math.max(off.max(), -off.min()), 1e-14, `orthogonality of ${n}`);
  }
});

test("the bound on the least singular value holds, and is 0 for a singular matrix", () => {
  expect(inverseNorm(new Matrix([[1, 2], [0, 0]]))).toBe(Infinity); // biome-ignore format: matrix
  expect(inverseNorm(new Matrix([[2, 1], [0, 4]]))).toBeCloseTo(Math.sqrt(0.25 + 1 / 64 + 1 / 16), 15); // biome-ignore format: matrix
});
