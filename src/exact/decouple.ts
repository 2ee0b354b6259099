/**
 * Whether a problem of several inputs and outputs is a direct sum of problems of one direction: orthonormal vₐ and oₐ with
 *
 *     E[xxᵀ] vₐ = xxₐ vₐ   E[yxᵀ] vₐ = sₐ oₐ   W₁ᵀW₁ vₐ = wwₐ vₐ   W₂W₂ᵀ oₐ = uuₐ oₐ   W₂W₁ vₐ = uwₐ oₐ   (and transposed)
 *
 * so that the hidden vectors of different modes are orthogonal. The vₐ are common eigenvectors, found as those of a combination of all these
 * matrices with fixed coefficients, and what they leave over tells how far the modes are coupled. [SaxeEtAl2014]
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
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

/** What rounding leaves of a correlation, or an overlap, that is none: a target of low rank has modes of that strength, in no directions of their own. */
const UNCORRELATED = 1e-15;

/** The modes, or what couples them. */
export type Decoupling = { readonly modes: Modes } | { readonly coupled: string };

export function decouple({ start, yx, support }: MatrixState): Decoupling {
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
  const { inputs, outputs } = paired(vectors, correlation, overlap);
  const [sizesU, sizesW] = [rootsAlong(uu, outputs, outputs), rootsAlong(ww, inputs, inputs)];
  const strengths = rootsAlong(correlation, outputs, inputs);
  const variances = rootsAlong(spread, inputs, inputs);
  const coupling: readonly (readonly [string, number])[] = [
    ["the inputs' covariance couples", largestCosine(spread, inputs, variances, inputs, variances)],
    ["the correlation with the targets couples", largestCosine(correlation, outputs, strengths, inputs, strengths, UNCORRELATED)],
    ["the input weights couple", largestCosine(ww, inputs, sizesW, inputs, sizesW)],
    ["the output weights couple", largestCosine(uu, outputs, sizesU, outputs, sizesU)],
    ["the layers' overlap couples", largestCosine(between, outputs, sizesU, inputs, sizesW)],
  ];
  const [what, cosine] = coupling.reduce((most, one) => (one[1] > most[1] ? one : most));
  return cosine > COUPLING ? { coupled: `${what} the modes (${cosine.toPrecision(2)})` } : { modes: { inputs, outputs } };
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
  const seen = diagonal.filter((value) => value > Number.EPSILON * rows.rows * diagonal[0]!).length;
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

/** The largest |left_b·M·rightₐ|/(size_b·sizeₐ) of two different modes, or of a mode and all that is none, above rounding and `least`. */
function largestCosine(
  matrix: Matrix,
  left: Matrix,
  sizesLeft: readonly number[],
  right: Matrix,
  sizesRight: readonly number[],
  least = 0,
): number {
  const images = matrix.mmul(right);
  const pairs = left.transpose().mmul(images);
  const rest = Matrix.sub(images, left.mmul(pairs));
  let largest = 0;
  const see = (product: number, a: number, b: number): void => {
    if (product > Math.max(ROUNDING * Math.max(a, b, ROUNDING), least))
      largest = Math.max(largest, Math.min(1, product / (a * b)));
  };
  for (let a = 0; a < right.columns; a++) {
    for (let b = 0; b < left.columns; b++) if (a !== b) see(Math.abs(pairs.get(b, a)), sizesRight[a]!, sizesLeft[b]!);
    see(rest.getColumnVector(a).norm(), sizesRight[a]!, 1);
  }
  return largest;
}
