/**
 * Whether a problem of several inputs and outputs is a direct sum of problems of one direction: orthonormal vₐ and oₐ with
 *
 *     E[xxᵀ] vₐ = xxₐ vₐ   E[yxᵀ] vₐ = sₐ oₐ   W₁ᵀW₁ vₐ = wwₐ vₐ   W₂W₂ᵀ oₐ = uuₐ oₐ   W₂W₁ vₐ = uwₐ oₐ   (and transposed)
 *
 * so that the hidden vectors of different modes are orthogonal. The vₐ are common eigenvectors, found as those of a combination of all these
 * matrices with fixed coefficients, and what they leave over tells how far the modes are coupled. [SaxeEtAl2014]
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import type { MatrixLayers, MatrixOrderParameters } from "../model/matrixLayers.ts";
import type { MatrixState } from "../model/matrixState.ts";
import { frobeniusNorm } from "../numerics/matrices.ts";

/** The modes as columns, the strongest first, in the coordinates of the inputs' span. */
export interface Modes {
  /** vₐ, r×q. */
  readonly inputs: Matrix;
  /** oₐ, m×q. */
  readonly outputs: Matrix;
}

/** Of modes that count as decoupled: the largest cosine between hidden vectors of two of them, or between what the data make of them. */
export const COUPLING = 1e-10;

/** What rounding leaves between two modes, in units of the whole. */
const ROUNDING = 1e-13;

/** What rounding leaves of a product that is none: of a correlation, or an overlap – a target of low rank has modes of that strength, in no directions of their own. */
const UNCORRELATED = 1e-14;

/** The modes, or what couples them. */
export type Decoupling = { readonly modes: Modes } | { readonly coupled: string };

export function decouple(state: MatrixState): Decoupling {
  const { start, yx, support } = state;
  const correlation = normalised(yx);
  // Cosines between hidden vectors: the overlap in units of both layers' sizes. What is rounding of 0 has no directions.
  const sizes = Math.sqrt(frobeniusNorm(start.uu)) * Math.sqrt(frobeniusNorm(start.ww));
  const between = sizes > 0 ? Matrix.div(start.uw, sizes) : start.uw;
  const overlap = frobeniusNorm(between) > UNCORRELATED ? normalised(start.uw) : Matrix.zeros(yx.rows, yx.columns);
  const spread = normalised(Matrix.diag([...support.variances]));
  const [uu, ww] = [normalised(start.uu), normalised(start.ww)];
  const vectors = commonEigenvectors(rowSpace(correlation, overlap), [
    spread,
    correlation.transpose().mmul(correlation),
    ww,
    overlap.transpose().mmul(overlap),
    symmetricPart(correlation.transpose().mmul(overlap)),
    correlation.transpose().mmul(uu).mmul(correlation),
    overlap.transpose().mmul(uu).mmul(overlap),
  ]);
  if (vectors.columns > yx.rows) return { coupled: `${vectors.columns} directions of the inputs meet in ${yx.rows} outputs` };
  const modes = paired(vectors, correlation, overlap);
  const { inputs, outputs } = modes;
  const strengths = rootsAlong(correlation, outputs, inputs);
  const variances = rootsAlong(spread, inputs, inputs);
  const coupling: readonly (readonly [string, number])[] = [
    ["the inputs' covariance couples", largestCosine(productsOf(spread, inputs, inputs), variances, variances)],
    [
      "the correlation with the targets couples",
      largestCosine(productsOf(correlation, outputs, inputs), strengths, strengths, UNCORRELATED),
    ],
    ...(state.layers === undefined ? couplingOfGram({ uu, ww, uw: between }, modes) : couplingOfLayers(state.layers, modes)),
  ];
  const [what, cosine] = coupling.reduce((most, one) => (one[1] > most[1] ? one : most));
  return cosine > COUPLING ? { coupled: `${what} the modes (${cosine.toPrecision(2)})` } : { modes };
}

const LAYERS = ["the output weights couple", "the input weights couple", "the layers' overlap couples"] as const;

/** Between the hidden vectors uₐ = W₂ᵀoₐ and wₐ = W₁vₐ themselves: one that is all but zero does not hide in the rounding of squares. */
function couplingOfLayers({ W2, W1 }: MatrixLayers, { inputs, outputs }: Modes): [string, number][] {
  const [A, C] = [normalised(W2), normalised(W1)];
  const [u, w] = [outputs.transpose().mmul(A).transpose(), C.mmul(inputs)];
  const [sizesU, sizesW] = [normsOf(u), normsOf(w)];
  const restOfA = Matrix.sub(A, outputs.mmul(u.transpose()));
  const restOfC = Matrix.sub(C, w.mmul(inputs.transpose()));
  const outer = { pairs: u.transpose().mmul(u), rest: normsOf(restOfA.mmul(u)) };
  const inner = { pairs: w.transpose().mmul(w), rest: normsOf(restOfC.transpose().mmul(w)) };
  const both = { pairs: u.transpose().mmul(w), rest: normsOf(restOfA.mmul(w)) };
  return [
    [LAYERS[0], largestCosine(outer, sizesU, sizesU)],
    [LAYERS[1], largestCosine(inner, sizesW, sizesW)],
    [LAYERS[2], largestCosine(both, sizesU, sizesW)],
  ];
}

