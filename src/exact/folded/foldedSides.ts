/** What a folded network says about either side of 0, from the snapshot of its linear network. */
import { slopeBelow } from "../../model/activation.ts";
import type { Halves } from "../../model/halves.ts";
import { lossPrefactor } from "../../model/network.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { difference, hypot, product, sum, toNumber, wideHypot } from "../../numerics/wide.ts";
import type { Symmetry } from "./foldedClass.ts";

/** The snapshots of the two sides. */
export function sidesOfFolded(problem: HalfLineProblem, symmetry: Symmetry, folded: Snapshot): Halves<Snapshot> {
  return {
    positive: sideOfFolded(problem, symmetry, folded, "positive"),
    negative: sideOfFolded(problem, symmetry, folded, "negative"),
  };
}

function sideOfFolded(
  { network, halves }: HalfLineProblem,
  symmetry: Symmetry,
  folded: Snapshot,
  side: keyof Halves<unknown>,
): Snapshot {
  const { parity, share, data } = symmetry;
  const alpha = slopeBelow(network.activation);
  const size = (1 + Math.abs(alpha)) / 2;
  const sign = side === "positive" ? 1 : parity;
  const { xx } = halves[side];
  const output = sign * folded.output;
  // Both sides are fitted at once: xy± = ±xx±·(xy₊ + ϵxy₋)/(xx₊ + xx₋).
  const residual = xx === 0 ? 0 : sign * folded.residual * (xx / data.xx);
  const excessLoss = xx === 0 ? 0 : lossPrefactor(network) * (residual / Math.sqrt(xx)) ** 2;
  const uw = sign * share * folded.uw;
  const area = hypot(size * folded.area, Math.sqrt(size - share) * Math.sqrt(size + share) * folded.uw);
  const alignment = sign * (share / size) * folded.alignment;
  // (1 + α²)/2m², in quotients that do not overflow.
  const kernels = ((1 / share) ** 2 + (alpha / share) ** 2) / 2;
  return {
    t: folded.t,
    uu: size * folded.uu,
    ww: size * folded.ww,
    uw,
    area,
    balance: size * folded.balance,
    output,
    residual,
    loss: excessLoss,
    excessLoss,
    kernel: kernels * folded.kernel,
    alignment,
    angle: folded.normProduct > 0 ? Math.atan2(area, uw) : Math.acos(alignment),
    normProduct: size * folded.normProduct,
    kernelSize: xx === 0 ? 0 : kernels * folded.kernelSize * (xx / data.xx),
    outputSize: Math.abs(output) * Math.sqrt(xx),
  };
}

/**
 * The top eigenvalue of the Hessian, ½[a(uu + ww) + √((2aS − t)² + a²((uu − ww)² + 4Γ))], with t = 4kγmr.
 * Moves that keep the symmetry have a = 2kγ²m²(xx₊ + xx₋), those against it (1 − ϵα)²/4 in place of m².
 */
export function curvatureOf({ network }: HalfLineProblem, { parity, share, data }: Symmetry, folded: Snapshot): number {
  const alpha = slopeBelow(network.activation);
  // Under |x| moves against the symmetry are none.
  const scale = alpha === -1 ? share : Math.max(Math.abs(share), Math.abs(1 - parity * alpha) / 2);
  const k = lossPrefactor(network);
  const gamma = network.outputScale;
  const a = product(2 * k, gamma, gamma, scale, scale, data.xx);
  const { uu, ww, uw, area, residual } = folded;
  if (uu === 0 && ww === 0) return 0;
  const push = product(4 * k, gamma, share, residual);
  const tilt = difference(product(2, a, uw), push);
  const turned = wideHypot(product(a, uu - ww), product(2, a, area));
  return toNumber(product(0.5, sum(product(a, uu + ww), wideHypot(tilt, turned))));
}
