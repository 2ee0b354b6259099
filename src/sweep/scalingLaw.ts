/**
 * Universality, measured: the exponent with which the median of an observable of finite networks grows with
 * κ, by least squares on logarithms, beside the one that the theory predicts.
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

/** What {@link scalingLaw} takes. */
export interface ScalingLawOptions {
  /** A scaling, or one of `parametrizations`. */
  readonly parametrization: ScalingExponents;
  /** What to measure: the name of an observable, a record, or a function of the flow. */
  readonly observable: AnyObservable;
  /** At least two widths; of a scaling that does not change the width, one. */
  readonly widths: readonly number[];
  /** At least two κ, for a scaling that does not change the width. */
  readonly kappas?: readonly number[] | undefined;
  /** Networks a size (default 101); the median counts. Draw i has the same random numbers at every size. */
  readonly draws?: number | undefined;
  readonly seed: string | number;
  /** Prefactors at κ = 1, as `scaleNetwork` takes them. */
  readonly prefactors?: Omit<ScaleOptions, "kappa"> | undefined;
}

/** A measured exponent and the predicted one. */
export interface ScalingLaw {
  /** The name of what was measured. */
  readonly observable: string;
  /** The slope of ln median |observable| on ln κ. */
  readonly exponent: number;
  /** Its standard error, from how far the points are off the line. */
  readonly error: number;
  /** What the theory says; undefined for an observable that is no power of κ, and for one of your own. */
  readonly predicted: number | undefined;
  /**
   * The scaling's distance from the boundary between the phases; near it, finite networks are between two
   * laws.
   */
  readonly margin: number;
  /** What was measured. */
  readonly points: readonly { readonly kappa: number; readonly width: number; readonly median: number }[];
}

/**
 * How an observable of finite networks scales with their size, and how it should.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an option that cannot be, fewer than two sizes, an
 * observable whose median is 0 or infinite.
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
    const given = readRecord("options", options, names);
    const exponents = readExponents("parametrization", given.parametrization);
    const observable = readObservable("observable", given.observable, "one thread");
    const draws = readNumber("draws", given.draws ?? 101, { min: 1, max: 1e6, integer: true });
    const seed = readSeed("seed", given.seed);
    const prefactors = readRecord("prefactors", given.prefactors ?? {}) as ScaleOptions;
    const sizes = readSizes(exponents.width > 0, given.widths, given.kappas);
    const points = sizes.map(({ width, kappa }) => {
      const scaled = scaledNetwork(exponents, width, { ...prefactors, ...(exponents.width > 0 ? {} : { kappa }) });
      const { network, scale } = scaled;
      if (!isSquared(network))
        reject('prefactors.loss is no square, for which nothing is measured; leave it out, or pass "half-mse"');
      const settings: PlainSettings = {
        width,
        outputScale: network.outputScale,
        scale,
        learningRates: network.learningRates,
        xx: 1,
        xy: 1,
        loss: lossPrefactor(network) === 1 ? "mse" : "half-mse",
      };
      const found = Array.from({ length: draws }, (_, i) =>
        Math.abs(observable.of(drawnFrom(settings, gaussianStart(settings, randomFrom(seed, "scaling law", i))))),
      ).sort((a, b) => a - b);
      return { kappa: scaled.kappa, width, median: found[draws >> 1]! };
    });
    const unusable = points.find(({ median }) => !(median > 0 && median < Infinity));
    if (unusable !== undefined)
      reject(`the median of ${observable.name} is ${unusable.median} at width ${unusable.width}; it has no logarithm`);
    const derived = derive(exponents);
    const predicted = typeof given.observable === "string" ? predictedOf(observable.name, exponents) : undefined;
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
  if (kappas !== undefined) reject("the width tells kappa; leave kappas out");
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

/** How a median should scale. */
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
      // Where the initial overlap is as large as the kernel, losing it changes the kernel by as much as there
      // is.
      return kernel < 0 ? -kernel : Math.max(-2 * kernel, 2 * overlap);
    default:
      return undefined;
  }
}
