import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from "ml-matrix";
import { attempt, readRecord, refuse, reject } from "../door/arguments.ts";
import { type MatrixLike, readMatrix } from "../door/arrays.ts";
import { largestEntry, matrixFrom } from "../numerics/matrices.ts";
import { gramOfColumns, gramOfRows, timesMatrix } from "../numerics/products.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";

/** The layers of a linear network of k inputs and m outputs, f(x) = γ W₂W₁x. */
export interface MatrixLayers {
  /** Output weights, m×d: one row per output, one column per hidden neuron. */
  readonly W2: Matrix;
  /** Input weights, d×k: one row per hidden neuron, one column per input. */
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
 * The order parameters of layers of several inputs and outputs. They determine the trained function and its
 * kernel at any width. With one input and one output they are the numbers of `OrderParameters`.
 *
 * Order parameters from a log may be impossible for any layers, because their digits are rounded. A violation
 * of up to 10⁻¹⁰ of the largest square is accepted; up to 10⁻⁹ they are replaced by the nearest possible
 * ones; a larger one is refused.
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

/** Whether the value is layers { W2, W1 }, or order parameters that are matrices. */
export function areMatrices(initial: unknown): boolean {
  if (typeof initial !== "object" || initial === null) return false;
  return attempt(() => "W2" in initial || "W1" in initial || ("uw" in initial && typeof initial.uw === "object"), false);
}

export function isMatrixLayers(initial: MatrixLayers | MatrixOrderParameters): initial is MatrixLayers {
  return "W2" in initial;
}

/** Checks and copies an initial state of m outputs and k inputs. */
export function readMatrixInitial(value: unknown, m: number, k: number): MatrixLayers | MatrixOrderParameters {
  const record = readRecord("initial", value) as Record<string, unknown>;
  if ("W2" in record || "W1" in record) return readFittingLayers(value, m, k);
  if ("uw" in record) return readMatrixOrderParameters(record, m, k);
  return refuse("initial", value, "pass layers { W2, W1 } or order parameters { uu, ww, uw }, all of them matrices");
}

/** Checks and copies layers. */
export function readMatrixLayers(argument: string, value: unknown): MatrixLayers {
  const fields = readRecord(argument, value, ["W2", "W1"]);
  const W2 = matrixFrom(readMatrix(`${argument}.W2`, fields.W2));
  const W1 = matrixFrom(readMatrix(`${argument}.W1`, fields.W1));
  if (W2.columns !== W1.rows)
    reject(`${argument}.W2 has ${W2.columns} columns and ${argument}.W1 has ${W1.rows} rows; pass one of each per hidden neuron`);
  return { W2, W1 };
}

function readFittingLayers(value: unknown, m: number, k: number): MatrixLayers {
  const { W2, W1 } = readMatrixLayers("initial", value);
  if (W2.rows !== m) reject(`initial.W2 has ${W2.rows} rows; pass one for each target of the task, ${m}`);
  if (W1.columns !== k) reject(`initial.W1 has ${W1.columns} columns; pass one for each input of the task, ${k}`);
  return { W2, W1 };
}

/** W₂W₂ᵀ, W₁ᵀW₁, W₂W₁. */
export function orderParametersOf({ W2, W1 }: MatrixLayers): MatrixOrderParameters {
  return { uu: gramOfRows(W2), ww: gramOfColumns(W1), uw: timesMatrix(W2, W1) };
}

/** The rounding error of a computed snapshot. */
const ROUNDING_OF_SNAPSHOT = 1e-10;

function readMatrixOrderParameters(fields: Record<string, unknown>, m: number, k: number): MatrixOrderParameters {
  const read = (name: string, rows: number, columns: number): Matrix => {
    const matrix = matrixFrom(readMatrix(`initial.${name}`, fields[name]));
    if (matrix.rows !== rows || matrix.columns !== columns)
      reject(`initial.${name} is ${matrix.rows}×${matrix.columns}; pass ${rows}×${columns}`);
    return matrix;
  };
  const initial = { uu: read("uu", m, m), ww: read("ww", k, k), uw: read("uw", m, k) };
  checkGram("uu", initial.uu);
  checkGram("ww", initial.ww);
  for (let o = 0; o < m; o++) {
    for (let j = 0; j < k; j++) {
      const bound = Math.sqrt(initial.uu.get(o, o)) * Math.sqrt(initial.ww.get(j, j));
      if (Math.abs(initial.uw.get(o, j)) > (1 + DECIMAL_ROUNDING) * bound)
        reject(
          `initial.uw is ${initial.uw.get(o, j)} at [${o}, ${j}], more than √(uu·ww) = ${bound}, which is impossible; pass W₂W₁`,
        );
    }
  }
  if (areGrams(initial, ROUNDING_OF_SNAPSHOT)) return initial;
  if (!areGrams(initial, DECIMAL_ROUNDING))
    reject(
      "no layers have these initial.uu, initial.ww and initial.uw: [W₂; W₁ᵀ][W₂ᵀ, W₁] would have a negative eigenvalue; pass W₂W₂ᵀ, W₁ᵀW₁ and W₂W₁",
    );
  return nearestGrams(initial);
}

/** The largest squares of u and w, which are the units for the Gram matrix of both layers. */
function unitsOf({ uu, ww }: MatrixOrderParameters): { readonly u: number; readonly w: number } {
  return { u: largestEntry(uu) || 1, w: largestEntry(ww) || 1 };
}

/** The Gram matrix of both layers, in units of each. */
function gramOf(parameters: MatrixOrderParameters): Matrix {
  const { uu, ww, uw } = parameters;
  const [m, k] = [uw.rows, uw.columns];
  const { u, w } = unitsOf(parameters);
  const gram = Matrix.zeros(m + k, m + k);
  const add = (value: number, i: number, j: number): void => {
    gram.set(i, j, gram.get(i, j) + value / 2);
    gram.set(j, i, gram.get(j, i) + value / 2);
  };
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) add(uu.get(i, j) / u, i, j);
  for (let i = 0; i < k; i++) for (let j = 0; j < k; j++) add(ww.get(i, j) / w, m + i, m + j);
  for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) add((2 * (uw.get(i, j) / Math.sqrt(u))) / Math.sqrt(w), i, m + j);
  return gram;
}

