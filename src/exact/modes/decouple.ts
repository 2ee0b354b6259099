/**
 * Whether a problem of several inputs and outputs is a direct sum of problems of one direction: orthonormal
 * vₐ and oₐ with
 *
 *     E[xxᵀ] vₐ = xxₐ vₐ   E[yxᵀ] vₐ = sₐ oₐ   W₁ᵀW₁ vₐ = wwₐ vₐ   W₂W₂ᵀ oₐ = uuₐ oₐ   W₂W₁ vₐ = uwₐ oₐ   (and transposed)
 *
 * so that the hidden vectors of different modes are orthogonal. The coordinates fall into blocks first.
 * Within a block the vₐ are common eigenvectors, found as those of a combination of all these matrices with
 * fixed coefficients; where the data leave them free, the layers' hidden vectors decide. What they leave over
 * tells how far the modes are coupled, and what of a mode's start is rounding is set to zero. [SaxeEtAl2014]
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import { type ModeBlock, modeBlocks } from "../../matrix/modeBlocks.ts";
import type { MatrixLayers, MatrixOrderParameters } from "../../model/matrixLayers.ts";
import type { Network } from "../../model/network.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { frobeniusNorm, largestEntry } from "../../numerics/matrices.ts";
import {
  type HiddenVectors,
  lengthsOf,
  perpendicularAxis,
  type RawModes,
  ROUNDING as TERMS,
  TILT,
  turn,
  turnDegenerate,
  withoutRounding,
} from "./hiddenVectors.ts";

/** The modes as columns, the strongest first, in the coordinates of the inputs' span. */
export interface Modes {
  /** vₐ, r×q. */
  readonly inputs: Matrix;
  /** oₐ, m×q. */
  readonly outputs: Matrix;
  /** Where each mode starts. */
  readonly starts: readonly (Weights | OrderParameters)[];
}

/**
 * Of modes that count as decoupled: the largest cosine between hidden vectors of two of them, or between what
 * the data make of them.
 */
export const COUPLING = 1e-10;

/** What rounding leaves between two modes, in units of the whole. */
const ROUNDING = 1e-13;

/**
 * What rounding leaves of a product that is none: of a correlation, or an overlap – a target of low rank has
 * modes of that strength, in no directions of their own.
 */
const UNCORRELATED = 1e-14;

/** The modes, or what couples them. */
export type Decoupling = { readonly modes: Modes } | { readonly coupled: string };

/** What couples modes, and the cosine of the angle by which it does. */
type Coupling = readonly [what: string, cosine: number];

/** The modes of one block, in the coordinates of the whole problem. */
interface BlockModes extends RawModes {
  readonly block: ModeBlock;
  readonly couplings: readonly Coupling[];
}

export function decouple(state: MatrixState): Decoupling {
  const found: BlockModes[] = [];
  for (const block of modeBlocks(state)) {
    const modes = modesOfBlock(state, block);
    if ("coupled" in modes) return modes;
    found.push(modes);
  }
  const { inputs, outputs, blocks } = together(state, found);
  const { starts, couplings } =
    state.layers === undefined
      ? startsOfGram(state, inputs, outputs, blocks)
      : startsOfLayers(state, state.layers, inputs, outputs, blocks);
  const all: readonly Coupling[] = [...found.flatMap((one) => one.couplings), ...couplings];
  const [what, cosine] = all.reduce<Coupling>((most, one) => (one[1] > most[1] ? one : most), ["", 0]);
  if (cosine <= COUPLING) return { modes: { inputs, outputs, starts } };
  const { columns: directions } = rowSpace(normalised(state.yx), overlapOf(state));
  return {
    coupled:
      directions > state.yx.rows
        ? `${directions} directions of the inputs meet in ${state.yx.rows} outputs`
        : `${what} the modes (${cosine.toPrecision(2)})`,
  };
}

