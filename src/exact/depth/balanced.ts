/**
 * Balanced layers, x_l² all the same: with σ = f/f∞, e = 1 − 2/L and T = 2k·xx·K∞·t, K∞ being the kernel at
 * the target,
 *
 *     σ̇ = |σ|^{1+e} (1 − σ)
 *
 *     0 < σ < 1    ℓ = ln σ/(1 − σ)         T = G(ℓ) − G(ℓ₀)     G = −(σ^{−e} − 1)/e + I_{−e}(σ)
 *     σ > 1        v = 1/σ                  T = H(v) − H(v₀)     H = I_e(v)
 *     σ < 0        v = 1/|σ|                T = K(v) − K(v₀)     K = A_e(v), beyond v = 1 by A_{−e}(1/v)
 *     f∞ = 0       T = 2k·xx·K₀·t           (f/f₀)^{−1−e} = 1 + (1 + e) T
 *
 * for every real L > 1 and L = ∞. The unknown is how far ln σ/(1 − σ), or ln v, has come from the start, so
 * that early and late times keep their digits, and the residual comes from 1 − σ, never by subtraction.
 * [SaxeEtAl2014] for L = 2 and ∞
 */

import { integral } from "../../numerics/gaussLegendre.ts";
import { whereRises } from "../../numerics/rising.ts";
import { absolute, logarithm, negate, ONE, product, quotient, toNumber, type Wide, wide, ZERO } from "../../numerics/wide.ts";
import { exponential, wideRoot } from "../../numerics/widePower.ts";
import type { DepthConstants } from "./constants.ts";
import type { DepthCourse, DepthState } from "./course.ts";
import { overOneMinus, overOnePlus, powerRise } from "./primitives.ts";

/** One of the branches: the time as a function of the distance x that its coordinate has come. */
interface Branch {
  /** T after x. */
  readonly time: (x: number) => number;
  /** dT/dx. */
  readonly slope: (x: number) => number;
  /** ln(f/f₀) after x. */
  readonly growth: (x: number) => number;
  /** f/f∞ after x, where that is nearer to 1 than what `growth` gives. */
  readonly late: (x: number) => number | undefined;
  /** g after x. */
  readonly residual: (x: number) => number;
  /** As far as doubles tell f or f∞ − f from 0. */
  readonly end: number;
}

export function balancedCourse(constants: DepthConstants): DepthCourse {
  const { trained: L, output, target, kernel, curvature, residual } = constants;
  const e = 1 - 2 / L;
  const share = target.m === 0 ? undefined : quotient(output, target);
  const end = share === undefined || share.m < 0 ? undefined : quotient(target, output);
  const unit = share === undefined ? kernel : kernelAt(constants, quotient(absolute(target), absolute(output)), target);
  const pace = product(curvature, unit);
  const branch =
    share === undefined
      ? fading(constants, e)
      : share.m < 0
        ? wrongWay(constants, e)
        : residual.m > 0 === target.m > 0
          ? below(constants, e)
          : above(constants, e);

  /** The state where f has grown by a factor. */
  const stateOf = (growth: Wide, f: Wide, g: number): DepthState => ({
    output: toNumber(f),
    residual: g,
    kernel: toNumber(kernelAt(constants, growth, f)),
    layers: grown(constants, growth),
  });
  const limit = (): DepthState => {
    if (end !== undefined) return stateOf(end, target, 0);
    const g = constants.problem.task.xy;
    return { output: 0, residual: g, kernel: 0, layers: constants.layers.map((a, l) => (constants.rates[l] === 0 ? a : 0)) };
  };
  const at = (t: number): DepthState => {
    const T = toNumber(product(pace, t));
    const x = T === Infinity ? Infinity : whereRises(branch.time, branch.slope, T, T / branch.slope(0));
    if (x === Infinity) return limit();
    const late = branch.late(x);
    // Late the growth follows from the target: ln f/f₀ has an error that grows with its size.
    if (late !== undefined) return stateOf(product(end!, late), product(target, late), branch.residual(x));
    const growth = exponential(branch.growth(x));
    return stateOf(growth, product(output, growth), branch.residual(x));
  };
  return {
    at,
    rate: rateOf(constants, toNumber(pace), end !== undefined),
    looks: (count) => {
      const span = Math.min(branch.end, 1e4);
      const timeAt = (x: number): number => toNumber(quotient(wide(branch.time(x)), pace));
      const early = [1e-6, 1e-4, 1e-2].map((x) => timeAt(x * Math.min(1, span)));
      return [...early, ...Array.from({ length: count }, (_, i) => timeAt((span * (i + 1)) / count))].filter(Number.isFinite);
    },
  };
}

/** The layers after f has grown by a factor: those that are trained by its L-th root. */
function grown({ trained, layers, rates }: DepthConstants, growth: Wide): Float64Array {
  const factor = trained === Infinity ? ONE : wideRoot(growth, trained);
  return layers.map((a, l) => (rates[l] === 0 ? a : toNumber(product(a, factor))));
}

