/**
 * The training objective of a network as a function of its output coefficient f, which fits f·z with z = x^β:
 *
 *     L(f) = E[ℓ(fz, y)] g(f) = −E[z ∂ℓ/∂f]/2k for squares g = E[zy] − f·E[z²], L = k(E[y²] − E[zy]²/E[z²]) +
 *     k g²/E[z²]
 *
 * Solvers use nothing else of the data.
 */
import { unmet } from "../door/arguments.ts";
import { Totals } from "../numerics/totals.ts";
import { difference, product, quotient, toNumber, wide } from "../numerics/wide.ts";
import { checkLabels, hasKinks, type Loss, lossFunction } from "./loss.ts";
import { isSquared, lossPrefactor, type Network } from "./network.ts";
import type { Moments, Task } from "./task.ts";
import { unexplained } from "./unexplained.ts";
import { FAR, zeroOf } from "./zeroOf.ts";

export interface Objective {
  /** k. */
  readonly k: number;
  /** g(f). */
  readonly residual: (f: number) => number;
  /** L(f). */
  readonly loss: (f: number) => number;
  /** L(f) − inf L. */
  readonly excess: (f: number) => number;
  /** L''(f), undefined for a loss without a second derivative. */
  readonly curvature: ((f: number) => number) | undefined;
  /** The f that minimises L; ±Infinity if L falls for ever. */
  readonly best: number;
  /** Whether L may have kinks, or jumps of its slope. */
  readonly rough: boolean;
  /** E[z²]. */
  readonly zz: number;
  /** E[z²], E[zy] and E[y²], which determine the squared loss. */
  readonly moments: Moments | undefined;
}

export function objectiveOf(network: Network, task: Task): Objective {
  return isSquared(network) ? squared(network, momentsOf(network, task)) : fromSamples(network, task);
}

function squared(network: Network, moments: Moments): Objective {
  const { xx, xy } = moments;
  const k = lossPrefactor(network);
  const floor = k * unexplained(moments);
  const excess = (f: number): number => {
    if (xx === 0) return 0;
    const g = difference(wide(xy), product(f, xx));
    return toNumber(quotient(product(k, g, g), wide(xx)));
  };
  return {
    k,
    residual: (f) => xy - xx * f,
    loss: (f) => floor + excess(f),
    excess,
    curvature: () => 2 * k * xx,
    best: xx === 0 ? 0 : xy / xx,
    rough: false,
    zz: xx,
    moments,
  };
}

/** E[x^2β], E[x^β y], E[y²]. */
function momentsOf(network: Network, task: Task): Moments {
  if (network.power === 1) return task;
  const { z, y } = featuresOf(network, task);
  const totals = new Totals(2);
  for (let j = 0; j < z.length; j++) {
    totals.add(0, z[j]! * z[j]!);
    totals.add(1, z[j]! * y[j]!);
  }
  return { xx: totals.of(0) / z.length, xy: totals.of(1) / z.length, yy: task.yy };
}

/** z = x^β and y of every sample. */
export function featuresOf({ power, loss }: Network, task: Task): { z: Float64Array; y: Float64Array } {
  if (task.samples === undefined) {
    const why = power === 1 ? `the loss ${nameOf(loss)}` : `the power ${power}`;
    unmet(`${why} needs the samples themselves`, "pass a task from taskFromSamples");
  }
  const { x, y } = task.samples;
  if (power === 1) return { z: x, y };
  if (!Number.isInteger(power) && x.some((value) => value < 0)) {
    unmet(`the power ${power} of negative inputs is not a real number`, "pass inputs ≥ 0, or an integer power");
  }
  return { z: x.map((value) => value ** power), y };
}

function nameOf(loss: Loss): string {
  return typeof loss === "string" ? `"${loss}"` : "{ value, derivative }";
}

function fromSamples(network: Network, task: Task): Objective {
  const { z, y } = featuresOf(network, task);
  checkLabels(network.loss, y);
  const { value, derivative, secondDerivative } = lossFunction(network.loss);
  const n = z.length;
  const residual = (f: number): number => {
    let total = 0;
    for (let j = 0; j < n; j++) total -= z[j]! * derivative(f * z[j]!, y[j]!);
    return total / (2 * n);
  };
  const loss = (f: number): number => {
    let total = 0;
    for (let j = 0; j < n; j++) total += value(f * z[j]!, y[j]!);
    return total / n;
  };
  const curvature = (f: number): number => {
    let total = 0;
    for (let j = 0; j < n; j++) total += z[j]! * z[j]! * secondDerivative!(f * z[j]!, y[j]!);
    return total / n;
  };
  const best = zeroOf(residual);
  const least = loss(Number.isFinite(best) ? best : Math.sign(best) * FAR);
  return {
    k: 1,
    residual,
    loss,
    // Near the infimum, rounding of L must not make the excess negative.
    excess: (f) => Math.max(0, loss(f) - least),
    curvature: secondDerivative === undefined ? undefined : curvature,
    best,
    rough: hasKinks(network.loss),
    zz: z.reduce((sum, value) => sum + value * value, 0) / n,
    moments: undefined,
  };
}