function modesOfBlock({ yx, support, layers, start }: MatrixState, block: ModeBlock): BlockModes | { readonly coupled: string } {
  const { inputs: js, outputs: is } = block;
  if (js.length === 0 || is.length === 0) return { block, ...embedded(yx, block, noModes(block)), couplings: [] };
  const correlation = normalised(yx.selection([...is], [...js]));
  const spread = normalised(Matrix.diag(js.map((j) => support.variances[j]!)));
  const own =
    layers === undefined ? undefined : { W2: normalised(rowsOf(layers.W2, is)), W1: normalised(columnsOf(layers.W1, js)) };
  const { uu, ww, overlap } = own === undefined ? gramOfBlock(start, block) : gramOfLayers(own);
  const vectors = commonEigenvectors(rowSpace(correlation, overlap), [
    spread,
    correlation.transpose().mmul(correlation),
    ww,
    overlap.transpose().mmul(overlap),
    symmetricPart(correlation.transpose().mmul(overlap)),
    correlation.transpose().mmul(uu).mmul(correlation),
    overlap.transpose().mmul(uu).mmul(overlap),
  ]);
  if (vectors.columns > is.length) return { coupled: `${vectors.columns} directions of the inputs meet in ${is.length} outputs` };
  const { inputs, outputs } = paired(vectors, correlation, overlap);
  const dataOf = (): Pick<RawModes, "strengths" | "variances"> => ({
    strengths: outputs.transpose().mmul(correlation).mmul(inputs).diagonal(),
    variances: inputs.transpose().mmul(spread).mmul(inputs).diagonal(),
  });
  if (own !== undefined && vectors.columns > 1) turnDegenerate({ inputs, outputs, ...dataOf() }, own.W2, own.W1);
  const sizesOf = (numbers: readonly number[]): number[] => numbers.map((square) => Math.sqrt(Math.max(0, square)));
  const { strengths, variances } = dataOf();
  const [ofCorrelation, ofSpread] = [sizesOf(strengths), sizesOf(variances)];
  return {
    block,
    ...embedded(yx, block, { inputs, outputs, strengths, variances }),
    couplings: [
      ["the inputs' covariance couples", largestCosine(productsOf(spread, inputs, inputs), ofSpread, ofSpread, ofData(ROUNDING))],
      [
        "the correlation with the targets couples",
        largestCosine(productsOf(correlation, outputs, inputs), ofCorrelation, ofCorrelation, ofData(ROUNDING, UNCORRELATED)),
      ],
    ],
  };
}

function noModes({ inputs, outputs }: ModeBlock): RawModes {
  return { inputs: new Matrix(inputs.length, 0), outputs: new Matrix(outputs.length, 0), strengths: [], variances: [] };
}

/** Directions of a block in the coordinates of the whole, with the strengths that they have there. */
function embedded(yx: Matrix, block: ModeBlock, { inputs, outputs, variances }: RawModes): RawModes {
  const spread = (rows: number, places: readonly number[], columns: Matrix): Matrix => {
    const all = Matrix.zeros(rows, columns.columns);
    for (const [n, place] of places.entries()) if (columns.columns > 0) all.setRow(place, columns.getRow(n));
    return all;
  };
  const [V, O] = [spread(yx.columns, block.inputs, inputs), spread(yx.rows, block.outputs, outputs)];
  const strengths = V.columns === 0 ? [] : O.transpose().mmul(yx).mmul(V).diagonal();
  return { inputs: V, outputs: O, strengths, variances };
}

/** The modes of all blocks, the strongest first. */
function together(
  { yx }: MatrixState,
  found: readonly BlockModes[],
): { readonly inputs: Matrix; readonly outputs: Matrix; readonly blocks: readonly ModeBlock[] } {
  const all = found
    .flatMap(({ inputs, outputs, strengths, block }) =>
      strengths.map((strength, a) => ({ input: inputs.getColumn(a), output: outputs.getColumn(a), strength, block })),
    )
    .sort((x, y) => y.strength - x.strength);
  const inputs = new Matrix(yx.columns, all.length);
  const outputs = new Matrix(yx.rows, all.length);
  for (const [a, { input, output }] of all.entries()) {
    inputs.setColumn(a, input);
    outputs.setColumn(a, output);
  }
  return { inputs, outputs, blocks: all.map(({ block }) => block) };
}

interface Starts {
  readonly starts: readonly (Weights | OrderParameters)[];
  readonly couplings: readonly Coupling[];
}

