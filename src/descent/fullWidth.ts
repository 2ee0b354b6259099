/**
 * The loop over all weights of W₂ (m×d) and W₁ (d×k):
 *
 *     F = γW₂W₁     ∂L/∂W₂ = γDW₁ᵀ     ∂L/∂W₁ = γW₂ᵀD     D = E[∂ℓ/∂f xᵀ]
 */
import type { Network } from "../model/network.ts";
import type { Plan } from "./descentOptions.ts";
import { type FullData, fullGradient } from "./fullGradient.ts";
import { type OptimizerSettings, optimizerOf } from "./optimizers.ts";

/** Weights in the form of the loops: W₂ m×d and W₁ k×d, one column per neuron. */
export interface FullLayers {
  readonly W2: Float64Array;
  readonly W1: Float64Array;
  readonly d: number;
}

export type FullRows = { readonly [Name in "step" | "t" | "loss" | "output" | "uu" | "ww" | "uw"]: Float64Array } & {
  readonly status: "completed" | "diverged";
};

/** Moves the layers in place. */
export function trainAll(
  network: Network,
  data: FullData,
  { W2, W1, d }: FullLayers,
  settings: { readonly u: OptimizerSettings; readonly w: OptimizerSettings },
  plan: Plan,
): FullRows {
  const { outputScale: gamma, learningRates: rates } = network;
  const { m, k } = data;
  const { stepSize, steps, schedules, nextRecord } = plan;
  const { gradient, loss } = fullGradient(network.loss, data, plan);
  const ofW2 = optimizerOf(settings.u, W2.length);
  const ofW1 = optimizerOf(settings.w, W1.length);
  const forW2 = new Float64Array(W2.length);
  const forW1 = new Float64Array(W1.length);
  const product = new Float64Array(m * k);
  const F = new Float64Array(m * k);
  const D = new Float64Array(m * k);
  const rows: { step: number; numbers: Float64Array }[] = [];
  let status: FullRows["status"] = "completed";
  let record = 0;
  for (let n = 0; ; n++) {
    products(W2, m, W1, k, d, product);
    for (let i = 0; i < F.length; i++) F[i] = gamma * product[i]!;
    if (!F.every(Number.isFinite)) {
      status = "diverged";
      break;
    }
    if (n === record) {
      const numbers = new Float64Array(1 + 2 * m * k + m * m + k * k);
      numbers[0] = loss(F);
      numbers.set(F, 1);
      numbers.set(product, 1 + m * k);
      products(W2, m, W2, m, d, numbers.subarray(1 + 2 * m * k, 1 + 2 * m * k + m * m));
      products(W1, k, W1, k, d, numbers.subarray(1 + 2 * m * k + m * m));
      rows.push({ step: n, numbers });
      record = nextRecord(n);
    }
    if (n === steps) break;
    gradient(F, D);
    forW2.fill(0);
    forW1.fill(0);
    for (let o = 0; o < m; o++) {
      for (let j = 0; j < k; j++) {
        const slope = gamma * D[o * k + j]!;
        for (let i = 0; i < d; i++) {
          forW2[o * d + i]! += slope * W1[j * d + i]!;
          forW1[j * d + i]! += slope * W2[o * d + i]!;
        }
      }
    }
    const t = n * stepSize;
    ofW2.step(W2, forW2, stepSize * rates.u * (schedules?.u.factor(t) ?? 1), n + 1);
    ofW1.step(W1, forW1, stepSize * rates.w * (schedules?.w.factor(t) ?? 1), n + 1);
  }
  const block = (from: number, size: number): Float64Array => {
    const values = new Float64Array(rows.length * size);
    for (const [i, { numbers }] of rows.entries()) values.set(numbers.subarray(from, from + size), i * size);
    return values;
  };
  const step = Float64Array.from(rows, (row) => row.step);
  return {
    step,
    t: step.map((n) => n * stepSize),
    loss: block(0, 1),
    output: block(1, m * k),
    uw: block(1 + m * k, m * k),
    uu: block(1 + 2 * m * k, m * m),
    ww: block(1 + 2 * m * k + m * m, k * k),
    status,
  };
}

/** A·Bᵀ of a×d and b×d. */
function products(A: Float64Array, a: number, B: Float64Array, b: number, d: number, out: Float64Array): void {
  for (let o = 0; o < a; o++) {
    for (let j = 0; j < b; j++) {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += A[o * d + i]! * B[j * d + i]!;
      out[o * b + j] = sum;
    }
  }
}
