/**
 * A linear network of k inputs and m outputs, f(x) = γW₂W₁x:
 *
 *     Ẇ₂ = η_u (2kγ G W₁ᵀ − μ_uW₂)     Ẇ₁ = η_w (2kγ W₂ᵀG − μ_wW₁)     G = −E[∂ℓ/∂f xᵀ]/2k, m×k
 *
 * The rows of W₂ and the columns of W₁ stay in the span of their m + k initial vectors: a network of any
 * width trains as one of width m + k, its coordinates in an orthonormal basis of that span. [SaxeEtAl2014]
 * for the decoupled case. Input weights outside the inputs' span do not learn, but decay as e^{−η_wμ_wt}.
 * Their norm is one more unknown, so that the flow converges only when they have decayed, too.
 */
import { Matrix } from "ml-matrix";
import { inNeurons, inTheirSpan } from "../../matrix/hiddenSpan.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import type { MatrixObjective } from "../../model/matrixObjective.ts";
import { isSquared, lossPrefactor, type Network } from "../../model/network.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import { decaysOf, growingLayer, hasDecay, shrinkTogether } from "../../model/weightDecay.ts";
import { normOf } from "../../numerics/norm.ts";
import { largestOf, type System } from "../method/stepper.ts";
import { factorsAt, hasGrown, restOfWeights } from "./reduction.ts";

export interface LinearLayers {
  /** The width of the integrated network. */
  readonly width: number;
  readonly system: System;
  readonly initial: Float64Array;
  /** Whether a state goes to infinity, for a loss without a minimum. */
  readonly escapes: ((y: Float64Array, share: number) => boolean) | undefined;
  /** Whether one layer has grown far beyond the other, which alone decays. */
  readonly creeps: ((t: number, y: Float64Array, isLong: boolean) => boolean) | undefined;
  /** Computes `output` and `residual` for state y. */
  read(y: Float64Array): void;
  /** γW₂W₁ and G of the last state that was read, m×k, row by row. */
  readonly output: Float64Array;
  readonly residual: Float64Array;
  /**
   * The layers in state y, in the basis of the span. They have the same observables as the layers of all
   * neurons.
   */
  inSpan(y: Float64Array): MatrixLayers;
  /** Converts layers in the basis of the span to those of all neurons. */
  inNeurons(layers: MatrixLayers): MatrixLayers;
}

export function linearLayers(
  network: Network,
  data: MatrixObjective,
  start: MatrixLayers,
  schedules: LayerSchedules | undefined,
  offData = 0,
): LinearLayers {
  const { rows: m } = start.W2;
  const { columns: k } = start.W1;
  const { outputScale: gamma, learningRates: rates } = network;
  const mu = decaysOf(network);
  const { W2, W1, basis } = inTheirSpan(start);
  const d = W1.rows;
  const drive = 2 * lossPrefactor(network) * gamma;
  const output = new Float64Array(m * k);
  const residual = new Float64Array(m * k);
  /** The index at which W₁ begins: y holds W₂ᵀ, one row per hidden neuron, then W₁. */
  const inner = d * m;
  const end = d * (m + k);
  const decaysOffData = mu.w * rates.w * offData > 0;

  const read = (y: Float64Array): void => {
    output.fill(0);
    addProducts(gamma, y, { m, k, d }, output);
    data.residual(output, residual);
  };
  const derivative = (factors: { readonly u: number; readonly w: number }, y: Float64Array, out: Float64Array): void => {
    read(y);
    const etaU = rates.u * factors.u;
    const etaW = rates.w * factors.w;
    for (let i = inner; i < end; i++) out[i] = -etaW * mu.w * y[i]!;
    pulls(etaW * drive, y, residual, { m, k, d }, out);
    for (let i = 0; i < inner; i++) out[i] = etaU * (drive * out[i]! - mu.u * y[i]!);
    if (decaysOffData) out[end] = -etaW * mu.w * y[end]!;
  };
  const system: System = {
    dimension: decaysOffData ? end + 1 : end,
    derivative: (t, y, out) => derivative(factorsAt(schedules, t), y, out),
    rough: data.rough,
    // Differences give the Jacobian of cubic fields.
    mayBeStiff: schedules === undefined && isSquared(network) && !shrinkTogether(network),
    rest: restOfWeights(network, schedules, (i) => (i < inner ? "u" : "w"), derivative),
  };
  // The outputs of zero layers that do not train are 0.
  data.residual(output, residual);
  const nothing = new Float64Array(m * k);
  const first = largestOf(residual);
  const escapes = (y: Float64Array, share: number): boolean => {
    read(y);
    return largestOf(residual) <= share * first;
  };
  const growing = schedules === undefined && first > 0 ? growingLayer(network) : undefined;
  const creeps = (t: number, y: Float64Array, isLong: boolean): boolean => {
    const [u, w] = [normOf(y.subarray(0, inner)), normOf(y.subarray(inner, end))];
    const fits = (share: number): boolean => {
      read(y);
      return data.excess(output) <= share * share * data.excess(nothing);
    };
    return hasGrown(network, growing === "u" ? [w, u] : [u, w], fits, t, isLong);
  };
  const inSpan = (y: Float64Array): MatrixLayers => ({
    W2: Matrix.from1DArray(d, m, y.subarray(0, inner)).transpose(),
    W1: Matrix.from1DArray(d, k, y.subarray(inner, end)),
  });
  const initial = new Float64Array(system.dimension);
  initial.set(W2.transpose().to1DArray());
  initial.set(W1.to1DArray(), inner);
  if (decaysOffData) initial[end] = offData;
  return {
    width: d,
    system,
    initial,
    escapes: data.endless && !hasDecay(network) ? escapes : undefined,
    creeps: growing === undefined ? undefined : creeps,
    read,
    output,
    residual,
    inSpan,
    inNeurons: (layers) => inNeurons(basis, layers),
  };
}

