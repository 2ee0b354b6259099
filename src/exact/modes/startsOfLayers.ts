/**
 * Where modes start, from layers: uₐ = W₂ᵀoₐ and wₐ = W₁vₐ without rounding, and how far the hidden vectors
 * of different modes overlap.
 */
import { Matrix } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import type { ModeBlock } from "../../matrix/modeBlocks.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import type { Network } from "../../model/network.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { frobeniusNorm, rowNorms } from "../../numerics/matrices.ts";
import { timesMatrix } from "../../numerics/products.ts";
import { ROUNDING_OF_TERMS } from "../../numerics/rounding.ts";
import type { Coupling } from "./coupling.ts";
import { type HiddenVectors, lengthsOf, TILT, withoutRounding } from "./hiddenVectors.ts";
import { columnsOf, rowsOf } from "./scaledLayers.ts";

/** Where the modes start, and what couples them there. */
export interface Starts {
  readonly starts: readonly (Weights | OrderParameters)[];
  readonly couplings: readonly Coupling[];
}

/**
 * Starts and couplings from layers: the hidden vectors of the modes, and the cosines between them. No squares
 * are formed, so that nearly zero vectors keep their digits.
 */
export function startsOfLayers(
  { network, neurons, task }: MatrixState,
  { W2, W1 }: MatrixLayers,
  inputs: Matrix,
  outputs: Matrix,
  blocks: readonly ModeBlock[],
): Starts {
  const turned = neurons && { norms: neurons, count: task.xx.rows };
  const ofOutputs = blocks.map(({ outputs: is }) => layerOfBlock(rowsOf(W2, is).transpose(), is.length, undefined));
  const ofInputs = blocks.map(({ inputs: js }) => layerOfBlock(columnsOf(W1, js), js.length, turned));
  const [u, w] = [timesMatrix(W2.transpose(), outputs), timesMatrix(W1, inputs)];
  const outside = { u: outsideModes(W2, outputs, u), w: outsideModes(W1.transpose(), inputs, w) };
  const [tiltsU, tiltsW] = [ofOutputs.map(({ tilt }) => tilt), ofInputs.map(({ tilt }) => tilt)];
  const before = {
    u: { vectors: u, sizes: lengthsOf(u), tilts: tiltsU },
    w: { vectors: w, sizes: lengthsOf(w), tilts: tiltsW },
  };
  const couplings: Coupling[] = [
    { what: "output weights", cosine: largestAngle(before.u, before.u, outside.u) },
    { what: "input weights", cosine: largestAngle(before.w, before.w, outside.w) },
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
  couplings.push(
    { what: "overlap", cosine: largestAngle(clean.u, clean.w, outside.u) },
    { what: "overlap", cosine: largestAngle(clean.w, clean.u, outside.w) },
  );
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
 * Makes a start with u/√η_u = ±w/√η_w up to rounding exactly so, as far as doubles allow: such a start may
 * end in a saddle.
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
  const norms = turned?.norms ?? rowNorms(weights);
  const terms = (count > 1 ? count : 0) + (turned?.count ?? 0);
  return {
    rounding: norms.map((own) => ROUNDING_OF_TERMS * terms * own),
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

/**
 * The part of a layer (by rows) outside of the modes' directions; without rows where these span everything.
 */
function outsideModes(rows: Matrix, directions: Matrix, vectors: Matrix): Matrix {
  if (directions.rows === directions.columns) return Matrix.zeros(0, rows.columns);
  return directions.columns === 0 ? rows : Matrix.sub(rows, timesMatrix(directions, vectors.transpose()));
}

/**
 * The largest cosine above rounding between vectors of two different modes, or between a mode's vector and
 * the rest of the layer.
 */
function largestAngle(x: HiddenVectors, y: HiddenVectors, outside: Matrix): number {
  const [p, q] = [unit(x), unit(y)];
  const whole = Math.hypot(...x.sizes, frobeniusNorm(outside));
  let largest = 0;
  for (let a = 0; a < x.sizes.length; a++) {
    const [sizeX, tiltX] = [x.sizes[a]!, x.tilts[a]!];
    for (let b = 0; b < y.sizes.length; b++) {
      if (a === b) continue;
      const cosine = Math.abs(p[a]!.dot(q[b]!));
      if (cosine * sizeX > tiltX && cosine * y.sizes[b]! > y.tilts[b]!) largest = Math.max(largest, Math.min(1, cosine));
    }
  }
  if (outside.rows === 0 || whole === 0) return largest;
  const relative = Matrix.div(outside, whole);
  for (const [b, vector] of q.entries()) {
    const cosine = frobeniusNorm(relative.mmul(vector));
    if (cosine > TILT && cosine * y.sizes[b]! > y.tilts[b]!) largest = Math.max(largest, Math.min(1, cosine));
  }
  return largest;
}

function unit({ vectors, sizes }: HiddenVectors): Matrix[] {
  return sizes.map((size, a) => vectors.getColumnVector(a).div(size || 1));
}
