/**
 * The closed form, from a start to the state at any time. S has three forms, equal but for rounding:
 *
 *     S₀ + (g₀/γxx)·M/(ND)      error ~ ε(|S₀| + |S − S₀|)      exact at t = 0
 *     xy/γxx − g/γxx            error ~ ε(|S∞| + |S∞ − S|)      near convergence
 *     (Pξ − Q/ξ)/4h             error ~ ε·B/2h                  where S crosses 0 from far
 *
 * and the one with the smallest error is used. [XuZiyin2025, §3]
 */

import { type LayerConstants, layerConstants, observe, type State } from "../../layers/observe.ts";
import type { Start } from "../../layers/start.ts";
import { lossPrefactor, type Network } from "../../model/network.ts";
import { FIELD } from "../../model/snapshot.ts";
import type { Task } from "../../model/task.ts";
import { unexplained } from "../../model/unexplained.ts";
import { commonExponent, product, quotient, scale, toNumber, type Wide, wide, ZERO } from "../../numerics/wide.ts";
import { emptyReading, isPlainClock, type Reading, readClock } from "./clock.ts";
import { type Riccati, riccati } from "./coefficients.ts";

/** All that the closed form needs, found once; with room of its own for one evaluation. */
export interface Solution {
  readonly network: Network;
  readonly task: Task;
  readonly start: Start;
  readonly riccati: Riccati;
  /** Whether the clock can run without exponents. */
  readonly plain: boolean;
  readonly layers: LayerConstants;
  /** ∂²L/∂S² = 2kγ²xx. */
  readonly curvature: Wide;
  readonly k: number;
  /** k(yy − xy²/xx), the loss that no training removes. */
  readonly floor: number;
  /** P/4h and Q/4h; 0 with a frozen layer. */
  readonly quarterP: Wide;
  readonly quarterQ: Wide;
  readonly reading: Reading;
  readonly state: State;
  /** The constants for plain doubles, once they are asked for; null where they are not of ordinary size. */
  plainly: readonly number[] | null | undefined;
}

export function solution(network: Network, task: Task, start: Start): Solution {
  const equation = riccati(network, task, start);
  const layers = layerConstants(network, start, task.xx);
  const k = lossPrefactor(network);
  const frozen = layers.twoH.m === 0;
  const quarter = (square: Wide): Wide => (frozen ? ZERO : quotient(square, product(2, layers.twoH)));
  return {
    network,
    task,
    start,
    riccati: equation,
    plain: isPlainClock(equation),
    layers,
    curvature: product(2 * k, layers.gammaSquared, task.xx),
    k,
    floor: k * unexplained(task),
    quarterP: quarter(start.P),
    quarterQ: quarter(start.Q),
    reading: emptyReading(),
    state: { S: 0.5, SExp: 0, g: 0.5, gExp: 0 },
    plainly: undefined,
  };
}

/** Moves `solution.state` (and `solution.reading`) to time t, within the flow's existence. */
export function moveTo(solution: Solution, t: number): void {
  const { state, start, riccati } = solution;
  if (t === 0 || riccati.still) {
    put(state, start.S, riccati.g0);
  } else if (t === Infinity) {
    // At a saddle S ends at 0 and the residual is all of xy.
    if (riccati.saddle) put(state, ZERO, product(riccati.gammaXX, riccati.target));
    else put(state, riccati.target, ZERO);
  } else {
    readClock(riccati, solution.plain, t, solution.reading);
    state.g = riccati.g0.m * solution.reading.left;
    state.gExp = riccati.g0.e + solution.reading.leftExp;
    setOverlap(solution);
  }
}

function put(state: State, S: Wide, g: Wide): void {
  state.S = S.m;
  state.SExp = S.e;
  state.g = g.m;
  state.gExp = g.e;
}

function setOverlap(solution: Solution): void {
  const { state, reading, start, riccati } = solution;
  const { target, way, rho } = riccati;

  const stepExp = way.e + reading.doneExp;
  const step = way.m * reading.done;
  const ahead = start.S;
  const forwardExp = commonExponent(ahead.m, ahead.e, step, stepExp);
  const a = scale(ahead.m, ahead.e - forwardExp);
  const b = scale(step, stepExp - forwardExp);

  const restExp = way.e + reading.leftExp;
  const rest = way.m * reading.left;
  const backwardExp = commonExponent(target.m, target.e, rest, restExp);
  const c = scale(target.m, target.e - backwardExp);
  const d = scale(rest, restExp - backwardExp);

  const forwardError = Math.abs(a) + Math.abs(b);
  const backwardError = Math.abs(c) + Math.abs(d);
  const forward = forwardError <= scale(backwardError, backwardExp - forwardExp);
  state.S = forward ? a + b : c - d;
  state.SExp = forward ? forwardExp : backwardExp;

  const lost = forward ? forwardError : backwardError;
  if (Math.abs(state.S) < lost / 16 && rho.m > 0) setCrossing(solution, lost, state.SExp);
}

/** S from the growing and the shrinking part, where they are smaller than what cancelled. */
function setCrossing(
  { state, reading: { N, NExp, D, DExp }, quarterP, quarterQ }: Solution,
  lost: number,
  lostExp: number,
): void {
  if (quarterP.m === 0 && quarterQ.m === 0) return;
  const xiExp = NExp - DExp;
  const p = quarterP.m * (N / D);
  const q = quarterQ.m * (D / N);
  const exp = commonExponent(p, quarterP.e + xiExp, q, quarterQ.e - xiExp);
  const rising = scale(p, quarterP.e + xiExp - exp);
  const falling = scale(q, quarterQ.e - xiExp - exp);
  if (scale(rising + falling, exp - lostExp) < lost) {
    state.S = rising - falling;
    state.SExp = exp;
  }
}

/** Writes the snapshot at time t: field f goes to values[offset + FIELD[f]·stride]. */
export function record(solution: Solution, t: number, values: Float64Array, offset: number, stride: number): void {
  moveTo(solution, t);
  const { start, riccati } = solution;
  const given = t === 0 || riccati.still;
  const { state, layers, curvature, k, floor } = solution;
  // cos ζ of a zero layer: at the start, where it begins to grow, and at the end, where it has shrunk to
  // nothing.
  const direction = given ? Math.sign(riccati.way.m) : t === Infinity ? Math.sign(start.S.m) : 0;
  observe(layers, state, curvature, direction, values, offset, stride);
  const { rootZZ } = layers;
  const misfit = rootZZ.m > 0 ? quotient(wide(state.g, state.gExp), rootZZ) : ZERO;
  const excess = toNumber(product(k, misfit, misfit));
  values[offset + FIELD.t * stride] = t;
  values[offset + FIELD.loss * stride] = floor + excess;
  values[offset + FIELD.excessLoss * stride] = excess;
  if (given) {
    values[offset + FIELD.uu * stride] = start.given.uu;
    values[offset + FIELD.ww * stride] = start.given.ww;
  }
}
