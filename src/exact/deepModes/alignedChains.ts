/**
 * Whether layers are aligned with each other and with the data: orthonormal vₐ, oₐ, and h_{l,a} at every
 * interface, h_0 = v and h_L = o, with
 *
 *     E[xxᵀ] vₐ = xxₐ vₐ     E[yxᵀ] vₐ = sₐ oₐ     W_l h_{l−1,a} = a_{l,a} h_{l,a}     (and transposed)
 *
 * so that every mode is a chain of numbers a_1 … a_L. The vₐ are common eigenvectors of what data and layers
 * make of the inputs. From there the chains are followed forward; those that end in a layer that is 0 are
 * followed back from oₐ. What is left of every layer must then not touch the vectors of any mode.
 * [SaxeEtAl2014; AroraEtAl2019]
 */
import { Matrix } from "ml-matrix";
import { productsAfter, productsBefore } from "../../matrix/deepProducts.ts";
import type { DeepState } from "../../matrix/deepState.ts";
import { frobeniusNorm } from "../../numerics/matrices.ts";
import { timesMatrix } from "../../numerics/products.ts";
import { ROUNDING_OF_TERMS } from "../../numerics/rounding.ts";
import { commonEigenvectors, rowSpace, symmetricPart } from "../modes/commonEigenvectors.ts";
import { COUPLING, largestCosine, ofData, productsOf, UNCORRELATED } from "../modes/coupling.ts";
import { paired } from "../modes/pairOutputs.ts";
import { normalised } from "../modes/scaledLayers.ts";

/** The chains, a mode each, the strongest first, in the coordinates of the inputs' span. */
export interface AlignedChains {
  /** h_0 … h_L: matrices with a column a mode; where a chain is 0 on both sides the column is 0. */
  readonly vectors: readonly Matrix[];
  /** a_1 … a_L of every mode. */
  readonly sizes: readonly Float64Array[];
  /** What of each layer is in no mode; it stays as it is. */
  readonly rests: readonly Matrix[];
}

/** What rounding leaves between two modes, in units of the layer. */
const ROUNDING_BETWEEN_MODES = 1e-13;

export function alignedChains(state: DeepState): AlignedChains | { readonly coupled: string } {
  const directions = directionsOf(state);
  if ("coupled" in directions) return directions;
  const { inputs, outputs } = directions;
  const chains = followed(state.layers, inputs, outputs);
  const rests = state.layers.map((W, l) => restOf(W, chains, l));
  const coupled = couplingOf(state.layers, chains, rests);
  return coupled === undefined ? { ...chains, rests } : { coupled };
}

/** vₐ and oₐ as columns. */
function directionsOf({
  layers,
  yx,
  support,
}: DeepState): { readonly inputs: Matrix; readonly outputs: Matrix } | { readonly coupled: string } {
  const m = yx.rows;
  const correlation = normalised(yx);
  const spread = normalised(Matrix.diag([...support.variances]));
  const before = productsBefore(layers, Matrix.eye(yx.columns), normalisedProduct);
  const after = productsAfter(layers, Matrix.eye(m), normalisedProduct);
  const overlap = before.at(-1)!;
  const space = rowSpace(correlation, overlap);
  if (space.columns > m) return { coupled: `${space.columns} directions of the inputs meet in ${m} outputs` };
  if (space.columns === 0) return { inputs: space, outputs: Matrix.zeros(m, 0) };
  const within = (matrix: Matrix): Matrix => timesMatrix(matrix, space);
  const [M, P, first] = [within(correlation), within(overlap), within(before[1]!)];
  /** The squares of all layers together, each with a coefficient to which no other is simply related. */
  const inside = before.slice(2).reduce(
    (sum, B, l) => {
      const image = within(B);
      return sum.add(
        image
          .transpose()
          .mmul(image)
          .mul(1 + Math.sin(l + 1) / 2),
      );
    },
    Matrix.zeros(space.columns, space.columns),
  );
  const outer = after
    .slice(0, -1)
    .reduce((sum, A, l) => sum.add(A.mmul(A.transpose()).mul(1 + Math.sin(l + 1) / 2)), Matrix.zeros(m, m));
  const turn = commonEigenvectors(Matrix.eye(space.columns), [
    space.transpose().mmul(spread).mmul(space),
    M.transpose().mmul(M),
    first.transpose().mmul(first),
    inside,
    symmetricPart(M.transpose().mmul(P)),
    M.transpose().mmul(outer).mmul(M),
    P.transpose().mmul(outer).mmul(P),
  ]);
  const found = paired(space.mmul(turn), correlation, overlap);
  const { inputs, outputs } = found;
  const roots = (matrix: Matrix): number[] => matrix.diagonal().map((square) => Math.sqrt(Math.max(0, square)));
  const ofSpread = roots(inputs.transpose().mmul(spread).mmul(inputs));
  const ofCorrelation = roots(outputs.transpose().mmul(correlation).mmul(inputs));
  const cosine = Math.max(
    largestCosine(productsOf(spread, inputs, inputs), ofSpread, ofSpread, ofData(ROUNDING_BETWEEN_MODES)),
    largestCosine(
      productsOf(correlation, outputs, inputs),
      ofCorrelation,
      ofCorrelation,
      ofData(ROUNDING_BETWEEN_MODES, UNCORRELATED),
    ),
  );
  // Where layers and data differ, their common eigenvectors are in between, and those of neither.
  if (cosine > COUPLING) return { coupled: `data and layers are not aligned (${cosine.toPrecision(2)})` };
  return found;
}

const normalisedProduct = (A: Matrix, B: Matrix): Matrix => normalised(timesMatrix(A, B));

