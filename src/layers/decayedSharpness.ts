/**
 * The sharpness of layers with weight decay: the largest eigenvalue of the Hessian
 *
 *     a·zzᵀ + M⊗1     z = (w, u)     M = [[μ_u, −2kγg], [−2kγg, μ_w]]     a = ∂²L/∂S²
 *
 * of the training objective over all weights. In the basis of the eigenvectors of M, with eigenvalues λ₁ and
 * λ₂, it is the largest eigenvalue of [[λ₁ + a|z₁|², a|z₁||z₂|], [a|z₁||z₂|, λ₂ + a|z₂|²]]. If both layers
 * decay by μ, it is the sharpness without decay plus μ.
 */
import { lossPrefactor, type Network } from "../model/network.ts";
import { FIELD } from "../model/snapshot.ts";
import { decaysOf } from "../model/weightDecay.ts";
import { hypot, toNumber, type Wide } from "../numerics/wide.ts";

/** Adds the decay to the sharpness in a row that was written without decay. `curvature` is a. */
export function addDecay(
  network: Network,
  curvature: Wide | number | undefined,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  const { u, w } = decaysOf(network);
  const at = offset + FIELD.sharpness * stride;
  if (u === w || curvature === undefined) {
    values[at]! += u;
    return;
  }
  const of = (field: FIELD): number => values[offset + field * stride]!;
  const a = typeof curvature === "number" ? curvature : toNumber(curvature);
  const pull = -2 * lossPrefactor(network) * network.outputScale * of(FIELD.residual);
  values[at] = topOf(a, of(FIELD.uu), of(FIELD.ww), of(FIELD.uw), u, w, pull);
}

function topOf(a: number, uu: number, ww: number, uw: number, muU: number, muW: number, pull: number): number {
  const half = (muU - muW) / 2;
  const radius = hypot(half, pull);
  const middle = (muU + muW) / 2;
  // The first eigenvector of M is (cos φ, sin φ), of the larger eigenvalue middle + radius.
  const doubled = radius > 0 ? half / radius : 1;
  const sine = radius > 0 ? pull / radius : 0;
  const along = a * Math.max(0, (ww + uu + doubled * (ww - uu)) / 2 + sine * uw);
  const across = a * Math.max(0, (ww + uu - doubled * (ww - uu)) / 2 - sine * uw);
  const apart = 2 * radius + along - across;
  return middle + (along + across + hypot(apart, 2 * Math.sqrt(along) * Math.sqrt(across))) / 2;
}
