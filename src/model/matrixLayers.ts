import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { type MatrixLike, readMatrix } from "../numerics/arrays.ts";
import { attempt, readRecord, refuse, reject } from "../numerics/check.ts";
import { largestEntry, matrixFrom } from "../numerics/matrices.ts";

/** The layers of a linear network of k inputs and m outputs, f(x) = γ W₂W₁x. */
export interface MatrixLayers {
  /** Output weights, m×d: a row an output, a column a hidden neuron. */
  readonly W2: Matrix;
  /** Input weights, d×k: a row a hidden neuron, a column an input. */
  readonly W1: Matrix;
}

/** {@link MatrixLayers} as they may be passed in. */
export interface MatrixLayersLike {
  /** Output weights, m×d. */
  readonly W2: MatrixLike;
  /** Input weights, d×k. */
  readonly W1: MatrixLike;
}

/**
 * The order parameters of layers of several inputs and outputs, which decide the trained function and its kernel at any width. With one input
 * and one output they are the numbers of `OrderParameters`.
 */
export interface MatrixOrderParameters {
  /** W₂W₂ᵀ, m×m. */
  readonly uu: Matrix;
  /** W₁ᵀW₁, k×k. */
  readonly ww: Matrix;
  /** W₂W₁, m×k. */
  readonly uw: Matrix;
}

/** {@link MatrixOrderParameters} as they may be passed in. */
export interface MatrixOrderParametersLike {
  /** W₂W₂ᵀ, m×m. */
  readonly uu: MatrixLike;
  /** W₁ᵀW₁, k×k. */
  readonly ww: MatrixLike;
  /** W₂W₁, m×k. */
  readonly uw: MatrixLike;
}

/** Whether somebody passed layers { W2, W1 }, or order parameters that are matrices. */
export function areMatrices(initial: unknown): boolean {
  if (typeof initial !== "object" || initial === null) return false;
  return attempt(() => "W2" in initial || "W1" in initial || ("uw" in initial && typeof initial.uw === "object"), false);
}

export function isMatrixLayers(initial: MatrixLayers | MatrixOrderParameters): initial is MatrixLayers {
  return "W2" in initial;
}

/** An initial state of m outputs and k inputs as somebody passed it, checked and copied. */
export function readMatrixInitial(where: string, value: unknown, m: number, k: number): MatrixLayers | MatrixOrderParameters {
  const record = readRecord(where, "initial", value) as Record<string, unknown>;
  if ("W2" in record || "W1" in record) return readFittingLayers(where, value, m, k);
  if ("uw" in record) return readMatrixOrderParameters(where, record, m, k);
  return refuse(where, "initial", value, "pass layers { W2, W1 } or order parameters { uu, ww, uw }, all of them matrices");
}

/** Layers as somebody passed them, checked and copied. */
export function readMatrixLayers(where: string, argument: string, value: unknown): MatrixLayers {
  const given = readRecord(where, argument, value, ["W2", "W1"]);
  const W2 = matrixFrom(readMatrix(where, `${argument}.W2`, given.W2));
  const W1 = matrixFrom(readMatrix(where, `${argument}.W1`, given.W1));
  if (W2.columns !== W1.rows)
    reject(
      where,
      `${argument}.W2 has ${W2.columns} columns and ${argument}.W1 ${W1.rows} rows; pass one of each for a hidden neuron`,
    );
  return { W2, W1 };
}

function readFittingLayers(where: string, value: unknown, m: number, k: number): MatrixLayers {
  const { W2, W1 } = readMatrixLayers(where, "initial", value);
  if (W2.rows !== m) reject(where, `initial.W2 has ${W2.rows} rows; pass one for each target of the task, ${m}`);
  if (W1.columns !== k) reject(where, `initial.W1 has ${W1.columns} columns; pass one for each input of the task, ${k}`);
  return { W2, W1 };
}

/** W₂W₂ᵀ, W₁ᵀW₁, W₂W₁. */
export function orderParametersOf({ W2, W1 }: MatrixLayers): MatrixOrderParameters {
  return { uu: W2.mmul(W2.transpose()), ww: W1.transpose().mmul(W1), uw: W2.mmul(W1) };
}

/** What rounding leaves of a symmetry, or of |uw| ≤ √(uu·ww). */
const ROUNDING = 1e-10;

function readMatrixOrderParameters(where: string, given: Record<string, unknown>, m: number, k: number): MatrixOrderParameters {
  const read = (name: string, rows: number, columns: number): Matrix => {
    const matrix = matrixFrom(readMatrix(where, `initial.${name}`, given[name]));
    if (matrix.rows !== rows || matrix.columns !== columns)
      reject(where, `initial.${name} is ${matrix.rows}×${matrix.columns}; pass ${rows}×${columns}`);
    return matrix;
  };
  const initial = { uu: read("uu", m, m), ww: read("ww", k, k), uw: read("uw", m, k) };
  checkGram(where, "uu", initial.uu);
  checkGram(where, "ww", initial.ww);
  for (let o = 0; o < m; o++) {
    for (let j = 0; j < k; j++) {
      const bound = Math.sqrt(initial.uu.get(o, o)) * Math.sqrt(initial.ww.get(j, j));
      if (Math.abs(initial.uw.get(o, j)) > (1 + ROUNDING) * bound)
        reject(
          where,
          `initial.uw is ${initial.uw.get(o, j)} at [${o}, ${j}], more than √(uu·ww) = ${bound}; no layers have that`,
        );
    }
  }
  if (!areGrams(initial))
    reject(
      where,
      "initial.uu, initial.ww and initial.uw are of no layers: [W₂; W₁ᵀ][W₂ᵀ, W₁] would have a negative eigenvalue; pass W₂W₂ᵀ, W₁ᵀW₁ and W₂W₁",
    );
  return initial;
}

/** Whether the Gram matrix of both layers, in units of each, has no eigenvalue below 0 but for rounding. */
function areGrams({ uu, ww, uw }: MatrixOrderParameters): boolean {
  const [m, k] = [uw.rows, uw.columns];
  const [u, w] = [largestEntry(uu) || 1, largestEntry(ww) || 1];
  const gram = Matrix.eye(m + k, m + k).mul(ROUNDING);
  const add = (value: number, i: number, j: number): void => {
    gram.set(i, j, gram.get(i, j) + value / 2);
    gram.set(j, i, gram.get(j, i) + value / 2);
  };
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) add(uu.get(i, j) / u, i, j);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) add(ww.get(i, j) / w, m + i, m + j);
  for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) add((2 * (uw.get(i, j) / Math.sqrt(u))) / Math.sqrt(w), i, m + j);
  return new CholeskyDecomposition(gram).isPositiveDefinite();
}

function checkGram(where: string, name: string, gram: Matrix): void {
  const slack = ROUNDING * largestEntry(gram);
  for (let i = 0; i < gram.rows; i++) {
    if (!(gram.get(i, i) >= 0)) refuse(where, `initial.${name}[${i}][${i}]`, gram.get(i, i), "pass squares, which are ≥ 0");
    for (let j = 0; j < i; j++) {
      if (Math.abs(gram.get(i, j) - gram.get(j, i)) > slack)
        reject(where, `initial.${name} is not symmetric at [${i}, ${j}]; pass W₂W₂ᵀ and W₁ᵀW₁`);
    }
  }
}
