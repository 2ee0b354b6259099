/**
 * The network at t = ∞ whose weights grow without bound: where the loss falls for ever, as the logistic loss
 * does on separable data, the output is infinite, and so is every layer that moves. Where one layer alone
 * decays the other one is infinite, and their product reaches the best fit,
 *
 *     S → S*     |u|⁴ → 4η_uμ_w S*²t     2kγg → ½√(μ_w/(η_ut))     where w decays, under a squared loss
 */
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { growingLayer } from "../model/weightDecay.ts";

/** The limit, from the first and the last state of the flow. */
export function unboundedLimit(network: Network, objective: Objective, initial: Snapshot, last: Snapshot): Snapshot {
  const growing = growingLayer(network);
  if (growing !== undefined) return dwarfedLimit(network, objective, growing, last);
  const { best, curvature, zz } = objective;
  const { power, learningRates: rates } = network;
  // For an even power w may have either sign, so the sign of u·w is taken from its change.
  const uw = last.uw < 0 ? -Infinity : Infinity;
  const linear = power === 1;
  const alignment = linear ? Math.sign(uw) : last.alignment;
  const kernel = kernelLimit(network, initial.kernel);
  return {
    t: Infinity,
    uu: rates.u > 0 ? Infinity : initial.uu,
    ww: rates.w > 0 ? Infinity : initial.ww,
    uw,
    area: linear ? initial.area : last.area === 0 ? 0 : Infinity,
    balance: initial.balance,
    output: best,
    residual: 0,
    loss: last.loss - last.excessLoss,
    excessLoss: 0,
    kernel,
    alignment,
    angle: Math.acos(alignment),
    normProduct: Infinity,
    kernelSize: zz > 0 ? zz * kernel : 0,
    outputSize: Infinity,
    ...(curvature === undefined || !linear ? {} : { sharpness: 0 }),
  };
}

/** The kernel η_u Σw^{2β} + η_w β² Σu²w^{2β−2} if every layer that trains is infinite. */
function kernelLimit({ power, learningRates: { u, w } }: Network, initial: number): number {
  if (w === 0) return initial;
  if (u > 0 || power > 1) return Infinity;
  return power === 1 ? initial : 0;
}

/** The limit where one layer alone decays. */
function dwarfedLimit(
  { outputScale: gamma }: Network,
  { best, curvature, zz }: Objective,
  growing: "u" | "w",
  last: Snapshot,
): Snapshot {
  const uw = best / gamma;
  const alignment = Math.sign(uw);
  return {
    t: Infinity,
    uu: growing === "u" ? Infinity : 0,
    ww: growing === "w" ? Infinity : 0,
    uw,
    area: 0,
    balance: growing === "u" ? Infinity : -Infinity,
    output: best,
    residual: 0,
    loss: last.loss - last.excessLoss,
    excessLoss: 0,
    kernel: Infinity,
    alignment,
    angle: Math.acos(alignment),
    normProduct: Math.abs(uw),
    kernelSize: Infinity,
    outputSize: Math.sqrt(zz) * Math.abs(best),
    ...(curvature === undefined ? {} : { sharpness: Infinity }),
  };
}
