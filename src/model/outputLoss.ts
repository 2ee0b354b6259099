/**
 * A loss of n samples with m outputs, the rows of n×m arrays: E[ℓ(f, y)], ∂ℓ/∂f, and ∂²ℓ/∂f² applied to v. A
 * loss of one output is summed over the outputs, which then decouple.
 */
import type { LossFunction } from "./loss.ts";

export interface OutputLoss {
  /** E[ℓ(f, y)], the mean over samples of the sum over outputs. */
  mean(f: Float64Array, y: Float64Array): number;
  /** Writes ∂ℓ/∂f of every sample. */
  slopes(f: Float64Array, y: Float64Array, out: Float64Array): void;
  /** Writes ∂²ℓ/∂f²·v of every sample; undefined for a loss without a second derivative. */
  curves?(f: Float64Array, y: Float64Array, v: Float64Array, out: Float64Array): void;
  /** Whether the slope may have kinks or jumps. */
  readonly kinks: boolean;
  /**
   * Whether only differences of outputs count, so that adding the same function to all outputs does not
   * change the loss.
   */
  readonly shifts: boolean;
}

/** A loss of one output, summed over the outputs. */
export function summedOverOutputs({ value, derivative, secondDerivative }: LossFunction, m: number, kinks: boolean): OutputLoss {
  return {
    kinks,
    shifts: false,
    mean(f, y) {
      const n = f.length / m;
      let total = 0;
      let low = 0;
      for (let i = 0; i < f.length; i++) {
        const next = value(f[i]!, y[i]!) / n;
        const sum = total + next;
        low += Math.abs(total) >= Math.abs(next) ? total - sum + next : next - sum + total;
        total = sum;
      }
      return Number.isFinite(total) ? total + low : total;
    },
    slopes(f, y, out) {
      for (let i = 0; i < f.length; i++) out[i] = derivative(f[i]!, y[i]!);
    },
    ...(secondDerivative === undefined
      ? {}
      : {
          curves: (f: Float64Array, y: Float64Array, v: Float64Array, out: Float64Array): void => {
            for (let i = 0; i < f.length; i++) out[i] = secondDerivative(f[i]!, y[i]!) * v[i]!;
          },
        }),
  };
}
