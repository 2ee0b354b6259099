/**
 * The cross-entropy of m outputs f with target probabilities y, Σy = 1, and p = softmax(f):
 *
 *     ℓ = ln Σ exp(f_c) − Σ y_c f_c     ∂ℓ/∂f = p − y     ∂²ℓ/∂f² = diag(p) − ppᵀ
 *
 * The forms used do not cancel or overflow: outputs are taken relative to the largest one, and p_c − y_c =
 * p_c(1 − y_c) − y_c(1 − p_c), with 1 − p_c as the sum of the other probabilities.
 */
import type { OutputLoss } from "./outputLoss.ts";

export function crossEntropy(m: number): OutputLoss {
  const weights = new Float64Array(m);
  /** Writes exp(f_c − max f), which are all finite, and returns the index of the largest output. */
  const exponentials = (f: Float64Array, at: number): number => {
    let top = 0;
    for (let c = 1; c < m; c++) if (f[at + c]! > f[at + top]!) top = c;
    const largest = finite(f[at + top]!);
    for (let c = 0; c < m; c++) weights[c] = c === top ? 1 : Math.exp(finite(f[at + c]!) - largest);
    return top;
  };
  const sumBut = (top: number): number => {
    let sum = 0;
    for (let c = 0; c < m; c++) if (c !== top) sum += weights[c]!;
    return sum;
  };
  return {
    kinks: false,
    shifts: true,
    mean(f, y) {
      const n = f.length / m;
      let total = 0;
      let low = 0;
      for (let at = 0; at < f.length; at += m) {
        const top = exponentials(f, at);
        let value = Math.log1p(sumBut(top));
        for (let c = 0; c < m; c++) if (y[at + c]! > 0) value += y[at + c]! * (finite(f[at + top]!) - finite(f[at + c]!));
        value /= n;
        const sum = total + value;
        low += total >= value ? total - sum + value : value - sum + total;
        total = sum;
      }
      return total === Infinity ? total : total + low;
    },
    slopes(f, y, out) {
      for (let at = 0; at < f.length; at += m) {
        const top = exponentials(f, at);
        const others = sumBut(top);
        for (let c = 0; c < m; c++) {
          const complement = c === top ? others : 1 + others - weights[c]!;
          out[at + c] = (weights[c]! * (1 - y[at + c]!) - y[at + c]! * complement) / (1 + others);
        }
      }
    },
    curves(f, _y, v, out) {
      for (let at = 0; at < f.length; at += m) {
        const top = exponentials(f, at);
        const total = 1 + sumBut(top);
        let mean = 0;
        for (let c = 0; c < m; c++) mean += (weights[c]! / total) * (v[at + c]! - v[at + top]!);
        for (let c = 0; c < m; c++) out[at + c] = (weights[c]! / total) * (v[at + c]! - v[at + top]! - mean);
      }
    },
  };
}

function finite(f: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, f));
}
