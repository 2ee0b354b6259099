/**
 * The movement of layers between two states of a flow, from order parameters. The only difference of close
 * numbers is S − S₀:
 *
 *     tanh θ = 2h(S − S₀)/(B + B₀)      1 − tanh²θ = 2(I + BB₀ + 4h²SS₀)/(B + B₀)²
 *
 * (half the difference of two hyperbolic angles), and u − u₀ = (cosh θ − 1) u₀ + η_u (sinh θ/h) w₀. After a
 * large turn this cancels, and P, Q = B ± 2hS of both states are used, which grow and shrink as e^{±2θ}: 4η_w
 * u·u₀ = √(PP₀) + √(QQ₀) + 2δ' cosh θ.
 */
import type { Rates } from "../layers/start.ts";
import type { Network } from "../model/network.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { exponentOf, hypot, scale } from "../numerics/wide.ts";

/** The distance of each layer from its start, relative to its initial norm. */
export interface Movement {
  readonly u: number;
  readonly w: number;
}

/** Learning rates in units of 2^exponent. */
interface ScaledRates extends Rates {
  readonly exponent: number;
}

/** √I = hypot(δ', 2h√Γ). */
function rootOf(rates: ScaledRates, start: Snapshot): number {
  return hypot(deltaOf(rates, start), 2 * Math.sqrt(rates.u) * Math.sqrt(rates.w) * start.area);
}

/**
 * δ', from the stored balance δ = δ'/h² if there is one. Near a saddle it cannot be computed accurately from
 * uu and ww.
 */
function deltaOf({ u, w, exponent }: ScaledRates, { uu, ww, balance }: Snapshot): number {
  return Number.isFinite(balance) ? scale(balance, exponent) * u * w : w * uu - u * ww;
}

/** Above this cosh θ the form with P and Q is more accurate. */
const FAR = 1e3;

/** B + 2hS from √I, B and 2hS, without cancellation: P, or Q with the sign of S reversed. */
export function exponentialPart(root: number, B: number, twoHS: number): number {
  return twoHS >= 0 ? B + twoHS : (root / (B - twoHS)) * root;
}

/**
 * |x − x₀|/|x₀| from |x|², |x₀|² and x·x₀, for large movements; Infinity for a layer that is zero at the
 * start.
 */
function apart(square: number, before: number, product: number): number {
  if (before === 0) return Infinity;
  return Math.sqrt(Math.max(0, square - 2 * product + before)) / Math.sqrt(before);
}

/**
 * The relative movement |u − u₀|/|u₀|, |w − w₀|/|w₀| when the overlap is S; Infinity for a layer that is zero
 * at the start.
 */
export function movementTo(network: Network, start: Snapshot, S: number): Movement {
  const given = network.learningRates;
  const { uu, ww, uw: S0, area, normProduct } = start;
  if (S === S0) return { u: 0, w: 0 };
  // Only the ratio of the rates matters.
  const exponent = exponentOf(Math.max(given.u, given.w) || 1);
  const rates = { u: scale(given.u, -exponent), w: scale(given.w, -exponent), exponent };
  const { u: etaU, w: etaW } = rates;
  if (etaU === 0 || etaW === 0) {
    // The trained layer moves along the frozen one. The product of norms is in range where squares are not.
    const moved = normProduct === 0 ? Infinity : Math.abs(S - S0) / normProduct;
    return { u: etaU > 0 ? moved : 0, w: etaW > 0 ? moved : 0 };
  }
  // B, 2hS, √I and δ' in units of B₀, so that squares neither overflow nor underflow.
  const unit = etaW * uu + etaU * ww;
  const twoH = (2 * Math.sqrt(etaU) * Math.sqrt(etaW)) / unit;
  const [x, x0] = [twoH * S, twoH * S0];
  const [root, delta] = [rootOf(rates, start) / unit, deltaOf(rates, start) / unit];
  const B = hypot(root, x);
  const sum = B + 1;
  // ½(I + BB₀ + xx₀), as a product if the sum would cancel.
  const sech =
    x * x0 < 0
      ? (root * Math.sqrt(2 * (1 + (B + (x0 / B) * x0) / (1 - x0 * (x / B))))) / sum
      : Math.sqrt(2 * (root * root + B + x * x0)) / sum;
  // At a saddle all weights are 0.
  if (sech === 0) return { u: 1, w: 1 };
  const cosh = 1 / sech;
  if (cosh > FAR) {
    const partOf = (B: number, x: number): number => exponentialPart(root, B, x);
    const roots = Math.sqrt(partOf(B, x)) * Math.sqrt(partOf(1, x0)) + Math.sqrt(partOf(B, -x)) * Math.sqrt(partOf(1, -x0));
    return {
      u: apart((B + delta) / 2, (etaW * uu) / unit, (roots + 2 * delta * cosh) / 4),
      w: apart((B - delta) / 2, (etaU * ww) / unit, (roots - 2 * delta * cosh) / 4),
    };
  }
  const sinhOverH = ((S - S0) / unit) * (2 / sum) * cosh;
  const sinh = (twoH * (S - S0) * cosh) / sum;
  const more = (sinh * sinh) / (cosh + 1);
  return {
    u: relative(more, etaU * sinhOverH, uu, S0, area),
    w: relative(more, etaW * sinhOverH, ww, S0, area),
  };
}

/** |(C − 1) u + E w|/|u|, from its components along u and orthogonal to u. */
function relative(more: number, pull: number, uu: number, S: number, area: number): number {
  return uu === 0 ? Infinity : hypot(more + pull * (S / uu), pull * (area / uu));
}
