/**
 * E[∂ℓ/∂f xᵀ] and E[ℓ] of an output matrix F, m×k, in their plain form: for the squared loss from the
 * moments,
 *
 *     2k(F E[xxᵀ] − E[yxᵀ])     k(E[|y|²] − 2 Σ F∘E[yxᵀ] + Σ F∘(F E[xxᵀ]))
 *
 * for other losses, and for mini-batches and label noise, sample by sample.
 */
import { unmet } from "../door/arguments.ts";
import type { Loss } from "../model/loss.ts";
import { lossFunction } from "../model/loss.ts";
import { targetsFor } from "../model/outputLossOf.ts";
import { batchesOf } from "./batches.ts";
import type { Plan } from "./descentOptions.ts";

/** The data: m targets of k inputs, row by row. */
export interface FullData {
  readonly m: number;
  readonly k: number;
  /** E[xxᵀ], k×k. */
  readonly xx: Float64Array;
  /** E[yxᵀ], m×k. */
  readonly yx: Float64Array;
  /** E[|y|²]. */
  readonly yy: number;
  /** The samples, n×k and n×m. */
  readonly samples: { readonly x: Float64Array; readonly y: Float64Array } | undefined;
}

export interface FullGradient {
  /** Writes E[∂ℓ/∂f xᵀ] for the next step. */
  gradient(F: Float64Array, out: Float64Array): void;
  /** L of all data, without noise. */
  loss(F: Float64Array): number;
}

export function fullGradient(loss: Loss, data: FullData, { batch, noise }: Plan): FullGradient {
  const squared = loss === "mse" || loss === "half-mse";
  if (noise !== undefined && !squared) unmet("label noise is for squared losses", `pass loss "mse" or "half-mse"`);
  const { samples } = data;
  const byMoments = squared && batch === undefined && noise === undefined;
  if (samples === undefined) {
    if (!byMoments) unmet("this loss, mini-batches and label noise need the samples themselves", "pass a task from samples");
    return ofMoments(loss === "mse" ? 1 : 0.5, data);
  }
  const count = samples.y.length / data.m;
  const y = targetsFor(loss, { rows: count, columns: data.m, data: samples.y });
  const each = perSample(loss, data, { x: samples.x, y });
  const all = Int32Array.from({ length: count }, (_, j) => j);
  const next = batch === undefined ? () => all : batchesOf(all.length, batch.size, batch.random);
  const moments = squared ? ofMoments(loss === "mse" ? 1 : 0.5, data) : undefined;
  return {
    gradient: byMoments ? moments!.gradient : (F, out) => each.gradient(F, next(), noise, out),
    loss: moments?.loss ?? ((F) => each.loss(F)),
  };
}

function ofMoments(prefactor: number, { m, k, xx, yx, yy }: FullData): FullGradient {
  const fitted = (F: Float64Array, o: number, j: number): number => {
    let sum = 0;
    for (let a = 0; a < k; a++) sum += F[o * k + a]! * xx[a * k + j]!;
    return sum;
  };
  return {
    gradient(F, out) {
      for (let o = 0; o < m; o++) for (let j = 0; j < k; j++) out[o * k + j] = 2 * prefactor * (fitted(F, o, j) - yx[o * k + j]!);
    },
    loss(F) {
      let sum = yy;
      for (let o = 0; o < m; o++) for (let j = 0; j < k; j++) sum += F[o * k + j]! * (fitted(F, o, j) - 2 * yx[o * k + j]!);
      return prefactor * sum;
    },
  };
}

function perSample(
  loss: Loss,
  { m, k }: FullData,
  { x, y }: NonNullable<FullData["samples"]>,
): {
  gradient(F: Float64Array, chosen: Int32Array, noise: Plan["noise"], out: Float64Array): void;
  loss(F: Float64Array): number;
} {
  const f = new Float64Array(m);
  const target = new Float64Array(m);
  const slope = new Float64Array(m);
  const { value, slopes } = loss === "cross-entropy" ? softmaxLoss : eachOutput(loss);
  const see = (F: Float64Array, j: number): void => {
    for (let o = 0; o < m; o++) {
      f[o] = 0;
      for (let a = 0; a < k; a++) f[o]! += F[o * k + a]! * x[j * k + a]!;
      target[o] = y[j * m + o]!;
    }
  };
  return {
    gradient(F, chosen, noise, out) {
      out.fill(0);
      for (const j of chosen) {
        see(F, j);
        if (noise !== undefined) for (let o = 0; o < m; o++) target[o]! += noise.std * noise.random.normal();
        slopes(f, target, slope);
        for (let o = 0; o < m; o++) for (let a = 0; a < k; a++) out[o * k + a]! += (slope[o]! * x[j * k + a]!) / chosen.length;
      }
    },
    loss(F) {
      const n = y.length / m;
      let sum = 0;
      for (let j = 0; j < n; j++) {
        see(F, j);
        sum += value(f, target) / n;
      }
      return sum;
    },
  };
}

interface SampleLoss {
  value(f: Float64Array, y: Float64Array): number;
  slopes(f: Float64Array, y: Float64Array, out: Float64Array): void;
}

function eachOutput(loss: Loss): SampleLoss {
  const { value, derivative } = lossFunction(loss);
  return {
    value: (f, y) => f.reduce((sum, prediction, o) => sum + value(prediction, y[o]!), 0),
    slopes(f, y, out) {
      for (let o = 0; o < f.length; o++) out[o] = derivative(f[o]!, y[o]!);
    },
  };
}

/** ln Σ exp f_c − Σ y_c f_c. */
const softmaxLoss: SampleLoss = {
  value(f, y) {
    const top = Math.max(...f);
    const sum = f.reduce((total, logit) => total + Math.exp(logit - top), 0);
    return top + Math.log(sum) - f.reduce((total, logit, c) => total + logit * y[c]!, 0);
  },
  slopes(f, y, out) {
    const top = Math.max(...f);
    const sum = f.reduce((total, logit) => total + Math.exp(logit - top), 0);
    for (let c = 0; c < f.length; c++) out[c] = Math.exp(f[c]! - top) / sum - y[c]!;
  },
};
