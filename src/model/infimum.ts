/**
 * inf L of a loss other than the squared loss, and whether it is reached only at infinity. The outputs
 * decouple unless the loss is the cross-entropy: inf L = Σₒ inf Lₒ.
 */
import { exponentOf, scale } from "../numerics/wide.ts";
import { crossEntropyFallsForEver, fallsForEver, isShortSearch, mayFall } from "./endless.ts";
import { type Least, leastLoss, type Samples } from "./leastLoss.ts";
import { hasKinks, type Loss, type LossFunction, lossFunction } from "./loss.ts";
import { type OutputLoss, summedOverOutputs } from "./outputLoss.ts";
import { FAR, zeroOf } from "./zeroOf.ts";

export interface Infimum {
  /**
   * inf L, with an error of about 10⁻¹⁵ L, or 10⁻¹⁰ L(0) if the slope of the loss jumps. It is exactly 0 for
   * the logistic loss and the cross-entropy of separable data.
   */
  loss(): number;
  /**
   * Whether L falls for ever along some direction. For up to 40 unknowns this is decided by nonnegative least
   * squares, to 10⁻⁹ of the inputs' length. For larger problems it is decided by whether predictions still
   * move when Newton's method for the infimum ends.
   */
  endless(): boolean;
}

export function infimumOf(loss: Loss, outputLoss: OutputLoss, samples: Samples): Infimum {
  // If all inputs are zero, L is constant.
  if (samples.r === 0)
    return { loss: () => outputLoss.mean(new Float64Array(samples.targets.length), samples.targets), endless: () => false };
  const parts = once(() => {
    const even = { ...samples, Z: inUnits(samples) };
    return loss === "cross-entropy" ? [coupled(outputLoss, even)] : columnsOf(even).map((part) => single(loss, part));
  });
  return {
    loss: () => parts().reduce((sum, part) => sum + part.loss(), 0),
    endless: () => parts().some((part) => part.endless()),
  };
}

/** Scales every input by a power of two to a size of about 1, without rounding. */
function inUnits({ Z, r }: Samples): Float64Array {
  const largest = new Float64Array(r);
  for (let i = 0; i < Z.length; i++) largest[i % r] = Math.max(largest[i % r]!, Math.abs(Z[i]!));
  const exponents = Int32Array.from(largest, (value) => (value === 0 ? 0 : exponentOf(value)));
  return Z.map((value, i) => scale(value, -exponents[i % r]!));
}

function coupled(loss: OutputLoss, samples: Samples): Infimum {
  const { Z, r, targets, m } = samples;
  const least = once(() => leastLoss(loss, samples, (f) => favoursTargets(f, targets, m)));
  const columns = (targets.length / m) * m * (m - 1);
  const endless = once(() => (isShortSearch(columns, m * r) ? crossEntropyFallsForEver(Z, targets, r, m) : least().endless));
  return { loss: () => least().loss, endless };
}

/** Whether every target is one-hot and its output is larger than all others. */
function favoursTargets(f: Float64Array, targets: Float64Array, m: number): boolean {
  for (let at = 0; at < f.length; at += m) {
    let c = 0;
    while (targets[at + c] === 0) c++;
    for (let e = 0; e < m; e++) if (e !== c && (targets[at + e]! > 0 || !(f[at + e]! < f[at + c]!))) return false;
  }
  return true;
}

/** One output. */
function single(loss: Loss, samples: Samples): Infimum {
  const { Z, r, targets } = samples;
  const least = once(() => (r === 1 ? alongOneInput(loss, samples) : alongInputs(loss, samples)));
  const endless = once(() => {
    if (!mayFall(loss, targets)) return false;
    return isShortSearch(2 * targets.length, r) ? fallsForEver(loss, Z, targets, r) : least().endless;
  });
  return { loss: () => least().loss, endless };
}

function alongInputs(loss: Loss, samples: Samples): Least {
  const { targets } = samples;
  const functions = lossFunction(loss);
  const smooth = { ...functions, secondDerivative: functions.secondDerivative ?? slopeOf(functions) };
  const reachesZero = loss === "logistic" ? (f: Float64Array) => f.every((value, j) => value * targets[j]! > 0) : undefined;
  return leastLoss(summedOverOutputs(smooth, 1, hasKinks(loss)), samples, reachesZero, hasKinks(loss) ? functions : undefined);
}

/** ∂²ℓ/∂f² by finite differences, which is accurate enough for a direction of descent. */
function slopeOf({ derivative }: LossFunction): (f: number, y: number) => number {
  return (f, y) => {
    const h = 1e-5 * (1 + Math.abs(f));
    return (derivative(f + h, y) - derivative(f - h, y)) / (2 * h);
  };
}

function alongOneInput(loss: Loss, { Z, targets }: Samples): Least {
  const { value, derivative } = lossFunction(loss);
  const n = Z.length;
  const best = zeroOf((f) => {
    let total = 0;
    for (let j = 0; j < n; j++) total -= Z[j]! * derivative(f * Z[j]!, targets[j]!);
    return total;
  });
  const place = Number.isFinite(best) ? best : Math.sign(best) * FAR;
  let total = 0;
  for (let j = 0; j < n; j++) total += value(place * Z[j]!, targets[j]!) / n;
  return { loss: total, endless: !Number.isFinite(best) };
}

function columnsOf({ Z, r, targets, m }: Samples): Samples[] {
  if (m === 1) return [{ Z, r, targets, m }];
  return Array.from({ length: m }, (_, o) => ({ Z, r, targets: targets.filter((_value, i) => i % m === o), m: 1 }));
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
