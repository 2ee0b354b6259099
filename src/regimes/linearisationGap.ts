/**
 * The largest distance between a network and its kernel machine, the same network linearised at the start.
 * Their residuals, relative to the initial one, are (x = ρt, μ = ρ₀/ρ, N and D as in exact/riccati/clock.ts)
 *
 *     ℓ = 4e^{−x}/(ND)      ℓ_lin = e^{−μx}
 *
 * and their distance is largest when both decrease at the same speed, B ℓ = B₀ ℓ_lin, that is at a root of
 *
 *     H(x) = (1 − μ)x − ln[(A₂/D² + A₀/N²)·2/μ]
 *
 * If the kernel grows or shrinks throughout, H has one root. Otherwise it shrinks until S has crossed 0 and
 * reached −S₀, where B is B₀ again and H < 0. If it then grows, H has a root on each side of that time.
 */
import type { Solution } from "../exact/riccati/solution.ts";
import { rootBetween } from "../numerics/rootBetween.ts";
import { toNumber } from "../numerics/wide.ts";

/** The constants of the clock as doubles. */
interface Constants {
  readonly A0: number;
  readonly A2: number;
  readonly kN: number;
  readonly kD: number;
  /** μ = (A₀ + A₂)/2. */
  readonly mu: number;
}

/** For A₀ or A₂ below this size, e^{−x} can underflow before the distance is largest. */
const SMALLEST = 2 ** -450;

/**
 * sup |f − f_lin| divided by |f(∞) − f(0)|. Undefined for flows that end at S = 0 before the target, for
 * flows without a rate, and for constants so small that the formula would underflow.
 */
export function linearisationGap({ riccati }: Solution): number | undefined {
  const { still, saddle, rho, upward, cPlus } = riccati;
  if (still || saddle || rho.m === 0) return undefined;
  const [A0, A2, cMinus] = [toNumber(riccati.A0), toNumber(riccati.A2), toNumber(riccati.cMinus)];
  if (!(Math.min(A0, A2) > SMALLEST && Math.max(A0, A2) < 1 / SMALLEST)) return undefined;
  const constants = { A0, A2, kN: upward ? cPlus : cMinus, kD: upward ? cMinus : cPlus, mu: (A0 + A2) / 2 };
  const mirror = mirrored(constants, upward);
  const furthest = (from: number, to: number, signAfter: number): number =>
    Math.abs(distanceAt(constants, rootOf(constants, from, to, signAfter)));
  const grows = constants.mu < 1;
  if (mirror === undefined) return furthest(0, Infinity, grows ? 1 : -1);
  return grows ? Math.max(furthest(0, mirror, -1), furthest(mirror, Infinity, 1)) : furthest(0, Infinity, -1);
}

/** ℓ_lin − ℓ. */
function distanceAt({ A0, A2, kN, kD, mu }: Constants, x: number): number {
  const e = Math.exp(-x);
  const y = -Math.expm1(-x);
  const N = kN + kD * e + A0 * y;
  const D = kD + kN * e + A2 * y;
  return Math.exp(-mu * x) - (4 * (e / N)) / D;
}

/** H. Its sign shows which of the two residuals decreases faster. */
function slopeAt({ A0, A2, kN, kD, mu }: Constants, x: number): number {
  const e = Math.exp(-x);
  const y = x > 0.5 ? 1 - e : -Math.expm1(-x);
  const N = kN + kD * e + A0 * y;
  const D = kD + kN * e + A2 * y;
  return (1 - mu) * x - Math.log((2 / mu) * (A2 / D / D + A0 / N / N));
}

/** The time at which S = −S₀, if it is reached. There ξ = A₀/A₂, and N = ξD is linear in e^{−x}. */
function mirrored({ A0, A2, kN, kD }: Constants, upward: boolean): number | undefined {
  const xi = A0 / A2;
  // S₀ has the sign of P − Q, that is of A₂ − A₀, and the target that of `upward`.
  if (upward ? xi <= 1 : xi >= 1) return undefined;
  const e = (xi * kD - kN) / (kD - xi * kN);
  return e > 0 && e < 1 ? -Math.log(e) : undefined;
}

/**
 * The root of H between `from` and `to`, where H has opposite signs. Its relative error is 10⁻⁸. The distance
 * is stationary there, so that the error of the distance is of order 10⁻¹⁶.
 */
function rootOf(constants: Constants, from: number, to: number, signAfter: number): number {
  const isBefore = (x: number): boolean => slopeAt(constants, x) * signAfter < 0;
  // If the kernel shrinks, the time scale is that of its start; if it grows, that of its end.
  const usual = constants.mu > 1 ? 1 / constants.mu : 1;
  let low = usual > from && usual < to ? usual : to < Infinity ? (from + to) / 2 : 2 * from;
  let high = low;
  // H vanishes at 0, and near 0 it can be rounding error. The distance is then negligible.
  for (let n = 0; n < 40 && !isBefore(low); n++) {
    high = low;
    low = low / 4 > from ? low / 4 : (from + low) / 2;
  }
  for (let n = 0; n < 40 && isBefore(high); n++) {
    low = high;
    high = 4 * high < to ? 4 * high : (high + to) / 2;
  }
  return rootBetween((x) => slopeAt(constants, x), low, high, 1e-8);
}
