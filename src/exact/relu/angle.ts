/**
 * How far a class of neurons has turned. All neurons on one side of 0 turn by one hyperbolic angle θ = hφ,
 *
 *     u = u₀ cosh θ + η_u φ w₀ sinh θ/θ      ξ = e^2θ      X = (ξ − 1)/2h = φ + O(h)
 *
 * With a frozen layer h is 0 and φ itself is the angle, in units in which it is of ordinary size. The clock
 * N/D = ξ, solved for the time, needs no difference of nearly equal numbers but the last one,
 *
 *     e^ρt − 1 = 2X/(2ξ̇(0)/2hρ − X·K)      K = kD + A₂
 *
 * which is the distance to the angle that is never reached; where the class turns backwards, the same with ξ
 * and 1/ξ exchanged. [XuZiyin2025, §3]
 */
import { identity, type Transfer } from "../../layers/transfer.ts";
import {
  difference,
  logarithm,
  negate,
  product,
  quotient,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  wideExponential,
} from "../../numerics/wide.ts";
import { readClock } from "../riccati/clock.ts";
import type { Solution } from "../riccati/solution.ts";

/** What an angle is measured in. */
export interface AngleUnit {
  /** h; 0 with a frozen layer. */
  readonly h: Wide;
  /** θ/φ. */
  readonly perPhi: Wide;
}

/** The rotation by an angle. */
export function transferBy(theta: number, { h, perPhi }: AngleUnit): Transfer {
  if (theta === 0) return identity;
  const one = wide(1);
  if (h.m === 0) return { cosh: one, sinhOverH: quotient(wide(theta), perPhi), rise: one, fall: one };
  const rise = wideExponential(theta);
  const fall = wideExponential(-theta);
  const sinh = Math.abs(theta) < 1 ? wide(Math.sinh(theta)) : product(0.5, difference(rise, fall));
  return { cosh: product(0.5, sum(rise, fall)), sinhOverH: quotient(sinh, h), rise, fall };
}

/** By how much a class has turned at time t > 0 of a solution. */
export function angleAfter(solution: Solution, t: number, { h, perPhi }: AngleUnit): number {
  if (solution.riccati.still) return 0;
  const { N, D, phi } = clockAt(solution, t);
  if (h.m === 0) return toNumber(product(perPhi, phi));
  const sinh = toNumber(product(h, phi));
  return Math.abs(sinh) < 1 ? Math.asinh(sinh) : (logarithm(N) - logarithm(D)) / 2;
}

/** The rotation until time t with a frozen layer, for angles that are not double numbers. */
export function frozenTransfer(solution: Solution, t: number): Transfer {
  const one = wide(1);
  return { cosh: one, sinhOverH: clockAt(solution, t).phi, rise: one, fall: one };
}

function clockAt({ riccati, plain, reading }: Solution, t: number): { readonly N: Wide; readonly D: Wide; readonly phi: Wide } {
  readClock(riccati, plain, t, reading);
  const N = wide(reading.N, reading.NExp);
  const D = wide(reading.D, reading.DExp);
  return { N, D, phi: quotient(product(riccati.push, wide(reading.y, reading.yExp)), squareRoot(product(N, D))) };
}

/** The time at which a solution has turned by an angle; undefined if it never does. */
export function timeToTurn({ riccati }: Solution, angle: number, { h, perPhi }: AngleUnit): number | undefined {
  const { still, rho, unit, A0, A2, cMinus, cPlus, upward, push } = riccati;
  if (still) return undefined;
  if (angle === 0) return 0;
  const forward = angle > 0;
  if (push.m > 0 !== forward) return undefined;
  const size = Math.abs(angle);
  const X = h.m === 0 ? quotient(wide(size), perPhi) : quotient(exponentialMinusOne(2 * size), product(2, h));
  const moving = rho.m > 0;
  // kD + A₂ forward, kN + A₀ backward; without a rate A₂ or A₀.
  const A = forward ? A2 : A0;
  const K = !moving ? A : sum(A, forward === upward ? cMinus : wide(cPlus));
  const speed = forward ? push : negate(push);
  const left = difference(speed, product(X, K));
  if (!(left.m > 0)) return undefined;
  const grown = quotient(product(2, X), left);
  if (!moving) return toNumber(quotient(grown, unit));
  const small = toNumber(grown);
  if (small < 2 ** -60) return toNumber(quotient(grown, rho));
  return toNumber(quotient(wide(small < 2 ** 1000 ? Math.log1p(small) : logarithm(grown)), rho));
}

function exponentialMinusOne(x: number): Wide {
  return x < 30 ? wide(Math.expm1(x)) : difference(wideExponential(x), wide(1));
}
