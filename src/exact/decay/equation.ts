/**
 * The constants of decaying layers on one direction, and their parts p and q at a time: see `solution.ts`.
 */
import type { Start } from "../../layers/start.ts";
import { lossPrefactor, type Network } from "../../model/network.ts";
import type { Task } from "../../model/task.ts";
import { decaysOf } from "../../model/weightDecay.ts";
import {
  absolute,
  difference,
  negate,
  product,
  quotient,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  ZERO,
} from "../../numerics/wide.ts";
import { wideExponential } from "../../numerics/wideExponential.ts";
import { riccati } from "../riccati/coefficients.ts";
import { type Growth, growth } from "./growth.ts";

/** All that the closed form needs, found once. */
export interface DecaySolution {
  readonly network: Network;
  readonly task: Task;
  readonly start: Start;
  /** Whether the task asks for S ≥ 0, so that p = B + 2hS grows. */
  readonly upward: boolean;
  readonly a: Wide;
  readonly m: Wide;
  readonly beta: Wide;
  /** p and q at the start. */
  readonly P: Wide;
  readonly Q: Wide;
  /** ω = β√(PQ). */
  readonly omega: Wide;
  readonly h: Wide;
  /** G at the start. */
  readonly G0: Wide;
  /** γ·xx. */
  readonly gammaXX: Wide;
  /** Nothing moves: all weights are zero. */
  readonly still: boolean;
}

export function decaySolution(network: Network, task: Task, start: Start): DecaySolution {
  const k = lossPrefactor(network);
  const { outputScale: gamma, learningRates: rates } = network;
  const decays = decaysOf(network);
  const h = squareRoot(product(rates.u, rates.w));
  const gammaXX = product(gamma, task.xx);
  const signed = product(4 * k, gamma, h, task.xy);
  const upward = signed.m >= 0;
  const [P, Q] = upward ? [start.P, start.Q] : [start.Q, start.P];
  const beta = product(k, gamma, gammaXX);
  const a = absolute(signed);
  const G0 = product(4 * k, gamma, h, riccati(network, task, start).g0);
  return {
    network,
    task,
    start,
    upward,
    a,
    m: sum(product(rates.u, decays.u), product(rates.w, decays.w)),
    beta,
    P,
    Q,
    omega: product(beta, squareRoot(P), squareRoot(Q)),
    h,
    G0: upward ? G0 : negate(G0),
    gammaXX,
    still: P.m === 0 && Q.m === 0,
  };
}

/** The parts at a time, and how they have grown. */
export interface Parts {
  readonly p: Wide;
  readonly q: Wide;
  readonly grown: Growth;
  /** mt. */
  readonly M: number;
}

export function partsAt({ a, m, omega, beta, P, Q, G0 }: DecaySolution, t: number): Parts {
  const M = toNumber(product(m, t));
  const grown = growth({
    G: product(G0, t),
    surplus: toNumber(product(0.5, difference(a, m), t)),
    C: toNumber(product(0.5, a, t)),
    M,
    omega: toNumber(product(omega, t)),
    p: product(beta, P, t),
    q: product(beta, Q, t),
  });
  const ratio = quotient(grown.N, grown.D);
  return {
    p: P.m === 0 ? ZERO : product(P, ratio),
    q: Q.m === 0 ? ZERO : quotient(product(Q, wideExponential(-2 * M)), ratio),
    grown,
    M,
  };
}