const LAYERS = ["the output weights couple", "the input weights couple", "the layers' overlap couples"] as const;

/**
 * The hidden vectors of the modes and the cosines between them. One that is all but zero does not hide in the
 * rounding of squares.
 */
function startsOfLayers(
  { network, neurons, task }: MatrixState,
  { W2, W1 }: MatrixLayers,
  inputs: Matrix,
  outputs: Matrix,
  blocks: readonly ModeBlock[],
): Starts {
  const given = neurons && { norms: neurons, count: task.xx.rows };
  const ofOutputs = blocks.map(({ outputs: is }) => layerOfBlock(rowsOf(W2, is).transpose(), is.length, undefined));
  const ofInputs = blocks.map(({ inputs: js }) => layerOfBlock(columnsOf(W1, js), js.length, given));
  const [u, w] = [W2.transpose().mmul(outputs), W1.mmul(inputs)];
  const rest = { u: restOf(W2, outputs, u), w: restOf(W1.transpose(), inputs, w) };
  const [tiltsU, tiltsW] = [ofOutputs.map(({ tilt }) => tilt), ofInputs.map(({ tilt }) => tilt)];
  const before = {
    u: { vectors: u, sizes: lengthsOf(u), tilts: tiltsU },
    w: { vectors: w, sizes: lengthsOf(w), tilts: tiltsW },
  };
  const couplings: Coupling[] = [
    [LAYERS[0], largestAngle(before.u, before.u, rest.u)],
    [LAYERS[1], largestAngle(before.w, before.w, rest.w)],
  ];
  const clean = {
    u: withoutRounding(
      u.clone(),
      tiltsU,
      ofOutputs.map(({ rounding }) => rounding),
    ),
    w: withoutRounding(
      w.clone(),
      tiltsW,
      ofInputs.map(({ rounding }) => rounding),
    ),
  };
  couplings.push([LAYERS[2], largestAngle(clean.u, clean.w, rest.u)], [LAYERS[2], largestAngle(clean.w, clean.u, rest.w)]);
  const column = (vectors: Matrix, a: number): Float64Array => Float64Array.from(vectors.getColumn(a));
  const starts = blocks.map((_, a) =>
    onSaddle(
      { u: column(clean.u.vectors, a), w: column(clean.w.vectors, a) },
      { u: ofOutputs[a]!.rounding, w: ofInputs[a]!.rounding },
      network.learningRates,
    ),
  );
  return { starts, couplings };
}

/**
 * A start with u/√η_u = ±w/√η_w but for rounding has exactly that, as far as doubles can: it may be one that
 * ends in a saddle.
 */
function onSaddle(start: Weights, rounding: Weights, rates: Network["learningRates"]): Weights {
  const ratio = Math.sqrt(rates.w) / Math.sqrt(rates.u);
  if (!(ratio > 0 && ratio < Infinity) || !(rounding.w.some((x) => x > 0) || rounding.u.some((x) => x > 0))) return start;
  for (const sign of [1, -1]) {
    const paired = start.u.map((x) => sign * ratio * x);
    if (start.w.every((x, h) => Math.abs(x - paired[h]!) <= rounding.w[h]! + ratio * rounding.u[h]!))
      return { ...start, w: paired };
  }
  return start;
}

/**
 * Bounds on what rounding has made of vectors along directions of a block: neuron by neuron, and by errors of
 * the directions.
 */
function layerOfBlock(
  weights: Matrix,
  count: number,
  turned: Turned | undefined,
): { readonly rounding: Float64Array; readonly tilt: number } {
  const norms = turned?.norms ?? Float64Array.from({ length: weights.rows }, (_, h) => frobeniusNorm(weights.getRowVector(h)));
  const terms = (count > 1 ? count : 0) + (turned?.count ?? 0);
  return {
    rounding: norms.map((own) => TERMS * terms * own),
    tilt: terms === 0 ? 0 : TILT * frobeniusNorm(Matrix.columnVector(Array.from(norms))),
  };
}

/**
 * Weights that were turned into the coordinates of the inputs' span: what the neurons had before, over how
 * many inputs.
 */
interface Turned {
  readonly norms: Float64Array;
  readonly count: number;
}