/** K after f has grown by a factor: of n trained layers n η_l f²/a_l², which is the same for each. */
function kernelAt({ problem, trained, layers, rates, smallest }: DepthConstants, growth: Wide, f: Wide): Wide {
  if (trained === Infinity) return product(problem.network.learningRates.w, f, f);
  if (growth.m === 0) return ZERO;
  const slope = quotient(f, product(layers[smallest]!, wideRoot(growth, trained)));
  return product(trained, rates[smallest]!, slope, slope);
}

/** At the target g falls at the rate T/t; on the way to 0, two layers lose f at that of the drive. */
function rateOf({ trained, target, output, kernel, curvature }: DepthConstants, pace: number, learns: boolean): number {
  if (learns) return pace;
  if (target.m === 0 || trained !== 2) return 0;
  return toNumber(product(curvature, kernel, quotient(negate(target), output)));
}

/** 0 < σ < 1: x = ℓ − ℓ₀. */
function below({ problem, output, residual }: DepthConstants, e: number): Branch {
  const { xx, xy } = problem.task;
  const start = logarithm(quotient(product(xx, output), residual));
  const left = Math.exp(-Math.abs(start));
  const G = (l: number): number => powerRise(-e, -softplus(-l)) + overOneMinus(-e, -softplus(-l), -softplus(l));
  return {
    ...timed((l) => Math.exp(e * softplus(-l)), G, start, e === 0),
    growth: (x) => x + softplus(start) - softplus(start + x),
    late: (x) => (start + x > 0 ? logistic(start + x) : undefined),
    residual: (x) => (start > 0 ? (toNumber(residual) * (1 + left)) / (Math.exp(x) + left) : xy * logistic(-start - x)),
    end: 745 - start,
  };
}

/** σ > 1: x = m − m₀, m = ln v/(1 − v). */
function above({ problem, residual }: DepthConstants, e: number): Branch {
  const start = logarithm(quotient(wide(Math.abs(problem.task.xy)), { m: Math.abs(residual.m), e: residual.e }));
  const H = (m: number): number => overOneMinus(e, -softplus(-m), -softplus(m));
  return {
    ...timed((m) => Math.exp(-(1 + e) * softplus(-m)), H, start, e === -1),
    growth: (x) => softplus(-start - x) - softplus(-start),
    late: (x) => (start + x > 0 ? 1 + Math.exp(-start - x) : undefined),
    residual: (x) => toNumber(product(residual, exponential(-x))),
    end: 745 + Math.max(0, -start),
  };
}

/** σ < 0: x = ln v − ln v₀. */
function wrongWay({ problem, output, target }: DepthConstants, e: number): Branch {
  const { xy, xx } = problem.task;
  const start = -logarithm(quotient(negate(output), target));
  const atOne = overOnePlus(e, 0) - overOnePlus(-e, 0);
  const K = (m: number): number => (m <= 0 ? overOnePlus(e, m) : atOne + powerRise(e, m) + overOnePlus(-e, -m));
  return {
    ...timed((m) => Math.exp((1 + e) * m - softplus(m)), K, start, false),
    growth: (x) => -x,
    late: () => undefined,
    residual: (x) => xy - xx * toNumber(product(output, exponential(-x))),
    end: 745 + Math.max(0, -start),
  };
}

/** f∞ = 0: x = ln f₀/f. */
function fading({ problem, output }: DepthConstants, e: number): Branch {
  return {
    time: (x) => powerRise(1 + e, x),
    slope: (x) => Math.exp((1 + e) * x),
    growth: (x) => -x,
    late: () => undefined,
    residual: (x) => -problem.task.xx * toNumber(product(output, exponential(-x))),
    end: 745,
  };
}

/**
 * The time from its slope at a coordinate and its primitive: over a short way by a rule of 12 nodes, since
 * the difference of two primitives would lose what they have in common.
 */
function timed(
  slope: (m: number) => number,
  primitive: (m: number) => number,
  start: number,
  even: boolean,
): Pick<Branch, "time" | "slope"> {
  const first = primitive(start);
  return {
    slope: (x) => slope(start + x),
    time: (x) => {
      if (even) return x;
      if (x <= 1) return integral((s) => slope(start + s), 0, x, 12);
      const gone = primitive(start + x) - first;
      return Number.isNaN(gone) ? Infinity : gone;
    },
  };
}

/** ln(1 + e^y). */
function softplus(y: number): number {
  return y > 0 ? y + Math.log1p(Math.exp(-y)) : Math.log1p(Math.exp(y));
}

/** 1/(1 + e^{−y}). */
function logistic(y: number): number {
  return y > 0 ? 1 / (1 + Math.exp(-y)) : Math.exp(y) / (1 + Math.exp(y));
}
