/** Computes Σuᵢ², Σwᵢ² and Σuᵢwᵢ in one pass. Most layers need nothing else. */
import { Totals } from "../numerics/totals.ts";
import type { Weights } from "./weights.ts";

export interface Overlaps {
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
}

/** Terms within a block are summed without compensation, and the sums of blocks with compensation. */
export const BLOCK = 128;

const known = new WeakMap<Weights, Overlaps>();

/** The sums as doubles, which may overflow or underflow. They are computed once for each copy of weights. */
export function overlapsOf(weights: Weights): Overlaps {
  const before = known.get(weights);
  if (before !== undefined) return before;
  const overlaps = sums(weights);
  known.set(weights, overlaps);
  return overlaps;
}

/**
 * Makes V8 compile the loop of the sums while the caller copies the other layer. Otherwise most of the first
 * sum of a process, at width 10⁶, would run in the interpreter. Short layers do not need it.
 */
export function prepareSums(layer: Float64Array): void {
  if (layer.length >= 2 ** 17) addBlocks(layer, layer, 0, 2 ** 14, new Totals(3));
}

/** The number of entries that one call of the loop sums. The compiled loop is used from the next call on. */
const STRETCH = 64 * BLOCK;

function sums({ u, w }: Weights): Overlaps {
  const totals = new Totals(3);
  const d = u.length;
  const last = Math.floor((d - 1) / BLOCK) * BLOCK;
  for (let start = 0; start < last; start += STRETCH) addBlocks(u, w, start, Math.min(start + STRETCH, last), totals);
  addLastBlock(u, w, last, totals);
  return { uu: totals.of(0), ww: totals.of(1), uw: totals.of(2) };
}

/**
 * Sums whole blocks. The loop is a separate function without rare branches, because V8 discards a compiled
 * function when it reaches code that had not run before it was compiled.
 */
function addBlocks(u: Float64Array, w: Float64Array, start: number, stop: number, totals: Totals): void {
  for (let i = start; i < stop; ) {
    // Each sum is two chains of additions, because in a single chain each addition waits for the one before.
    let uu = 0;
    let ww = 0;
    let uw = 0;
    let uu2 = 0;
    let ww2 = 0;
    let uw2 = 0;
    const end = i + BLOCK;
    for (; i < end; i += 2) {
      const x = u[i]!;
      const y = w[i]!;
      const x2 = u[i + 1]!;
      const y2 = w[i + 1]!;
      uu += x * x;
      ww += y * y;
      uw += x * y;
      uu2 += x2 * x2;
      ww2 += y2 * y2;
      uw2 += x2 * y2;
    }
    totals.add(0, uu + uu2);
    totals.add(1, ww + ww2);
    totals.add(2, uw + uw2);
  }
}

/** Sums the entries from `start` to the end, at most a block, in the same two chains of additions. */
function addLastBlock(u: Float64Array, w: Float64Array, start: number, totals: Totals): void {
  const chains = new Float64Array(6);
  for (let i = start; i < u.length; i++) {
    const chain = (i - start) % 2;
    chains[chain]! += u[i]! * u[i]!;
    chains[chain + 2]! += w[i]! * w[i]!;
    chains[chain + 4]! += u[i]! * w[i]!;
  }
  for (let k = 0; k < 3; k++) totals.add(k, chains[2 * k]! + chains[2 * k + 1]!);
}
