/**
 * The clock and how it changes with the problem, in a form in which no γ = 0, no frozen layer and no missing
 * rate is divided by. With τ = tanh(ρt/2)/(ρ/2), s = sech²(ρt/2), R = ρ² = 4k²γ²(γ²xx²I + 4h²xy²), and B, S,
 * I, P, Q at t = 0,
 *
 *     M = τ[2kγB + (8k²γ²h²xy·S + 2k²γ³xx·I)τ]                                               where 2h|S| ≤ B/2
 *       = τ[2k²γ³xx·Iτ + kγP(1 + a₁τ/2) + kγQ(1 − a₁τ/2)]                                    else: neither cancels
 *     Δ = s + γxx·M = num·den     ξ = num/den     num, den = 1 ± a₁τ/2 + kγ²xx(Q or P)τ
 *     dτ = −J dR     ds = −¼sτt dR     J = (τ − ts)/2R → t³/12 as ρ → 0
 *     1 − |a₁|τ/2 = 1 − c + c(1 − tanh), its differential −½[(4α̂τ + a₁²ts)/R d|a₁| − 4|a₁|J dα̂],  α̂ = −a₀a₂
 */
import { combine } from "../../numerics/differential.ts";
import { type Dual, dual, plus, ratio, times } from "../../numerics/dual.ts";
import { absolute, compare, negate, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import { exponentials } from "../riccati/clock.ts";
import type { Solution } from "../riccati/solution.ts";
import type { StartDuals } from "./startDuals.ts";

export interface ClockDuals {
  readonly tau: Dual;
  readonly s: Dual;
  readonly M: Dual;
  readonly Delta: Dual;
  /** Not with a frozen layer. */
  readonly xi: Dual | undefined;
}

export function clockDuals({ k, riccati }: Solution, start: StartDuals, t: number): ClockDuals {
  const { gamma, xx, xy, S, hh, B, I, parts } = start;
  const time = readTime(riccati, t);
  const k2 = k * k;
  const dR = plus(times(4 * k2, [gamma, 4], [xx, 2], I), times(16 * k2, [gamma, 2], hh, [xy, 2])).d;
  const tau = dual(time.tau, combine([negate(time.J), dR]));
  const s = dual(time.s, combine([product(-0.25, time.s, time.tau, time.t), dR]));
  const curve = times(2 * k2, [gamma, 3], xx, I);
  const even = (): Dual => {
    const both = plus(times(8 * k2, [gamma, 2], hh, xy, S), curve);
    return times(1, tau, plus(times(2 * k, gamma, B), times(1, both, tau)));
  };
  if (parts === undefined) {
    const M = even();
    return { tau, s, M, Delta: plus(s, times(1, gamma, xx, M)), xi: undefined };
  }
  const { h, P, Q } = parts;
  const { onP, onQ } = brackets(k, start, h, time, riccati.upward ? 1 : -1);
  const M =
    compare(product(4, h.value, absolute(S.value)), B.value) <= 0
      ? even()
      : times(1, tau, plus(times(1, curve, tau), times(k, gamma, P, onP), times(k, gamma, Q, onQ)));
  const num = plus(onP, times(k, [gamma, 2], xx, Q, tau));
  const den = plus(onQ, times(k, [gamma, 2], xx, P, tau));
  return { tau, s, M, Delta: plus(s, times(1, gamma, xx, M)), xi: ratio(num, den) };
}

interface Time {
  readonly t: Wide;
  readonly rho: Wide;
  readonly e: Wide;
  readonly tau: Wide;
  readonly s: Wide;
  readonly J: Wide;
}

/** At t = ∞ derivatives are read where e^−ρt ≪ 1/t ≪ any double: 0 and ±Infinity then come out as such. */
const ENDLESS: Wide = { m: 1, e: 2 ** 30 };
const NOTHING_LEFT: Wide = { m: 1, e: -(2 ** 45) };

function readTime(riccati: Solution["riccati"], given: number): Time {
  const { rho } = riccati;
  const t = given === Infinity ? ENDLESS : wide(given);
  if (rho.m === 0) return { t, rho, e: wide(1), tau: t, s: wide(1), J: lag(rho, t, t, wide(1)) };
  const { e, y } = given === Infinity ? { e: NOTHING_LEFT, y: wide(1) } : exponentials(riccati, given);
  const both = sum(wide(1), e);
  const tau = quotient(product(2, y), product(both, rho));
  const s = quotient(product(4, e), product(both, both));
  return { t, rho, e, tau, s, J: lag(rho, t, tau, s) };
}

/** J = (τ − ts)/2R; for small z = ρt as ½t³s·(sinh z − z)/z³. */
function lag(rho: Wide, t: Wide, tau: Wide, s: Wide): Wide {
  const z = toNumber(product(rho, t));
  if (z > 2) return quotient(sum(tau, negate(product(t, s))), product(2, rho, rho));
  // Σ z²ⁿ/(2n + 3)! by Horner's rule; eleven terms are enough for z ≤ 2.
  let series = 1;
  for (let n = 10; n > 0; n--) series = 1 + (z * z * series) / ((2 * n + 2) * (2 * n + 3));
  return product(series / 12, t, t, t, s);
}

/** 1 ± a₁τ/2, the smaller one without cancelling. */
function brackets(
  k: number,
  { gamma, xx, xy, I }: StartDuals,
  h: Dual,
  { t, rho, e, tau, s, J }: Time,
  side: number,
): { readonly onP: Dual; readonly onQ: Dual } {
  const A = times(4 * k * side, gamma, h, xy);
  const a = A.value;
  const alpha = times(k * k, [gamma, 4], [xx, 2], I);
  const fourAlpha = product(4, alpha.value);
  // 1 − c = 4α̂/(ρ(ρ + |a₁|)), 1 − tanh = 2e/(1 + e), and τ − 2a₁²J; with no rate a₁ = 0.
  const [rest, held] =
    rho.m === 0
      ? [wide(1), tau]
      : [
          sum(
            quotient(fourAlpha, product(rho, sum(rho, a))),
            product(quotient(a, rho), quotient(product(2, e), sum(wide(1), e))),
          ),
          quotient(sum(product(fourAlpha, tau), product(a, a, t, s)), product(rho, rho)),
        ];
  const shrunk = dual(rest, combine([product(-0.5, held), A.d], [product(2, a, J), alpha.d]));
  const grown = dual(sum(wide(1), product(0.5, a, tau)), combine([-1, shrunk.d]));
  return side > 0 ? { onP: grown, onQ: shrunk } : { onP: shrunk, onQ: grown };
}
