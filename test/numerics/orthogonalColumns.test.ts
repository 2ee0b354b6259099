/** Why the singular values are not ml-matrix's: one-sided Jacobi keeps the digits of small ones, and tells a rank from rounding. */
import { Matrix, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { column, lengthOf, orthogonalColumns } from "../../src/numerics/orthogonalColumns.ts";
import { randomOrthonormal } from "../../src/numerics/orthonormal.ts";
import { dot, minus, over, plus, root, type Twofold, times, twofold } from "../../src/numerics/twofold.ts";

const columnsOf = (M: Matrix) => Array.from({ length: M.columns }, (_, j) => column(Float64Array.from(M.getColumn(j))));

/** The lengths of the orthogonal columns: singular values. */
function lengthsOf(M: Matrix): Twofold[] {
  return orthogonalColumns(columnsOf(M)).columns.map((one) => times(lengthOf(one), twofold(2 ** one.exponent)));
}

/** Pascal's triangle as a symmetric matrix: its determinant is 1 at every size. */
function pascal(n: number): Matrix {
  const M = Matrix.ones(n, n);
  for (let i = 1; i < n; i++) for (let j = 1; j < n; j++) M.set(i, j, M.get(i - 1, j) + M.get(i, j - 1));
  return M;
}

test("the product of the singular values is the determinant, to 18 digits, where ml-matrix keeps 7", () => {
  for (const n of [2, 5, 8, 12]) {
    const determinant = lengthsOf(pascal(n)).reduce(times, twofold(1));
    // 32 digits less the 12 of the ratio of the singular values.
    expect(Math.abs(minus(determinant, twofold(1)).hi)).toBeLessThan(1e-18);
  }
  const product = new SVD(pascal(12)).diagonal.reduce((all, s) => all * s, 1);
  expect(Math.abs(product - 1)).toBeGreaterThan(1e-8);
});

test("columns of any size keep their digits", () => {
  for (const size of [1e-20, 1e-150, 1e-290]) {
    const M = new Matrix([
      [1, size],
      [1, 2 * size],
    ]);
    const [large, small] = lengthsOf(M).sort((a, b) => b.hi - a.hi) as [Twofold, Twofold];
    expect(Math.abs((large.hi * small.hi) / size - 1)).toBeLessThan(4 * Number.EPSILON);
  }
});

test("columns end orthogonal, by a rotation, to 30 digits", () => {
  const random = randomFrom(1, "test");
  const M = Matrix.from1DArray(
    7,
    5,
    Array.from({ length: 35 }, () => random.normal()),
  );
  const { columns, rotation } = orthogonalColumns(columnsOf(M));
  for (let i = 0; i < 5; i++)
    for (let j = 0; j <= i; j++) {
      const unit = i === j ? 1 : 0;
      expect(Math.abs(minus(dot(rotation[i]!.entries, rotation[j]!.entries), twofold(unit)).hi)).toBeLessThan(1e-29);
      if (i !== j) expect(Math.abs(dot(columns[i]!.entries, columns[j]!.entries).hi)).toBeLessThan(1e-29);
      // B·R, entry by entry.
      const turned = M.mmul(Matrix.columnVector(rotation[i]!.entries.hi)).to1DArray();
      const found = columns[i]!.entries.hi.map((x) => x * 2 ** columns[i]!.exponent);
      for (const [row, x] of turned.entries()) expect(found[row]).toBeCloseTo(x, 14);
    }
});

test("a rank that is missing exactly is missing, and one that is there by a part in 10²⁵ is there", () => {
  const nonzero = (M: Matrix): number => lengthsOf(M).filter(({ hi }) => hi > 0).length;
  const one = new Matrix([[3], [-7], [11]]).mmul(new Matrix([[1, 3, 7, -13]]));
  expect(nonzero(one)).toBe(1);
  expect(
    nonzero(
      new Matrix([
        [1, 3],
        [1, 3],
        [0, 1e-25],
      ]),
    ),
  ).toBe(2);
  expect(nonzero(Matrix.zeros(3, 2))).toBe(0);
});

test("two doubles do what they say: (√a)² = a, a/b·b = a, (a + b) − a = b to 31 digits", () => {
  const random = randomFrom(2, "test");
  for (let i = 0; i < 1000; i++) {
    const a = plus(twofold(random.uniform() + 0.5), twofold(random.normal() * 1e-17));
    const b = plus(twofold(random.normal()), twofold(random.normal() * 1e-18));
    expect(Math.abs(minus(times(root(a), root(a)), a).hi)).toBeLessThan(2 ** -101);
    expect(Math.abs(minus(times(over(b, a), a), b).hi)).toBeLessThan(2 ** -100 * Math.abs(b.hi));
    expect(Math.abs(minus(minus(plus(a, b), a), b).hi)).toBeLessThan(2 ** -100);
  }
});

test("columns of equal length keep their rank, beside others that are rounding", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = randomFrom(`equal ${seed}`, "test");
    const [n, d, rank] = [7, 6, 3];
    const M = randomOrthonormal(n, rank, random).mmul(randomOrthonormal(d, rank, random).transpose());
    const lengths = lengthsOf(M)
      .map(({ hi }) => hi)
      .sort((a, b) => b - a);
    for (const [i, length] of lengths.entries())
      expect(Math.abs(length - (i < rank ? 1 : 0)), `seed ${seed}`).toBeLessThan(32 * Number.EPSILON);
  }
});
