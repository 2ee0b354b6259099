/**
 * Measures a scaling law: the exponent with which the median of an observable of finite networks grows with
 * κ, by least squares on logarithms, and the exponent that the theory predicts.
 */

import { isList, readNumber, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { randomFrom, readSeed } from "../door/seeds.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { isSquared, lossPrefactor } from "../model/network.ts";
import { derive, readExponents, type ScalingExponents } from "../regimes/exponents.ts";
import { marginOf } from "../regimes/phase.ts";
import { type ScaleOptions, scaledNetwork } from "../regimes/scaleNetwork.ts";
import { drawnFrom } from "./drawn.ts";
import { gaussianStart } from "./grid.ts";
import type { AnyObservable } from "./observableTypes.ts";
import { readObservable } from "./ownObservables.ts";
import type { PlainSettings } from "./settings.ts";

/** The options of {@link scalingLaw}. */
export interface ScalingLawOptions {
  /** A scaling, or one of `parametrizations`. */
  readonly parametrization: ScalingExponents;
  /** The observable: a name, a record, or a function of the flow. */
  readonly observable: AnyObservable;
  /** At least two widths; one width for a scaling of fixed width. */
  readonly widths: readonly number[];
  /** At least two values of κ, for a scaling of fixed width. */
  readonly kappas?: readonly number[] | undefined;
  /**
   * The number of networks per size (default 101), whose median is used. Draw i has the same random numbers
   * at every size.
   */
  readonly draws?: number | undefined;
  /** The seed of the random starts. */
  readonly seed: string | number;
  /** Prefactors at κ = 1, as in `scaleNetwork`. */
  readonly prefactors?: Omit<ScaleOptions, "kappa"> | undefined;
}

/** A measured exponent and the predicted one. */
export interface ScalingLaw {
  /** The name of the observable. */
  readonly observable: string;
  /** The slope of ln median |observable| on ln κ. */
  readonly exponent: number;
  /** The standard error of the exponent, from the distances of the points from the line. */
  readonly error: number;
  /**
   * The exponent that the theory predicts; undefined for an observable that is not a power of κ, and for
   * user-defined observables.
   */
  readonly predicted: number | undefined;
  /**
   * The scaling's distance from the phase boundary. Near the boundary, finite networks are between two laws.
   */
  readonly margin: number;
  /** The measured medians. */
  readonly points: readonly { readonly kappa: number; readonly width: number; readonly median: number }[];
}

/**
 * The measured and the predicted scaling of an observable of finite networks with their size.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid option, fewer than two sizes, an observable
 * whose median is 0 or infinite.
 *
 * @example
 * ```ts
 * import { parametrizations } from "feature-learning";
 * import { scalingLaw } from "feature-learning/sweep";
 *
 * const { exponent, predicted } = scalingLaw({
 *   parametrization: parametrizations.ntk,
 *   observable: "kernelChange",
 *   widths: [1e6, 1e8, 1e10, 1e12],
 *   seed: 1,
 * });
 * console.log(predicted, Math.abs(exponent - predicted!) < 0.05); // -1 true
 * ```
 */
export function scalingLaw(options: ScalingLawOptions): ScalingLaw {
  return named("scalingLaw", () => {
    const names = ["parametrization", "observable", "widths", "kappas", "draws", "seed", "prefactors"] as const;
    const fields = readRecord("options", options, names);
    const exponents = readExponents("parametrization", fields.parametrization);
    const observable = readObservable("observable", fields.observable, "one thread");
    const draws = readNumber("draws", fields.draws ?? 101, { min: 1, max: 1e6, integer: true });
    const seed = readSeed("seed", fields.seed);
    const prefactors = readRecord("prefactors", fields.prefactors ?? {}) as ScaleOptions;
    const sizes = readSizes(exponents.width > 0, fields.widths, fields.kappas);
    const points = sizes.map(({ width, kappa }) => {
      const scaled = scaledNetwork(exponents, width, { ...prefactors, ...(exponents.width > 0 ? {} : { kappa }) });
      const { network, scale } = scaled;
      if (!isSquared(network))
        reject('prefactors.loss is not a squared loss, as scaling laws require; leave it out, or pass "half-mse"');
      const settings: PlainSettings = {
        width,
        outputScale: network.outputScale,
        scale,
        learningRates: network.learningRates,
        xx: 1,
        xy: 1,
        loss: lossPrefactor(network) === 1 ? "mse" : "half-mse",
      };
      const values = Array.from({ length: draws }, (_, i) =>
        Math.abs(observable.of(drawnFrom(settings, gaussianStart(settings, randomFrom(seed, "scaling law", i))))),
      ).sort((a, b) => a - b);
      return { kappa: scaled.kappa, width, median: values[draws >> 1]! };
    });
    const unusable = points.find(({ median }) => !(median > 0 && median < Infinity));
    if (unusable !== undefined)
      reject(`the median of ${observable.name} is ${unusable.median} at width ${unusable.width}; it has no logarithm`);
    const derived = derive(exponents);
    const predicted = typeof fields.observable === "string" ? predictedOf(observable.name, exponents) : undefined;
    return { observable: observable.name, ...leastSquares(points), predicted, margin: marginOf(derived), points };
  });
}

function readSizes(grows: boolean, widths: unknown, kappas: unknown): { width: number; kappa: number }[] {
  const list = (argument: string, value: unknown, least: number): number[] => {
    if (!isList(value) || value.length < least) reject(`${argument} has too few values; pass at least ${least}`);
    return Array.from(value, (size, i) => readNumber(`${argument}[${i}]`, size, { above: 0 }));
  };
  const wide = list("widths", widths, grows ? 2 : 1);
  if (!grows) return list("kappas", kappas, 2).map((kappa) => ({ width: wide[0]!, kappa }));
  if (kappas !== undefined) reject("the width determines kappa; leave kappas out");
  return wide.map((width) => ({ width, kappa: width }));
}

/** The slope of ln y on ln x, and its standard error. */
function leastSquares(points: ScalingLaw["points"]): { exponent: number; error: number } {
  const x = points.map(({ kappa }) => Math.log(kappa));
  const y = points.map(({ median }) => Math.log(median));
  const n = points.length;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
  const exponent = x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i]! - my), 0) / spread;
  const off = y.reduce((sum, yi, i) => sum + (yi - my - exponent * (x[i]! - mx)) ** 2, 0);
  return { exponent, error: n > 2 ? Math.sqrt(off / (n - 2) / spread) : 0 };
}

/** The predicted exponent of a median. */
function predictedOf(observable: string, exponents: Hyperparameters): number | undefined {
  const { rate, kernel, overlap, output } = derive(exponents);
  const { width: d, outputScale: gamma, scale, learningRates: rates } = exponents;
  switch (observable) {
    case "rate":
      return rate;
    case "initialOutput":
      return output;
    case "initialKernel":
      return 2 * gamma + d + Math.max(rates.w + 2 * scale.u, rates.u + 2 * scale.w);
    case "initialAlignment":
      return -d / 2;
    case "kernelRatio":
      return Math.max(0, -kernel);
    case "kernelChange":
      // If the initial overlap is as large as the kernel, losing it changes the kernel by O(1) relative to
      // its initial value.
      return kernel < 0 ? -kernel : Math.max(-2 * kernel, 2 * overlap);
    default:
      return undefined;
  }
}
