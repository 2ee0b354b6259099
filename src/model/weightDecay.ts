/**
 * Weight decay of the two layers. Training descends L + ½μ_u|u|² + ½μ_w|w|², so that without data u shrinks
 * as e^{−η_uμ_u t} and w as e^{−η_wμ_w t}.
 */
import type { Network } from "./network.ts";

/** μ_u and μ_w. */
export function decaysOf({ weightDecay }: Pick<Network, "weightDecay">): { readonly u: number; readonly w: number } {
  return typeof weightDecay === "number" ? { u: weightDecay, w: weightDecay } : weightDecay;
}

/** Whether a layer has weight decay. It may be frozen. */
export function hasDecay(network: Pick<Network, "weightDecay">): boolean {
  const { u, w } = decaysOf(network);
  return u + w > 0;
}

/** η_uμ_u and η_wμ_w that differ by no more than the rounding of these products count as equal. */
const SAME = 4 * Number.EPSILON;

/** Whether both layers shrink at the same rate, η_uμ_u = η_wμ_w; true without decay. */
export function shrinkTogether(network: Pick<Network, "weightDecay" | "learningRates">): boolean {
  const { u, w } = shrinkage(network);
  return Math.abs(u - w) <= SAME * Math.max(u, w);
}

/** η_uμ_u and η_wμ_w, inverse time. */
export function shrinkage(network: Pick<Network, "weightDecay" | "learningRates">): { readonly u: number; readonly w: number } {
  const { u, w } = decaysOf(network);
  const { learningRates: rates } = network;
  return { u: rates.u * u, w: rates.w * w };
}

/**
 * The layer that grows without bound because only the other one decays, if both train: to keep the fit, one
 * must grow as the other shrinks.
 */
export function growingLayer(network: Pick<Network, "weightDecay" | "learningRates">): "u" | "w" | undefined {
  const { u, w } = decaysOf(network);
  const { learningRates: rates } = network;
  if (!(rates.u > 0 && rates.w > 0) || u > 0 === w > 0) return undefined;
  return u > 0 ? "w" : "u";
}
