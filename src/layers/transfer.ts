/**
 * Training of a linear network on one direction multiplies every (uᵢ, wᵢ) by the same 2×2 matrix. In a form
 * without division by a learning rate,
 *
 *     u = C u₀ + η_u E w₀      w = C w₀ + η_w E u₀      for gradient flow C = cosh θ, E = sinh θ/h
 *
 * so that p = √η_w u + √η_u w is multiplied by C + hE (the rise) and q = √η_w u − √η_u w by C − hE (the
 * fall). Both factors are stored, because the one that has shrunk cannot be recovered from C and E.
 * [XuZiyin2025, §3]
 */

import type { Weights } from "../model/weights.ts";
import {
  absolute,
  commonExponent,
  product,
  quotient,
  scale,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  ZERO,
} from "../numerics/wide.ts";
import { partsOf, type ScaledLayers } from "./layerSums.ts";
import { fillCombination } from "./neuronLoops.ts";
import type { Rates, Start } from "./start.ts";

export interface Transfer {
  /** C. */
  readonly cosh: Wide;
  /** E. */
  readonly sinhOverH: Wide;
  /** C + hE. */
  readonly rise: Wide;
  /** C − hE. */
  readonly fall: Wide;
}

const ONE: Wide = { m: 1, e: 0 };

export const identity: Transfer = { cosh: ONE, sinhOverH: ZERO, rise: ONE, fall: ONE };

/** The state of the layers after the transfer, with their overlap S. */
export function startAfter(start: Start, { rise, fall }: Transfer, S: Wide): Start {
  return {
    given: start.given,
    S,
    P: moved(start.P, rise, rise),
    Q: moved(start.Q, fall, fall),
    area: absolute(moved(start.area, rise, fall)),
    delta: moved(start.delta, rise, fall),
  };
}

/** A part that is zero stays zero, even if its factor has overflowed. */
function moved(a: Wide, b: Wide, c: Wide): Wide {
  return a.m === 0 ? ZERO : product(a, b, c);
}

/** Constants of the start that S depends on, as doubles. */
export interface OverlapConstants {
  readonly S: number;
  readonly B: number;
  /** h². */
  readonly hh: number;
  /** √(P/4h) and √(Q/4h); Infinity with a frozen layer. */
  readonly rootP: number;
  readonly rootQ: number;
}

export function overlapConstants({ S, P, Q }: Start, { u, w }: Rates): OverlapConstants {
  const fourH = product(4, squareRoot(product(u, w)));
  const root = (square: Wide): number => (fourH.m === 0 ? Infinity : toNumber(squareRoot(quotient(square, fourH))));
  return { S: toNumber(S), B: toNumber(sum(P, Q)) / 2, hh: u * w, rootP: root(P), rootQ: root(Q) };
}

/**
 * S after a transfer, in the form with the smallest error: (C² + h²E²)S₀ + CE·B₀, error ~ ε(C²|S₀| + |CE|B₀);
 * from both parts (P·rise² − Q·fall²)/4h, error ~ ε(P·rise² + Q·fall²)/4h; or u·w = x + y in the layers'
 * plane, error ~ ε(|x| + |y|), NaN if the plane is not known.
 */
export function overlapAfter(
  start: OverlapConstants,
  C: number,
  E: number,
  rise: number,
  fall: number,
  x: number,
  y: number,
): number {
  const kept = (C * C + start.hh * E * E) * start.S;
  const gained = C * E * start.B;
  const p = start.rootP === 0 ? 0 : start.rootP * rise;
  const q = start.rootQ === 0 ? 0 : start.rootQ * fall;
  const p2 = p * p;
  const q2 = q * q;
  const turned = Math.abs(kept) + Math.abs(gained);
  const plane = Math.abs(x) + Math.abs(y);
  if (plane <= turned && plane <= p2 + q2) return x + y;
  return turned <= p2 + q2 ? kept + gained : p2 - q2;
}

/** The growing part p and the shrinking part q of layers, with P = Σpᵢ² and Q = Σqᵢ². */
export interface LayerParts {
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly P: Wide;
  readonly Q: Wide;
}

/** The parts of layers with nearly all the weight in one part. Other layers do not need them. */
export function partsIfNeeded(layers: ScaledLayers, P: Wide, Q: Wide): LayerParts | undefined {
  const share = toNumber(quotient(P, Q));
  const lopsided = P.m > 0 || Q.m > 0 ? !(share > 2 ** -6 && share < 2 ** 6) : false;
  return lopsided && layers.etaU > 0 && layers.etaW > 0 ? { ...partsOf(layers), P, Q } : undefined;
}

/**
 * Fills `out` with the layers after the transfer, as combinations of u and w. If nearly all the weight is in
 * the part that shrinks, u = (p·rise + q·fall)/2√η_w and w = (p·rise − q·fall)/2√η_u are used.
 */
export function transferWeights(
  { cosh, sinhOverH, rise, fall }: Transfer,
  layers: ScaledLayers,
  parts: LayerParts | undefined,
  out: Weights,
): void {
  const { u, w, uExp, wExp, etaU, etaW, partsExp } = layers;
  const turned = Math.abs(toNumber(quotient(rise, fall)));
  if (!(turned < Math.E ** 2 && turned > Math.E ** -2) && parts !== undefined) {
    const forU = quotient(wide(0.5, partsExp), squareRoot(wide(etaW)));
    const forW = quotient(wide(0.5, partsExp), squareRoot(wide(etaU)));
    // The factor of a part that is zero can be so large that the other part would underflow relative to it.
    const forP = parts.P.m === 0 ? ZERO : rise;
    const forQ = parts.Q.m === 0 ? ZERO : fall;
    combine(out.u, parts.p, product(forU, forP), parts.q, product(forU, forQ));
    combine(out.w, parts.p, product(forW, forP), parts.q, product(-1, forW, forQ));
    return;
  }
  const keepU = product(cosh, wide(1, uExp));
  const keepW = product(cosh, wide(1, wExp));
  combine(out.u, u, keepU, w, product(etaU, sinhOverH, wide(1, wExp)));
  combine(out.w, w, keepW, u, product(etaW, sinhOverH, wide(1, uExp)));
}

/** out = a·x + b·y. */
function combine(out: Float64Array, x: Float64Array, a: Wide, y: Float64Array, b: Wide): void {
  const exp = commonExponent(a.m, a.e, b.m, b.e);
  const ca = scale(a.m, a.e - exp);
  const cb = scale(b.m, b.e - exp);
  fillCombination(out, ca, x, cb, y);
  if (exp !== 0) scaleAll(out, exp);
}

function scaleAll(x: Float64Array, exp: number): void {
  for (let i = 0; i < x.length; i++) x[i] = scale(x[i]!, exp);
}
