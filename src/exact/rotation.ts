/**
 * The closed form's transfer: a hyperbolic rotation by the angle θ = ½ ln ξ,
 *
 *     cosh θ = (N + D)/2√(ND)      sinh θ/h = 4kγg₀ (y/ρ)/√(ND)      e^θ = √(N/D)
 *
 * [XuZiyin2025, §3]
 */
import { identity, type Transfer } from "../model/transfer.ts";
import { product, quotient, squareRoot, sum, wide } from "../numerics/wide.ts";
import { readClock } from "./clock.ts";
import type { Solution } from "./solution.ts";

/** The rotation from the start to time t; undefined where it shrinks every weight to zero: at t = ∞ on a saddle or power law. */
export function rotationAt(solution: Solution, t: number): Transfer | undefined {
  const { riccati, plain, reading } = solution;
  if (t === 0 || riccati.still) return identity;
  if (t === Infinity && (riccati.saddle || riccati.rho.m === 0)) return undefined;
  readClock(riccati, plain, t, reading);
  const N = wide(reading.N, reading.NExp);
  const D = wide(reading.D, reading.DExp);
  const mean = squareRoot(product(N, D));
  const rise = squareRoot(quotient(N, D));
  return {
    cosh: quotient(sum(N, D), product(2, mean)),
    sinhOverH: quotient(product(Math.sign(t), riccati.push, wide(reading.y, reading.yExp)), mean),
    rise,
    fall: quotient(wide(1), rise),
  };
}
