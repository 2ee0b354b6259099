/**
 * The clock and how it changes with the problem, in a form in which no γ = 0, no frozen layer and no missing rate is divided by. With
 * τ = tanh(ρt/2)/(ρ/2), s = sech²(ρt/2), R = ρ² = 4k²γ²(γ²xx²I + 4h²xy²), and B, S, I, P, Q at t = 0,
 *
 *     M = τ[2kγB + (2k²γ³xx·I + 8k²γ²h²xy·S)τ]                                               where 2h|S| ≤ B/2
 *       = τ[2k²γ³xx·Iτ + kγP(1 + a₁τ/2) + kγQ(1 − a₁τ/2)]                                    else: neither cancels
 *     Δ = s + γxx·M = (1 + (a₀ + a₁/2)τ)(1 + (−a₂ − a₁/2)τ) = num·den
 *     dτ = −J dR     d ln s = −¼τt dR     J = (τ − ts)/2R → t³/12 as ρ → 0
 *     1 − |a₁|τ/2 = 1 − c + c(1 − tanh)     its differential −½[(4α̂τ + a₁²ts)/R d|a₁| − 4|a₁|J dα̂],  α̂ = −a₀a₂
 */
import { lossPrefactor } from "../model/network.ts";
import { combine, type Differential, over } from "../numerics/differential.ts";
import { absolute, compare, negate, product, quotient, sum, toNumber, type Wide, wide } from "../numerics/wide.ts";
import { exponentials } from "./clock.ts";
import type { Solution } from "./solution.ts";
import { inputs, type StartDifferentials } from "./startDifferentials.ts";

export interface ClockDifferentials {
  readonly tau: Wide;
  readonly dTau: Differential;
  /** t, at ∞ a number so large that what is finite has its limit. */
  readonly time: Wide;
  readonly s: Wide;
  readonly dR: Differential;
  readonly M: Wide;
  readonly dM: Differential;
  readonly Delta: Wide;
  /** ξ = num/den; not with a frozen layer. */
  readonly xi?: { readonly xi: Wide; readonly dLogXi: Differential };
}

/** At t = ∞ derivatives are read where e^−ρt ≪ 1/t ≪ any double: 0 and ±Infinity then come out as such. */
const ENDLESS: Wide = { m: 1, e: 2 ** 30 };
const NOTHING_LEFT: Wide = { m: 1, e: -(2 ** 45) };