/** Whether the Gram matrix of both layers, in units of each, has no eigenvalue below −slack. */
function areGrams(parameters: MatrixOrderParameters, slack: number): boolean {
  const gram = gramOf(parameters);
  for (let i = 0; i < gram.rows; i++) gram.set(i, i, gram.get(i, i) + slack);
  return new CholeskyDecomposition(gram).isPositiveDefinite();
}

/** The nearest possible order parameters: negative eigenvalues of the Gram matrix are set to zero. */
function nearestGrams(parameters: MatrixOrderParameters): MatrixOrderParameters {
  const [m, k] = [parameters.uw.rows, parameters.uw.columns];
  const { u, w } = unitsOf(parameters);
  const { realEigenvalues, eigenvectorMatrix: V } = new EigenvalueDecomposition(gramOf(parameters), { assumeSymmetric: true });
  const gram = V.clone()
    .mulRowVector(realEigenvalues.map((value) => Math.max(0, value)))
    .mmul(V.transpose());
  const uw = gram.subMatrix(0, m - 1, m, m + k - 1);
  return {
    uu: gram.subMatrix(0, m - 1, 0, m - 1).mul(u),
    ww: gram.subMatrix(m, m + k - 1, m, m + k - 1).mul(w),
    uw: uw.mul(Math.sqrt(u)).mul(Math.sqrt(w)),
  };
}

function checkGram(name: string, gram: Matrix): void {
  const slack = DECIMAL_ROUNDING * largestEntry(gram);
  for (let i = 0; i < gram.rows; i++) {
    if (!(gram.get(i, i) >= 0)) refuse(`initial.${name}[${i}][${i}]`, gram.get(i, i), "pass squares, which are ≥ 0");
    for (let j = 0; j < i; j++) {
      if (Math.abs(gram.get(i, j) - gram.get(j, i)) > slack)
        reject(`initial.${name} is not symmetric at [${i}, ${j}]; pass W₂W₂ᵀ and W₁ᵀW₁`);
    }
  }
}
