/**
 * The sums over the neurons from which all other quantities follow in O(1):
 *
 *     uu = Σuᵢ²   ww = Σwᵢ²   uw = Σuᵢwᵢ   √Γ = |u|·|w − (uw/uu) u|
 *     P = Σ(√η_w uᵢ + √η_u wᵢ)²   Q = Σ(√η_w uᵢ − √η_u wᵢ)²   δ' = η_w·uu − η_u·ww
 *
 * P and Q are 4h² times those of [XuZiyin2025], so that frozen layers need no division. Layers are first
 * scaled by powers of two, so that weights of 10^±150 neither overflow nor underflow.
 */

import { type Overlaps, overlapsOf } from "../model/overlaps.ts";
import type { Weights } from "../model/weights.ts";
import { Totals } from "../numerics/totals.ts";
import { commonExponent, exponentOf, product, scale, squareRoot, type Wide, wide, ZERO } from "../numerics/wide.ts";
import {
  addExactly,
  addParts,
  addProducts,
  addSquares,
  addSquaresAcross,
  fillAcross,
  fillParts,
  largestOf,
} from "./neuronLoops.ts";

export interface LayerSums {
  readonly uu: Wide;
  readonly ww: Wide;
  /** S = Σuᵢwᵢ. */
  readonly S: Wide;
  /** √Γ. */
  readonly area: Wide;
  readonly P: Wide;
  readonly Q: Wide;
  /** δ' = Σ(√η_w uᵢ + √η_u wᵢ)(√η_w uᵢ − √η_u wᵢ). */
  readonly delta: Wide;
  /**
   * The rounding error of uw: uw + overlapTail() has twice the digits. It takes another pass over the
   * weights, and is rarely needed.
   */
  readonly overlapTail: () => Wide;
}

/** The layers scaled to ordinary size, with the coefficients of the parts p = αu + βw and q = αu − βw. */
export interface ScaledLayers {
  readonly u: Float64Array;
  readonly w: Float64Array;
  /** û = u·2^−uExp is of ordinary size. */
  readonly uExp: number;
  readonly wExp: number;
  readonly etaU: number;
  readonly etaW: number;
  /** √η_w u + √η_u w = (αû + βŵ)·2^partsExp. */
  readonly alpha: number;
  readonly beta: number;
  /** α² and β², powers of two times the learning rates. They are exact, whereas α and β are rounded. */
  readonly alpha2: number;
  readonly beta2: number;
  readonly partsExp: number;
}

export function sumLayers(weights: Weights, etaU: number, etaW: number): LayerSums {
  const layers = scaleLayers(weights, etaU, etaW);
  const { u, w, uExp, wExp, partsExp } = layers;
  const plain = uExp === 0 && wExp === 0 ? overlapsOf(weights) : overlapsOf({ u, w });
  const { P, Q, delta } = partSums(layers, plain);
  return {
    uu: wide(plain.uu, 2 * uExp),
    ww: wide(plain.ww, 2 * wExp),
    S: wide(plain.uw, uExp + wExp),
    area: wide(areaOf(layers, plain), uExp + wExp),
    P: wide(P, 2 * partsExp),
    Q: wide(Q, 2 * partsExp),
    delta: wide(delta, 2 * partsExp),
    overlapTail: () => wide(tailOf(layers, plain.uw), uExp + wExp),
  };
}

export function scaleLayers(weights: Weights, etaU: number, etaW: number): ScaledLayers {
  const { u, w } = weights;
  const { uu, ww } = overlapsOf(weights);
  const uExp = isOrdinary(uu, u.length) ? 0 : exponentOfLayer(u);
  const wExp = isOrdinary(ww, w.length) ? 0 : exponentOfLayer(w);
  // A zero layer must not determine the scale, because the other layer could then underflow.
  const alpha = uu === 0 && largestOf(u) === 0 ? ZERO : product(squareRoot(wide(etaW)), wide(1, uExp));
  const beta = ww === 0 && largestOf(w) === 0 ? ZERO : product(squareRoot(wide(etaU)), wide(1, wExp));
  const partsExp = commonExponent(alpha.m, alpha.e, beta.m, beta.e);
  return {
    u: scaled(u, uExp),
    w: scaled(w, wExp),
    uExp,
    wExp,
    etaU,
    etaW,
    alpha: scale(alpha.m, alpha.e - partsExp),
    beta: scale(beta.m, beta.e - partsExp),
    alpha2: alpha.m === 0 ? 0 : scale(etaW, 2 * (uExp - partsExp)),
    beta2: beta.m === 0 ? 0 : scale(etaU, 2 * (wExp - partsExp)),
    partsExp,
  };
}

