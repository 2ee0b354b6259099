/**
 * A problem of several inputs and outputs restricted to the span of its inputs: order parameters and
 * correlation in the basis of the eigenvectors vₐ of E[xxᵀ], and the transformation back.
 */
import { Matrix } from "ml-matrix";
import { isMatrixLayers, type MatrixLayers, type MatrixOrderParameters, orderParametersOf } from "../model/matrixLayers.ts";
import { type MatrixObjective, matrixObjectiveOf } from "../model/matrixObjective.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { MatrixTask } from "../model/matrixTask.ts";
import { lossPrefactor, type Network } from "../model/network.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { frobeniusNorm, rowNorm, rowNorms, timesWide } from "../numerics/matrices.ts";
import { timesMatrix } from "../numerics/products.ts";
import { ROUNDING_OF_TERMS } from "../numerics/rounding.ts";
import { explained, type Support } from "../numerics/support.ts";
import { hypot, product, sum, toNumber, wide } from "../numerics/wide.ts";

export interface MatrixState {
  readonly network: Network;
  readonly task: MatrixTask;
  readonly support: Support;
  /**
   * Layers on the inputs' span, with W₁ in its coordinates, d×r; undefined for a start from order parameters.
   */
  readonly layers: MatrixLayers | undefined;
  /**
   * Norms of the neurons' original input weights, if the change of coordinates has rounded the weights;
   * otherwise undefined.
   */
  readonly neurons: Float64Array | undefined;
  /** Order parameters in the same coordinates: ww is r×r, uw m×r. */
  readonly start: MatrixOrderParameters;
  /** E[yxᵀ] in the same coordinates, m×r. */
  readonly yx: Matrix;
  /** The training objective as a function of the output matrix in the same coordinates. */
  readonly objective: MatrixObjective;
}

/** Coordinates of a problem, with the new directions as columns. */
export interface Frame {
  /** The problem in these coordinates. */
  readonly state: MatrixState;
  /** r×r; undefined if the coordinates are those of the problem. */
  readonly inputs: Matrix | undefined;
  /** m×m. */
  readonly outputs: Matrix | undefined;
}

/** The states of problems, kept because several solvers need them. */
const known = new WeakMap<MatrixProblem, MatrixState>();

export function matrixState(problem: MatrixProblem): MatrixState {
  const state = known.get(problem) ?? stateOf(problem);
  known.set(problem, state);
  return state;
}

function stateOf({ network, task, initial, support: supportOfInputs }: MatrixProblem): MatrixState {
  const support = supportOfInputs();
  const yx = onSpan(support, task.yx);
  const layers = isMatrixLayers(initial) ? { W2: initial.W2, W1: weightsOnSpan(support, initial.W1) } : undefined;
  const parameters = layers === undefined ? (initial as MatrixOrderParameters) : undefined;
  return {
    network,
    task,
    support,
    layers,
    neurons: isMatrixLayers(initial) && !support.exact ? rowNorms(initial.W1) : undefined,
    start: layers === undefined ? orderParametersOnSpan(support, parameters!) : orderParametersOf(layers),
    yx,
    objective: matrixObjectiveOf(network, task, support),
  };
}

/** M·V: rows along the inputs, in coordinates of their span. */
export function onSpan({ directions }: Support, matrix: Matrix): Matrix {
  return directions === undefined ? matrix : timesMatrix(matrix, directions);
}

/** Whether the inputs span their space, so that the data train every weight. */
export function spansAll({ directions }: Support): boolean {
  return directions === undefined || directions.rows === directions.columns;
}

/** Converts rows in coordinates of the inputs' span back to the inputs. */
export function alongInputs({ directions }: Support, matrix: Matrix): Matrix {
  return directions === undefined ? matrix : timesMatrix(matrix, directions.transpose());
}

/** Errors of computed directions of the span, in units of the weights along them. */
const TILT = 1e-13;

/**
 * Input weights in coordinates of the span. A neuron's weights there are set to zero if errors of the
 * directions can explain all of them. Otherwise all are kept: the same errors rotate the correlation, so that
 * both are consistent.
 */
export function weightsOnSpan(support: Support, W1: Matrix): Matrix {
  const weights = onSpan(support, W1);
  if (support.exact) return weights;
  for (let h = 0; h < W1.rows; h++)
    if (rowNorm(weights, h) <= TILT * rowNorm(W1, h)) for (let j = 0; j < weights.columns; j++) weights.set(h, j, 0);
  return weights;
}

/**
 * Order parameters in coordinates of the span. Those of the inputs are 0 if all of their squares are within
 * the rounding error of the original ones.
 */
