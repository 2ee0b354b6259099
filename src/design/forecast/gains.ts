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
}

export function gainOf(activation: Activation, q: number): Gain {
  if (activation === "linear") return { gain: 1, slope: 1, size: q };
  if (activation === "relu") return { gain: 0.5, slope: 0.5, size: q / 2 };
  if (!(q < Infinity)) return { gain: 0, slope: 0, size: 1 };
  const s = Math.sqrt(q);
  return {
    gain: mean((z) => 1 / Math.cosh(s * z) ** 2),
    slope: mean((z) => 1 / Math.cosh(s * z) ** 4),
    size: mean((z) => Math.tanh(s * z) ** 2),
  };
}

/** E[f(z)] of a standard normal z: trapezia, which converge exponentially for f that is analytic. */
function mean(f: (z: number) => number): number {
  const [step, last] = [1 / 32, 9];
  let sum = 0;
  for (let z = -last; z <= last; z += step) sum += f(z) * Math.exp((-z * z) / 2);
  return (sum * step) / Math.sqrt(2 * Math.PI);
}
