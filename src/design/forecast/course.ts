/** What a forecast tells at each time, however it was found. */
import { unmet } from "../../door/arguments.ts";

/** Two adjacent layers of weights as a log has them: ‖W₂‖², ‖W₁‖² and ‖W₂W₁‖. */
export interface PairNorms {
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
}

export interface ForecastPoint {
  readonly t: number;
  readonly excessLoss: number;
  /** ‖K − K₀‖/‖K₀‖ and ‖K‖/‖K₀‖. */
  readonly kernelDistance: number;
  readonly kernelRatio: number;
  /** What of the kernel distance is the random change of single neurons; 0 of linear layers. */
  readonly scatter: number;
  /** 2 over the largest rate at which a residual falls: larger steps diverge. */
  readonly stableStep: number;
  /** The layers 2·1, 3·2, …. */
  readonly pairs: readonly PairNorms[];
}

export interface ForecastCourse {
  readonly points: readonly ForecastPoint[];
  readonly status: "completed" | "diverged";
  /** The loss that is left at best. */
  readonly floor: number;
}

/** Compares kernels of the same inputs with the first one: entries of symmetric matrices. */
export function kernelComparer(): (K: Float64Array) => Pick<ForecastPoint, "kernelDistance" | "kernelRatio"> {
  let start: Float64Array | undefined;
  let size = 0;
  return (K) => {
    start ??= K.slice();
    size ||= Math.sqrt(start.reduce((sum, x) => sum + x * x, 0));
    let [apart, now] = [0, 0];
    for (let i = 0; i < K.length; i++) {
      apart += (K[i]! - start[i]!) ** 2;
      now += K[i]! ** 2;
    }
    return { kernelDistance: Math.sqrt(apart) / size, kernelRatio: Math.sqrt(now) / size };
  };
}

/** F A Fᵀ, F with rows of k numbers, A symmetric. */
export function sandwich(F: Float64Array, A: Float64Array, k: number): Float64Array {
  const rows = F.length / k;
  const FA = new Float64Array(F.length);
  for (let i = 0; i < rows; i++)
    for (let a = 0; a < k; a++) {
      const x = F[i * k + a]!;
      if (x === 0) continue;
      for (let b = 0; b < k; b++) FA[i * k + b]! += x * A[a * k + b]!;
    }
  const K = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let b = 0; b < k; b++) sum += FA[i * k + b]! * F[j * k + b]!;
      K[i * rows + j] = sum;
      K[j * rows + i] = sum;
    }
  return K;
}

/** Without a kernel at the start nothing is learned, and nothing can be compared with it. */
export function requireKernel({ stableStep }: ForecastPoint): void {
  if (stableStep === Infinity)
    unmet("the initial layers have no tangent kernel on the data: nothing is learned", "pass scales and rates above 0");
}

/** The times to report: those that were asked for, or 0 and `count` from a thousandth of the last one on. */
export function reportTimes(until: number, count = 60): Float64Array {
  return Float64Array.from({ length: count + 1 }, (_, i) => (i === 0 ? 0 : until * 1e-3 ** ((count - i) / (count - 1))));
}

/** Steps at or nearest to times, each once. */
export function stepsAt(times: Float64Array, stepSize: number): number[] {
  return [...new Set(Array.from(times, (t) => Math.round(t / stepSize)))];
}
