/**
 * A power activation, f = γ Σ uᵢ(wᵢx)^β, for which every neuron turns differently. With û = u/√η_u,
 * ŵ = w/√(βη_w),
 *
 *     (û, ŵ) = hyperbolic rotation of (û₀, ŵ₀) by αᵢ     α̇ᵢ = 2kγg·κ·ŵᵢ^{β−1}     κ = √η_u (βη_w)^{β/2}
 *
 * so one angle per neuron is integrated, and uᵢ²/η_u − wᵢ²/(βη_w) is conserved. (For β = 1 all angles are
 * equal, as in the linear network.) If a layer is frozen, decays, or has a separate schedule, the weights
 * themselves are integrated:
 *
 *     u̇ᵢ = η_u (2kγg wᵢ^β − μuᵢ) ẇᵢ = η_w (2kγg βuᵢwᵢ^{β−1} − μwᵢ) g = E[x^β y] − γ E[x^{2β}] Σuᵢwᵢ^β
 */

import { unmet } from "../../door/arguments.ts";
import { orderParametersOfWeights } from "../../layers/orderParameters.ts";
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";
import { readWeights } from "../../model/readInitial.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import { type Snapshot, writeFields } from "../../model/snapshot.ts";
import { decaysOf, hasDecay } from "../../model/weightDecay.ts";
import type { Weights } from "../../model/weights.ts";
import { hypot } from "../../numerics/wide.ts";
import { largestOf, type System } from "../method/stepper.ts";
import { escaping, factorsAt, type Reduction, restOfWeights } from "./reduction.ts";

export function neurons(
  network: Network,
  objective: Objective,
  initial: Weights,
  schedules: LayerSchedules | undefined,
): Reduction {
  const { power, learningRates: rates } = network;
  if (!Number.isInteger(power) && initial.w.some((w) => w < 0)) {
    const why = `the power ${power} of negative weights is not a real number`;
    unmet(why, "pass input weights ≥ 0, or an integer power");
  }
  const oneEach = rates.u > 0 && rates.w > 0 && !hasDecay(network) && schedules === undefined;
  return oneEach ? angles(network, objective, initial) : allWeights(network, objective, initial, schedules);
}

/** w^β and βw^{β−1}. The latter is 0 at w = 0 if β > 1. */
function powers(beta: number): { readonly power: (w: number) => number; readonly slope: (w: number) => number } {
  if (beta === 2) return { power: (w) => w * w, slope: (w) => 2 * w };
  if (beta === 3) return { power: (w) => w * w * w, slope: (w) => 3 * w * w };
  return { power: (w) => w ** beta, slope: (w) => beta * w ** (beta - 1) };
}

function angles(network: Network, objective: Objective, initial: Weights): Reduction {
  const { outputScale: gamma, power: beta, learningRates: rates } = network;
  const { power, slope } = powers(beta);
  const toU = Math.sqrt(rates.u);
  const toW = Math.sqrt(beta * rates.w);
  const n = initial.u.length;
  // α̇ = 2kγg·√η_u·√(η_w/β)·βw^{β−1}
  const pace = 2 * objective.k * gamma * toU * Math.sqrt(rates.w / beta);
  const u0 = initial.u.map((u) => u / toU);
  const w0 = initial.w.map((w) => w / toW);
  const weightsNow: Weights = { u: new Float64Array(n), w: new Float64Array(n) };
  const turn = (y: Float64Array, out: Weights): void => {
    for (let i = 0; i < n; i++) {
      const C = Math.cosh(y[i]!);
      const s = Math.sinh(y[i]!);
      out.u[i] = toU * (C * u0[i]! + s * w0[i]!);
      out.w[i] = toW * (C * w0[i]! + s * u0[i]!);
    }
  };
  const overlap = (y: Float64Array): number => {
    turn(y, weightsNow);
    let S = 0;
    for (let i = 0; i < n; i++) S += weightsNow.u[i]! * power(weightsNow.w[i]!);
    return S;
  };
  const system: System = {
    dimension: n,
    derivative: (_t, y, out) => {
      const drive = pace * objective.residual(gamma * overlap(y));
      for (let i = 0; i < n; i++) out[i] = drive === 0 ? 0 : drive * slope(weightsNow.w[i]!);
    },
    size: (y) => {
      turn(y, weightsNow);
      return Math.max(largestOf(weightsNow.u), largestOf(weightsNow.w));
    },
    // dû = ŵ dα, dŵ = û dα.
    unit: (y) => {
      turn(y, weightsNow);
      return Math.max((largestOf(weightsNow.u) * toW) / toU, (largestOf(weightsNow.w) * toU) / toW) || 1;
    },
    rough: objective.rough,
    // The angles descend the loss with D = 1/(βû² + ŵ²).
    rest: {
      metric: (y, out) => {
        turn(y, weightsNow);
        for (let i = 0; i < n; i++) {
          const size = beta * (weightsNow.u[i]! / toU) ** 2 + (weightsNow.w[i]! / toW) ** 2;
          out[i] = size > 0 ? 1 / size : 0;
        }
      },
    },
  };
  return {
    because: `with power ${beta} every neuron turns by its own hyperbolic angle, ${n} in all`,
    system,
    initial: new Float64Array(n),
    ...escaping(objective, false, (y) => gamma * overlap(y)),
    bounds: [],
    record: recorder(network, objective, weightsNow, turn),
    weights: (_t, y, out) => turn(y, out),
  };
}