export function clockDifferentials(found: Solution, start: StartDifferentials, t: number): ClockDifferentials {
  const { network, task, riccati } = found;
  const { hh, B, I, dhh, dB, dI } = start;
  const S = found.start.S;
  const k = lossPrefactor(network);
  const { outputScale: gamma } = network;
  const { xx, xy } = task;
  const { rho } = riccati;
  const time = t === Infinity ? ENDLESS : wide(t);
  const moving = rho.m > 0;
  const { e, y } = t === Infinity && moving ? { e: NOTHING_LEFT, y: wide(1) } : exponentials(riccati, t);
  const ePlus = sum(wide(1), e);
  const tau = moving ? quotient(product(2, y), product(ePlus, rho)) : time;
  const s = moving ? quotient(product(4, e), product(ePlus, ePlus)) : wide(1);

  const k2 = k * k;
  const dR = combine(
    [product(4 * k2, gamma, gamma, gamma, gamma, xx, xx), dI],
    [product(16 * k2, gamma, gamma, xy, xy), dhh],
    [sum(product(16 * k2, gamma, gamma, gamma, xx, xx, I), product(32 * k2, gamma, hh, xy, xy)), inputs.gamma],
    [product(8 * k2, gamma, gamma, gamma, gamma, xx, I), inputs.xx],
    [product(32 * k2, gamma, gamma, hh, xy), inputs.xy],
  );
  const J = lag(rho, time, tau, s);
  const dTau = combine([negate(J), dR]);

  // 2k²γ³xx·I, and the two forms of what stands beside it.
  const alpha = product(2 * k2, gamma, gamma, gamma, xx, I);
  const dAlpha = combine(
    [product(2 * k2, gamma, gamma, gamma, xx), dI],
    [product(6 * k2, gamma, gamma, xx, I), inputs.gamma],
    [product(2 * k2, gamma, gamma, gamma, I), inputs.xx],
  );
  const brackets = start.modes && bracketsOf();
  const even = brackets === undefined || compare(product(4, start.h, absolute(S)), B) <= 0;
  let M: Wide;
  let dM: Differential;
  if (even) {
    const sigma = product(2 * k, gamma, B);
    const omega = product(8 * k2, gamma, gamma, hh, xy, S);
    M = product(tau, sum(sigma, product(sum(omega, alpha), tau)));
    dM = combine(
      [product(2 * k, gamma, tau), dB],
      [product(2 * k, B, tau), inputs.gamma],
      [product(tau, tau), dAlpha],
      [product(8 * k2, gamma, gamma, xy, S, tau, tau), dhh],
      [product(16 * k2, gamma, hh, xy, S, tau, tau), inputs.gamma],
      [product(8 * k2, gamma, gamma, hh, S, tau, tau), inputs.xy],
      [product(8 * k2, gamma, gamma, hh, xy, tau, tau), inputs.uw],
      [sigma, dTau],
      [product(2, omega, tau), dTau],
      [product(2, alpha, tau), dTau],
    );
  } else {
    const { P, Q } = found.start;
    const { dP, dQ } = start.modes!;
    const { onP, onQ, dOnP, dOnQ } = brackets;
    const kGamma = product(k, gamma);
    const both = sum(product(kGamma, P, onP), product(kGamma, Q, onQ));
    M = product(tau, sum(product(alpha, tau), both));
    dM = combine(
      [product(tau, tau), dAlpha],
      [product(kGamma, tau, onP), dP],
      [product(kGamma, tau, onQ), dQ],
      [product(k, tau, sum(product(P, onP), product(Q, onQ))), inputs.gamma],
      [product(kGamma, tau, P), dOnP],
      [product(kGamma, tau, Q), dOnQ],
      [sum(product(2, alpha, tau), both), dTau],
    );
  }
  const Delta = sum(s, product(gamma, xx, M));
  const read = { tau, dTau, time, s, dR, M, dM, Delta };
  return brackets === undefined ? read : { ...read, xi: turned(brackets) };

  /** 1 ± a₁τ/2: what multiplies P and Q. */
  function bracketsOf() {
    const { h, modes } = start;
    const side = riccati.upward ? 1 : -1;
    const A = absolute(product(4 * k, gamma, h, xy));
    const alphaHat = product(k2, gamma, gamma, gamma, gamma, xx, xx, I);
    // 1 − c = 4α̂/(ρ(ρ + |a₁|)) and 1 − tanh = 2e/(1 + e).
    const shrunk = moving
      ? sum(quotient(product(4, alphaHat), product(rho, sum(rho, A))), product(quotient(A, rho), quotient(product(2, e), ePlus)))
      : wide(1);
    const grown = sum(wide(1), product(0.5, A, tau));
    const dA = combine(
      [product(4 * k * side, h, xy), inputs.gamma],
      [product(4 * k * side, gamma, xy), modes!.dh],
      [product(4 * k * side, gamma, h), inputs.xy],
    );
    const dAlphaHat = combine(
      [product(k2, gamma, gamma, gamma, gamma, xx, xx), dI],
      [product(4 * k2, gamma, gamma, gamma, xx, xx, I), inputs.gamma],
      [product(2 * k2, gamma, gamma, gamma, gamma, xx, I), inputs.xx],
    );
    const R = product(rho, rho);
    const held = moving ? over(sum(product(4, alphaHat, tau), product(A, A, time, s)), R) : tau;
    const dShrunk = combine([product(-0.5, held), dA], [product(2, A, J), dAlphaHat]);
    const dGrown = combine([-1, dShrunk]);
    return side > 0
      ? { onP: grown, onQ: shrunk, dOnP: dGrown, dOnQ: dShrunk }
      : { onP: shrunk, onQ: grown, dOnP: dShrunk, dOnQ: dGrown };
  }

  /** ξ = num/den and d ln ξ. */
  function turned({ onP, onQ, dOnP, dOnQ }: ReturnType<typeof bracketsOf>): NonNullable<ClockDifferentials["xi"]> {
    const { P, Q } = found.start;
    const { dP, dQ } = start.modes!;
    const strength = product(k, gamma, gamma, xx);
    const [p, q] = [product(strength, P), product(strength, Q)];
    const num = sum(product(q, tau), onP);
    const den = sum(product(p, tau), onQ);
    const of = (mode: Wide, dMode: Differential, dOn: Differential): Differential =>
      combine(
        [product(strength, tau), dMode],
        [product(2 * k, gamma, xx, mode, tau), inputs.gamma],
        [product(k, gamma, gamma, mode, tau), inputs.xx],
        [product(strength, mode), dTau],
        [1, dOn],
      );
    const dLogXi = combine([quotient(wide(1), num), of(Q, dQ, dOnP)], [quotient(wide(-1), den), of(P, dP, dOnQ)]);
    return { xi: quotient(num, den), dLogXi };
  }
}

/** J = (τ − ts)/2R; for small ρt as ½t³s·(sinh z − z)/z³ with z = ρt. */
function lag(rho: Wide, time: Wide, tau: Wide, s: Wide): Wide {
  const z = toNumber(product(rho, time));
  if (z > 2) return quotient(sum(tau, negate(product(time, s))), product(2, rho, rho));
  let series = 0;
  for (let n = 9, term = z * z; n >= 0; n--) {
    // Horner's rule on Σ z²ⁿ/(2n + 3)!, from inside: (1 + z²/((2n + 4)(2n + 5))·(…))/3!
    series = 1 + (term / ((2 * n + 4) * (2 * n + 5))) * series;
  }
  return product(series / 12, time, time, time, s);
}
