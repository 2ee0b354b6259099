/**
 * A problem that decouples, in the coordinates of its modes: directions are axes there, and rounding of the
 * starts has been removed.
 */
import { Matrix } from "ml-matrix";
import type { Frame, MatrixState } from "../../matrix/matrixState.ts";
import { isMatrixLayers, type MatrixLayers, type MatrixOrderParameters, orderParametersOf } from "../../model/matrixLayers.ts";
import type { Network } from "../../model/network.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { frobeniusNorm } from "../../numerics/matrices.ts";
import { ROUNDING_OF_TERMS } from "../../numerics/rounding.ts";
import type { Modes } from "./decouple.ts";
import { perpendicularAxis } from "./hiddenVectors.ts";

/** For inputs of equal variances, where every basis of the inputs is as good. */
export function inModes(state: MatrixState, modes: Modes): Frame {
  const [inputs, outputs] = [completed(modes.inputs), completed(modes.outputs)];
  const q = modes.starts.length;
  const yx = Matrix.zeros(outputs.rows, inputs.rows);
  for (let a = 0; a < q; a++) {
    const [output, input] = [outputs.getColumnVector(a), inputs.getColumnVector(a)];
    yx.set(a, a, Math.max(0, output.dot(state.yx.mmul(input))));
  }
  const initial =
    state.layers === undefined
      ? turnedGram(state.start, inputs, outputs, modes.starts as readonly OrderParameters[])
      : turnedLayers(state.layers, inputs, outputs, modes.starts as readonly Weights[], state.network.learningRates);
  const layers = isMatrixLayers(initial) ? initial : undefined;
  const start = isMatrixLayers(initial) ? orderParametersOf(initial) : initial;
  const support = { ...state.support, directions: undefined, exact: true };
  return { state: { ...state, support, layers, start, yx, neurons: undefined }, inputs, outputs };
}

/**
 * The layers along the modes' directions, each mode in two hidden directions of its own and the rest in the
 * neurons themselves: hidden vectors of different modes are orthogonal, and a small mode has its digits
 * beside a large one. One neuron stays as it is.
 */
function turnedLayers(
  { W2, W1 }: MatrixLayers,
  inputs: Matrix,
  outputs: Matrix,
  starts: readonly Weights[],
  { u: etaU, w: etaW }: Network["learningRates"],
): MatrixLayers {
  const d = W1.rows;
  const q = starts.length;
  const [restOfU, restOfW] = [along(W2.transpose(), outputs), along(W1, inputs)];
  if (d === 1) {
    for (const [a, { u, w }] of starts.entries()) {
      restOfU.set(0, a, u[0]!);
      restOfW.set(0, a, w[0]!);
    }
    return { W2: restOfU.transpose(), W1: restOfW };
  }
  const U = Matrix.zeros(2 * q + d, outputs.columns);
  const W = Matrix.zeros(2 * q + d, inputs.columns);
  for (const [a, start] of starts.entries()) {
    const { u, w } = inPlane(start, Math.sqrt(etaU), Math.sqrt(etaW));
    for (const i of [0, 1] as const) {
      U.set(2 * a + i, a, u[i]);
      W.set(2 * a + i, a, w[i]);
    }
  }
  for (let h = 0; h < d; h++) {
    for (let i = q; i < outputs.columns; i++) U.set(2 * q + h, i, restOfU.get(h, i));
    for (let j = q; j < inputs.columns; j++) W.set(2 * q + h, j, restOfW.get(h, j));
  }
  return { W2: U.transpose(), W1: W };
}

/** Two vectors by their coordinates in the plane that they span. */
interface InPlane {
  readonly u: readonly [number, number];
  readonly w: readonly [number, number];
}

/**
 * Below this ratio of |p| and |q| one of them is resolved beside the other, so that u = ±w stays so to the
 * last digit.
 */
const PARALLEL = 1e-3;