function orderParametersOnSpan(support: Support, { uu, ww, uw }: MatrixOrderParameters): MatrixOrderParameters {
  const [squares, overlap] = [onSpan(support, onSpan(support, ww).transpose()), onSpan(support, uw)];
  const rounding = ROUNDING_OF_TERMS * ww.rows;
  const wholeW = frobeniusNorm(ww);
  const vanished =
    !support.exact &&
    frobeniusNorm(squares) <= rounding * wholeW &&
    frobeniusNorm(overlap) <= rounding * Math.sqrt(frobeniusNorm(uu)) * Math.sqrt(wholeW);
  return vanished ? { uu, ww: squares.mul(0), uw: overlap.mul(0) } : { uu, ww: squares, uw: overlap };
}

/** The norm of each row's remainder outside of a part; 0 if it is within the rounding error of the row. */
export function outsideOf(rows: Matrix, part: Matrix): Matrix {
  const outside = Matrix.sub(rows, part);
  for (let i = 0; i < rows.rows; i++) {
    const rounding = ROUNDING_OF_TERMS * rows.columns * rowNorm(rows, i);
    for (let j = 0; j < rows.columns; j++) if (Math.abs(outside.get(i, j)) <= rounding) outside.set(i, j, 0);
  }
  return outside;
}

/** The loss and the excess loss. */
export interface Losses {
  readonly loss: number;
  readonly excessLoss: number;
}

/** The losses for the squared loss, from the residual or from the excess loss. */
export function squareLosses(
  { network, objective, support }: MatrixState,
  residual: Matrix,
  excessLoss: number = lossPrefactor(network) * explained(residual, support.variances),
): Losses {
  return { loss: objective.floor! + excessLoss, excessLoss };
}

/** The snapshot from order parameters and a residual in coordinates of the span. */
export function matrixSnapshot(
  { network, support }: MatrixState,
  t: number,
  { uu, ww, uw }: MatrixOrderParameters,
  residual: Matrix,
  losses: Losses,
): MatrixSnapshot {
  const gamma = network.outputScale;
  const inputs = alongInputs(support, alongInputs(support, ww).transpose());
  const norms = rootTrace(uu) * rootTrace(ww);
  const overlap = alongInputs(support, uw.clone());
  return {
    t,
    uu: uu.clone(),
    ww: inputs,
    uw: overlap,
    output: timesWide(overlap, wide(gamma)),
    residual: alongInputs(support, residual),
    ...losses,
    alignment: norms > 0 ? Math.min(1, frobeniusNorm(uw) / norms) : 0,
    normProduct: norms,
    kernelSize: kernelSize(network, support, uu, ww),
    outputSize: rootMeanSquare(timesWide(uw, wide(gamma)), support),
    kernel: matrixKernel(network, uu, inputs),
  };
}

/** γ²η_u W₁ᵀW₁ and γ²η_w W₂W₂ᵀ. */
export function matrixKernel(
  { outputScale: gamma, learningRates: rates }: Network,
  uu: Matrix,
  ww: Matrix,
): MatrixSnapshot["kernel"] {
  return { inputs: timesWide(ww, product(gamma, gamma, rates.u)), outputs: timesWide(uu, product(gamma, gamma, rates.w)) };
}

/** γ²(η_u m tr(Σ W₁ᵀW₁) + η_w tr(W₂W₂ᵀ) tr Σ). */
function kernelSize({ outputScale, learningRates: rates }: Network, { variances }: Support, uu: Matrix, ww: Matrix): number {
  const inputs = variances.reduce((sum, variance, a) => sum + variance * ww.get(a, a), 0);
  const spread = variances.reduce((sum, variance) => sum + variance, 0);
  const gammaSquared = product(outputScale, outputScale);
  return toNumber(sum(product(gammaSquared, rates.u, uu.rows, inputs), product(gammaSquared, rates.w, uu.trace(), spread)));
}

/** √tr(F Σ Fᵀ). */
export function rootMeanSquare(output: Matrix, { variances }: Support): number {
  let size = 0;
  for (let o = 0; o < output.rows; o++)
    for (let a = 0; a < output.columns; a++) size = hypot(size, Math.sqrt(variances[a]!) * output.get(o, a));
  return size;
}

/** √(tr G), the Frobenius norm of the layer with the Gram matrix G. */
function rootTrace(gram: Matrix): number {
  return gram.diagonal().reduce((norm, square) => hypot(norm, Math.sqrt(Math.max(0, square))), 0);
}