/**
 * Whether the largest of d entries with this sum of squares is between 2^−100 and 2^100, and no square
 * underflowed significantly.
 */
function isOrdinary(sumOfSquares: number, d: number): boolean {
  return sumOfSquares < 2 ** 198 && sumOfSquares > 2 ** -198 * d;
}

/** The power of two that scales the largest entry to about 1; 0 if it is of ordinary size. */
function exponentOfLayer(x: Float64Array): number {
  const largest = largestOf(x);
  const n = largest === 0 ? 0 : exponentOf(largest);
  return Math.abs(n) < 100 ? 0 : n;
}

function scaled(x: Float64Array, n: number): Float64Array {
  return n === 0 ? x : x.map((value) => scale(value, -n));
}

interface PartSums {
  readonly P: number;
  readonly Q: number;
  readonly delta: number;
}

/** P, Q and δ': from uu, ww and uw if P and Q are of similar size, otherwise from the parts. */
function partSums(layers: ScaledLayers, { uu, ww, uw }: Overlaps): PartSums {
  const { u, w, alpha, beta } = layers;
  const a = layers.alpha2 * uu;
  const b = layers.beta2 * ww;
  const c = 2 * alpha * beta * uw;
  if (Math.abs(c) <= 0.25 * (a + b)) return { P: a + b + c, Q: a + b - c, delta: a - b };
  let totals = new Totals(3);
  addParts(u, alpha, w, beta, totals);
  const [P, Q] = [totals.of(0), totals.of(1)];
  if (P < 2 ** -6 * Q || Q < 2 ** -6 * P) {
    // One part is much smaller than the other. The rounding of √η must not spoil its digits.
    totals = new Totals(3);
    const { p, q } = partsOf(layers);
    addProducts(p, q, totals);
  }
  return { P: totals.of(0), Q: totals.of(1), delta: totals.of(2) };
}

/**
 * pᵢ = αûᵢ + βŵᵢ and qᵢ = αûᵢ − βŵᵢ, each accurate to rounding. If one cancels, it is computed as (α²ûᵢ² −
 * β²ŵᵢ²) over the other.
 */
export function partsOf({ u, w, alpha, alpha2, beta, beta2 }: ScaledLayers): { p: Float64Array; q: Float64Array } {
  const parts = { p: new Float64Array(u.length), q: new Float64Array(u.length) };
  fillParts(u, alpha, alpha2, w, beta, beta2, parts);
  return parts;
}

/** Σuᵢwᵢ − rounded, with products and sums that keep their rounding errors. */
function tailOf({ u, w }: ScaledLayers, rounded: number): number {
  const sums = new Float64Array(2);
  addExactly(u, w, sums);
  return sums[0]! - rounded + sums[1]!;
}

function areaOf({ u, w }: ScaledLayers, { uu, ww, uw }: Overlaps): number {
  if (u.length === 1 || uu === 0 || ww === 0) return 0;
  const square = uu * ww - uw * uw;
  // At a large angle between the layers there is little cancellation.
  if (square > 0.25 * uu * ww) return Math.sqrt(square);
  const slope = uw / uu;
  const totals = new Totals(1);
  addSquaresAcross(u, slope, w, totals);
  const rr = totals.of(0);
  return Math.sqrt(uu) * (rr > 2 ** -20 * ww ? Math.sqrt(rr) : remainder(u, w, slope, uu));
}

/**
 * |w − (uw/uu) u| for nearly parallel layers. w − slope·u is computed accurately, and then the component
 * along u that the rounding of the slope leaves is removed.
 */
function remainder(u: Float64Array, w: Float64Array, slope: number, uu: number): number {
  const r = new Float64Array(u.length);
  const totals = new Totals(2);
  fillAcross(u, slope, w, r, totals);
  addSquares(u, totals.of(0) / uu, r, totals);
  return Math.sqrt(totals.of(1));
}
