/** Layers from order parameters, by the square root of [W₂; W₁ᵀ][W₂ᵀ, W₁]. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixState } from "./matrixState.ts";
import { modeBlocks } from "./modeBlocks.ts";

/**
 * Layers with the order parameters of a problem's start, with as many hidden neurons as needed. Every block
 * of coordinates has its own unit, so that small weights stay accurate next to large ones of another block.
 */
export function layersOf(state: MatrixState): MatrixLayers {
  const { uu, ww, uw } = state.start;
  const [m, r] = [uw.rows, uw.columns];
  const units = unitsOf(state);
  const gram = new Matrix(m + r, m + r);
  const set = (i: number, j: number, value: number): void => {
    gram.set(i, j, value / units[i]! / units[j]!);
    gram.set(j, i, gram.get(i, j));
  };
  for (let i = 0; i < m; i++) {
    for (let n = 0; n <= i; n++) set(i, n, uu.get(i, n));
    for (let j = 0; j < r; j++) set(i, m + j, uw.get(i, j));
  }
  for (let j = 0; j < r; j++) for (let n = 0; n <= j; n++) set(m + j, m + n, ww.get(j, n));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  // A square that is rounding error must be removed, because its square root would be a large error in the
  // layers.
  const least = 8 * Number.EPSILON * (m + r) * Math.max(...realEigenvalues);
  const rows = eigenvectorMatrix.mulRowVector(realEigenvalues.map((value) => (value > least ? Math.sqrt(value) : 0)));
  rows.mulColumnVector(units);
  const W1 = r === 0 ? Matrix.zeros(m, 0) : rows.subMatrix(m, m + r - 1, 0, m + r - 1).transpose();
  return { W2: rows.subMatrix(0, m - 1, 0, m + r - 1), W1 };
}

/** For each output and input, the size of the weights that can mix with its weights. */
function unitsOf(state: MatrixState): number[] {
  const { uu, ww } = state.start;
  const m = uu.rows;
  const blocks = modeBlocks(state);
  const units = Array.from({ length: m + ww.rows }, () => 1);
  const root = (squares: readonly number[]): number => Math.sqrt(squares.reduce((most, x) => Math.max(most, x), 0)) || 1;
  const [u, w] = [uu.diagonal(), ww.diagonal()];
  for (const { inputs, outputs } of blocks) {
    // Rotated coordinates contain the rounding error of the largest weights, so they share one unit.
    const [ofU, ofW] = [root(outputs.map((i) => u[i]!)), root(state.support.exact ? inputs.map((j) => w[j]!) : w)];
    for (const i of outputs) units[i] = ofU;
    for (const j of inputs) units[m + j] = ofW;
  }
  return units;
}
