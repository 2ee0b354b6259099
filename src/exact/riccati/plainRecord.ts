/**
 * The closed form at times and sizes where every number is of ordinary size, in doubles alone: what `record`
 * does, without exponents and in one piece, for sampling in bulk. A test holds the two against each other.
 */
import { FIELD } from "../../model/snapshot.ts";
import { hypot } from "../../numerics/wide.ts";
import { isOrdinaryTime } from "./clock.ts";
import type { Solution } from "./solution.ts";

/** The constants of `plainConstants`, in their order. */
enum C {
  unit,
  A0,
  A2,
  cMinus,
  S0,
  way,
  target,
  g0,
  quarterP,
  quarterQ,
  gamma,
  gammaSquared,
  pull,
  twoH,
  root,
  rootZZ,
  area,
  delta,
  twoRate,
  curvature,
}

/**
 * The constants of a flow that moves at a rate, or null where one of them lies outside the ordinary range.
 */
function plainConstants({ riccati, start, layers, ...found }: Solution): readonly number[] | null {
  const { still, rho, unit, A0, A2, cMinus, way, target, g0 } = riccati;
  const { quarterP, quarterQ, curvature } = found;
  const { gamma, gammaSquared, pull, twoH, root, rootZZ, area, delta, twoRate } = layers;
  const ofClock = [unit, A0, A2, cMinus, start.S, way, target, g0, quarterP, quarterQ];
  const numbers = [...ofClock, gamma, gammaSquared, pull, twoH, root, rootZZ, area, delta, twoRate, curvature];
  return still || rho.m === 0 || numbers.some(({ e }) => e !== 0) ? null : numbers.map(({ m }) => m);
}

/**
 * Writes the snapshot at time t as `record` does; false, and nothing written, if t ≤ 0 or where numbers would
 * leave the ordinary range.
 */
export function recordPlainly(solution: Solution, t: number, values: Float64Array, offset: number, stride: number): boolean {
  if (!(t > 0 && t < Infinity)) return false;
  if (solution.plainly === undefined) solution.plainly = plainConstants(solution);
  const c = solution.plainly;
  if (c === null) return false;
  const x = c[C.unit]! * t;
  if (!isOrdinaryTime(x)) return false;
  const { riccati, layers } = solution;
  const cMinus = c[C.cMinus]!;
  const kN = riccati.upward ? riccati.cPlus : cMinus;
  const kD = riccati.upward ? cMinus : riccati.cPlus;
  const S0 = c[C.S0]!;
  const way = c[C.way]!;
  const target = c[C.target]!;
  const quarterP = c[C.quarterP]!;
  const quarterQ = c[C.quarterQ]!;
  const a = c[C.curvature]!;
  const twoH = c[C.twoH]!;
  const root = c[C.root]!;
  const rootZZ = c[C.rootZZ]!;
  const area = c[C.area]!;
  const e = Math.exp(-x);
  // From x = ½ on, 1 − e is right to rounding, and cheaper.
  const y = x > 0.5 ? 1 - e : -Math.expm1(-x);
  const zN = c[C.A0]! * y;
  const zD = c[C.A2]! * y;
  const N = kN + kD * e + zN;
  const D = kD + kN * e + zD;
  const one = 1 / (N * D);
  const left = 4 * e * one;
  const done = (zN * (2 * e + y * kD) + zD * (2 * e + y * kN) + 2 * zN * zD) * one;

  const step = way * done;
  const rest = way * left;
  const forwardError = Math.abs(S0) + Math.abs(step);
  const backwardError = Math.abs(target) + Math.abs(rest);
  const lost = forwardError <= backwardError ? forwardError : backwardError;
  let S = forwardError <= backwardError ? S0 + step : target - rest;
  if (Math.abs(S) < lost / 16 && (quarterP !== 0 || quarterQ !== 0)) {
    const rising = quarterP * (N / D);
    const falling = quarterQ * (D / N);
    if (rising + falling < lost) S = rising - falling;
  }
  const g = c[C.g0]! * left;

  const norms = area === 0 ? Math.abs(S) : Math.sqrt(S * S + area * area);
  const B = root === 0 ? Math.abs(twoH * S) : Math.sqrt(twoH * S * (twoH * S) + root * root);
  const heavy = (B + c[C.delta]!) / c[C.twoRate]!;
  const light = heavy > 0 ? norms * (norms / heavy) : 0;
  const misfit = g / rootZZ;
  const excess = solution.k * misfit * misfit;
  const turned = hypot(a * (heavy - light), 2 * a * area);
  const tilt = 2 * a * S - c[C.pull]! * g;

  values[offset + FIELD.t * stride] = t;
  values[offset + FIELD.uu * stride] = layers.uHeavier ? heavy : light;
  values[offset + FIELD.ww * stride] = layers.uHeavier ? light : heavy;
  values[offset + FIELD.uw * stride] = S;
  values[offset + FIELD.area * stride] = area;
  values[offset + FIELD.balance * stride] = layers.balance;
  const output = c[C.gamma]! * S;
  const kernel = c[C.gammaSquared]! * B;
  values[offset + FIELD.output * stride] = output;
  values[offset + FIELD.residual * stride] = g;
  values[offset + FIELD.loss * stride] = solution.floor + excess;
  values[offset + FIELD.excessLoss * stride] = excess;
  values[offset + FIELD.kernel * stride] = kernel;
  values[offset + FIELD.kernelSize * stride] = kernel * solution.task.xx;
  values[offset + FIELD.outputSize * stride] = Math.abs(output) * rootZZ;
  values[offset + FIELD.alignment * stride] = norms > 0 ? S / norms : 0;
  values[offset + FIELD.angle * stride] = norms > 0 ? Math.atan2(area, S) : Math.PI / 2;
  values[offset + FIELD.normProduct * stride] = norms;
  values[offset + FIELD.sharpness * stride] = (a * (heavy + light) + hypot(tilt, turned)) / 2;
  return true;
}
