/**
 * The hidden directions that layers use. W₂ and W₁ are expressed in an orthonormal basis of them; there are
 * at most as many as outputs and inputs together.
 *
 * Layers of doubles never have low rank to the last bit. A hidden direction in which all weights are rounding
 * error is left out, because it would grow in training, whereas a network cannot learn more directions than
 * its layers have.
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { decompose, inverseNorm } from "../numerics/householder.ts";
import { frobeniusNorm, rowNorm } from "../numerics/matrices.ts";
import { type Column, column, lengthOf, orthogonalColumns } from "../numerics/orthogonalColumns.ts";
import { addScaled, columnsTimes, timesMatrix, timesRows } from "../numerics/products.ts";
import { ROUNDING_OF_TERMS } from "../numerics/rounding.ts";
import { scale } from "../numerics/wide.ts";

/**
 * Layers in fewer hidden directions, and the directions, which are computed when first read; undefined if
 * they are the neurons themselves.
 */
export type SpannedLayers = MatrixLayers & { readonly basis: (() => readonly Float64Array[]) | undefined };

/** Singular values above this share of the largest are certainly not rounding error. */
const CLEAR = 1e-12;

/** The layers in an orthonormal basis of their span. */
export function inTheirSpan({ W2, W1 }: MatrixLayers): SpannedLayers {
  const [m, d, k] = [W2.rows, W1.rows, W1.columns];
  if (d <= m + k) return withoutRounding({ W2, W1, basis: undefined });
  const vectors = hiddenVectors({ W2, W1 });
  // Zero vectors need no direction; zero layers keep one.
  const used = vectors.flatMap((vector, i) => (vector.some((x) => x !== 0) ? [i] : []));
  const columns = used.length === 0 ? [0] : used;
  const { R, Q } = decompose(columns.map((i) => vectors[i]!));
  const reduced = { W2: Matrix.zeros(m, columns.length), W1: Matrix.zeros(columns.length, k) };
  for (const [n, i] of columns.entries()) {
    for (let h = 0; h <= n; h++) {
      if (i < m) reduced.W2.set(i, h, R.get(h, n));
      else reduced.W1.set(h, i - m, R.get(h, n));
    }
  }
  return withoutRounding({ ...reduced, basis: Q });
}

/** The rows of W₂, then the columns of W₁. */
function hiddenVectors({ W2, W1 }: MatrixLayers): Float64Array[] {
  const d = W1.rows;
  const vectors = Array.from({ length: W2.rows + W1.columns }, () => new Float64Array(d));
  for (let i = 0; i < W2.rows; i++) for (let h = 0; h < d; h++) vectors[i]![h] = W2.get(i, h);
  for (let h = 0; h < d; h++) for (let j = 0; j < W1.columns; j++) vectors[W2.rows + j]![h] = W1.get(h, j);
  return vectors;
}

/** Converts layers in these hidden directions to layers of all neurons. */
export function inNeurons(basis: SpannedLayers["basis"], { W2, W1 }: MatrixLayers): MatrixLayers {
  if (basis === undefined) return { W2, W1 };
  return { W2: timesRows(W2, basis()), W1: columnsTimes(basis(), W1) };
}

function sizeOf(column: Column): number {
  return scale(lengthOf(column).hi, column.exponent);
}

/**
 * Leaves out hidden directions that are rounding error, in units of the weights of each output, input and
 * neuron.
 */
function withoutRounding(layers: SpannedLayers): SpannedLayers {
  const { W2, W1, basis } = layers;
  const [m, d, k] = [W2.rows, W2.columns, W1.columns];
  if (d < 2) return layers;
  const rows = new Matrix(m + k, d);
  rows.setSubMatrix(W2, 0, 0);
  rows.setSubMatrix(W1.transpose(), m, 0);
  for (let i = 0; i < m + k; i++) {
    const size = rowNorm(rows, i) || 1;
    for (let h = 0; h < d; h++) rows.set(i, h, rows.get(i, h) / size);
  }
  if (isFarFromSingular(rows)) return layers;
  const { diagonal } = new SingularValueDecomposition(rows, { autoTranspose: true });
  if (diagonal[d - 1]! > CLEAR * diagonal[0]!) return layers;
  const neurons = Array.from({ length: d }, (_, h) => column(Float64Array.from(rows.getColumn(h))));
  const sizes = neurons.map(sizeOf);
  const { columns, rotation } = orthogonalColumns(neurons);
  const used = columns.flatMap((neuronColumn, h) => {
    // A sum over the neurons of the rounding error of a weight, in units of all weights of the neuron.
    const direction = Array.from(rotation[h]!.entries.hi);
    const rounding = direction.reduce((total, share, n) => Math.hypot(total, share * ROUNDING_OF_TERMS * sizes[n]!), 0);
    return sizeOf(neuronColumn) > rounding ? [direction] : [];
  });
  if (used.length === d || used.length === 0) return layers;
  const directions = new Matrix(used).transpose();
  return {
    W2: timesMatrix(W2, directions),
    W1: timesMatrix(directions.transpose(), W1),
    basis: () => (basis === undefined ? used.map((direction) => Float64Array.from(direction)) : combined(basis(), used)),
  };
}

/** Linear combinations of the vectors. */
function combined(vectors: readonly Float64Array[], coefficients: readonly (readonly number[])[]): Float64Array[] {
  return coefficients.map((shares) => {
    const sum = new Float64Array(vectors[0]!.length);
    for (const [n, share] of shares.entries()) addScaled(sum, share, vectors[n]!);
    return sum;
  });
}

/**
 * Whether the least singular value is certainly {@link CLEAR}: its bound 1/|R⁻¹|_F costs a fraction of the
 * singular values themselves.
 */
function isFarFromSingular(rows: Matrix): boolean {
  if (rows.rows < rows.columns) return false;
  const columns = Array.from({ length: rows.columns }, (_, h) => Float64Array.from(rows.getColumn(h)));
  return frobeniusNorm(rows) * inverseNorm(decompose(columns).R) < 0.1 / CLEAR;
}
