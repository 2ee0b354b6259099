/**
 * The one equation that drives all neurons, ξ̇ = a₀ + a₁ξ + a₂ξ² with ξ(0) = 1, and its constants without
 * dimension:
 *
 *     a₀ = kγ²xx·Q,   a₁ = 4kγh·xy,   a₂ = −kγ²xx·P,   ρ = √(a₁² − 4a₀a₂),
 *     A₀ = 2a₀/ρ,   c = |a₁|/ρ,   A₂ = −2a₂/ρ,   A₀A₂ = (1 − c)(1 + c).
 *
 * 1 − c is found from that product: it does not cancel, and an escape from a start of 10⁻³⁰⁰ comes at its
 * time. [XuZiyin2025, §3]
 */

import type { Rates, Start } from "../../layers/start.ts";
import { lossPrefactor, type Network } from "../../model/network.ts";
import type { Task } from "../../model/task.ts";
import { productError } from "../../numerics/exactProduct.ts";
import {
  absolute,
  compare,
  difference,
  product,
  quotient,
  scale,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  wideHypot,
  ZERO,
} from "../../numerics/wide.ts";

export interface Riccati {
  /** Nothing moves. */
  readonly still: boolean;
  /**
   * P = 0 or Q = 0, that of the part which would grow: a flow that moves ends at S = 0, whatever the task
   * asks for.
   */
  readonly saddle: boolean;
  /** ρ, inverse time. */
  readonly rho: Wide;
  /** The inverse time that the constants are measured in: ρ, or 2(a₀ − a₂) where ρ = 0. */
  readonly unit: Wide;
  readonly A0: Wide;
  readonly A2: Wide;
  /** c = |a₁|/ρ, 0 where there is no rate. */
  readonly c: Wide;
  /** 1 + c. */
  readonly cPlus: number;
  /** 1 − c. */
  readonly cMinus: Wide;
  /** a₁ ≥ 0: the target lies on the side of positive S·h. */
  readonly upward: boolean;
  /** g at t = 0. */
  readonly g0: Wide;
  /** γ·xx, which turns S into a residual. */
  readonly gammaXX: Wide;
  /** S where the residual vanishes, xy/(γ·xx). */
  readonly target: Wide;
  /** g(0)/(γ·xx), the way from the start to the target. */
  readonly way: Wide;
  /** 4kγg(0)/unit: sinh θ/h at its beginning. */
  readonly push: Wide;
  /** W = 2h·push = A₀ − A₂ ± 2c: twice the speed of ξ at its beginning, over unit. */
  readonly W: Wide;
}

export function riccati(network: Network, task: Task, start: Start): Riccati {
  const k = lossPrefactor(network);
  const gamma = network.outputScale;
  const { u, w }: Rates = network.learningRates;
  const h = squareRoot(product(u, w));
  const gammaXX = product(gamma, task.xx);
  const strength = product(k, gamma, gammaXX);
  const a0 = product(strength, start.Q);
  const a2 = product(strength, start.P);
  const a1 = product(4 * k, gamma, h, task.xy);
  const rho = wideHypot(product(2, squareRoot(a0), squareRoot(a2)), a1);
  const unit = rho.m > 0 ? rho : product(2, sum(a0, a2));
  const g0 = residualOf(gamma, task, gammaXX, start);
  const still = unit.m === 0 || g0.m === 0 || (start.P.m === 0 && start.Q.m === 0);
  const A0 = still ? wide(1) : quotient(product(2, a0), unit);
  const A2 = still ? wide(1) : quotient(product(2, a2), unit);
  const c = rho.m > 0 ? quotient(absolute(a1), rho) : ZERO;
  const cPlus = 1 + toNumber(c);
  const upward = a1.m >= 0;
  const push = still ? wide(0) : quotient(product(4 * k, gamma, g0), unit);
  return {
    still,
    saddle: (upward ? a2 : a0).m === 0,
    rho,
    unit,
    A0,
    A2,
    c,
    cPlus,
    cMinus: rho.m > 0 ? quotient(product(A0, A2), wide(cPlus)) : wide(1),
    upward,
    g0,
    gammaXX,
    target: still ? start.S : quotient(wide(task.xy), gammaXX),
    way: still ? wide(0) : quotient(g0, gammaXX),
    push,
    W: product(2, h, push),
  };
}

/**
 * g = xy − γ·xx·S. Where the two cancel: the residual that came with the start, if it agrees up to what
 * rounding S can have done, or the difference with what rounding took from S and from γ·xx.
 */
function residualOf(gamma: number, task: Task, gammaXX: Wide, start: Start): Wide {
  const fitted = product(gammaXX, start.S);
  const g = difference(wide(task.xy), fitted);
  if (start.residual !== undefined) {
    const noise = product(2 ** -50, sum(absolute(wide(task.xy)), absolute(fitted)));
    return compare(absolute(difference(g, start.residual)), noise) <= 0 ? start.residual : g;
  }
  const cancels = compare(product(16, absolute(g)), absolute(fitted)) < 0;
  return cancels && start.overlapTail !== undefined ? carefulResidual(gamma, task, start.S, start.overlapTail()) : g;
}

function carefulResidual(outputScale: number, { xx, xy }: Task, S: Wide, tail: Wide): Wide {
  const gamma = wide(outputScale);
  const x = wide(xx);
  const slope = gamma.m * x.m;
  const e = gamma.e + x.e + S.e;
  const lost = productError(slope, S.m) + productError(gamma.m, x.m) * S.m + slope * scale(tail.m, tail.e - S.e);
  return wide(scale(xy, -e) - slope * S.m - lost, e);
}
