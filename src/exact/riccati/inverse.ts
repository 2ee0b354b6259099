/**
 * When the flow gets somewhere. With r = (S − S₀)/(S∞ − S₀) done and s = g/g₀ = 1 − r left, M/(ND) = r is a
 * quadratic in y = 1 − e^−ρt:
 *
 *     y = 4r/(s(A₀ + A₂) + 2r + H)      H = hypot(s(A₂ − A₀) ± 2rc, 2√(A₀A₂))
 *     e = 4rs(2A₀A₂ + (1 ∓ c)A₀ + (1 ± c)A₂)/((H + 2r − s(A₀ + A₂))(H + 2r + s(A₀ + A₂)))
 *
 * (upper signs: target on the positive side), and t = −log1p(−y)/ρ early, −ln e/ρ late. Each target is one or
 * two values of S.
 */

import type { LayerConstants } from "../../layers/observe.ts";
import type { Target } from "../../model/flow.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import {
  absolute,
  compare,
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
  wideHypot,
  ZERO,
} from "../../numerics/wide.ts";
import type { Riccati } from "./coefficients.ts";
import type { Solution } from "./solution.ts";

/** Where to: an overlap S, or a share of the initial residual that is left. */
type Place = { readonly S: Wide } | { readonly left: Wide; readonly done: Wide };

/** The times t ≥ 0, in order, at which the flow meets the target. `initial` is its state at t = 0. */
export function timesOf(solution: Solution, target: Target, initial: Snapshot): number[] {
  const met = startsThere(target, initial);
  const { riccati, start } = solution;
  if (riccati.still) return met ? [0] : [];
  const places = !met ? placesOf(solution, target, initial) : isEven(target) ? [{ S: negate(start.S) }] : [];
  const later = places.map((place) => timeAt(solution, place)).filter((t) => t !== undefined);
  return [...(met ? [0] : []), ...later.sort((a, b) => a - b)];
}

function startsThere(target: Target, initial: Snapshot): boolean {
  if ("output" in target) return target.output === initial.output;
  if ("alignment" in target) return target.alignment === initial.alignment;
  if ("kernel" in target) return target.kernel === initial.kernel;
  if ("normProduct" in target) return target.normProduct === initial.normProduct;
  if ("loss" in target) return target.loss === initial.loss;
  return target.excessLossFraction === 1;
}

/** Whether the target is as far from S = 0 on either side. */
function isEven(target: Target): boolean {
  return "kernel" in target || "normProduct" in target;
}

function placesOf({ layers, floor }: Solution, target: Target, initial: Snapshot): Place[] {
  if ("output" in target) return [{ S: quotient(wide(target.output), layers.gamma) }];
  if ("alignment" in target) return placesOfAlignment(layers.area, target.alignment);
  if ("kernel" in target) return placesOfKernel(layers, quotient(wide(target.kernel), layers.gammaSquared));
  if ("normProduct" in target) return placesOfNorms(layers.area, wide(target.normProduct));
  const [fraction, done] =
    "loss" in target ? sharesOfLoss(target.loss, floor, initial) : [target.excessLossFraction, 1 - target.excessLossFraction];
  const left = Math.sqrt(fraction);
  return [{ left: wide(left), done: wide(done / (1 + left)) }];
}

/** The share of the excess loss that is left at this loss, and the one that is gone. */
function sharesOfLoss(loss: number, floor: number, initial: Snapshot): [number, number] {
  const { excessLoss } = initial;
  if (excessLoss === 0 || loss < floor) return [0, 1];
  return [(loss - floor) / excessLoss, (initial.loss - loss) / excessLoss];
}

/** S = ±√(N² − Γ), on both sides of the smallest |u||w| = √Γ at S = 0. */
function placesOfNorms(area: Wide, norms: Wide): Place[] {
  const above = difference(norms, area);
  if (above.m < 0) return [];
  if (above.m === 0) return [{ S: ZERO }];
  const S = product(squareRoot(above), squareRoot(sum(norms, area)));
  return [{ S }, { S: negate(S) }];
}

function placesOfAlignment(area: Wide, alignment: number): Place[] {
  // Parallel layers turn round, if at all, as S crosses 0.
  if (area.m === 0) return Math.abs(alignment) === 1 ? [{ S: ZERO }] : [];
  if (Math.abs(alignment) === 1) return [];
  return [{ S: product(area, alignment / Math.sqrt((1 - alignment) * (1 + alignment))) }];
}

/** S = ±√(B² − I)/2h, on both sides of the kernel's minimum √I at S = 0. */
function placesOfKernel({ twoH, root }: LayerConstants, B: Wide): Place[] {
  const above = difference(B, root);
  if (twoH.m === 0 || above.m < 0) return [];
  if (above.m === 0) return [{ S: ZERO }];
  const S = quotient(product(squareRoot(above), squareRoot(sum(B, root))), twoH);
  return [{ S }, { S: negate(S) }];
}

/** The time at which a moving flow is there, if t > 0. */
function timeAt(solution: Solution, place: Place): number | undefined {
  const { start, riccati } = solution;
  const { way, target, rho } = riccati;
  const s = "S" in place ? quotient(difference(target, place.S), way) : place.left;
  const r = "S" in place ? quotient(difference(place.S, start.S), way) : place.done;
  if (r.m <= 0 || s.m <= 0) return undefined;
  if (rho.m === 0) return algebraicTime(solution, r, s);
  if (riccati.saddle) return saddleTime(solution, "S" in place ? place.S : difference(target, product(s, way)), product(r, way));
  return "S" in place && isCrossing(solution, place.S) ? crossingTime(solution, place.S) : exponentialTime(solution, r, s);
}

