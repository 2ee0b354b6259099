/**
 * How layers that are matrices descend, W_1 … W_L one after the other in a flat array, each row by row:
 *
 *     Ẇ_l = η_l (2kγ (W_L ⋯ W_{l+1})ᵀ G (W_{l−1} ⋯ W₁)ᵀ − μ W_l)
 *
 * One pass forward makes the products W_l ⋯ W₁, one back E_l = (W_L ⋯ W_{l+1})ᵀ G.
 */
import { Matrix } from "ml-matrix";
import type { DeepState } from "./deepState.ts";

export interface DeepGradient {
  /** The layers as they start. */
  readonly initial: Float64Array;
  /** Where each layer lies: a view of its numbers. */
  readonly layer: (y: Float64Array, l: number) => Float64Array;
  /** γ W_L ⋯ W₁, m×r, into `output`. */
  readonly outputOf: (y: Float64Array) => Float64Array;
  /** Writes Ẇ to `out`. */
  readonly pull: (y: Float64Array, out: Float64Array) => void;
  /** The layers as matrices. */
  readonly matricesOf: (y: Float64Array) => Matrix[];
}

/** Writes G for the output matrix F. */
export type DeepResidual = (F: Float64Array, out: Float64Array) => void;

export function deepGradient({ network, layers, rates, objective }: DeepState, residual: DeepResidual): DeepGradient {
  const { outputScale: gamma, weightDecay: mu } = network;
  const { outputs: m, inputs: r, k } = objective;
  const L = layers.length;
  const shapes = layers.map(({ rows, columns }) => ({ rows, columns }));
  const starts = [0];
  for (const { rows, columns } of shapes) starts.push(starts.at(-1)! + rows * columns);
  const layer = (y: Float64Array, l: number): Float64Array => y.subarray(starts[l]!, starts[l + 1]!);
  const initial = new Float64Array(starts.at(-1)!);
  for (const [l, W] of layers.entries()) layer(initial, l).set(W.to1DArray());
  /** W_l ⋯ W₁ and E_l, each with r columns. */
  const before = shapes.map(({ rows }) => new Float64Array(rows * r));
  const after = shapes.map(({ rows }) => new Float64Array(rows * r));
  const output = new Float64Array(m * r);
  const G = new Float64Array(m * r);
  const outputOf = (y: Float64Array): Float64Array => {
    for (let l = 0; l < L; l++) {
      const W = layer(y, l);
      if (l === 0) before[0]!.set(W);
      else times(W, before[l - 1]!, shapes[l]!.columns, r, before[l]!);
    }
    for (let i = 0; i < output.length; i++) output[i] = gamma * before[L - 1]![i]!;
    return output;
  };
  return {
    initial,
    layer,
    outputOf,
    pull(y, out) {
      residual(outputOf(y), G);
      for (let i = 0; i < G.length; i++) after[L - 1]![i] = 2 * k * gamma * G[i]!;
      for (let l = L - 1; l >= 0; l--) {
        const [W, into] = [layer(y, l), layer(out, l)];
        const { columns } = shapes[l]!;
        if (l === 0) into.set(after[0]!);
        else {
          timesTransposed(after[l]!, before[l - 1]!, r, into);
          transposedTimes(W, after[l]!, columns, r, after[l - 1]!);
        }
        for (let i = 0; i < into.length; i++) into[i] = rates[l]! * (into[i]! - mu * W[i]!);
      }
    },
    matricesOf: (y) => shapes.map(({ rows, columns }, l) => Matrix.from1DArray(rows, columns, layer(y, l))),
  };
}

/** A·B with n columns of A and r of B. */
function times(A: Float64Array, B: Float64Array, n: number, r: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i * n < A.length; i++)
    for (let j = 0; j < n; j++) {
      const a = A[i * n + j]!;
      if (a === 0) continue;
      for (let c = 0; c < r; c++) out[i * r + c]! += a * B[j * r + c]!;
    }
}

/** A·Bᵀ, both with r columns. */
function timesTransposed(A: Float64Array, B: Float64Array, r: number, out: Float64Array): void {
  const n = B.length / r;
  for (let i = 0; i * r < A.length; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let c = 0; c < r; c++) sum += A[i * r + c]! * B[j * r + c]!;
      out[i * n + j] = sum;
    }
}

/** Aᵀ·B with n columns of A and r of B. */
function transposedTimes(A: Float64Array, B: Float64Array, n: number, r: number, out: Float64Array): void {
  out.fill(0);
  for (let i = 0; i * n < A.length; i++)
    for (let j = 0; j < n; j++) {
      const a = A[i * n + j]!;
      if (a === 0) continue;
      for (let c = 0; c < r; c++) out[j * r + c]! += a * B[i * r + c]!;
    }
}