/** The same from order parameters, of which rounding has taken what is below it. */
function couplingOfGram({ uu, ww, uw }: MatrixOrderParameters, { inputs, outputs }: Modes): [string, number][] {
  const [sizesU, sizesW] = [rootsAlong(uu, outputs, outputs), rootsAlong(ww, inputs, inputs)];
  return [
    [LAYERS[0], largestCosine(productsOf(uu, outputs, outputs), sizesU, sizesU, UNCORRELATED)],
    [LAYERS[1], largestCosine(productsOf(ww, inputs, inputs), sizesW, sizesW, UNCORRELATED)],
    [LAYERS[2], largestCosine(productsOf(uw, outputs, inputs), sizesU, sizesW, UNCORRELATED)],
  ];
}

function normsOf(columns: Matrix): number[] {
  return Array.from({ length: columns.columns }, (_, a) => columns.getColumnVector(a).norm());
}

function normalised(matrix: Matrix): Matrix {
  const size = frobeniusNorm(matrix);
  return size > 0 ? Matrix.div(matrix, size) : matrix;
}

function symmetricPart(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}

/** An orthonormal basis of the inputs that learn, or are seen at the output: of the rows of both matrices. */
function rowSpace(correlation: Matrix, overlap: Matrix): Matrix {
  const { rows: m, columns: r } = correlation;
  if (r === 0) return Matrix.zeros(0, 0);
  const rows = new Matrix(2 * m, r);
  rows.setSubMatrix(correlation, 0, 0);
  rows.setSubMatrix(overlap, m, 0);
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(rows, { autoTranspose: true });
  const seen = diagonal.filter((value) => value > UNCORRELATED * diagonal[0]!).length;
  return seen === 0 ? Matrix.zeros(r, 0) : rightSingularVectors.subMatrix(0, r - 1, 0, seen - 1);
}

/** Coefficients between which there is no simple relation. */
const COEFFICIENTS = [Math.SQRT2, Math.E / 2, 1, Math.PI / 2, Math.SQRT1_2, Math.LN10 / 2, Math.LN2];

/** Eigenvectors, within a subspace, of symmetric matrices that have them in common. */
function commonEigenvectors(subspace: Matrix, matrices: readonly Matrix[]): Matrix {
  const q = subspace.columns;
  if (q === 0) return subspace;
  const sum = Matrix.zeros(q, q);
  for (const [i, matrix] of matrices.entries()) sum.add(subspace.transpose().mmul(matrix).mmul(subspace).mul(COEFFICIENTS[i]!));
  return subspace.mmul(new EigenvalueDecomposition(symmetricPart(sum), { assumeSymmetric: true }).eigenvectorMatrix);
}

/** Every vₐ with the oₐ ⟂ all others along its image, the longest image first, so that sₐ ≥ 0; in the order of their strengths. */
function paired(vectors: Matrix, correlation: Matrix, overlap: Matrix): Modes {
  const images = [correlation.mmul(vectors), overlap.mmul(vectors)].map((matrix) =>
    Array.from({ length: vectors.columns }, (_, a) => matrix.getColumnVector(a)),
  ) as [Matrix[], Matrix[]];
  const longest = images[0].map((image, a) => (image.norm() >= images[1][a]!.norm() ? image : images[1][a]!));
  const order = longest.map((_, a) => a).sort((a, b) => longest[b]!.norm() - longest[a]!.norm());
  const done: { readonly a: number; readonly output: Matrix; readonly strength: number }[] = [];
  for (const a of order) {
    const output = longest[a]!.clone();
    // Twice: what the first pass leaves along the others is rounding.
    for (let pass = 0; pass < 2; pass++) for (const one of done) output.sub(Matrix.mul(one.output, output.dot(one.output)));
    output.div(output.norm());
    const strength = output.dot(images[0][a]!);
    done.push({ a, output: strength < 0 ? output.neg() : output, strength: Math.abs(strength) });
  }
  const sorted = done.sort((x, y) => y.strength - x.strength);
  const inputs = new Matrix(vectors.rows, sorted.length);
  const outputs = new Matrix(correlation.rows, sorted.length);
  for (const [column, { a, output }] of sorted.entries()) {
    inputs.setColumn(column, vectors.getColumn(a));
    outputs.setColumn(column, output.getColumn(0));
  }
  return { inputs, outputs };
}

/** √(leftₐ·M·rightₐ): the size of a mode's vector, whose square that is. */
function rootsAlong(matrix: Matrix, left: Matrix, right: Matrix): number[] {
  return left
    .transpose()
    .mmul(matrix)
    .mmul(right)
    .diagonal()
    .map((square) => Math.sqrt(Math.max(0, square)));
}

/** Products between the vectors of modes, a column each, and the size of each column's product with all that is in no mode. */
interface Products {
  readonly pairs: Matrix;
  readonly rest: readonly number[];
}

/** left_b·M·rightₐ. */
function productsOf(matrix: Matrix, left: Matrix, right: Matrix): Products {
  const images = matrix.mmul(right);
  const pairs = left.transpose().mmul(images);
  return { pairs, rest: normsOf(Matrix.sub(images, left.mmul(pairs))) };
}

/** The largest product over the sizes of both, of two different modes or of a mode and all that is none, above rounding and `least`. */
function largestCosine(
  { pairs, rest }: Products,
  sizesLeft: readonly number[],
  sizesRight: readonly number[],
  least = 0,
): number {
  let largest = 0;
  const see = (product: number, a: number, b: number): void => {
    if (product > Math.max(ROUNDING * Math.max(a, b, ROUNDING), least))
      largest = Math.max(largest, Math.min(1, product / (a * b)));
  };
  for (let a = 0; a < pairs.columns; a++) {
    for (let b = 0; b < pairs.rows; b++) if (a !== b) see(Math.abs(pairs.get(b, a)), sizesRight[a]!, sizesLeft[b]!);
    see(rest[a]!, sizesRight[a]!, 1);
  }
  return largest;
}
