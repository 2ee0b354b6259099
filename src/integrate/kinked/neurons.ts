/**
 * The neurons of a network with a kink at 0 between two kinks. All on one side turn by one angle,
 *
 *     θ̇_𝒫 = 2kγh(g₊ + αg₋)     θ̇_𝒩 = 2kγh(g₋ + αg₊)     S = S₀ cosh 2θ + B₀ sinh 2θ/2h
 *
 * and a neuron with w = 0 stays there (it slides along the kink) for as long as both sides push it back:
 * c_𝒫uγ < 0 < c_𝒩uγ. With a frozen layer h is 0, and the unknown is x = rφ, with r the other rate.
 */
import { type ClassSums, type KinkedSums, pullsOf } from "../../layers/kinkedLayers.ts";
import type { Rates } from "../../layers/start.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { Weights } from "../../model/weights.ts";
import { hypot } from "../../numerics/wide.ts";

/** Where a neuron is: 1 and −1 on a side, 0 at w = 0 with nothing to move it, 2 sliding along w = 0. */
export type Side = 1 | -1 | 0 | 2;

/** Neurons at the beginning of a piece. */
export interface Neurons extends Weights {
  readonly side: readonly Side[];
}

/** cosh θ and sinh θ/h; 1 and φ with a frozen layer. */
export interface Turn {
  readonly C: number;
  readonly E: number;
}

export function turnBy(angle: number, { u, w }: Rates): Turn {
  const h = Math.sqrt(u) * Math.sqrt(w);
  if (h === 0) return { C: 1, E: angle / (Math.max(u, w) || 1) };
  return { C: Math.cosh(angle), E: Math.sinh(angle) / h };
}

/**
 * Sums of a class after a turn: S from the turn, and the norms from S and what is conserved, the area √Γ and
 * δ' = η_w·uu − η_u·ww, as sums of squares: the heavier layer from B = √(δ'² + 4h²(S² + Γ)), the lighter from
 * S² + Γ.
 */
export function sumsAfter({ uu, ww, uw }: ClassSums, { C, E }: Turn, rates: Rates): ClassSums {
  const S = (C * C + rates.u * E * rates.w * E) * uw + C * E * (rates.w * uu + rates.u * ww);
  const norms = Math.sqrt(uu) * Math.sqrt(ww);
  const area = Math.sqrt(Math.max(0, norms - Math.abs(uw))) * Math.sqrt(norms + Math.abs(uw));
  const N = hypot(S, area);
  const lighter = (heavy: number, otherwise: number): number => (heavy > 0 ? N * (N / heavy) : otherwise);
  if (rates.w === 0) return { uu: lighter(ww, uu), ww, uw: S };
  if (rates.u === 0) return { uu, ww: lighter(uu, ww), uw: S };
  const delta = rates.w * uu - rates.u * ww;
  const kernel = hypot(delta, 2 * Math.sqrt(rates.u) * Math.sqrt(rates.w) * N);
  const heavy = (kernel + Math.abs(delta)) / 2 / (delta >= 0 ? rates.w : rates.u);
  const light = lighter(heavy, 0);
  return delta >= 0 ? { uu: heavy, ww: light, uw: S } : { uu: light, ww: heavy, uw: S };
}

/** The weights after a turn of either class. */
export function weightsAfter({ u, w, side }: Neurons, turns: readonly [Turn, Turn], rates: Rates, out: Weights): Weights {
  for (let i = 0; i < u.length; i++) {
    if (side[i] !== 1 && side[i] !== -1) {
      out.u[i] = u[i]!;
      out.w[i] = 0;
      continue;
    }
    const { C, E } = side[i] === 1 ? turns[0] : turns[1];
    out.u[i] = C * u[i]! + rates.u * E * w[i]!;
    out.w[i] = C * w[i]! + rates.w * E * u[i]!;
  }
  return out;
}

/** Sums of both classes, and |u|² of the neurons at w = 0. */
export function sumsOf({ u, w, side }: Neurons): KinkedSums {
  const sums = { positive: { uu: 0, ww: 0, uw: 0 }, negative: { uu: 0, ww: 0, uw: 0 } };
  let silent = 0;
  for (let i = 0; i < u.length; i++) {
    if (side[i] !== 1 && side[i] !== -1) {
      silent += u[i]! ** 2;
      continue;
    }
    const of = side[i] === 1 ? sums.positive : sums.negative;
    of.uu += u[i]! ** 2;
    of.ww += w[i]! ** 2;
    of.uw += u[i]! * w[i]!;
  }
  return { ...sums, silent };
}

/** The share of the largest pull that is rounding. */
const ROUNDING = 1e-13;

/** How many times its tolerance an integration may be off where it has converged. */
const STEPS = 8;

/**
 * Pulls up to this size may be integration errors, and move no neuron away from w = 0. An error ε of the
 * angle changes a residual by γxx·εB/h, so that the residual of a converged side may have either sign.
 */
export function unsureOf({ network, halves }: HalfLineProblem, sums: KinkedSums, rtol: number): number {
  const { outputScale: gamma, learningRates: rates } = network;
  const { positive: above, negative: below } = pullsOf(network, halves, {
    positive: sums.positive.uw,
    negative: sums.negative.uw,
  });
  const size = Math.abs(halves.positive.xy) + Math.abs(halves.negative.xy) + Math.abs(above) + Math.abs(below);
  const h = Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const kernel = [sums.positive, sums.negative].reduce((sum, { uu, ww }) => sum + rates.w * uu + rates.u * ww, 0);
  const slope = Math.abs(gamma) * (halves.positive.xx + halves.negative.xx) * (kernel / (h || Math.max(rates.u, rates.w) || 1));
  return ROUNDING * size + STEPS * rtol * (size + slope);
}

/** The angle at which a neuron reaches w = 0; undefined where it never does. */
export function kinkOf(u: number, w: number, rates: Rates): number | undefined {
  if (rates.w === 0 || u === 0) return undefined;
  if (rates.u === 0) return -w / u;
  const ratio = (w / u) * (Math.sqrt(rates.u) / Math.sqrt(rates.w));
  return Math.abs(ratio) < 1 ? -Math.atanh(ratio) : undefined;
}