/** What of a layer, by rows, lies off the modes' directions; nothing where they span all. */
function restOf(rows: Matrix, directions: Matrix, vectors: Matrix): Matrix {
  if (directions.rows === directions.columns) return Matrix.zeros(0, rows.columns);
  return directions.columns === 0 ? rows : Matrix.sub(rows, directions.mmul(vectors.transpose()));
}

/**
 * The largest cosine between vectors of two different modes, or of a mode and the rest, in units of all there
 * is of either, above rounding.
 */
function largestAngle(x: HiddenVectors, y: HiddenVectors, rest: Matrix): number {
  const [p, q] = [unit(x), unit(y)];
  const whole = Math.hypot(...x.sizes, frobeniusNorm(rest));
  let largest = 0;
  for (let a = 0; a < x.sizes.length; a++) {
    const [sizeX, tiltX] = [x.sizes[a]!, x.tilts[a]!];
    for (let b = 0; b < y.sizes.length; b++) {
      if (a === b) continue;
      const cosine = Math.abs(p[a]!.dot(q[b]!));
      if (cosine * sizeX > tiltX && cosine * y.sizes[b]! > y.tilts[b]!) largest = Math.max(largest, Math.min(1, cosine));
    }
  }
  if (rest.rows === 0 || whole === 0) return largest;
  const relative = Matrix.div(rest, whole);
  for (const [b, vector] of q.entries()) {
    const cosine = frobeniusNorm(relative.mmul(vector));
    if (cosine > TILT && cosine * y.sizes[b]! > y.tilts[b]!) largest = Math.max(largest, Math.min(1, cosine));
  }
  return largest;
}

function unit({ vectors, sizes }: HiddenVectors): Matrix[] {
  return sizes.map((size, a) => vectors.getColumnVector(a).div(size || 1));
}

/** The same from order parameters: rounding has taken what is below the square root of ε. */
function startsOfGram(
  { network, start: { uu, ww, uw }, support, task }: MatrixState,
  inputs: Matrix,
  outputs: Matrix,
  blocks: readonly ModeBlock[],
): Starts {
  const along = (left: Matrix, gram: Matrix, right: Matrix): number[] => left.transpose().mmul(gram).mmul(right).diagonal();
  const squares = { u: along(outputs, uu, outputs), w: along(inputs, ww, inputs), uw: along(outputs, uw, inputs) };
  const exactInputs = support.exact;
  const wholeW = frobeniusNorm(ww);
  const [sizeOfU, sizeOfW] = [blocks.map(ofU), blocks.map(ofW)];
  const starts = blocks.map(({ inputs: js, outputs: is }, a) => {
    const [i, j] = [is.length, exactInputs ? js.length : js.length + task.xx.rows];
    const bound = { u: i > 1 ? TERMS * i : 0, w: j > 1 ? TERMS * j : 0 };
    const given = { uu: squares.u[a]!, ww: squares.w[a]!, uw: squares.uw[a]! };
    const rounding = {
      uu: bound.u * sizeOfU[a]!,
      ww: bound.w * sizeOfW[a]!,
      uw: (bound.u + bound.w) * Math.sqrt(sizeOfU[a]!) * Math.sqrt(sizeOfW[a]!),
    };
    return possible(given, rounding, network.learningRates);
  });
  const root = (numbers: readonly number[]): number[] => numbers.map((square) => Math.sqrt(Math.max(0, square)));
  const [u, w] = [root(squares.u), root(squares.w)];
  const [U, W] = [root(sizeOfU), root(sizeOfW)];
  const [allU, allW] = [Math.sqrt(frobeniusNorm(uu)), Math.sqrt(wholeW)];
  const forgiven =
    (left: readonly number[], right: readonly number[], all: number): Forgiven =>
    (a, b) =>
      UNCORRELATED * left[a]! * (b === undefined ? all : right[b]!);
  return {
    starts,
    couplings: [
      [LAYERS[0], largestCosine(productsOf(uu, outputs, outputs), u, u, forgiven(U, U, allU), allU)],
      [LAYERS[1], largestCosine(productsOf(ww, inputs, inputs), w, w, forgiven(W, W, allW), allW)],
      [LAYERS[2], largestCosine(productsOf(uw, outputs, inputs), u, w, forgiven(W, U, allU), allU)],
      [LAYERS[2], largestCosine(productsOf(uw.transpose(), inputs, outputs), w, u, forgiven(U, W, allW), allW)],
    ],
  };

  /** The size of the squares that are mixed in a mode's. */
  function ofU({ outputs: is }: ModeBlock, a: number): number {
    return is.length > 1 ? frobeniusNorm(uu.selection([...is], [...is])) : Math.max(0, squares.u[a]!);
  }
  function ofW({ inputs: js }: ModeBlock, a: number): number {
    if (!exactInputs) return wholeW;
    return js.length > 1 ? frobeniusNorm(ww.selection([...js], [...js])) : Math.max(0, squares.w[a]!);
  }
}

