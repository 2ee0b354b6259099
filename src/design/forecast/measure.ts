/**
 * What a forecast reports of a state of the surrogate: the kernel K(x, x') = xᵀAx', A = Σ ηₗ bₗ Mₗ₋₁, and the
 * norms of adjacent layers.
 */
import { largestEigenvalue } from "../../numerics/largestEigenvalue.ts";
import type { Closure } from "./closure.ts";
import { type ForecastPoint, kernelComparer, type PairNorms, sandwich } from "./course.ts";
import type { LeadingData } from "./data.ts";
import type { Described, LayerUnits } from "./description.ts";
import { type Gain, scatterOf } from "./gains.ts";

/** The linear network that stands for one with an activation. */
export interface LinearNetwork {
  readonly layers: readonly LayerUnits[];
  /** By which each layer's weights are multiplied. */
  readonly gains: readonly number[];
  /** What the activation does at the start, one a hidden layer. */
  readonly activations: readonly Gain[];
  readonly sideways: boolean;
}

export function measurerOf(
  { layout, residual, cosine }: Closure,
  { layers, gains, activations, sideways }: LinearNetwork,
  { variances, probe, inputs }: LeadingData,
  { prefactor, outputScale, width, depth, activation }: Described,
  start: Float64Array,
): (state: Float64Array, t: number) => ForecastPoint {
  const k = variances.length;
  const compare = kernelComparer();
  const A = new Float64Array(k * k);
  const deviations = variances.map(Math.sqrt);
  const sizes = [inputs, ...Array.from({ length: depth - 1 }, () => width), 1];
  // Of weights along directions that are not kept, the mean.
  const aside = (inputs - k) * layers[0]!.deviation ** 2;
  const startNorms = layers.map(({ deviation }, l) => {
    if (l === depth - 1) return start[layout.back(l)]!;
    return l > 0 ? sizes[l]! * sizes[l + 1]! * deviation ** 2 : width * aside + trace(start.subarray(layout.gram(1)), k);
  });

  function kernelInto(state: Float64Array): void {
    A.fill(0);
    for (const [l, { rate }] of layers.entries()) {
      const weight = rate * (l === depth - 1 ? 1 : state[layout.back(l + 1)]!);
      if (l === 0) for (let a = 0; a < k; a++) A[a * (k + 1)]! += weight;
      else for (let a = 0, M = layout.gram(l); a < k * k; a++) A[a]! += weight * state[M + a]!;
    }
  }

  /** λ_max of the kernel over the data. */
  function largestRate(): number {
    return largestEigenvalue((v, out) => {
      for (let a = 0; a < k; a++) {
        let sum = 0;
        for (let b = 0; b < k; b++) sum += A[a * k + b]! * deviations[b]! * v[b]!;
        out[a] = deviations[a]! * sum;
      }
    }, k).value;
  }

  function pairOf(state: Float64Array, i: number): PairNorms {
    const overlap = depth === 2 ? squareOf(state.subarray(0, k)) + aside * state[layout.back(1)]! : productSquare(state, i);
    const [inner, outer] = [gains[i - 1]! ** 2, gains[i]! ** 2];
    const [below, above] = [i, i + 1].map((l) => startNorms[l - 1]! + state[layout.growth(l)]!);
    return { uu: above! / outer, ww: below! / inner, uw: Math.sqrt(Math.max(0, overlap) / inner / outer) };
  }

  /** ‖W_{i+1}W_i‖² of layers that were random and have each moved along one direction. */
  function productSquare(state: Float64Array, i: number): number {
    const [before, here, after] = [sizes[i - 1]!, sizes[i]!, sizes[i + 1]!];
    const [inner, outer] = [layers[i - 1]!.deviation ** 2, layers[i]!.deviation ** 2];
    const [moved, movedOuter] = [state[layout.length(i)]!, state[layout.length(i + 1)]!];
    return (
      before * here * after * inner * outer +
      movedOuter ** 2 * inner * (here + before) +
      moved ** 2 * outer * (here + after) +
      (moved * movedOuter * cosine(state, i)) ** 2
    );
  }

  /** The kernel's random change, relative to it and squared: that of the layers below each activation. */
  function scattered(state: Float64Array): number {
    const shares = layers.map(({ rate }, l) => {
      const M = layout.gram(l);
      const size = variances.reduce((sum, variance, a) => sum + variance * (l === 0 ? 1 : state[M + a * (k + 1)]!), 0);
      return rate * (l === depth - 1 ? 1 : state[layout.back(l + 1)]!) * size;
    });
    const whole = shares.reduce((sum, share) => sum + share, 0);
    let [below, total] = [0, 0];
    for (const [l, found] of activations.entries()) {
      below += shares[l]! / whole;
      let moved = 0;
      for (let j = sideways ? 1 : l + 1; j <= l + 1; j++) {
        const from = layout.passed(j);
        for (let a = 0; a < k; a++) moved += variances[a]! * state[from + a]! ** 2;
      }
      const relative = Math.sqrt(moved / state[layout.back(l + 1)]! / (width * found.q));
      total += below * below * scatterOf(activation, found, relative, width);
    }
    return total;
  }

  return (state, t) => {
    kernelInto(state);
    const { kernelDistance, kernelRatio } = compare(sandwich(probe, A, k));
    const scatter = kernelRatio * Math.sqrt(scattered(state));
    const excess = residual(state).reduce((sum, x, a) => sum + (x * x) / variances[a]!, 0);
    return {
      t,
      excessLoss: prefactor * excess,
      // Random changes of single neurons add in squares to what the layers do together.
      kernelDistance: Math.hypot(kernelDistance, scatter),
      kernelRatio,
      scatter,
      stableStep: Number.isFinite(excess) ? 1 / (prefactor * outputScale * outputScale * largestRate()) : NaN,
      pairs: Array.from({ length: depth - 1 }, (_, l) => pairOf(state, l + 1)),
    };
  };
}

function squareOf(v: Float64Array): number {
  return v.reduce((sum, x) => sum + x * x, 0);
}

function trace(M: Float64Array, k: number): number {
  let sum = 0;
  for (let a = 0; a < k; a++) sum += M[a * (k + 1)]!;
  return sum;
}
