/**
 * Where the flow stands at time t ≥ 0. With e = exp(−ρt), y = 1 − e and kN, kD = 1 ± c (upper sign: target on
 * the positive side),
 *
 *     N = kN + kD e + A₀y         ξ(t) = N/D
 *     D = kD + kN e + A₂y         g(t)/g(0) = 4e/(ND)
 *     M = ND − 4e = A₀y(2e + kD y) + A₂y(2e + kN y) + 2A₀A₂y²       (S(t) − S(0))/(S∞ − S(0)) = M/(ND)
 *
 * Every term is non-negative: nothing cancels at any time, width or scale. For t < 0 the clock runs on |t|,
 * kN and kD change places and A₀, A₂ their signs. The textbook's tanh(ρt/2) is y/(1 + e). As ρ → 0, y/ρ → t.
 */
import {
  difference,
  negate,
  product,
  quotient,
  sum,
  toNumber,
  type Wide,
  wide,
  wideExponential,
  ZERO,
} from "../../numerics/wide.ts";
import type { Riccati } from "./coefficients.ts";

/**
 * One reading of the clock: mantissas and powers of two, the powers 0 at ordinary size. Reused from time to
 * time.
 */
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

/**
 * Whether the constants are of ordinary size, so that a clock that starts from them can run without
 * exponents.
 */
export function isPlainClock({ A0, A2, unit, cMinus }: Riccati): boolean {
  return A0.e === 0 && A2.e === 0 && unit.e === 0 && cMinus.e === 0;
}

/** Whether e at this ρ|t|, and its products with mantissas, are ordinary numbers. */
export function isOrdinaryTime(x: number): boolean {
  return x > 2 ** -200 && x < 200;
}

/** Reads the clock at a time t ≠ 0 within the flow's existence. `plain` is what `isPlainClock` says. */
export function readClock(constants: Riccati, plain: boolean, t: number, out: Reading): void {
  const x = constants.unit.m * t;
  if (t < 0) readBackwards(constants, -t, out);
  else if (plain && isOrdinaryTime(x)) readPlainClock(constants, x, out);
  else readWideClock(constants, t, out);
}

function readPlainClock(constants: Riccati, x: number, out: Reading): void {
  const moving = constants.rho.m > 0;
  const e = moving ? Math.exp(-x) : 1;
  const y = moving ? -Math.expm1(-x) : x;
  const { upward, cPlus } = constants;
  const cMinus = constants.cMinus.m;
  const kN = upward ? cPlus : cMinus;
  const kD = upward ? cMinus : cPlus;
  const zN = constants.A0.m * y;
  const zD = constants.A2.m * y;
  const passed = moving ? y : 0;
  const N = kN + kD * e + zN;
  const D = kD + kN * e + zD;
  out.N = N;
  out.D = D;
  out.left = (4 * e) / (N * D);
  out.done = (zN * (2 * e + passed * kD) + zD * (2 * e + passed * kN) + 2 * zN * zD) / (N * D);
  out.y = y;
  out.NExp = out.DExp = out.leftExp = out.doneExp = out.yExp = 0;
}

/** The same, in numbers with exponents of their own. */
function readWideClock(constants: Riccati, t: number, out: Reading): void {
  const { upward, cMinus, A0, A2 } = constants;
  const { moving, e, y } = exponentials(constants, t);
  const cPlus = wide(constants.cPlus);
  const [kN, kD] = upward ? [cPlus, cMinus] : [cMinus, cPlus];
  const passed = moving ? y : ZERO;
  const zN = product(A0, y);
  const zD = product(A2, y);
  const N = sum(sum(kN, product(kD, e)), zN);
  const D = sum(sum(kD, product(kN, e)), zD);
  const terms = termsOf(zN, zD, e, passed, kN, kD);
  const ND = product(N, D);
  put(out, N, D, quotient(product(4, e), ND), quotient(sum(terms, product(2, zN, zD)), ND), y);
}

/** a(2e + y·kD) + b(2e + y·kN). */
function termsOf(a: Wide, b: Wide, e: Wide, y: Wide, kN: Wide, kD: Wide): Wide {
  const both = product(2, e);
  return sum(product(a, sum(both, product(y, kD))), product(b, sum(both, product(y, kN))));
}

/**
 * Backwards, where A₀ and A₂ pull the other way: with W = 2ξ̇(0)/ρ,
 *
 *     N = 2 − (A₀ + kD)y = (A₀ + kD)e − WA₀/(A₀ + kD)      D = 2 − (A₂ + kN)y = (A₂ + kN)e + WA₂/(A₂ + kN)
 *
 * the first forms early, the second late: nothing cancels but what does at the blow-up.
 */
function readBackwards(constants: Riccati, size: number, out: Reading): void {
  const { upward, cMinus, A0, A2, W } = constants;
  const { moving, e, y } = exponentials(constants, size);
  const cPlus = wide(constants.cPlus);
  const [kN, kD] = upward ? [cMinus, cPlus] : [cPlus, cMinus];
  const early = !moving || toNumber(y) < 0.5;
  const bracket = (A: Wide, k: Wide, other: Wide, lost: Wide): Wide => {
    const both = moving ? sum(A, k) : A;
    if (early) return difference(wide(2), product(both, y));
    // A/(A + 1 − c) = (1 + c)/(1 + c + other): both may be 0 where P or Q is.
    const share = k === cMinus ? quotient(cPlus, sum(cPlus, other)) : quotient(A, both);
    return difference(product(both, e), product(lost, share));
  };
  const N = bracket(A0, kD, A2, W);
  const D = bracket(A2, kN, A0, negate(W));
  const left = quotient(product(4, e), product(N, D));
  const terms = termsOf(A0, A2, e, moving ? y : ZERO, kN, kD);
  const near = quotient(product(y, difference(product(2, A0, A2, y), terms)), product(N, D));
  put(out, N, D, left, toNumber(left) > 2 ? difference(wide(1), left) : near, y);
}

/** e and y; y is unit·t where there is no rate. */
export function exponentials(
  { rho, unit }: Riccati,
  size: number,
): { readonly moving: boolean; readonly e: Wide; readonly y: Wide } {
  const moving = rho.m > 0;
  const x = product(unit, size);
  if (!moving) return { moving, e: wide(1), y: x };
  const rounded = toNumber(x);
  return { moving, e: wideExponential(-rounded), y: rounded > 2 ** -1000 ? wide(-Math.expm1(-rounded)) : x };
}

function put(out: Reading, N: Wide, D: Wide, left: Wide, done: Wide, y: Wide): void {
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
