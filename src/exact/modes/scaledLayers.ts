/**
 * What layers are made of, in units of their sizes: W₂W₂ᵀ, W₁ᵀW₁ and W₂W₁, of the whole or of a block of
 * inputs and outputs.
 */
import { Matrix } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import type { ModeBlock } from "../../matrix/modeBlocks.ts";
import type { MatrixLayers, MatrixOrderParameters } from "../../model/matrixLayers.ts";
import { frobeniusNorm } from "../../numerics/matrices.ts";

/** Both layers' squares in units of their sizes, and their overlap in units of its terms. */
interface BlockGram {
  readonly uu: Matrix;
  readonly ww: Matrix;
  readonly overlap: Matrix;
}

/** The same from layers, which are in units of their sizes. */
export function gramOfLayers({ W2, W1 }: MatrixLayers): BlockGram {
  return {
    uu: normalised(W2.mmul(W2.transpose())),
    ww: normalised(W1.transpose().mmul(W1)),
    overlap: scaledOverlap({ W2, W1 }),
  };
}

export function gramOfBlock(start: MatrixOrderParameters, { inputs, outputs }: ModeBlock): BlockGram {
  const uu = start.uu.selection([...outputs], [...outputs]);
  const ww = start.ww.selection([...inputs], [...inputs]);
  const uw = start.uw.selection([...outputs], [...inputs]);
  return { uu: normalised(uu), ww: normalised(ww), overlap: scaledOverlapOfGram({ uu, ww, uw }) };
}

export function overlapOf({ layers, start }: MatrixState): Matrix {
  if (layers === undefined) return scaledOverlapOfGram(start);
  return scaledOverlap({ W2: normalised(layers.W2), W1: normalised(layers.W1) });
}

/**
 * W₂W₁ over Σₕ |column h of W₂||row h of W₁|. In these units its rounding is of order ε, however much the
 * terms cancel.
 */
function scaledOverlap({ W2, W1 }: MatrixLayers): Matrix {
  const overlap = W2.mmul(W1);
  let terms = 0;
  for (let h = 0; h < W1.rows; h++) terms += frobeniusNorm(W2.getColumnVector(h)) * frobeniusNorm(W1.getRowVector(h));
  return terms > 0 ? overlap.div(terms) : overlap;
}

function scaledOverlapOfGram({ uu, ww, uw }: MatrixOrderParameters): Matrix {
  const [u, w] = [Math.sqrt(frobeniusNorm(uu)), Math.sqrt(frobeniusNorm(ww))];
  return u > 0 && w > 0 ? Matrix.div(uw, u).div(w) : Matrix.zeros(uw.rows, uw.columns);
}

export function rowsOf(matrix: Matrix, rows: readonly number[]): Matrix {
  const chosen = new Matrix(rows.length, matrix.columns);
  for (const [n, row] of rows.entries()) chosen.setRow(n, matrix.getRow(row));
  return chosen;
}

export function columnsOf(matrix: Matrix, columns: readonly number[]): Matrix {
  const chosen = new Matrix(matrix.rows, columns.length);
  for (const [n, column] of columns.entries()) chosen.setColumn(n, matrix.getColumn(column));
  return chosen;
}

export function normalised(matrix: Matrix): Matrix {
  const size = frobeniusNorm(matrix);
  return size > 0 ? Matrix.div(matrix, size) : matrix;
}