/**
 * Order parameters that layers have, without what is rounding in them: of a mode much smaller than the whole,
 * that may be beyond |uw| ≤ √(uu·ww). An overlap above rounding tells how long a vector must be whose own
 * square is lost. What is u/√η_u = ±w/√η_w but for rounding is so exactly.
 */
function possible(given: OrderParameters, rounding: OrderParameters, rates: Network["learningRates"]): GivenOrderParameters {
  const above = (name: "uu" | "ww"): number => (given[name] > rounding[name] ? given[name] : 0);
  let [uu, ww] = [above("uu"), above("ww")];
  const seen = Math.abs(given.uw) > rounding.uw ? given.uw : 0;
  if (uu === 0 && ww > 0) uu = (seen / ww) * seen;
  else if (ww === 0 && uu > 0) ww = (seen / uu) * seen;
  const most = Math.sqrt(uu) * Math.sqrt(ww);
  const ratio = rates.w / rates.u;
  const paired = ratio * uu;
  if (
    uu > 0 &&
    ratio > 0 &&
    ratio < Infinity &&
    most - Math.abs(given.uw) < rounding.uw &&
    Math.abs(ww - paired) < rounding.ww + ratio * rounding.uu
  )
    return { uu, ww: paired, uw: Math.sign(given.uw) * Math.sqrt(ratio) * uu, area: 0 };
  return { uu, ww, uw: Math.max(-most, Math.min(most, given.uw)) };
}

/** The area of layers too, where it is known. */
type GivenOrderParameters = OrderParameters & { readonly area?: number };

/** Both layers' squares in units of their sizes, and their overlap in units of its terms. */
interface BlockGram {
  readonly uu: Matrix;
  readonly ww: Matrix;
  readonly overlap: Matrix;
}

/** Of layers in units of their sizes. */
function gramOfLayers({ W2, W1 }: MatrixLayers): BlockGram {
  return {
    uu: normalised(W2.mmul(W2.transpose())),
    ww: normalised(W1.transpose().mmul(W1)),
    overlap: scaledOverlap({ W2, W1 }),
  };
}

function gramOfBlock(start: MatrixOrderParameters, { inputs, outputs }: ModeBlock): BlockGram {
  const uu = start.uu.selection([...outputs], [...outputs]);
  const ww = start.ww.selection([...inputs], [...inputs]);
  const uw = start.uw.selection([...outputs], [...inputs]);
  return { uu: normalised(uu), ww: normalised(ww), overlap: scaledOverlapOfGram({ uu, ww, uw }) };
}

