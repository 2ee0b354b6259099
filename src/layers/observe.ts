/**
 * Computes all observables from S and g and the conserved quantities √I, δ' and √Γ:
 *
 *     B = √(I + 4h²S²)   |u||w| = √(S² + Γ)   cos ζ = S/√(S² + Γ)
 *     η_w·uu = ½(B + δ') and ww = (S² + Γ)/uu for δ' ≥ 0, mirrored for δ' < 0
 *
 * and the largest eigenvalue of the loss's Hessian H = a·zzᵀ − 2kγg·J, with z = (w, u), a = ∂²L/∂S², and J
 * exchanging the layers:
 *
 *     ½[a(uu + ww) + √((2aS − 4kγg)² + a²(uu − ww)² + 4a²Γ)]
 *
 * Squares are added, never subtracted. [XuZiyin2025, §3–4]
 */

import { lossPrefactor, type Network } from "../model/network.ts";
import { FIELD } from "../model/snapshot.ts";
import {
  absolute,
  commonExponent,
  exponentOf,
  hypot,
  product,
  quotient,
  scale,
  squareRoot,
  toNumber,
  type Wide,
  wide,
  ZERO,
} from "../numerics/wide.ts";
import type { Start } from "./start.ts";

/** The constants of two layers, besides S. */
export interface LayerConstants {
  readonly gamma: Wide;
  readonly gammaSquared: Wide;
  /** 4kγ. */
  readonly pull: Wide;
  readonly twoH: Wide;
  /** √I. */
  readonly root: Wide;
  /** √Γ. */
  readonly area: Wide;
  /** |δ'|. */
  readonly delta: Wide;
  /** δ' ≥ 0: u is the heavier layer, uu = (B + |δ'|)/(2η_w). */
  readonly uHeavier: boolean;
  /** Twice the learning rate by which the heavier layer's part of B is divided. */
  readonly twoRate: Wide;
  /** uu and ww, for layers that are both frozen. */
  readonly uu: Wide;
  readonly ww: Wide;
  /**
   * ww if u is frozen, so that the kernel does not contain ww. It is used if u is zero; otherwise ww = (S² +
   * Γ)/uu.
   */
  readonly alone: Wide;
  /** δ. */
  readonly balance: number;
  /** E[z²] of the inputs, and its root. */
  readonly zz: Wide;
  readonly rootZZ: Wide;
}

export function layerConstants(network: Network, start: Start, zz: number): LayerConstants {
  const { u, w } = network.learningRates;
  const gamma = wide(network.outputScale);
  const uHeavier = start.delta.m >= 0;
  return {
    gamma,
    gammaSquared: product(gamma, gamma),
    pull: product(4 * lossPrefactor(network), gamma),
    twoH: product(2, squareRoot(product(u, w))),
    root: product(squareRoot(start.P), squareRoot(start.Q)),
    area: start.area,
    delta: absolute(start.delta),
    uHeavier,
    twoRate: product(2, uHeavier ? w : u),
    uu: wide(start.given.uu),
    ww: wide(start.given.ww),
    alone: u === 0 ? wide(start.given.ww) : ZERO,
    balance: balanceOf(start, u, w),
    zz: wide(zz),
    rootZZ: squareRoot(wide(zz)),
  };
}

/** δ = uu/η_u − ww/η_w; with a frozen layer, its limit as that layer's rate goes to 0. */
function balanceOf({ delta, given }: Start, u: number, w: number): number {
  if (u > 0 && w > 0) return toNumber(quotient(delta, product(u, w)));
  const [a, b] = [u > 0 ? given.uu / u : given.uu, w > 0 ? given.ww / w : given.ww];
  if (u === 0 && w === 0) return given.uu === given.ww ? 0 : given.uu > given.ww ? Infinity : -Infinity;
  if (u === 0) return given.uu > 0 ? Infinity : -b;
  return given.ww > 0 ? -Infinity : a;
}

/** The two numbers that change: S·2^SExp and g·2^gExp. */
export interface State {
  S: number;
  SExp: number;
  g: number;
  gExp: number;
}

/**
 * Writes the observables in state S, g: field f goes to values[offset + FIELD[f]·stride]. `curvature` is a,
 * or undefined if it is not known. `direction` is the value of cos ζ for a zero layer. The caller writes
 * time, loss and excess loss.
 */
