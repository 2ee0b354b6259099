/**
 * Scalings of a network: with κ → ∞, width ~ κ^{c_d}, outputScale ~ κ^{c_γ}, standard deviations ~ κ^{c_u},
 * κ^{c_w}, rates ~ κ^{c_ηu}, κ^{c_ηw}; and the exponents that follow for independent layers on data of order
 * 1:
 *
 *     b   = c_d + max(c_ηw + 2c_u, c_ηu + 2c_w)         B₀, the initial kernel over γ²
 *     s   = c_d/2 + c_u + c_w                           S₀
 *     r   = max(c_γ + (c_ηu + c_ηw)/2, 2c_γ + b)        the rate ρ
 *     e_k = c_γ + b − (c_ηu + c_ηw)/2                   B₀/(2h|S∞|)
 *     e_s = (c_ηu + c_ηw)/2 + s − b                     2h|S₀|/B₀
 *     o   = c_γ + s = e_k + e_s                         the initial output
 *     e_a = c_γ + c_d + c_u + c_w                       |u₀||w₀|/|S∞|
 *
 * [XuZiyin2025, §4]
 */
import { readNumber, readPair, readRecord } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";

/** The exponents of width, output scale, initial standard deviations and learning rates. */
export interface ScalingExponents {
  /** c_d ≥ 0. */
  readonly width: number;
  /** c_γ. */
  readonly outputScale: number;
  /** c_u and c_w, of the standard deviations; one number for both. */
  readonly scale: number | { readonly u: number; readonly w: number };
  /** c_ηu and c_ηw; one number for both. */
  readonly learningRates: number | { readonly u: number; readonly w: number };
}

/** The derived exponents, which decide the phase. */
export interface DerivedExponents {
  /** r, the exponent of the rate ρ. */
  readonly rate: number;
  /**
   * e_k, the exponent of B₀/(2h|S∞|), the initial kernel relative to the smallest kernel that can fit the
   * target.
   */
  readonly kernel: number;
  /** e_s, the exponent of 2h|S₀|/B₀, at most −c_d/2. */
  readonly overlap: number;
  /** o, the exponent of the initial output. */
  readonly output: number;
  /** e_a, the exponent of |u₀||w₀|/|S∞|, at most e_k. */
  readonly angle: number;
}

/** The names of the exponents. */
export const scalingNames = ["width", "outputScale", "scale", "learningRates"] as const;

/** The accepted field names, including those of a parametrization. */
const NAMES = [...scalingNames, "name", "source", "abc"] as const;

export function readExponents(argument: string, value: unknown): Hyperparameters {
  const fields = readRecord(argument, value, NAMES);
  const scale = readPair(`${argument}.scale`, fields.scale, {});
  const learningRates = readPair(`${argument}.learningRates`, fields.learningRates, {});
  return {
    width: readNumber(`${argument}.width`, fields.width, { min: 0 }),
    outputScale: readNumber(`${argument}.outputScale`, fields.outputScale),
    scale,
    learningRates,
  };
}

export function derive({ width: d, outputScale: gamma, scale, learningRates: rates }: Hyperparameters): DerivedExponents {
  const { u, w } = scale;
  const { u: etaU, w: etaW } = rates;
  const h = (etaU + etaW) / 2;
  const b = d + Math.max(etaW + 2 * u, etaU + 2 * w);
  const s = d / 2 + u + w;
  return {
    rate: Math.max(gamma + h, 2 * gamma + b),
    kernel: gamma + b - h,
    overlap: h + s - b,
    output: gamma + s,
    angle: gamma + d + u + w,
  };
}

/** Exponents of this size count as 0, because sums of rational numbers have rounding errors. */
const ZERO = 1e-12;

/** −1, 0 or 1. */
export function signOf(exponent: number): -1 | 0 | 1 {
  return Math.abs(exponent) <= ZERO ? 0 : exponent > 0 ? 1 : -1;
}