function overlapOf({ layers, start }: MatrixState): Matrix {
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

function rowsOf(matrix: Matrix, rows: readonly number[]): Matrix {
  const chosen = new Matrix(rows.length, matrix.columns);
  for (const [n, row] of rows.entries()) chosen.setRow(n, matrix.getRow(row));
  return chosen;
}

function columnsOf(matrix: Matrix, columns: readonly number[]): Matrix {
  const chosen = new Matrix(matrix.rows, columns.length);
  for (const [n, column] of columns.entries()) chosen.setColumn(n, matrix.getColumn(column));
  return chosen;
}

function normalised(matrix: Matrix): Matrix {
  const size = frobeniusNorm(matrix);
  return size > 0 ? Matrix.div(matrix, size) : matrix;
}

function symmetricPart(matrix: Matrix): Matrix {
  return Matrix.add(matrix, matrix.transpose()).div(2);
}

/**
 * An orthonormal basis of the inputs that learn, or that the output sees: of the rows of the correlation,
 * then of those of the overlap outside of them. Both are in units in which rounding is of order ε.
 */
function rowSpace(correlation: Matrix, overlap: Matrix): Matrix {
  const learning = rightVectors(correlation, UNCORRELATED);
  const outside = Matrix.sub(overlap, overlap.mmul(learning).mmul(learning.transpose()));
  const seen = rightVectors(outside, TILT);
  const basis = new Matrix(correlation.columns, learning.columns + seen.columns);
  for (let a = 0; a < learning.columns; a++) basis.setColumn(a, learning.getColumn(a));
  for (let a = 0; a < seen.columns; a++) basis.setColumn(learning.columns + a, seen.getColumn(a));
  return basis;
}

/** Right singular vectors of singular values above rounding, as columns. */
function rightVectors(rows: Matrix, rounding: number): Matrix {
  if (rows.rows === 0 || rows.columns === 0) return Matrix.zeros(rows.columns, 0);
  const { diagonal, rightSingularVectors } = new SingularValueDecomposition(rows, { autoTranspose: true });
  const count = diagonal.filter((value) => value > rounding).length;
  return count === 0 ? Matrix.zeros(rows.columns, 0) : rightSingularVectors.subMatrix(0, rows.columns - 1, 0, count - 1);
}

/** Coefficients between which there is no simple relation. */
const COEFFICIENTS = [Math.SQRT2, Math.E / 2, 1, Math.PI / 2, Math.SQRT1_2, Math.LN10 / 2, Math.LN2];

/** Eigenvectors, within a subspace, of symmetric matrices that have them in common. */
function commonEigenvectors(subspace: Matrix, matrices: readonly Matrix[]): Matrix {
  const q = subspace.columns;
  if (q === 0) return subspace;
  const within = (vectors: Matrix): Matrix[] => matrices.map((matrix) => vectors.transpose().mmul(matrix).mmul(vectors));
  const sum = Matrix.zeros(q, q);
  for (const [i, matrix] of within(subspace).entries()) sum.add(matrix.mul(COEFFICIENTS[i]!));
  const eigenvectors = new EigenvalueDecomposition(symmetricPart(sum), { assumeSymmetric: true }).eigenvectorMatrix;
  const vectors = subspace.mmul(eigenvectors);
  const turned = within(vectors);
  if (offDiagonal(turned) < FAR) diagonalise(vectors, turned);
  return vectors;
}

/** Matrices that are farther from diagonal have no common eigenvectors. */
const FAR = 1e-3;
/** Rotations of less are rounding. */
const LEAST_ANGLE = 1e-17;
const SWEEPS = 4;

/**
 * Turns vectors by the rotations that leave least off the diagonals of all matrices together. Eigenvalues of
 * a sum may come close by accident; two modes are as far apart here as in the matrix that tells them apart
 * best. In place. [BunseGerstnerEtAl1993]
 */
function diagonalise(vectors: Matrix, matrices: readonly Matrix[]): void {
  const q = vectors.columns;
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let a = 0; a < q; a++)
      for (let b = a + 1; b < q; b++) {
        let [on, off] = [0, 0];
        for (const matrix of matrices) {
          const [gap, both] = [matrix.get(a, a) - matrix.get(b, b), matrix.get(a, b) + matrix.get(b, a)];
          on += gap * gap - both * both;
          off += 2 * gap * both;
        }
        const angle = Math.atan2(off, on + Math.hypot(on, off)) / 2;
        if (!(Math.abs(angle) > LEAST_ANGLE)) continue;
        moved = true;
        const tan = -Math.tan(angle);
        turn(vectors, a, b, tan);
        for (const matrix of matrices) {
          turn(matrix, a, b, tan);
          turnRows(matrix, a, b, tan);
        }
      }
  }
}

