/**
 * The hidden directions that layers use: W₂ and W₁ in an orthonormal basis of them, of which there are at
 * most as many as outputs and inputs.
 *
 * Layers of doubles are never of low rank to the last bit. A hidden direction in which all weights are
 * rounding is left out, because training would let it grow: a network learns no more directions than its
 * layers have.
 */
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { frobeniusNorm } from "../numerics/matrices.ts";
import { type Column, column, lengthOf, orthogonalColumns } from "../numerics/orthogonalColumns.ts";
import { ROUNDING_OF_TERMS } from "../numerics/rounding.ts";
import { scale } from "../numerics/wide.ts";

/**
 * Layers in fewer hidden directions, and the directions as columns; undefined where they are the neurons
 * themselves.
 */
export type SpannedLayers = MatrixLayers & { readonly basis: Matrix | undefined };

/** Singular values above this share of the largest are beyond doubt. */
const CLEAR = 1e-12;

/** The layers in an orthonormal basis of their span. */
export function inTheirSpan({ W2, W1 }: MatrixLayers): SpannedLayers {
  const m = W2.rows;
  const width = m + W1.columns;
  if (W1.rows <= width) return withoutRounding({ W2, W1, basis: undefined });
  const columns = new Matrix(W1.rows, width);
  columns.setSubMatrix(W2.transpose(), 0, 0);
  if (width > m) columns.setSubMatrix(W1, 0, m);
  const { orthogonalMatrix: basis, upperTriangularMatrix: R } = new QrDecomposition(columns);
  return withoutRounding({
    W2: R.subMatrix(0, width - 1, 0, m - 1).transpose(),
    W1: width === m ? Matrix.zeros(width, 0) : R.subMatrix(0, width - 1, m, width - 1),
    basis,
  });
}

function sizeOf(one: Column): number {
  return scale(lengthOf(one).hi, one.exponent);
}

/**
 * Leaves out hidden directions that are rounding, in units of the weights of each output, input and neuron.
 */
function withoutRounding(layers: SpannedLayers): SpannedLayers {
  const { W2, W1, basis } = layers;
  const [m, d, k] = [W2.rows, W2.columns, W1.columns];
  if (d < 2) return layers;
  const rows = new Matrix(m + k, d);
  rows.setSubMatrix(W2, 0, 0);
  rows.setSubMatrix(W1.transpose(), m, 0);
  for (let i = 0; i < m + k; i++) {
    const row = rows.getRowVector(i);
    rows.setRow(i, row.div(frobeniusNorm(row) || 1));
  }
  const { diagonal } = new SingularValueDecomposition(rows, { autoTranspose: true });
  if (diagonal[d - 1]! > CLEAR * diagonal[0]!) return layers;
  const neurons = Array.from({ length: d }, (_, h) => column(Float64Array.from(rows.getColumn(h))));
  const sizes = neurons.map(sizeOf);
  const { columns, rotation } = orthogonalColumns(neurons);
  const used = columns.flatMap((one, h) => {
    // A sum over the neurons, each with the rounding of a weight in units of all weights of its neuron.
    const direction = Array.from(rotation[h]!.entries.hi);
    const rounding = direction.reduce((total, share, n) => Math.hypot(total, share * ROUNDING_OF_TERMS * sizes[n]!), 0);
    return sizeOf(one) > rounding ? [direction] : [];
  });
  if (used.length === d || used.length === 0) return layers;
  const directions = new Matrix(used).transpose();
  return {
    W2: W2.mmul(directions),
    W1: directions.transpose().mmul(W1),
    basis: basis === undefined ? directions : basis.mmul(directions),
  };
}
