/**
 * The network at t = ∞ if the loss falls for ever, like the logistic loss on separable data. The output is
 * infinite, and so is every layer that trains.
 */
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** The limit, from the first and the last state of the flow. */
export function unboundedLimit(
  network: Network,
  { best, curvature, zz }: Objective,
  initial: Snapshot,
  last: Snapshot,
): Snapshot {
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
