/**
 * The weights of layers, from their coordinates in the plane that they span,
 *
 *     u = u₁e₁ + u₂e₂      w = w₁e₁ + w₂e₂
 *
 * with e₁ along the longer initial layer and e₂ along the part of the other layer that is orthogonal to it.
 * The matrix that maps the initial layers to the trained ones is equivalent, but if the layers shrink, its
 * entries can grow and then cancel.
 */

import type { Weights } from "../model/weights.ts";
import { productError } from "../numerics/exactProduct.ts";
import { fillCombination } from "./neuronLoops.ts";

/** Fills `out` with the layers whose coordinates (u₁, u₂, w₁, w₂) are in `state` from index `from` on. */
export type PlaneWeights = (state: Float64Array, from: number, out: Weights) => void;

/** @param plane - The coordinates of the initial layers; u₂ or w₂ is 0. */
export function planeWeights({ u, w }: Weights, plane: readonly [number, number, number, number]): PlaneWeights {
  const [u1, u2, w1, w2] = plane;
  const uLonger = u2 === 0 && Math.abs(u1) >= Math.hypot(w1, w2);
  const first = uLonger ? along(u, u1) : along(w, w1);
  const across = uLonger ? w2 : u2;
  const second = across === 0 ? new Float64Array(u.length) : uLonger ? acrossOf(w, w1, first) : acrossOf(u, u1, first);
  return (state, from, out) => {
    fillCombination(out.u, state[from]!, first, state[from + 1]!, second);
    fillCombination(out.w, state[from + 2]!, first, state[from + 3]!, second);
  };
}

function along(x: Float64Array, length: number): Float64Array {
  return length === 0 ? new Float64Array(x.length) : x.map((value) => value / length);
}

/**
 * The unit vector along x − coordinate·e₁, with the rounding error of that product, and made orthogonal to
 * e₁.
 */
function acrossOf(x: Float64Array, coordinate: number, first: Float64Array): Float64Array {
  const across = x.map((value, i) => value - coordinate * first[i]! - productError(coordinate, first[i]!));
  const largest = across.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return across;
  for (let i = 0; i < across.length; i++) across[i]! /= largest;
  const along = across.reduce((total, value, i) => total + value * first[i]!, 0);
  for (let i = 0; i < across.length; i++) across[i]! -= along * first[i]!;
  const norm = Math.sqrt(across.reduce((total, value) => total + value * value, 0));
  return norm === 0 ? across : across.map((value) => value / norm);
}