export function observe(
  layers: LayerConstants,
  { S: givenS, SExp: givenSExp, g: givenG, gExp: givenGExp }: State,
  curvature: Wide | undefined,
  direction: number,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  const { gamma, gammaSquared, pull, twoH, root, area, delta, twoRate, zz, rootZZ } = layers;
  const sShift = shiftOf(givenS);
  const s = scale(givenS, -sShift);
  const sExp = givenSExp + sShift;

  const normExp = commonExponent(s, sExp, area.m, area.e);
  const S = scale(s, sExp - normExp);
  const A = scale(area.m, area.e - normExp);
  const norms = hypot(S, A);
  const alignment = norms > 0 ? S / norms : direction;

  const overlapExp = twoH.e + sExp;
  const BExp = commonExponent(twoH.m * s, overlapExp, root.m, root.e);
  const B = hypot(scale(twoH.m * s, overlapExp - BExp), scale(root.m, root.e - BExp));

  let heavy = layers.uu.m;
  let heavyExp = layers.uu.e;
  let light = layers.ww.m;
  let lightExp = layers.ww.e;
  if (twoRate.m > 0) {
    const sumExp = commonExponent(B, BExp, delta.m, delta.e);
    heavy = (scale(B, BExp - sumExp) + scale(delta.m, delta.e - sumExp)) / twoRate.m;
    heavyExp = sumExp - twoRate.e;
    light = heavy > 0 ? norms * (norms / heavy) : layers.alone.m;
    lightExp = heavy > 0 ? 2 * normExp - heavyExp : layers.alone.e;
  }
  const heavySquare = scale(heavy, heavyExp);
  const lightSquare = scale(light, lightExp);

  values[offset + FIELD.uu * stride] = layers.uHeavier ? heavySquare : lightSquare;
  values[offset + FIELD.ww * stride] = layers.uHeavier ? lightSquare : heavySquare;
  values[offset + FIELD.uw * stride] = scale(s, sExp);
  values[offset + FIELD.area * stride] = scale(area.m, area.e);
  values[offset + FIELD.balance * stride] = layers.balance;
  const output = gamma.m * s;
  const outputExp = gamma.e + sExp;
  values[offset + FIELD.output * stride] = scale(output, outputExp);
  values[offset + FIELD.residual * stride] = scale(givenG, givenGExp);
  const kernel = gammaSquared.m * B;
  const kernelExp = gammaSquared.e + BExp;
  values[offset + FIELD.kernel * stride] = scale(kernel, kernelExp);
  values[offset + FIELD.kernelSize * stride] = scale(kernel * zz.m, kernelExp + zz.e);
  values[offset + FIELD.outputSize * stride] = scale(Math.abs(output) * rootZZ.m, outputExp + rootZZ.e);
  values[offset + FIELD.alignment * stride] = alignment;
  values[offset + FIELD.angle * stride] = norms > 0 ? Math.atan2(A, S) : Math.acos(direction);
  values[offset + FIELD.normProduct * stride] = scale(norms, normExp);
  values[offset + FIELD.sharpness * stride] = NaN;
  if (curvature === undefined) return;

  // uu + ww, uu − ww, 2S and 2√Γ in one exponent; then with a, against 4kγg.
  const weightExp = commonExponent(heavy, heavyExp, light, lightExp);
  const a = scale(heavy, heavyExp - weightExp);
  const b = scale(light, lightExp - weightExp);
  const gShift = shiftOf(givenG);
  const push = pull.m * scale(givenG, -gShift);
  const pushExp = pull.e + givenGExp + gShift;
  const aExp = curvature.e + weightExp;
  const exp = commonExponent(curvature.m * (a + b), aExp, push, pushExp);
  const c = scale(curvature.m, aExp - exp);
  const turned = hypot(c * (a - b), 2 * c * scale(area.m, area.e - weightExp));
  const tilt = 2 * c * scale(s, sExp - weightExp) - scale(push, pushExp - exp);
  values[offset + FIELD.sharpness * stride] = scale((c * (a + b) + hypot(tilt, turned)) / 2, exp);
}

/** The exponent to remove from a mantissa before it is squared. */
function shiftOf(m: number): number {
  const size = m < 0 ? -m : m;
  return size > 2 ** -300 && size < 2 ** 300 ? 0 : m === 0 ? 0 : exponentOf(m);
}