function inPlane({ u, w }: Weights, rootU: number, rootW: number): InPlane {
  const [U, W] = [Matrix.columnVector(Array.from(u)), Matrix.columnVector(Array.from(w))];
  const [p, q] = [
    Matrix.add(Matrix.div(U, 2 * rootU), Matrix.div(W, 2 * rootW)),
    Matrix.sub(Matrix.div(U, 2 * rootU), Matrix.div(W, 2 * rootW)),
  ];
  const [sizeP, sizeQ] = [frobeniusNorm(p), frobeniusNorm(q)];
  if (sizeQ < PARALLEL * sizeP) {
    const [x, y] = coordinates(p, sizeP, q);
    return { u: [rootU * (sizeP + x), rootU * y], w: [rootW * (sizeP - x), -rootW * y] };
  }
  if (sizeP < PARALLEL * sizeQ) {
    const [x, y] = coordinates(q, sizeQ, p);
    return { u: [rootU * (x + sizeQ), rootU * y], w: [rootW * (x - sizeQ), rootW * y] };
  }
  const [sizeU, sizeW] = [frobeniusNorm(U), frobeniusNorm(W)];
  if (sizeU >= sizeW) return { u: [sizeU, 0], w: sizeU > 0 ? coordinates(U, sizeU, W) : [0, 0] };
  return { u: coordinates(W, sizeW, U), w: [sizeW, 0] };
}

/** The components of a vector along an axis and perpendicular to it. */
function coordinates(axis: Matrix, size: number, vector: Matrix): [number, number] {
  const direction = Matrix.div(axis, size);
  const along = direction.dot(vector);
  return [along, frobeniusNorm(Matrix.sub(vector, direction.mul(along)))];
}

/** Hidden vectors along directions. Entries below the rounding of their neuron are set to 0. */
function along(weights: Matrix, directions: Matrix): Matrix {
  const vectors = weights.mmul(directions);
  for (let h = 0; h < weights.rows; h++) {
    const rounding = ROUNDING_OF_TERMS * weights.columns * frobeniusNorm(weights.getRowVector(h));
    for (let a = 0; a < vectors.columns; a++)
      if (Math.abs(vectors.get(h, a)) <= rounding && !isAxis(directions, a)) vectors.set(h, a, 0);
  }
  return vectors;
}

function turnedGram(
  { uu, ww }: MatrixOrderParameters,
  inputs: Matrix,
  outputs: Matrix,
  starts: readonly OrderParameters[],
): MatrixOrderParameters {
  const q = starts.length;
  const square = (gram: Matrix, directions: Matrix, name: "uu" | "ww"): Matrix => {
    const turned = directions.transpose().mmul(gram).mmul(directions);
    const largest = ROUNDING_OF_TERMS * gram.rows * frobeniusNorm(gram);
    for (let a = 0; a < turned.rows; a++)
      for (let b = 0; b < turned.rows; b++) {
        const exact = isAxis(directions, a) && isAxis(directions, b);
        if (a === b && a < q) turned.set(a, a, starts[a]![name]);
        else if (a < q || b < q || (!exact && Math.abs(turned.get(a, b)) <= largest)) turned.set(a, b, 0);
      }
    return turned;
  };
  const uw = Matrix.zeros(outputs.rows, inputs.rows);
  for (const [a, start] of starts.entries()) uw.set(a, a, start.uw);
  return { uu: square(uu, outputs, "uu"), ww: square(ww, inputs, "ww"), uw };
}

/** Completes orthonormal columns to a basis, with coordinate axes where possible. */
function completed(columns: Matrix): Matrix {
  const [n, q] = [columns.rows, columns.columns];
  const directions = Array.from({ length: q }, (_, a) => columns.getColumnVector(a));
  while (directions.length < n) directions.push(perpendicularAxis(directions, n));
  const basis = new Matrix(n, n);
  for (const [a, direction] of directions.entries()) basis.setColumn(a, direction.getColumn(0));
  return basis;
}

function isAxis(directions: Matrix, a: number): boolean {
  return directions.getColumn(a).filter((x) => x !== 0).length === 1;
}