function allWeights(network: Network, objective: Objective, initial: Weights, schedules: LayerSchedules | undefined): Reduction {
  const { outputScale: gamma, power: beta, learningRates: rates } = network;
  const mu = decaysOf(network);
  const { power, slope } = powers(beta);
  const n = initial.u.length;
  const weightsNow: Weights = { u: new Float64Array(n), w: new Float64Array(n) };
  const overlap = (y: Float64Array): number => {
    let S = 0;
    for (let i = 0; i < n; i++) S += y[i]! * power(y[n + i]!);
    return S;
  };
  const derivative = (factors: { readonly u: number; readonly w: number }, y: Float64Array, out: Float64Array): void => {
    const G = 2 * objective.k * gamma * objective.residual(gamma * overlap(y));
    const etaU = rates.u * factors.u;
    const etaW = rates.w * factors.w;
    for (let i = 0; i < n; i++) {
      const u = y[i]!;
      const w = y[n + i]!;
      out[i] = etaU * (G * power(w) - mu.u * u);
      out[n + i] = etaW === 0 ? 0 : etaW * (G * u * slope(w) - mu.w * w);
    }
  };
  const initialState = new Float64Array(2 * n);
  initialState.set(initial.u);
  initialState.set(initial.w, n);
  const system: System = {
    dimension: 2 * n,
    derivative: (t, y, out) => derivative(factorsAt(schedules, t), y, out),
    rough: objective.rough,
    rest: restOfWeights(network, schedules, (i) => (i < n ? "u" : "w"), derivative),
  };
  const read = (y: Float64Array, out: Weights): void => {
    out.u.set(y.subarray(0, n));
    out.w.set(y.subarray(n));
  };
  return {
    because: `with power ${beta} and layers at different rates, all ${2 * n} weights are integrated`,
    system,
    initial: initialState,
    ...escaping(objective, hasDecay(network), (y) => gamma * overlap(y)),
    bounds: [],
    record: recorder(network, objective, weightsNow, read),
    weights: (_t, y, out) => read(y, out),
  };
}

/**
 * The snapshot of a network with a power activation; its kernel is γ²(η_u Σwᵢ^{2β} + η_w β² Σuᵢ²wᵢ^{2β−2}).
 */
function recorder(
  network: Network,
  objective: Objective,
  weightsNow: Weights,
  read: (y: Float64Array, out: Weights) => void,
): Reduction["record"] {
  const { outputScale: gamma, power: beta, learningRates: rates } = network;
  const { power, slope } = powers(beta);
  return (t, y, values, offset, stride) => {
    read(y, weightsNow);
    const { uu, ww, uw, area } = orderParametersOfWeights(readWeights("weights", weightsNow));
    let S = 0;
    let kernel = 0;
    for (let i = 0; i < weightsNow.u.length; i++) {
      const u = weightsNow.u[i]!;
      const w = weightsNow.w[i]!;
      S += u * power(w);
      kernel += rates.u * power(w) ** 2 + (u === 0 ? 0 : rates.w * (u * slope(w)) ** 2);
    }
    const output = gamma * S;
    const norms = hypot(uw, area);
    const fields: Snapshot = {
      t,
      uu,
      ww,
      uw,
      area,
      balance: balanceOf(uu, rates.u, ww, beta * rates.w),
      output,
      residual: objective.residual(output),
      loss: objective.loss(output),
      excessLoss: objective.excess(output),
      kernel: gamma * gamma * kernel,
      alignment: norms > 0 ? uw / norms : 0,
      angle: norms > 0 ? Math.atan2(area, uw) : Math.PI / 2,
      normProduct: norms,
      kernelSize: gamma * gamma * kernel * objective.zz,
      outputSize: Math.abs(output) * Math.sqrt(objective.zz),
    };
    writeFields(fields, values, offset, stride);
  };
}

/** uu/η_u − ww/βη_w; with frozen layers, its limit as their learning rates go to 0 together. */
function balanceOf(uu: number, etaU: number, ww: number, etaW: number): number {
  const a = uu === 0 ? 0 : uu / etaU;
  const b = ww === 0 ? 0 : ww / etaW;
  if (a === Infinity && b === Infinity) return uu === ww ? 0 : uu > ww ? Infinity : -Infinity;
  return a - b;
}
