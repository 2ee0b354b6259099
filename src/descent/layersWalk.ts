/**
 * Gradient descent of the reduced layers, step by step. With G = −E[∂ℓ/∂f xᵀ]/2k
 *
 *     v ← μv + pull     (W₂, W₁) ← (W₂, W₁) + step·(η_u v₂, η_w v₁)     (Nesterov: step·rate·(pull + μv))
 *
 * where the pull (the negative gradient) on W₂ is 2kγGW₁ᵀ − μ_u W₂ and that on W₁ is 2kγW₂ᵀG − μ_w W₁. The
 * state is W₂ᵀ, one row per hidden direction, then W₁, then the factor by which the input weights outside the
 * inputs' span have decayed.
 */
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Network } from "../model/network.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { sumOfSquares } from "../numerics/norm.ts";
import type { Plan } from "./descentOptions.ts";
import type { LayersGradient } from "./layersGradient.ts";
import { momentumStep, movingFrom } from "./momentumStep.ts";
import { DIVERGES, MOVES, type Pace, RESTS } from "./walk.ts";

/** The shape of the reduced layers: outputs, directions of the inputs, hidden directions. */
export interface LayersShape {
  readonly m: number;
  readonly r: number;
  readonly d: number;
}

export interface LayersWalk {
  /** The current layers. */
  readonly state: Float64Array;
  /** The current γW₂W₁, m×r, row by row. */
  readonly output: Float64Array;
  /** Takes step n → n + 1. */
  advance(n: number): Pace;
  /** Progress is reported once per this number of steps, about once per 10⁸ multiplications. */
  readonly stride: number;
}

/** W₂ᵀ, W₁ and 1, row by row. */
export function stateOfLayers({ W2, W1 }: MatrixLayers): Float64Array {
  const inner = W2.rows * W2.columns;
  const state = new Float64Array(inner + W1.rows * W1.columns + 1);
  state.set(W2.transpose().to1DArray());
  state.set(W1.to1DArray(), inner);
  state[state.length - 1] = 1;
  return state;
}

/** The mean square of the outputs at which the loss soon overflows. */
const HUGE = 2 ** 1016;

export function layersWalk(
  network: Network,
  initial: Float64Array,
  shape: LayersShape,
  variances: readonly number[],
  gradient: LayersGradient,
  { stepSize, momentum, nesterov, schedules, batch, noise }: Plan,
): LayersWalk {
  const { learningRates: rates } = network;
  const decays = decaysOf(network);
  const { m, r, d } = shape;
  const inner = d * m;
  const k = network.loss === "half-mse" ? 0.5 : 1;
  const drive = 2 * k * network.outputScale;
  const frozen = rates.u === 0 && rates.w === 0;
  const settles = batch === undefined && noise === undefined && schedules === undefined;
  const moving = movingFrom(initial.slice());
  const { state, next, pull } = moving;
  const output = new Float64Array(m * r);
  const G = new Float64Array(m * r);
  outputOf(network.outputScale, state, shape, output);
  return {
    state,
    output,
    stride: Math.max(1, Math.round(1e8 / (100 + 3 * d * m * r))),
    advance(n) {
      if (frozen) return RESTS;
      gradient(output, G);
      pullOf(drive, decays, state, G, shape, pull);
      const t = n * stepSize;
      const su = rates.u * (schedules === undefined ? stepSize : stepSize * schedules.u.factor(t));
      const sw = rates.w * (schedules === undefined ? stepSize : stepSize * schedules.w.factor(t));
      const movesU = momentumStep(moving, 0, inner, su, momentum, nesterov);
      const movesW = momentumStep(moving, inner, state.length, sw, momentum, nesterov);
      if (!(sumOfSquares(next) < Infinity)) return DIVERGES;
      outputOf(network.outputScale, next, shape, output);
      if (!(meanSquare(output, variances) < HUGE)) {
        outputOf(network.outputScale, state, shape, output);
        return DIVERGES;
      }
      state.set(next);
      return movesU || movesW || !settles ? MOVES : RESTS;
    },
  };
}

/** γW₂W₁. */
export function outputOf(gamma: number, state: Float64Array, { m, r, d }: LayersShape, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i < d; i++) {
    const row = d * m + i * r;
    for (let o = 0; o < m; o++) {
      const u = gamma * state[i * m + o]!;
      for (let j = 0; j < r; j++) out[o * r + j]! += u * state[row + j]!;
    }
  }
}

/** Minus the gradient with respect to every number of the state, without learning rates. */
function pullOf(
  drive: number,
  decay: { readonly u: number; readonly w: number },
  state: Float64Array,
  G: Float64Array,
  { m, r, d }: LayersShape,
  out: Float64Array,
): void {
  for (let i = 0; i < state.length; i++) out[i] = -(i < d * m ? decay.u : decay.w) * state[i]!;
  for (let i = 0; i < d; i++) {
    const row = d * m + i * r;
    for (let o = 0; o < m; o++) {
      const push = drive * state[i * m + o]!;
      let sum = 0;
      for (let j = 0; j < r; j++) {
        const g = G[o * r + j]!;
        sum += g * state[row + j]!;
        out[row + j]! += push * g;
      }
      out[i * m + o]! += drive * sum;
    }
  }
}

/** E|f(x)|². */
function meanSquare(F: Float64Array, variances: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < F.length; i++) sum += F[i]! * F[i]! * variances[i % variances.length]!;
  return sum;
}
