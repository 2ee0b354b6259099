/**
 * Snapshots of a network of any depth, from f, g, K and its layers. Its Hessian at unit rates, over the
 * numbers a_l, is
 *
 *     H_lm = L″(f) f_l f_m − 2k g f_lm     f_l = γ Π_{i≠l} a_i,  f_lm = γ Π_{i≠l,m} a_i,  f_ll = 0
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type DepthSnapshot, isWholeDepth } from "../model/depth.ts";
import { isSquared } from "../model/network.ts";
import { type Objective, objectiveOf } from "../model/objective.ts";
import type { DepthProblem } from "../model/readProblem.ts";
import { withSharpness } from "../model/snapshot.ts";
import { unexplained } from "../model/unexplained.ts";
import { largestEigenvalue } from "../numerics/largestEigenvalue.ts";
import { difference, ONE, product, quotient, squareRoot, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";

/** The numbers that determine a snapshot. */
export interface DepthNumbers {
  readonly output: number;
  readonly residual: number;
  readonly kernel: number;
  readonly layers: Float64Array;
  readonly balances: readonly number[];
}

/** a_l² − η_l·(the smallest a²/η), computed from the layers. */
export function depthBalances(layers: Float64Array, rates: Float64Array): readonly number[] {
  const least = layers.reduce(
    (least, a, l) => (rates[l]! > 0 ? Math.min(least, Math.abs(a) / Math.sqrt(rates[l]!)) : least),
    Infinity,
  );
  return Array.from(layers, (a, l) => {
    const balanced = rates[l] === 0 ? 0 : Math.sqrt(rates[l]!) * least;
    return Math.max(0, (Math.abs(a) - balanced) * (Math.abs(a) + balanced));
  });
}

/** The largest number of layers for which snapshots have a sharpness. */
const MOST_LAYERS = 64;

/** Snapshots of a problem, from their numbers. */
export function depthSnapshots({ network, task }: DepthProblem): (t: number, numbers: DepthNumbers) => DepthSnapshot {
  const { depth = 2, outputScale: gamma, weightDecay } = network;
  const objective = objectiveOf(network, task);
  const { k, zz, curvature } = objective;
  const floor = isSquared(network) ? k * unexplained(task) : 0;
  const rootZZ = squareRoot(wide(zz));
  const excessOf = ({ output, residual }: DepthNumbers): number => {
    if (!isSquared(network)) return objective.excess(output);
    if (zz === 0) return 0;
    const misfit = quotient(wide(residual), rootZZ);
    return toNumber(product(k, misfit, misfit));
  };
  const curved = isWholeDepth(depth) && depth <= MOST_LAYERS && curvature !== undefined;
  return (t, numbers) => {
    const { output, residual, kernel, layers, balances } = numbers;
    const excessLoss = excessOf(numbers);
    const snapshot: DepthSnapshot = {
      t,
      loss: isSquared(network) ? floor + excessLoss : objective.loss(output),
      excessLoss,
      layers: Array.from(layers),
      balances,
      output,
      residual,
      kernel,
      alignment: 1,
      normProduct: isWholeDepth(depth) ? Math.abs(toNumber(product(...layers))) : Math.abs(output / gamma),
      kernelSize: toNumber(product(kernel, zz)),
      outputSize: toNumber(product(Math.abs(output), rootZZ)),
    };
    return withSharpness(snapshot, curved ? () => depthSharpness(objective, gamma, weightDecay, layers, numbers) : undefined);
  };
}

/**
 * The largest eigenvalue of the Hessian of L + ½μ Σ a_l² over the layers; NaN for a loss without curvature.
 */
export function depthSharpness(
  { k, curvature }: Objective,
  gamma: number,
  weightDecay: number,
  layers: Float64Array,
  { output, residual }: Pick<DepthNumbers, "output" | "residual">,
): number {
  const bend = curvature?.(output) ?? NaN;
  // γ times the product of the layers before each one, and the product of those after it.
  const before: Wide[] = [wide(gamma)];
  for (const a of layers) before.push(product(before.at(-1)!, a));
  const after: Wide[] = new Array<Wide>(layers.length).fill(ONE);
  for (let l = layers.length - 2; l >= 0; l--) after[l] = product(after[l + 1]!, layers[l + 1]!);
  const slopes = Array.from(layers, (_, l) => product(before[l]!, after[l]!));
  const entry = (l: number, m: number, pull: Wide): number => {
    const hessianEntry = toNumber(difference(product(bend, slopes[l]!, slopes[m]!), pull));
    return Number.isNaN(hessianEntry) && !Number.isNaN(bend) ? Infinity : hessianEntry;
  };
  const hessian = Matrix.zeros(layers.length, layers.length);
  let unit = 0;
  for (let l = 0; l < layers.length; l++) {
    let between = before[l]!;
    for (let m = l; m < layers.length; m++) {
      const value = entry(l, m, m === l ? ZERO : product(2 * k, residual, between, after[m]!));
      hessian.set(l, m, value);
      hessian.set(m, l, value);
      unit = Math.max(unit, Math.abs(value));
      if (m > l) between = product(between, layers[m]!);
    }
  }
  // All entries are zero, or one is infinite or NaN.
  if (!(unit > 0 && Number.isFinite(unit))) return unit + weightDecay;
  // Entries far below rounding are set to zero, because their squares would underflow.
  const relative = new Matrix(
    hessian.to2DArray().map((row) => row.map((value) => (Math.abs(value) < 1e-100 * unit ? 0 : value / unit))),
  );
  if (layers.length > MOST_LAYERS) {
    const rows = relative.to2DArray();
    const multiply = (v: Float64Array, out: Float64Array): void => {
      for (const [l, row] of rows.entries()) out[l] = row.reduce((total, value, m) => total + value * v[m]!, 0);
    };
    return unit * largestEigenvalue(multiply, layers.length).value + weightDecay;
  }
  const { realEigenvalues } = new EigenvalueDecomposition(relative, { assumeSymmetric: true });
  return unit * Math.max(...realEigenvalues) + weightDecay;
}
