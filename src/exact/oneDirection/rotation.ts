/**
 * The closed form's transfer: a hyperbolic rotation by the angle θ = ½ ln ξ,
 *
 *     cosh θ = (N + D)/2√(ND)      sinh θ/h = 4kγg₀ (y/ρ)/√(ND)      e^θ = √(N/D)
 *
 * The angle depends on the overlaps before and after alone, whatever path training took between them. With
 * B = √(I + 4h²S²),
 *
 *     e^2θ = (B + 2hS)/P = Q/(B − 2hS)      sinh θ/h = 2 cosh θ (S − S₀)/(B + B₀)
 *
 * so after several tasks θ is found from S. Composing the tasks' rotations would lose digits where they undo
 * each other.
 * [XuZiyin2025, §3]
 */
import type { Rates, Start } from "../../layers/start.ts";
import { identity, type Transfer } from "../../layers/transfer.ts";
import { difference, product, quotient, squareRoot, sum, type Wide, wide, wideHypot } from "../../numerics/wide.ts";
import { readClock } from "../riccati/clock.ts";
import type { Solution } from "../riccati/solution.ts";

/** Whether all weights are zero at time t: at the end of a saddle or a power law. */
export function endsAtZero({ riccati: { still, saddle, rho } }: Solution, t: number): boolean {
  return t === Infinity && !still && (saddle || rho.m === 0);
}

/**
 * The rotation from the start to time t; undefined where it shrinks every weight to zero: at t = ∞ on a
 * saddle or power law.
 */
export function rotationAt(solution: Solution, t: number): Transfer | undefined {
  const { riccati, plain, reading } = solution;
  if (t === 0 || riccati.still) return identity;
  if (endsAtZero(solution, t)) return undefined;
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

/**
 * The rotation from a start to the overlap S, which must not be 0 where P or Q is 0. With a frozen layer h is
 * 0, and the rotation is a shear.
 */
export function rotationTo(S: Wide, start: Start, { u, w }: Rates): Transfer {
  const { P, Q } = start;
  const moved = difference(S, start.S);
  if (moved.m === 0) return identity;
  const lift = product(2, squareRoot(wide(u)), squareRoot(wide(w)), S);
  const B = wideHypot(lift, product(squareRoot(P), squareRoot(Q)));
  const B0 = product(0.5, sum(P, Q));
  // The form that adds; the other one cancels.
  const xi = S.m >= 0 ? quotient(sum(B, lift), P) : quotient(Q, difference(B, lift));
  const rise = squareRoot(xi);
  const fall = quotient(wide(1), rise);
  const cosh = product(0.5, sum(rise, fall));
  return { cosh, sinhOverH: product(2, cosh, quotient(moved, sum(B, B0))), rise, fall };
}