/** The shape of a state: W₂ᵀ, d×m, then W₁, d×k. */
interface Shape {
  readonly m: number;
  readonly k: number;
  readonly d: number;
}

/**
 * The number of hidden neurons that are handled at a time, so that each number read is used in several
 * products.
 */
const BLOCK = 4;

/** output += γW₂W₁, neuron by neuron. */
function addProducts(gamma: number, y: Float64Array, { m, k, d }: Shape, output: Float64Array): void {
  const inner = d * m;
  const inBlocks = d - (d % BLOCK);
  for (let i = 0; i < inBlocks; i += BLOCK) {
    const p = inner + i * k;
    const [q, r, s] = [p + k, p + 2 * k, p + 3 * k];
    for (let o = 0; o < m; o++) {
      const u = i * m + o;
      const [a, b, c, e] = [gamma * y[u]!, gamma * y[u + m]!, gamma * y[u + 2 * m]!, gamma * y[u + 3 * m]!];
      const to = o * k;
      for (let j = 0; j < k; j++)
        output[to + j] = output[to + j]! + a * y[p + j]! + b * y[q + j]! + c * y[r + j]! + e * y[s + j]!;
    }
  }
  for (let i = inBlocks; i < d; i++) {
    const from = inner + i * k;
    for (let o = 0; o < m; o++) {
      const scaled = gamma * y[i * m + o]!;
      for (let j = 0; j < k; j++) output[o * k + j]! += scaled * y[from + j]!;
    }
  }
}

/** Writes W₁Gᵀ over the part of W₂ᵀ, and adds factor·W₂ᵀG to that of W₁. */
function pulls(factor: number, y: Float64Array, G: Float64Array, { m, k, d }: Shape, out: Float64Array): void {
  const inner = d * m;
  const inBlocks = d - (d % BLOCK);
  for (let i = 0; i < inBlocks; i += BLOCK) {
    const p = inner + i * k;
    const [q, r, s] = [p + k, p + 2 * k, p + 3 * k];
    for (let o = 0; o < m; o++) {
      const u = i * m + o;
      const [a, b, c, e] = [factor * y[u]!, factor * y[u + m]!, factor * y[u + 2 * m]!, factor * y[u + 3 * m]!];
      const from = o * k;
      let [ofP, ofQ, ofR, ofS] = [0, 0, 0, 0];
      for (let j = 0; j < k; j++) {
        const g = G[from + j]!;
        ofP += y[p + j]! * g;
        ofQ += y[q + j]! * g;
        ofR += y[r + j]! * g;
        ofS += y[s + j]! * g;
        out[p + j]! += a * g;
        out[q + j]! += b * g;
        out[r + j]! += c * g;
        out[s + j]! += e * g;
      }
      out[u] = ofP;
      out[u + m] = ofQ;
      out[u + 2 * m] = ofR;
      out[u + 3 * m] = ofS;
    }
  }
  for (let i = inBlocks; i < d; i++) {
    const row = inner + i * k;
    for (let o = 0; o < m; o++) {
      const push = factor * y[i * m + o]!;
      let pull = 0;
      for (let j = 0; j < k; j++) {
        const g = G[o * k + j]!;
        pull += y[row + j]! * g;
        out[row + j]! += push * g;
      }
      out[i * m + o] = pull;
    }
  }
}
