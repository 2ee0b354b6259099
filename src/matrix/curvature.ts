/**
 * The Hessian of the training objective L(γW₂W₁) + ½μ_u|W₂|² + ½μ_w|W₁|² of a linear network of several
 * inputs and outputs, with each layer in units of the square root of its learning rate η. With F = γW₂W₁,
 * E = −∂L/∂F = 2kG and V = γ(√η_u A W₁ + √η_w W₂B), its product with a change (A, B) of the layers is
 *
 *     √η_u (γ L''[V] W₁ᵀ − γ√η_w E Bᵀ) + μ_uη_u A          √η_w (γ W₂ᵀ L''[V] − γ√η_u AᵀE) + μ_wη_w B
 *
 * Hidden directions that no weight uses have the eigenvalues ±γ√η_uη_w σᵢ(E) plus the decay. Because L is
 * convex in F, the used directions have a top eigenvalue at least as large, as a Ritz vector from the largest
 * σᵢ(E) shows. So the width does not matter, and the layers may be in any basis of their hidden span.
 */
import type { Matrix } from "ml-matrix";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import type { Network } from "../model/network.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { largestEigenvalue, type Product } from "../numerics/largestEigenvalue.ts";
import { largestEntry, timesWide } from "../numerics/matrices.ts";
import { exponentOf, product, scale, toNumber, type Wide, wide } from "../numerics/wide.ts";

/** A twice differentiable objective as a function of the output matrix F, m×r, row by row. */
export type CurvedData = Required<Pick<MatrixObjective, "outputs" | "inputs" | "k" | "residual" | "curve">>;

export interface Rates {
  readonly u: number;
  readonly w: number;
}

/** A symmetric operator: `apply` in units of 2^exponent. */
interface Operator {
  readonly size: number;
  readonly apply: Product;
  readonly exponent: number;
}

/** The learning rates for the sharpness, which is the curvature over the weights themselves. */
export const UNIT_RATES: Rates = { u: 1, w: 1 };

/** The objective with its curvature; undefined for a loss without a second derivative. */
export function curvedData({ outputs, inputs, k, residual, curve }: MatrixObjective): CurvedData | undefined {
  return curve === undefined ? undefined : { outputs, inputs, k, residual, curve };
}

/**
 * The largest number of weights, in the hidden directions that are used, for which snapshots have a
 * sharpness.
 */
const CHEAP = 64;

/**
 * A function that computes the sharpness; undefined for a loss without a second derivative, or if `layers`
 * has more than 64 weights. `layers` are those of {@link inTheirSpan} in coordinates of the inputs' span. A
 * call takes 0.1 ms for 16 weights and about 1 ms for 64, plus about 30 products of samples for losses other
 * than the squared loss.
 */
export function cheapSharpness(network: Network, objective: MatrixObjective, layers: MatrixLayers): (() => number) | undefined {
  const data = curvedData(objective);
  const { rows: m, columns: d } = layers.W2;
  if (data === undefined || d * (m + layers.W1.columns) > CHEAP) return undefined;
  return () => topCurvature(network, data, layers, UNIT_RATES);
}

/** The top eigenvalue of the Hessian; with all rates 1, the sharpness. */
export function topCurvature(network: Network, data: CurvedData, layers: MatrixLayers, rates: Rates): number {
  const { size, apply, exponent } = hessian(network, data, layers, rates);
  return scale(largestEigenvalue(apply, size).value, exponent);
}

/** The same, with the contributions of W₂ and W₁: η_u|∂|² and η_w|∂|² along its eigenvector in the output. */
export function topCurvatureOfLayers(
  network: Network,
  data: CurvedData,
  layers: MatrixLayers,
  rates: Rates,
): { readonly value: number; readonly u: number; readonly w: number } {
  const { size, apply, exponent } = hessian(network, data, layers, rates);
  const { value, vector } = largestEigenvalue(apply, size);
  const top = scale(value, exponent);
  const share = vector.subarray(0, layers.W2.rows * layers.W2.columns).reduce((sum, x) => sum + x * x, 0);
  return { value: top, u: top * share, w: top * Math.max(0, 1 - share) };
}

/** The lowest eigenvalue of the Hessian, which is negative at a saddle. */
export function leastCurvature(network: Network, data: CurvedData, layers: MatrixLayers, rates: Rates): number {
  const { size, apply, exponent } = hessian(network, data, layers, rates);
  const negative: Product = (v, out) => {
    apply(v, out);
    for (let i = 0; i < out.length; i++) out[i] = -out[i]!;
  };
  return -scale(largestEigenvalue(negative, size).value, exponent);
}