type Chains = Pick<AlignedChains, "vectors" | "sizes">;

/** The chains of these directions, if the layers have them: forward, and back from the outputs. */
function followed(layers: readonly Matrix[], inputs: Matrix, outputs: Matrix): Chains {
  const [L, q] = [layers.length, inputs.columns];
  const sizes = Array.from({ length: q }, () => new Float64Array(L));
  const widths = [inputs.rows, ...layers.map(({ rows }) => rows)];
  const vectors = widths.map((width) => Matrix.zeros(width, q));
  vectors[0] = inputs.clone();
  vectors[L] = outputs.clone();
  let alive = sizes.map((_, a) => a);
  /** The layer, counted from 1, at which the chain of a mode ends. */
  const ends = sizes.map(() => L);
  for (let l = 1; l < L; l++) {
    const images = imagesOf(layers[l - 1]!, vectors[l - 1]!, alive);
    for (const a of alive) if (!images.has(a)) ends[a] = l;
    alive = alive.filter((a) => images.has(a));
    for (const [a, { vector, size }] of images) {
      vectors[l]!.setColumn(a, vector);
      sizes[a]![l - 1] = size;
    }
  }
  for (const a of alive) {
    const image = layers[L - 1]!.mmul(vectors[L - 1]!.getColumnVector(a));
    sizes[a]![L - 1] = outputs.getColumnVector(a).dot(image);
  }
  let back = sizes.map((_, a) => a).filter((a) => ends[a]! < L);
  for (let l = L; l > 1 && back.length > 0; l--) {
    const images = imagesOf(layers[l - 1]!.transpose(), vectors[l]!, back);
    back = back.filter((a) => images.has(a) && l > ends[a]!);
    for (const a of back) {
      const { vector, size } = images.get(a)!;
      vectors[l - 1]!.setColumn(a, vector);
      sizes[a]![l - 1] = size;
    }
  }
  return { vectors, sizes };
}

interface Image {
  readonly vector: number[];
  readonly size: number;
}

/**
 * The images of these columns, each made orthogonal to longer ones before it, as unit vectors; those that are
 * rounding are left out.
 */
function imagesOf(W: Matrix, columns: Matrix, wanted: readonly number[]): Map<number, Image> {
  const images = wanted
    .map((a) => ({ a, image: withoutRounding(W, columns.getColumnVector(a)) }))
    .map(({ a, image }) => ({ a, image, size: frobeniusNorm(image) }))
    .filter(({ size }) => size > 0)
    .sort((x, y) => y.size - x.size);
  const found = new Map<number, Image>();
  const before: Matrix[] = [];
  for (const { a, image } of images) {
    const whole = frobeniusNorm(image);
    // Twice: after the first pass rounding leaves a component along the others.
    for (let pass = 0; pass < 2; pass++) for (const one of before) image.sub(Matrix.mul(one, one.dot(image)));
    const size = frobeniusNorm(image);
    // What lies in the span of the others is coupled to them, which the rest of the layer tells.
    if (!(size > ROUNDING_OF_TERMS * whole)) continue;
    const vector = image.div(size);
    before.push(vector);
    found.set(a, { vector: vector.getColumn(0), size });
  }
  return found;
}

/** W·h, with entries set to 0 that rounding of their terms can have made. */
function withoutRounding(W: Matrix, h: Matrix): Matrix {
  const image = W.mmul(h);
  for (let i = 0; i < W.rows; i++) {
    let terms = 0;
    let size = 0;
    for (let j = 0; j < W.columns; j++) {
      const term = Math.abs(W.get(i, j) * h.get(j, 0));
      size += term;
      if (term > 0) terms++;
    }
    if (terms > 1 && Math.abs(image.get(i, 0)) <= ROUNDING_OF_TERMS * terms * size) image.set(i, 0, 0);
  }
  return image;
}

/** W_l without its modes. */
function restOf(W: Matrix, { vectors, sizes }: Chains, l: number): Matrix {
  const of = vectors[l + 1]!.clone().mulRowVector(sizes.map((chain) => chain[l]!));
  const rest = Matrix.sub(W, of.mmul(vectors[l]!.transpose()));
  const rounding = ROUNDING_BETWEEN_MODES * frobeniusNorm(W);
  return frobeniusNorm(rest) <= rounding ? Matrix.zeros(W.rows, W.columns) : rest;
}

/** What couples modes to each other or to the rest; undefined where nothing does. */
function couplingOf(layers: readonly Matrix[], { vectors, sizes }: Chains, rests: readonly Matrix[]): string | undefined {
  let largest = 0;
  let where = 0;
  const see = (l: number, value: number, size: number): void => {
    if (!(value > Math.max(COUPLING * Math.abs(size), ROUNDING_BETWEEN_MODES * frobeniusNorm(layers[l]!)))) return;
    const cosine = value / Math.max(value, Math.abs(size));
    if (cosine > largest) [largest, where] = [cosine, l + 1];
  };
  for (const [l, rest] of rests.entries()) {
    const [right, left] = [rest.mmul(vectors[l]!), rest.transpose().mmul(vectors[l + 1]!)];
    for (const [a, chain] of sizes.entries())
      for (const image of [right, left]) see(l, frobeniusNorm(image.getColumnVector(a)), chain[l]!);
    const overlaps = vectors[l]!.transpose().mmul(vectors[l]!);
    for (let a = 0; a < overlaps.rows; a++)
      for (let b = 0; b < a; b++) if (Math.abs(overlaps.get(a, b)) > COUPLING) see(l, frobeniusNorm(layers[l]!), 0);
  }
  return largest > 0 ? `layer ${where} is not aligned with its neighbours (${largest.toPrecision(2)})` : undefined;
}
