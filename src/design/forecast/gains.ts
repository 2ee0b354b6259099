/**
 * What an activation does to Gaussian pre-activations of variance q:
 *
 *     gain = E[φ'(√q z)]     slope = E[φ'(√q z)²]     size = E[φ(√q z)²]
 *
 * The gain is the slope of the best linear fit of φ (Stein's lemma), so that a layer behind it passes on the
 * part of a target that is linear in the inputs as a linear layer of `gain` times the weights would.
 */
import type { Activation } from "./description.ts";

export interface Gain {
  readonly gain: number;
  readonly slope: number;
  readonly size: number;
  /** E[φ''(√q z)²]; 0 where φ has kinks. */
  readonly bend: number;
  readonly q: number;
}

export function gainOf(activation: Activation, q: number): Gain {
  if (activation === "linear") return { gain: 1, slope: 1, size: q, bend: 0, q };
  if (activation === "relu") return { gain: 0.5, slope: 0.5, size: q / 2, bend: 0, q };
  if (!(q < Infinity)) return { gain: 0, slope: 0, size: 1, bend: 0, q };
  const s = Math.sqrt(q);
  return {
    gain: mean((z) => 1 / Math.cosh(s * z) ** 2),
    slope: mean((z) => 1 / Math.cosh(s * z) ** 4),
    size: mean((z) => Math.tanh(s * z) ** 2),
    bend: mean((z) => (2 * Math.tanh(s * z)) ** 2 / Math.cosh(s * z) ** 4),
    q,
  };
}

/** E[f(z)] of a standard normal z: trapezia, which converge exponentially for f that is analytic. */
function mean(f: (z: number) => number): number {
  const [step, last] = [1 / 32, 9];
  let sum = 0;
  for (let z = -last; z <= last; z += step) sum += f(z) * Math.exp((-z * z) / 2);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}

/**
 * How far Σᵢ bᵢ²φ'(hᵢ(x))φ'(hᵢ(x')) over n neurons is scattered, relative to itself and squared, where hᵢ
 * moves by `along`·√q·bᵢ/|b| and, independently of bᵢ, by `across`·√q in the mean over neurons. A kink is
 * crossed by moved/π of the neurons, which weigh E|b|⁵/E|b| = 8 or E[b⁴] = 3; a smooth φ' changes by φ''·bᵢ
 * or by φ'' times a number of its own, and E[b⁶] = 15.
 */
export function scatterOf(
  activation: Activation,
  { gain, slope, bend, q }: Gain,
  { along, across }: { readonly along: number; readonly across: number },
  n: number,
): number {
  const moved = along * along + across * across;
  if (activation === "linear" || !(moved > 0)) return 0;
  // E[φ'φ'] between 1/4, for inputs at right angles, and 1/2; its mean square is near 1/9.
  if (activation === "relu")
    return (9 * ((8 * along * along + 3 * across * across) / moved) * Math.min(Math.sqrt(moved) / Math.PI, 0.5)) / n;
  return (2 * bend * slope * (15 * along * along + 3 * across * across) * q) / ((gain * gain + slope) / 2) ** 2 / n;
}
