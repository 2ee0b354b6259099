/**
 * The minimum of a network on one direction with weight decay, min L(γS) + ½μ_u uu + ½μ_w ww. If both layers
 * are trained, μ_u uu = μ_w ww = μ|S| with μ = √(μ_uμ_w), and with the residual correlation g
 *
 *     2k|γ||g| = μ, or S = 0 where 2k|γ||g(0)| ≤ μ        with u frozen 2kγg·uu = μ_w S, ww = S²/uu
 *
 * It is the only minimum, up to rotations of the hidden layer. [XuZiyin2025, §3]
 */
import { Matrix } from "ml-matrix";
import { unmet } from "../door/arguments.ts";
import { type CurvedData, topCurvature } from "../matrix/curvature.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { decaysOf } from "../model/weightDecay.ts";
import type { OrderParameters } from "../model/weights.ts";
import { zeroOf } from "../model/zeroOf.ts";
import { absolute, difference, product, quotient, sum, toNumber, wide } from "../numerics/wide.ts";

/** The curvature at that minimum, for layers that are not both zero and not both frozen. */
export function decayedRate(
  network: Network,
  objective: Objective,
  curvature: (f: number) => number,
  start: OrderParameters,
): number {
  const { k, residual } = objective;
  const { outputScale: gamma, learningRates: rates } = network;
  const decays = decaysOf(network);
  const fixed = rates.u > 0 && rates.w > 0 ? undefined : rates.u === 0 ? start.uu : start.ww;
  // A layer without decay can grow while the other one shrinks. The minimum is then only approached, and the
  // weights grow for ever.
  const decayOf = fixed === undefined ? Math.sqrt(decays.u) * Math.sqrt(decays.w) : rates.u === 0 ? decays.w : decays.u;
  if (decayOf === 0 && fixed === undefined)
    unmet("only one of the layers decays, so the other one grows for ever", "give both a weight decay");
  const S = gamma === 0 ? 0 : overlapOf(objective, gamma, decayOf, fixed);
  if (!Number.isFinite(S)) return 0;
  const layers = neuron(S, rates.u === 0 ? "u" : "w", fixed, Math.sqrt(decays.w) / Math.sqrt(decays.u));
  const data: CurvedData = {
    outputs: 1,
    inputs: 1,
    k,
    residual(F, out) {
      out[0] = residual(F[0]!);
    },
    curve(F, V, out) {
      out[0] = curvature(F[0]!) * V[0]!;
    },
  };
  return topCurvature(network, data, layers, rates);
}

/**
 * S at the minimum; `fixed` is the square of a frozen layer, if there is one. Infinite if there is no
 * minimum.
 */
function overlapOf({ k, residual, moments }: Objective, gamma: number, mu: number, fixed: number | undefined): number {
  if (moments === undefined) {
    const pull = (f: number): number => 2 * k * gamma * residual(f);
    if (fixed !== undefined) return zeroOf((f) => pull(f) * gamma * fixed - mu * f) / gamma;
    const side = Math.sign(residual(0));
    const excess = (size: number): number => Math.abs(gamma) * side * 2 * k * residual(side * size) - mu;
    return excess(0) > 0 ? (side * zeroOf(excess)) / gamma : 0;
  }
  const pull = product(2 * k, gamma, moments.xy);
  const stiffness = product(2 * k, gamma, gamma, moments.xx);
  if (fixed !== undefined) {
    const held = sum(product(stiffness, fixed), wide(mu));
    return toNumber(quotient(product(pull, fixed), held));
  }
  const size = difference(absolute(pull), wide(mu));
  return size.m > 0 ? Math.sign(pull.m) * toNumber(quotient(size, stiffness)) : 0;
}

/**
 * A neuron with this overlap: with this uu/|S| if both layers are trained, or with the square of the frozen
 * layer.
 */
function neuron(S: number, layer: "u" | "w", fixed: number | undefined, share: number): MatrixLayers {
  const root = Math.sqrt(fixed ?? Math.abs(S) * share);
  const other = root === 0 ? 0 : S / root;
  const [u, w] = fixed === undefined || layer === "u" ? [root, other] : [other, root];
  return { W2: new Matrix([[u]]), W1: new Matrix([[w]]) };
}
