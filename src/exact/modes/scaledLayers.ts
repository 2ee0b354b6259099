/**
 * What layers are made of, in units of their sizes: W₂W₂ᵀ, W₁ᵀW₁ and W₂W₁, of the whole or of a block of
 * inputs and outputs.
 */
import { Matrix } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import type { ModeBlock } from "../../matrix/modeBlocks.ts";
import type { MatrixLayers, MatrixOrderParameters } from "../../model/matrixLayers.ts";
import { columnNorm, frobeniusNorm, rowNorm } from "../../numerics/matrices.ts";
import { gramOfColumns, gramOfRows, timesMatrix } from "../../numerics/products.ts";

/** Both layers' squares in units of their sizes. */
interface BlockGram {
  readonly uu: Matrix;
  readonly ww: Matrix;
}

/** The same from layers, which are in units of their sizes. */
export function gramOfLayers({ W2, W1 }: MatrixLayers): BlockGram {
  return {
    uu: normalised(gramOfRows(W2)),
    ww: normalised(gramOfColumns(W1)),
  };
}

export function gramOfBlock(start: MatrixOrderParameters, { inputs, outputs }: ModeBlock): BlockGram {
  const { uu, ww } = blockOf(start, { inputs, outputs });
  return { uu: normalised(uu), ww: normalised(ww) };
}

function blockOf(start: MatrixOrderParameters, { inputs, outputs }: ModeBlock): MatrixOrderParameters {
  return {
    uu: start.uu.selection([...outputs], [...outputs]),
    ww: start.ww.selection([...inputs], [...inputs]),
    uw: start.uw.selection([...outputs], [...inputs]),
  };
}

/** The overlap of a block in the units of {@link scaledOverlap}. */
export function overlapOfBlock(start: MatrixOrderParameters, block: ModeBlock): Matrix {
  return scaledOverlapOfGram(blockOf(start, block));
}

export function overlapOf({ layers, start }: MatrixState): Matrix {
  if (layers === undefined) return scaledOverlapOfGram(start);
  return scaledOverlap({ W2: normalised(layers.W2), W1: normalised(layers.W1) });
}

/**
 * W₂W₁ over Σₕ |column h of W₂||row h of W₁|. In these units its rounding is of order ε, however much the
 * terms cancel.
 */
export function scaledOverlap({ W2, W1 }: MatrixLayers): Matrix {
  const overlap = timesMatrix(W2, W1);
  let terms = 0;
  for (let h = 0; h < W1.rows; h++) terms += columnNorm(W2, h) * rowNorm(W1, h);
  return terms > 0 ? overlap.div(terms) : overlap;
}

function scaledOverlapOfGram({ uu, ww, uw }: MatrixOrderParameters): Matrix {
  const [u, w] = [Math.sqrt(frobeniusNorm(uu)), Math.sqrt(frobeniusNorm(ww))];
  return u > 0 && w > 0 ? Matrix.div(uw, u).div(w) : Matrix.zeros(uw.rows, uw.columns);
}

/** The rows at these places, which are in ascending order; the matrix itself if they are all. */
export function rowsOf(matrix: Matrix, rows: readonly number[]): Matrix {
  if (rows.length === matrix.rows) return matrix;
  const chosen = new Matrix(rows.length, matrix.columns);
  for (const [n, row] of rows.entries()) chosen.setRow(n, matrix.getRow(row));
  return chosen;
}

/** The columns at these places, which are in ascending order; the matrix itself if they are all. */
export function columnsOf(matrix: Matrix, columns: readonly number[]): Matrix {
  if (columns.length === matrix.columns) return matrix;
  const chosen = new Matrix(matrix.rows, columns.length);
  for (let i = 0; i < matrix.rows; i++) for (const [n, column] of columns.entries()) chosen.set(i, n, matrix.get(i, column));
  return chosen;
}

export function normalised(matrix: Matrix): Matrix {
  const size = frobeniusNorm(matrix);
  return size > 0 ? Matrix.div(matrix, size) : matrix;
}
