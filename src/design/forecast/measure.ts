/**
 * What a forecast reports of a state of the surrogate: the kernel K(x, x') = xᵀAx', A = Σ ηₗ bₗ Mₗ₋₁, and the
 * norms of adjacent layers.
 */
import { largestEigenvalue } from "../../numerics/largestEigenvalue.ts";
import type { Closure } from "./closure.ts";
import { type ForecastPoint, kernelComparer, type PairNorms, sandwich } from "./course.ts";
import type { LeadingData } from "./data.ts";
import type { Described, LayerUnits } from "./description.ts";

export function measurerOf(
  { layout, residual, cosine }: Closure,
  layers: readonly LayerUnits[],
  gains: readonly number[],
  { variances, probe, inputs }: LeadingData,
  { prefactor, outputScale, width, depth }: Described,
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

  return (state, t) => {
    kernelInto(state);
    const excess = residual(state).reduce((sum, x, a) => sum + (x * x) / variances[a]!, 0);
    return {
      t,
      excessLoss: prefactor * excess,
      ...compare(sandwich(probe, A, k)),
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
