/**
 * The closed form at times and sizes where every number is of ordinary size, in doubles alone: what `record`
 * does, without exponents and in one piece, for sampling in bulk. A test holds the two against each other.
 */
import { FIELD } from "../../model/snapshot.ts";
import { hypot } from "../../numerics/wide.ts";
import type { PlainSolution, Solution } from "./solution.ts";

/**
 * The plain constants of a flow that moves at a rate, or null where one of them lies outside the ordinary
 * range.
 */
function plainSolution({ riccati, plain, start, layers, ...found }: Solution): PlainSolution | null {
  if (plain === undefined || riccati.still || riccati.rho.m === 0) return null;
  const { way, target, g0 } = riccati;
  const { gamma, gammaSquared, pull, twoH, root, area, delta, twoRate } = layers;
  const { quarterP, quarterQ, curvature, rootXX } = found;
  const numbers = [start.S, way, target, g0, gamma, gammaSquared, pull, twoH, root, area, delta, twoRate];
  if ([...numbers, quarterP, quarterQ, curvature, rootXX].some(({ e }) => e !== 0)) return null;
  return {
    unit: plain.unit,
    A0: plain.A0,
    A2: plain.A2,
    kN: riccati.upward ? riccati.cPlus : plain.cMinus,
    kD: riccati.upward ? plain.cMinus : riccati.cPlus,
    S0: start.S.m,
    way: way.m,
    target: target.m,
    g0: g0.m,
    quarterP: quarterP.m,
    quarterQ: quarterQ.m,
    gamma: gamma.m,
    gammaSquared: gammaSquared.m,
    pull: pull.m,
    twoH: twoH.m,
    root: root.m,
    area: area.m,
    delta: delta.m,
    twoRate: twoRate.m,
    curvature: curvature.m,
    rootXX: rootXX.m,
    xx: found.task.xx,
    uHeavier: layers.uHeavier,
    balance: layers.balance,
    k: found.k,
    floor: found.floor,
  };
}

/** ρt within which e^−ρt and its products with mantissas are ordinary numbers. */
const LATE = 200;
const EARLY = 2 ** -200;

/**
 * Writes the snapshot at time t as `record` does; false, and nothing written, if t ≤ 0 or where numbers would
 * leave the ordinary range.
 */
export function recordPlainly(solution: Solution, t: number, values: Float64Array, offset: number, stride: number): boolean {
  if (solution.plainly === undefined) solution.plainly = plainSolution(solution);
  const c = solution.plainly;
  if (c === null) return false;
  const x = c.unit * t;
  if (!(x > EARLY && x < LATE)) return false;
  const e = Math.exp(-x);
  // From x = ½ on, 1 − e is right to rounding, and cheaper.
  const y = x > 0.5 ? 1 - e : -Math.expm1(-x);
  const zN = c.A0 * y;
  const zD = c.A2 * y;
  const N = c.kN + c.kD * e + zN;
  const D = c.kD + c.kN * e + zD;
  const one = 1 / (N * D);
  const left = 4 * e * one;
  const done = (zN * (2 * e + y * c.kD) + zD * (2 * e + y * c.kN) + 2 * zN * zD) * one;

  const step = c.way * done;
  const rest = c.way * left;
  const forwardError = Math.abs(c.S0) + Math.abs(step);
  const backwardError = Math.abs(c.target) + Math.abs(rest);
  const lost = forwardError <= backwardError ? forwardError : backwardError;
  let S = forwardError <= backwardError ? c.S0 + step : c.target - rest;
  if (Math.abs(S) < lost / 16 && (c.quarterP !== 0 || c.quarterQ !== 0)) {
    const rising = c.quarterP * (N / D);
    const falling = c.quarterQ * (D / N);
    if (rising + falling < lost) S = rising - falling;
  }
  const g = c.g0 * left;

  const norms = c.area === 0 ? Math.abs(S) : Math.sqrt(S * S + c.area * c.area);
  const B = c.root === 0 ? Math.abs(c.twoH * S) : Math.sqrt(c.twoH * S * (c.twoH * S) + c.root * c.root);
  const heavy = (B + c.delta) / c.twoRate;
  const light = heavy > 0 ? norms * (norms / heavy) : 0;
  const misfit = g / c.rootXX;
  const excess = c.k * misfit * misfit;
  const a = c.curvature;
  const turned = hypot(a * (heavy - light), 2 * a * c.area);
  const tilt = 2 * a * S - c.pull * g;

  values[offset + FIELD.t * stride] = t;
  values[offset + FIELD.uu * stride] = c.uHeavier ? heavy : light;
  values[offset + FIELD.ww * stride] = c.uHeavier ? light : heavy;
  values[offset + FIELD.uw * stride] = S;
  values[offset + FIELD.area * stride] = c.area;
  values[offset + FIELD.balance * stride] = c.balance;
  const output = c.gamma * S;
  const kernel = c.gammaSquared * B;
  values[offset + FIELD.output * stride] = output;
  values[offset + FIELD.residual * stride] = g;
  values[offset + FIELD.loss * stride] = c.floor + excess;
  values[offset + FIELD.excessLoss * stride] = excess;
  values[offset + FIELD.kernel * stride] = kernel;
  values[offset + FIELD.kernelSize * stride] = kernel * c.xx;
  values[offset + FIELD.outputSize * stride] = Math.abs(output) * c.rootXX;
  values[offset + FIELD.alignment * stride] = norms > 0 ? S / norms : 0;
  values[offset + FIELD.angle * stride] = norms > 0 ? Math.atan2(c.area, S) : Math.PI / 2;
  values[offset + FIELD.normProduct * stride] = norms;
  values[offset + FIELD.sharpness * stride] = (a * (heavy + light) + hypot(tilt, turned)) / 2;
  return true;
}