function turnRows(matrix: Matrix, a: number, b: number, tan: number): void {
  const cos = 1 / Math.hypot(1, tan);
  const sin = tan * cos;
  for (let i = 0; i < matrix.columns; i++) {
    const [x, y] = [matrix.get(a, i), matrix.get(b, i)];
    matrix.set(a, i, cos * x - sin * y);
    matrix.set(b, i, sin * x + cos * y);
  }
}

/** The largest entry off the diagonals. */
function offDiagonal(matrices: readonly Matrix[]): number {
  return Math.max(0, ...matrices.map((matrix) => largestEntry(Matrix.sub(matrix, Matrix.diag(matrix.diagonal())))));
}

/** An image by the correlation below this share of the image by the overlap has fewer digits than it. */
const WEAK = 1e-2;

/**
 * Every vₐ with the oₐ ⟂ all others along its image, the longest image first, so that sₐ ≥ 0; in the order of
 * their strengths. The correlation decides on oₐ where it is not weak, because the data define the modes: the
 * overlap would turn oₐ by as much as the layers couple the modes.
 */
function paired(vectors: Matrix, correlation: Matrix, overlap: Matrix): Pick<Modes, "inputs" | "outputs"> {
  const images = [correlation.mmul(vectors), overlap.mmul(vectors)].map((matrix) =>
    Array.from({ length: vectors.columns }, (_, a) => matrix.getColumnVector(a)),
  ) as [Matrix[], Matrix[]];
  const longest = images[0].map((image, a) => (image.norm() >= WEAK * images[1][a]!.norm() ? image : images[1][a]!));
  const order = longest.map((_, a) => a).sort((a, b) => longest[b]!.norm() - longest[a]!.norm());
  const done: { readonly a: number; readonly output: Matrix; readonly strength: number }[] = [];
  for (const a of order) {
    const output = outputOf(
      longest[a]!,
      done.map((one) => one.output),
    );
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

/**
 * The direction of an image ⟂ the outputs before it. An image among those outputs leaves nothing but rounding:
 * its mode is coupled to theirs and has any direction ⟂ them.
 */
function outputOf(image: Matrix, before: readonly Matrix[]): Matrix {
  const output = image.clone();
  // Twice: what the first pass leaves along the others is rounding.
  for (let pass = 0; pass < 2; pass++) for (const one of before) output.sub(Matrix.mul(one, output.dot(one)));
  const size = output.norm();
  return size > TERMS * image.norm() ? output.div(size) : perpendicularAxis(before, image.rows);
}

/**
 * Products between the vectors of modes, a column each, and the size of each column's product with all that
 * is in no mode.
 */
interface Products {
  readonly pairs: Matrix;
  readonly rest: readonly number[];
}

/** left_b·M·rightₐ. */
function productsOf(matrix: Matrix, left: Matrix, right: Matrix): Products {
  const images = matrix.mmul(right);
  const pairs = left.transpose().mmul(images);
  return { pairs, rest: lengthsOf(Matrix.sub(images, left.mmul(pairs))) };
}

/** The product of two modes' vectors, or of one mode's and the rest, that is rounding. */
type Forgiven = (a: number, b: number | undefined, sizeA: number, sizeB: number) => number;

/** Products of data, in units of the whole. */
function ofData(rounding: number, least = 0): Forgiven {
  return (_, __, a, b) => Math.max(rounding * Math.max(a, b, rounding), least);
}

/**
 * The largest product over the sizes of both, of two different modes or of a mode and all that is none, above
 * rounding.
 */
function largestCosine(
  { pairs, rest }: Products,
  sizesLeft: readonly number[],
  sizesRight: readonly number[],
  forgiven: Forgiven,
  whole = 1,
): number {
  let largest = 0;
  const see = (product: number, allowed: number, a: number, b: number): void => {
    if (product > allowed) largest = Math.max(largest, a > 0 && b > 0 ? Math.min(1, product / a / b) : 1);
  };
  for (let a = 0; a < pairs.columns; a++) {
    const right = sizesRight[a]!;
    for (let b = 0; b < pairs.rows; b++) {
      const left = sizesLeft[b]!;
      if (a !== b) see(Math.abs(pairs.get(b, a)), forgiven(a, b, right, left), right, left);
    }
    see(rest[a]!, forgiven(a, undefined, right, whole), right, whole);
  }
  return largest;
}
