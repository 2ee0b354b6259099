/**
 * The eigenvectors of M = diag(roots)² + LᵀL, for kernels whose eigenvalues may differ by any factor.
 *
 * Standard methods find eigenvectors to rounding of the largest eigenvalue. So the eigenvectors of the large
 * eigenvalues are taken first, and the method is repeated for the other directions in smaller units. Every
 * eigenvalue then has a small relative error, as far as the accuracy of L allows.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { frobeniusNorm, largestEntry, timesWide } from "../numerics/matrices.ts";
import { compare, exponentOf, product, quotient, type Wide, wide, ZERO } from "../numerics/wide.ts";

/** Eigenvectors as columns, each with its eigenvalue and its image. */
export interface KernelModes {
  /** vᵢ, r×r. */
  readonly vectors: Matrix;
  /** L·vᵢ, d×r. Entries within the rounding error of their terms are 0. */
  readonly images: Matrix;
  /** |diag(roots)·vᵢ|² + |L·vᵢ|². */
  readonly values: readonly Wide[];
}

/**
 * Orthogonal directions with orthogonal images: an SVD, L·vᵢ = imageᵢ, in which small images are accurate
 * next to large ones. Directions with image 0 come last.
 */
export function singularModes(L: Matrix): KernelModes {
  const modes = kernelModes(new Array(L.columns).fill(0), L);
  const { images, values } = modes;
  for (const [i, value] of values.entries()) {
    const large = values.findIndex((other) => compare(product(other, LARGE), value) <= 0);
    if (large <= 0 || value.m === 0) continue;
    // The part of the larger images that rounding of the direction has left in this one.
    const image = images.getColumnVector(i);
    for (let j = 0; j < large; j++) {
      const other = images.getColumnVector(j);
      const size = frobeniusNorm(other);
      const unit = timesWide(other, quotient(wide(1), wide(size)));
      image.sub(Matrix.mul(unit, unit.dot(image)));
    }
    images.setColumn(i, image.getColumn(0));
  }
  return modes;
}

/** The same, for directions with nonzero image only, computed on the smaller side of L. */
export function rangeModes(L: Matrix): KernelModes {
  const isWide = L.rows < L.columns;
  const { vectors, images, values } = singularModes(isWide ? L.transpose() : L);
  const seen = values.flatMap((value, i) => (value.m > 0 ? [i] : []));
  const [ours, theirs] = [columnsOf(vectors, seen), columnsOf(images, seen)];
  if (isWide) {
    // Lᵀp = s n and Ln = s p.
    for (let i = 0; i < seen.length; i++) {
      const size = frobeniusNorm(theirs.getColumnVector(i));
      theirs.setColumn(i, timesWide(theirs.getColumnVector(i), quotient(wide(1), wide(size))));
      ours.mulColumn(i, size);
    }
  }
  const [directions, range] = isWide ? [theirs, ours] : [ours, theirs];
  return { vectors: directions, images: range, values: seen.map((i) => values[i]!) };
}

function columnsOf(matrix: Matrix, chosen: number[]): Matrix {
  return chosen.length === 0 ? new Matrix(matrix.rows, 0) : matrix.subMatrixColumn(chosen);
}

/** Eigenvalues below this share of the largest are computed again, in smaller units. */
const LARGE = 1e-4;

/** The rounding error of a product, in units of its terms. */
const ROUNDING = 16 * Number.EPSILON;

export function kernelModes(roots: readonly number[], L: Matrix): KernelModes {
  const r = roots.length;
  const vectors = new Matrix(r, r);
  const images = new Matrix(L.rows, r);
  const values: Wide[] = [];
  let basis = Matrix.eye(r, r);
  while (values.length < r) {
    const K = stretched(roots, L, basis);
    const large = largest(K);
    const first = values.length;
    const chosen = basis.mmul(large.vectors);
    const image = imagesOf(L, chosen);
    for (const [i, value] of large.values.entries()) {
      vectors.setColumn(first + i, chosen.getColumn(i));
      images.setColumn(first + i, image.getColumn(i));
      values.push(value);
    }
    if (values.length < r) basis = apart(roots, L, basis.mmul(large.others), chosen);
  }
  return { vectors, images, values };
}

/** [diag(roots); L]·V. */
function stretched(roots: readonly number[], L: Matrix, V: Matrix): Matrix {
  const r = roots.length;
  const K = new Matrix(r + L.rows, V.columns);
  K.setSubMatrix(V.clone().mulColumnVector(roots), 0, 0);
  if (L.rows > 0) K.setSubMatrix(imagesOf(L, V), r, 0);
  return K;
}

/** L·V. Entries within the rounding error of their terms are set to zero. */
function imagesOf(L: Matrix, V: Matrix): Matrix {
  if (L.rows === 0) return new Matrix(0, V.columns);
  const product = L.mmul(V);
  const terms = Matrix.abs(L).mmul(Matrix.abs(V));
  for (let h = 0; h < L.rows; h++)
    for (let i = 0; i < V.columns; i++) if (Math.abs(product.get(h, i)) <= ROUNDING * terms.get(h, i)) product.set(h, i, 0);
  return product;
}

/** The directions of the large eigenvalues of KᵀK, and all others. */
function largest(K: Matrix): { readonly vectors: Matrix; readonly others: Matrix; readonly values: readonly Wide[] } {
  const q = K.columns;
  const top = largestEntry(K);
  if (top === 0) return { vectors: Matrix.eye(q, q), others: new Matrix(q, 0), values: Array.from({ length: q }, () => ZERO) };
  const exponent = exponentOf(top);
  const unit = timesWide(K, wide(1, -exponent));
  const gram = unit.transpose().mmul(unit);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  // In ascending order.
  const first = realEigenvalues.findIndex((value) => value > LARGE * realEigenvalues[q - 1]!);
  const vectors = eigenvectorMatrix.subMatrix(0, q - 1, first, q - 1);
  const images = unit.mmul(vectors);
  const values = Array.from({ length: q - first }, (_, i) => {
    const square = images.getColumn(i).reduce((sum, entry) => sum + entry * entry, 0);
    return wide(square, 2 * exponent);
  });
  return { vectors, others: first === 0 ? new Matrix(q, 0) : eigenvectorMatrix.subMatrix(0, q - 1, 0, first - 1), values };
}

/**
 * The directions with their images made orthogonal to the chosen ones. Without this, rounding of the large
 * directions would exceed the small ones. Each pass reduces the error by a factor ε.
 */
function apart(roots: readonly number[], L: Matrix, directions: Matrix, chosen: Matrix): Matrix {
  const large = stretched(roots, L, chosen);
  const unit = wide(1, -exponentOf(largestEntry(large)));
  const scaled = timesWide(large, unit);
  const squares = Matrix.mul(scaled, scaled).sum("column");
  let current = directions;
  for (let round = 0; round < 2; round++) {
    const images = timesWide(stretched(roots, L, current), unit);
    const shares = scaled.transpose().mmul(images);
    shares.divColumnVector(squares);
    current = Matrix.sub(current, chosen.mmul(shares));
  }
  return current;
}
