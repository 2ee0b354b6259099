/**
 * How far layers have turned between two states of one flow, from what can be observed, with no difference but that of S itself:
 *
 *     tanh θ = 2h(S − S₀)/(B + B₀)      1 − tanh²θ = 2(I + BB₀ + 4h²SS₀)/(B + B₀)²
 *
 * (half the difference of two hyperbolic angles), and u − u₀ = (cosh θ − 1) u₀ + η_u (sinh θ/h) w₀; or, after a turn so far that this
 * cancels, from the modes P, Q = B ± 2hS of both states, 4η_w u·u₀ = √(PP₀) + √(QQ₀) + 2δ' cosh θ.
 */
import type { Network } from "../model/network.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { hypot } from "../numerics/wide.ts";

/** What a layer has moved by, relative to its initial norm. */
export interface Movement {
  readonly u: number;
  readonly w: number;
}

/** √I = hypot(δ', 2h√Γ). */
export function rootOf(network: Network, start: Snapshot): number {
  const { u, w } = network.learningRates;
  return hypot(deltaOf(network, start), 2 * Math.sqrt(u) * Math.sqrt(w) * start.area);
}

/** δ', from the carried balance δ = δ'/h² where there is one: near a saddle uu and ww could not tell. */
function deltaOf({ learningRates: { u, w } }: Network, { uu, ww, balance }: Snapshot): number {
  const hh = u * w;
  return hh > 0 && Number.isFinite(balance) ? balance * hh : w * uu - u * ww;
}

/** Beyond this cosh θ the modes lose fewer digits. */
const FAR = 1e3;

/** |x − x₀|/|x₀| from |x|², |x₀|² and x·x₀, far from 0. */
function apart(square: number, before: number, product: number): number {
  return Math.sqrt(Math.max(0, square - 2 * product + before)) / Math.sqrt(before);
}

/** The relative movement |u − u₀|/|u₀|, |w − w₀|/|w₀| when the overlap has become S; Infinity for a layer that was zero. */
export function movementTo(network: Network, start: Snapshot, S: number): Movement {
  const { u: etaU, w: etaW } = network.learningRates;
  const h = Math.sqrt(etaU) * Math.sqrt(etaW);
  const { uu, ww, uw: S0, area } = start;
  const delta = deltaOf(network, start);
  const B0 = etaW * uu + etaU * ww;
  if (S === S0 || B0 === 0) return { u: 0, w: 0 };
  const [x, x0] = [2 * h * S, 2 * h * S0];
  const root = rootOf(network, start);
  const B = hypot(root, x);
  const sum = B + B0;
  const opposed = x * x0 < 0;
  // BB₀ + xx₀, as a sum where it would cancel.
  const product = opposed ? root * ((root * (root * root + x * x + x0 * x0)) / (B * B0 - x * x0)) : B * B0 + x * x0;
  const sech = Math.sqrt(2 * (root * root + product)) / sum;
  // At the end of a saddle all weights are 0.
  if (sech === 0) return { u: uu > 0 ? 1 : 0, w: ww > 0 ? 1 : 0 };
  const cosh = 1 / sech;
  if (cosh > FAR) {
    const lower = (x: number, base: number): number => (x >= 0 ? base + x : (root / (base - x)) * root);
    const modes = Math.sqrt(lower(x, B)) * Math.sqrt(lower(x0, B0)) + Math.sqrt(lower(-x, B)) * Math.sqrt(lower(-x0, B0));
    return {
      u: apart((B + delta) / 2, (B0 + delta) / 2, (modes + 2 * delta * cosh) / 4),
      w: apart((B - delta) / 2, (B0 - delta) / 2, (modes - 2 * delta * cosh) / 4),
    };
  }
  const sinhOverH = (2 * (S - S0)) / sum / sech;
  const more = (h * sinhOverH) ** 2 / (cosh + 1);
  return {
    u: relative(more, etaU * sinhOverH, uu, S0, area, ww),
    w: relative(more, etaW * sinhOverH, ww, S0, area, uu),
  };
}

/** |(C − 1) u + E w|/|u|, along u and across it. */
function relative(more: number, pull: number, uu: number, S: number, area: number, ww: number): number {
  if (uu === 0) return pull === 0 || ww === 0 ? 0 : Infinity;
  return hypot(more + pull * (S / uu), pull * (area / uu));
}