/**
 * Whether S is so much smaller than where the flow comes from and where it goes that S − S₀ and S∞ − S have
 * lost it. Only a start with most of its weight in the part that shrinks stays there for long.
 */
function isCrossing({ start, riccati: { target, upward } }: Solution, S: Wide): boolean {
  const [growing, shrinking] = upward ? [start.P, start.Q] : [start.Q, start.P];
  const many = product(16, absolute(S));
  const between = compare(many, absolute(start.S)) < 0 && compare(many, absolute(target)) < 0;
  return between && compare(product(4, growing), shrinking) < 0;
}

/**
 * From both parts: Pξ² − 4hSξ − Q = 0, and N = ξD solved for the clock, in the form in which little cancels.
 */
function crossingTime(solution: Solution, S: Wide): number {
  const { riccati, start, layers } = solution;
  const lift = product(layers.twoH, S);
  const length = wideHypot(lift, layers.root);
  const xi = S.m >= 0 ? quotient(sum(length, lift), start.P) : quotient(start.Q, difference(length, lift));
  const { y, e } = riccati.cPlus > 1.5 ? strongClock(riccati, xi) : weakClock(solution, S, xi);
  return clockTime(riccati.rho, y, e);
}

/** By 1 − c, for c near 1. */
function strongClock({ A0, A2, cPlus, cMinus, upward }: Riccati, xi: Wide): { readonly y: Wide; readonly e: Wide } {
  const [kN, kD] = upward ? [wide(cPlus), cMinus] : [cMinus, wide(cPlus)];
  const b = sum(difference(A0, kD), product(xi, difference(kN, A2)));
  return {
    y: quotient(product(2, difference(xi, wide(1))), b),
    e: quotient(difference(sum(A0, kN), product(xi, sum(A2, kD))), b),
  };
}

/**
 * By c, for c near 0. With q = √(A₀A₂) = √(1 − c²), ν = 2hS/√I and E = ν + √(1 + ν²), ξ = (√Q/√P)E and A₂ξ =
 * qE (upper sign: target on the positive side),
 *
 *     y = 2(ξ − 1)/b      e = [(ξ − 1)(qE − 1) ± c(1 + ξ) − 2qνξ]/b      b = (ξ − 1)(qE + 1) ± c(1 + ξ) − 2qνξ
 *
 * where qE − 1 is found from q − 1 = −c²/(1 + q): e can be as small as c. Since S is far below the target,
 * |ν| is far below 1.
 */
function weakClock(
  { riccati: { A0, A2, c, upward }, layers: { twoH, root } }: Solution,
  S: Wide,
  xi: Wide,
): { readonly y: Wide; readonly e: Wide } {
  const nu = quotient(product(twoH, S), root);
  const length = wideHypot(wide(1), nu);
  const E = sum(length, nu);
  const q = squareRoot(product(A0, A2));
  const grown = sum(nu, quotient(product(nu, nu), sum(wide(1), length)));
  const beyond = difference(product(q, grown), quotient(product(c, c), sum(wide(1), q)));
  const moved = difference(xi, wide(1));
  const rest = difference(product(upward ? 1 : -1, c, sum(wide(1), xi)), product(2, q, nu, xi));
  const b = sum(product(moved, sum(product(q, E), wide(1))), rest);
  return { y: quotient(product(2, moved), b), e: quotient(sum(product(moved, beyond), rest), b) };
}

/** Without a rate: g/g₀ = 2/(2 + z), z = (A₀ + A₂)·unit·t. */
function algebraicTime({ riccati: { A0, A2, unit } }: Solution, r: Wide, s: Wide): number {
  return toNumber(quotient(product(2, r), product(s, unit, sum(A0, A2))));
}

/** Towards a saddle: S/S₀ = 2e/(2 + A(1 − e)), A the larger of A₀, A₂. */
function saddleTime({ riccati, start }: Solution, S: Wide, moved: Wide): number | undefined {
  const A = riccati.upward ? riccati.A0 : riccati.A2;
  const q = quotient(S, start.S);
  if (q.m <= 0) return undefined;
  const bracket = sum(wide(2), product(q, A));
  const y = quotient(product(2, absolute(quotient(moved, start.S))), bracket);
  const e = quotient(product(q, sum(wide(2), A)), bracket);
  return clockTime(riccati.rho, y, e);
}

function exponentialTime({ riccati: { A0, A2, c, cPlus, cMinus, upward, rho } }: Solution, r: Wide, s: Wide): number {
  const [near, far] = upward ? [A0, A2] : [A2, A0];
  const twice = product(2, r);
  const weight = product(s, sum(A0, A2));
  const H = wideHypot(sum(product(s, difference(far, near)), product(2, r, c)), product(2, squareRoot(near), squareRoot(far)));
  const y = quotient(product(4, r), sum(sum(weight, twice), H));
  const rest = sum(product(2, near, far), sum(product(cMinus, near), product(cPlus, far)));
  // Of the two factors below, the first cancels where s(A₀ + A₂) > 2r; there e is not small.
  const e =
    compare(twice, weight) > 0
      ? quotient(product(4, r, s, rest), product(sum(H, difference(twice, weight)), sum(H, sum(twice, weight))))
      : difference(wide(1), y);
  return clockTime(rho, y, e);
}

/** t from y = 1 − e and e = exp(−ρt), by whichever is smaller. */
function clockTime(rho: Wide, y: Wide, e: Wide): number {
  const early = toNumber(y);
  if (early < 2 ** -60) return toNumber(quotient(y, rho));
  return toNumber(quotient(wide(early < 0.5 ? -Math.log1p(-early) : -logarithm(e)), rho));
}
