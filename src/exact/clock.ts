/**
 * Where the flow stands at time t. With e = exp(−ρ|t|), y = 1 − e and s = sign t,
 *
 *     N = (1 ± c) + (1 ∓ c)e + sA₀y         ξ(t) = N/D                    (upper signs: target on the positive side)
 *     D = (1 ∓ c) + (1 ± c)e + sA₂y         g(t)/g(0) = 4e/(ND)
 *     M = ND − 4e = sA₀y(2e + (1 ∓ c)y) + sA₂y(2e + (1 ± c)y) + 2A₀A₂y²       (S(t) − S(0))/(S∞ − S(0)) = M/(ND)
 *
 * For t ≥ 0 every term is non-negative: nothing cancels at any time, width or scale. (For t < 0 the two lines swap their signs.)
 * The textbook's tanh(ρt/2) is y/(1 + e). As ρ → 0, y/ρ → t.
 */
import { product, quotient, sum, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";
import type { Riccati } from "./riccati.ts";

/** One reading of the clock: mantissas and powers of two, the powers 0 at ordinary size. Reused from time to time. */
export interface Reading {
  N: number;
  NExp: number;
  D: number;
  DExp: number;
  /** g(t)/g(0). */
  left: number;
  leftExp: number;
  /** (S(t) − S(0))/(S∞ − S(0)). */
  done: number;
  doneExp: number;
  /** y, or unit·t where ρ = 0. */
  y: number;
  yExp: number;
}

export function emptyReading(): Reading {
  return { N: 0.5, NExp: 0, D: 0.5, DExp: 0, left: 0.5, leftExp: 0, done: 0.5, doneExp: 0, y: 0.5, yExp: 0 };
}

/** The constants as plain numbers, if a clock that starts from them can run without exponents. */
export interface Plain {
  readonly A0: number;
  readonly A2: number;
  readonly unit: number;
  readonly cMinus: number;
}

/** Plain constants, or undefined where one lies outside the doubles' ordinary range. */
export function plainConstants({ A0, A2, unit, cMinus }: Riccati): Plain | undefined {
  return A0.e === 0 && A2.e === 0 && unit.e === 0 && cMinus.e === 0
    ? { A0: A0.m, A2: A2.m, unit: unit.m, cMinus: cMinus.m }
    : undefined;
}

/** ρ|t| up to which e, and its products with mantissas, are ordinary numbers. */
const LATE = 200;
const EARLY = 2 ** -200;

/** Reads the clock at a finite time t ≠ 0 within the flow's existence. */
export function readClock(constants: Riccati, plain: Plain | undefined, t: number, out: Reading): void {
  const size = t < 0 ? -t : t;
  if (plain !== undefined) {
    const x = plain.unit * size;
    if (x < LATE && x > EARLY) {
      const moving = constants.rho.m > 0;
      const e = moving ? Math.exp(-x) : 1;
      const y = moving ? -Math.expm1(-x) : x;
      const up = constants.upward === t > 0;
      const kN = up ? constants.cPlus : plain.cMinus;
      const kD = up ? plain.cMinus : constants.cPlus;
      const zN = t < 0 ? -plain.A0 * y : plain.A0 * y;
      const zD = t < 0 ? -plain.A2 * y : plain.A2 * y;
      const passed = moving ? y : 0;
      const N = kN + kD * e + zN;
      const D = kD + kN * e + zD;
      out.N = N;
      out.D = D;
      out.left = (4 * e) / (N * D);
      out.done = (zN * (2 * e + passed * kD) + zD * (2 * e + passed * kN) + 2 * zN * zD) / (N * D);
      out.y = y;
      out.NExp = out.DExp = out.leftExp = out.doneExp = out.yExp = 0;
      return;
    }
  }
  readWideClock(constants, t, size, out);
}

/** The same, in numbers with exponents of their own. */
function readWideClock(constants: Riccati, t: number, size: number, out: Reading): void {
  const moving = constants.rho.m > 0;
  const x = product(constants.unit, size);
  const e = moving ? exponentialOfMinus(toNumber(x)) : wide(1);
  const y = moving && toNumber(x) > 2 ** -1000 ? wide(-Math.expm1(-toNumber(x))) : x;
  const passed = moving ? y : ZERO;
  const sign = Math.sign(t);
  const up = constants.upward === t > 0;
  const cPlus = wide(constants.cPlus);
  const kN = up ? cPlus : constants.cMinus;
  const kD = up ? constants.cMinus : cPlus;
  const zN = product(sign, constants.A0, y);
  const zD = product(sign, constants.A2, y);
  const N = sum(sum(kN, product(kD, e)), zN);
  const D = sum(sum(kD, product(kN, e)), zD);
  const ND = product(N, D);
  const left = quotient(product(4, e), ND);
  const terms = sum(product(zN, sum(product(2, e), product(passed, kD))), product(zD, sum(product(2, e), product(passed, kN))));
  const done = quotient(sum(terms, product(2, zN, zD)), ND);
  out.N = N.m;
  out.NExp = N.e;
  out.D = D.m;
  out.DExp = D.e;
  out.left = left.m;
  out.leftExp = left.e;
  out.done = done.m;
  out.doneExp = done.e;
  out.y = y.m;
  out.yExp = y.e;
}

// ln 2 in two parts, the first with 20 trailing zero bits: n·LN2_HIGH is exact.
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^−x for 0 ≤ x ≤ ∞, below the doubles too. */
function exponentialOfMinus(x: number): Wide {
  if (x < 600) return wide(Math.exp(-x));
  if (x > 2 ** 40) return wide(1, -Math.round(Math.min(x / Math.LN2, 2 ** 52)));
  const n = Math.floor(x / Math.LN2);
  return wide(Math.exp(-(x - n * LN2_HIGH - n * LN2_LOW)), -n);
}