/** The Hessian on changes (A, B) of the layers, A row by row and then B. */
function hessian(network: Network, data: CurvedData, { W2, W1 }: MatrixLayers, rates: Rates): Operator {
  const { outputs: m, inputs: n } = data;
  const d = W2.columns;
  const [u, w] = [unitOf(W2), unitOf(W1)];
  const F = timesWide(u.matrix.mmul(w.matrix), product(network.outputScale, wide(1, u.exponent + w.exponent))).to1DArray();
  const output = Float64Array.from(F);
  const G = new Float64Array(m * n);
  data.residual(output, G);
  const V = new Float64Array(m * n);
  const C = new Float64Array(m * n);
  const largest = Math.max(u.exponent, w.exponent);
  const fastest = Math.max(rates.u, rates.w);
  // The three terms, each in its own unit. The operator's unit is the largest of these.
  V.fill(1);
  data.curve(output, V, C);
  const bend = Math.max(LOWEST, exponentOf(largestOf(C) || 1));
  const pull = exponentOf(largestOf(G) || 1);
  const ofOutput = product(network.outputScale, network.outputScale, wide(fastest, 2 * largest + bend));
  const ofResidual = product(-2 * data.k, network.outputScale, wide(fastest, pull));
  const decays = decaysOf(network);
  const ofDecayU = product(decays.u, rates.u);
  const ofDecayW = product(decays.w, rates.w);
  const exponent = Math.max(...[ofOutput, ofResidual, ofDecayU, ofDecayW].map(sizeOf));
  const relative = (term: Wide): number => (term.m === 0 ? 0 : toNumber(product(term, wide(1, -exponent))));
  const terms: Terms = {
    m,
    n,
    d,
    W2: times(u.matrix, scale(1, u.exponent - largest)),
    W1: times(w.matrix, scale(1, w.exponent - largest)),
    G: G.map((value) => scale(value, -pull)),
    rootU: Math.sqrt(rates.u / fastest || 0),
    rootW: Math.sqrt(rates.w / fastest || 0),
    bend: relative(ofOutput),
    pull: relative(ofResidual),
    decayU: relative(ofDecayU),
    decayW: relative(ofDecayW),
  };
  const lift = scale(1, -bend);
  const apply: Product = (v, out) => {
    outputChange(terms, v, V);
    data.curve(output, V, C);
    for (let i = 0; i < C.length; i++) C[i]! *= lift;
    hessianProduct(terms, v, C, out);
  };
  return { size: d * (m + n), apply, exponent: exponent === -Infinity ? 0 : exponent };
}

/** Curvatures below 2^LOWEST count as 2^LOWEST. */
const LOWEST = -1000;

interface Terms {
  readonly m: number;
  readonly n: number;
  readonly d: number;
  readonly W2: Float64Array;
  readonly W1: Float64Array;
  readonly G: Float64Array;
  readonly rootU: number;
  readonly rootW: number;
  readonly bend: number;
  readonly pull: number;
  readonly decayU: number;
  readonly decayW: number;
}

/** V = √η_u A W₁ + √η_w W₂B. */
function outputChange({ m, n, d, W2, W1, rootU, rootW }: Terms, v: Float64Array, V: Float64Array): void {
  V.fill(0);
  const inner = m * d;
  for (let o = 0; o < m; o++) {
    for (let h = 0; h < d; h++) {
      const a = rootU * v[o * d + h]!;
      const b = rootW * W2[o * d + h]!;
      const row = o * n;
      for (let j = 0; j < n; j++) V[row + j]! += a * W1[h * n + j]! + b * v[inner + h * n + j]!;
    }
  }
}

/** The product from v and C = L''[V], in their own units. */
function hessianProduct(terms: Terms, v: Float64Array, C: Float64Array, out: Float64Array): void {
  const { m, n, d, W2, W1, G, rootU, rootW, bend, pull, decayU, decayW } = terms;
  const inner = m * d;
  const cross = pull * rootU * rootW;
  for (let i = inner; i < out.length; i++) out[i] = decayW * v[i]!;
  for (let o = 0; o < m; o++) {
    const row = o * n;
    for (let h = 0; h < d; h++) {
      const column = inner + h * n;
      const a = cross * v[o * d + h]!;
      const u = rootW * bend * W2[o * d + h]!;
      let along = 0;
      let across = 0;
      for (let j = 0; j < n; j++) {
        const c = C[row + j]!;
        const g = G[row + j]!;
        along += c * W1[h * n + j]!;
        across += g * v[column + j]!;
        out[column + j]! += u * c + a * g;
      }
      out[o * d + h] = rootU * bend * along + cross * across + decayU * v[o * d + h]!;
    }
  }
}

/** The exponent of a wide number; for 0, the smallest one. */
function sizeOf(term: Wide): number {
  return term.m === 0 ? -Infinity : exponentOf(term.m) + term.e;
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** A matrix with entries of order 1, times 2^exponent. */
function unitOf(matrix: Matrix): { readonly matrix: Matrix; readonly exponent: number } {
  const exponent = exponentOf(largestEntry(matrix) || 1);
  return { matrix: timesWide(matrix, wide(1, -exponent)), exponent };
}

function times(matrix: Matrix, factor: number): Float64Array {
  return Float64Array.from(matrix.to1DArray(), (value) => value * factor);
}
