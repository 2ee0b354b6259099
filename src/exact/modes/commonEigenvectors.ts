/**
 * The eigenvectors that several symmetric matrices have in common: those of a combination with fixed
 * coefficients, then turned by Jacobi's rotations until all are as diagonal as they can be.
 * [BunseGerstnerEtAl1993]
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { largestEntry } from "../../numerics/matrices.ts";
import { UNCORRELATED } from "./coupling.ts";
import { TILT, turn } from "./hiddenVectors.ts";

/**
 * An orthonormal basis of the inputs that learn, or that the output sees: of the rows of the correlation,
 * then of those of the overlap outside of them. Both are in units in which rounding is of order ε.
 */
export function rowSpace(correlation: Matrix, overlap: Matrix): Matrix {
  const learning = rightVectors(correlation, UNCORRELATED);
  const outside = Matrix.sub(overlap, overlap.mmul(learning).mmul(learning.transpose()));
  const seen = rightVectors(outside, TILT);
  const basis = new Matrix(correlation.columns, learning.columns + seen.columns);
  for (let a = 0; a < learning.columns; a++) basis.setColumn(a, learning.getColumn(a));
  for (let a = 0; a < seen.columns; a++) basis.setColumn(learning.columns + a, seen.getColumn(a));
  return basis;
}

/** Right singular vectors of singular values above rounding, as columns. */
function rightVectors(rows: Matrix, rounding: number): Matrix {
  if (rows.rows === 0 || rows.columns === 0) return Matrix.zeros(rows.columns, 0);
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(rows, { autoTranspose: true });
  const count = diagonal.filter((value) => value > rounding).length;
  return count === 0 ? Matrix.zeros(rows.columns, 0) : rightSingularVectors.subMatrix(0, rows.columns - 1, 0, count - 1);
}

/** Coefficients between which there is no simple relation. */
const COEFFICIENTS = [Math.SQRT2, Math.E / 2, 1, Math.PI / 2, Math.SQRT1_2, Math.LN10 / 2, Math.LN2];

/** Eigenvectors, within a subspace, of symmetric matrices that have them in common. */
export function commonEigenvectors(subspace: Matrix, matrices: readonly Matrix[]): Matrix {
  const q = subspace.columns;
  if (q === 0) return subspace;
  const within = (vectors: Matrix): Matrix[] => matrices.map((matrix) => vectors.transpose().mmul(matrix).mmul(vectors));
  const sum = Matrix.zeros(q, q);
  for (const [i, matrix] of within(subspace).entries()) sum.add(matrix.mul(COEFFICIENTS[i]!));
  const eigenvectors = new EigenvalueDecomposition(symmetricPart(sum), { assumeSymmetric: true }).eigenvectorMatrix;
  const vectors = subspace.mmul(eigenvectors);
  const turned = within(vectors);
  if (offDiagonal(turned) < FAR) diagonalise(vectors, turned);
  return vectors;
}

/** Matrices that are farther from diagonal have no common eigenvectors. */
const FAR = 1e-3;
/** Rotations of less are rounding. */
const LEAST_ANGLE = 1e-17;
const SWEEPS = 4;

/**
 * Rotates the vectors, in place, so that the off-diagonal entries of all matrices together become smallest.
 * Eigenvalues of the combination may come close by accident; here two modes are as far apart as in the matrix
 * that separates them best. [BunseGerstnerEtAl1993]
 */
function diagonalise(vectors: Matrix, matrices: readonly Matrix[]): void {
  const q = vectors.columns;
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let a = 0; a < q; a++)
      for (let b = a + 1; b < q; b++) {
        let [on, off] = [0, 0];
        for (const matrix of matrices) {
          const [gap, both] = [matrix.get(a, a) - matrix.get(b, b), matrix.get(a, b) + matrix.get(b, a)];
          on += gap * gap - both * both;
          off += 2 * gap * both;
        }
        const angle = Math.atan2(off, on + Math.hypot(on, off)) / 2;
        if (!(Math.abs(angle) > LEAST_ANGLE)) continue;
        moved = true;
        const tan = -Math.tan(angle);
        turn(vectors, a, b, tan);
        for (const matrix of matrices) {
          turn(matrix, a, b, tan);
          turnRows(matrix, a, b, tan);
        }
      }
  }
}

function turnRows(matrix: Matrix, a: number, b: number, tan: number): void {
  const cos = 1 / Math.hypot(1, tan);
  const sin = tan * cos;
  for (let i = 0; i < matrix.columns; i++) {
    const [x, y] = [matrix.get(a, i), matrix.get(b, i)];
    matrix.set(a, i, cos * x - sin * y);
    matrix.set(b, i, sin * x + cos * y);
  }
}

/** The largest entry off the diagonals. */
function offDiagonal(matrices: readonly Matrix[]): number {
  return Math.max(0, ...matrices.map((matrix) => largestEntry(Matrix.sub(matrix, Matrix.diag(matrix.diagonal())))));
}

export function symmetricPart(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}
