/**
 * From S and g to everything that can be observed, with the conserved numbers √I, δ', √Γ:
 *
 *     B = √(I + 4h²S²)   |u||w| = √(S² + Γ)   cos ζ = S/√(S² + Γ)   L = k(yy − xy²/xx) + k g²/xx
 *     η_w·uu = ½(B + δ') and ww = (S² + Γ)/uu for δ' ≥ 0, mirrored for δ' < 0
 *
 * Squares are added, never subtracted. [XuZiyin2025, §3–4]
 */
import { lossPrefactor, type Network } from "../model/network.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Task } from "../model/task.ts";
import { unexplained } from "../model/unexplained.ts";
import {
  absolute,
  exponentOf,
  hypot,
  product,
  quotient,
  scale,
  squareRoot,
  toNumber,
  type Wide,
  wide,
} from "../numerics/wide.ts";
import type { Start } from "./start.ts";

/** What does not change along a flow. */
export interface Constants {
  readonly gamma: Wide;
  readonly gammaSquared: Wide;
  readonly twoH: Wide;
  /** √I. */
  readonly root: Wide;
  /** √Γ. */
  readonly area: Wide;
  /** |δ'|. */
  readonly delta: Wide;
  /** δ' ≥ 0: u is the heavier layer, uu = (B + |δ'|)/(2η_w). */
  readonly uHeavier: boolean;
  /** Twice the rate by which the heavier layer's part of B is divided. */
  readonly twoRate: Wide;
  /** √xx, 0 without data. */
  readonly rootXX: Wide;
  readonly k: number;
  /** k(yy − xy²/xx), the loss that no training removes. */
  readonly floor: number;
  /** δ. */
  readonly balance: number;
}

export function constantsOf(network: Network, task: Task, start: Start): Constants {
  const { u, w } = network.learningRates;
  const gamma = wide(network.outputScale);
  const k = lossPrefactor(network);
  const uHeavier = start.delta.m >= 0;
  return {
    gamma,
    gammaSquared: product(gamma, gamma),
    twoH: product(2, squareRoot(product(u, w))),
    root: product(squareRoot(start.P), squareRoot(start.Q)),
    area: start.area,
    delta: absolute(start.delta),
    uHeavier,
    twoRate: product(2, uHeavier ? w : u),
    rootXX: squareRoot(wide(task.xx)),
    k,
    floor: k * unexplained(task),
    balance: balanceOf(start, u, w),
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
 * Writes the snapshot in state S, g: field f goes to values[offset + f·stride]. `direction` is cos ζ where it is 0/0, at a zero layer.
 */
export function observe(
  constants: Constants,
  t: number,
  { S: givenS, SExp: givenSExp, g: givenG, gExp: givenGExp }: State,
  direction: number,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  const { gamma, gammaSquared, twoH, root, area, delta, twoRate, rootXX } = constants;
  const sShift = shiftOf(givenS);
  const s = scale(givenS, -sShift);
  const sExp = givenSExp + sShift;
  const gShift = shiftOf(givenG);
  const g = scale(givenG, -gShift);
  const gExp = givenGExp + gShift;

  const normExp = commonExponent(s, sExp, area);
  const S = scale(s, sExp - normExp);
  const A = scale(area.m, area.e - normExp);
  const norms = hypot(S, A);
  const alignment = norms > 0 ? S / norms : direction;

  const overlapExp = twoH.e + sExp;
  const BExp = commonExponent(twoH.m * s, overlapExp, root);
  const B = hypot(scale(twoH.m * s, overlapExp - BExp), scale(root.m, root.e - BExp));

  const heavyExp = commonExponent(B, BExp, delta);
  const heavy = twoRate.m > 0 ? (scale(B, BExp - heavyExp) + scale(delta.m, delta.e - heavyExp)) / twoRate.m : 0;
  const light = heavy > 0 ? norms * (norms / heavy) : 0;
  const heavySquare = scale(heavy, heavyExp - twoRate.e);
  const lightSquare = scale(light, 2 * normExp - heavyExp + twoRate.e);

  const misfit = rootXX.m > 0 ? g / rootXX.m : 0;
  const excess = scale(constants.k * misfit * misfit, 2 * (gExp - rootXX.e));

  values[offset] = t;
  values[offset + stride] = constants.uHeavier ? heavySquare : lightSquare;
  values[offset + 2 * stride] = constants.uHeavier ? lightSquare : heavySquare;
  values[offset + 3 * stride] = scale(s, sExp);
  values[offset + 4 * stride] = scale(area.m, area.e);
  values[offset + 5 * stride] = constants.balance;
  values[offset + 6 * stride] = scale(gamma.m * s, gamma.e + sExp);
  values[offset + 7 * stride] = scale(g, gExp);
  values[offset + 8 * stride] = constants.floor + excess;
  values[offset + 9 * stride] = excess;
  values[offset + 10 * stride] = scale(gammaSquared.m * B, gammaSquared.e + BExp);
  values[offset + 11 * stride] = alignment;
  values[offset + 12 * stride] = norms > 0 ? Math.atan2(A, S) : Math.acos(direction);
  values[offset + 13 * stride] = scale(norms, normExp);
}

/** The exponent to take out of a mantissa before it is squared. */
function shiftOf(m: number): number {
  const size = m < 0 ? -m : m;
  return size > 2 ** -300 && size < 2 ** 300 ? 0 : m === 0 ? 0 : exponentOf(m);
}

/** The exponent in which m·2^e and b can be added: the larger one, of those that are not zero. */
function commonExponent(m: number, e: number, b: Wide): number {
  if (e === b.e || b.m === 0) return e;
  return m === 0 || b.e > e ? b.e : e;
}

/** The snapshot whose fields lie in `values` from `offset`. */
export function snapshotFrom(values: Float64Array, offset: number, stride: number): Snapshot {
  const at = (field: number): number => values[offset + field * stride]!;
  return {
    t: at(0),
    uu: at(1),
    ww: at(2),
    uw: at(3),
    area: at(4),
    balance: at(5),
    output: at(6),
    residual: at(7),
    loss: at(8),
    excessLoss: at(9),
    kernel: at(10),
    alignment: at(11),
    angle: at(12),
    normProduct: at(13),
  };
}
