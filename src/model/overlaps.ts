/** Σuᵢ², Σwᵢ² and Σuᵢwᵢ in one pass: the sums that any method must see, and all that most layers need. */
import { Totals } from "../numerics/totals.ts";
import type { Weights } from "./weights.ts";

export interface Overlaps {
  readonly uu: number;
  readonly ww: number;
  readonly uw: number;
}

/** Blocks are summed plainly, and the blocks' sums with compensation. */
export const BLOCK = 128;

const known = new WeakMap<Weights, Overlaps>();

/** The sums as doubles, whether in range or not; found once for every copy of weights that was read. */
export function overlapsOf(weights: Weights): Overlaps {
  const before = known.get(weights);
  if (before !== undefined) return before;
  const found = sums(weights);
  known.set(weights, found);
  return found;
}

function sums({ u, w }: Weights): Overlaps {
  const totals = new Totals(3);
  const d = u.length;
  for (let start = 0; start < d; start += BLOCK) {
    const end = start + BLOCK < d ? start + BLOCK : d;
    // Two chains of additions each: one would wait for itself.
    let uu = 0;
    let ww = 0;
    let uw = 0;
    let uu2 = 0;
    let ww2 = 0;
    let uw2 = 0;
    let i = start;
    for (; i + 1 < end; i += 2) {
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
    if (i < end) {
      const x = u[i]!;
      const y = w[i]!;
      uu += x * x;
      ww += y * y;
      uw += x * y;
    }
    totals.add(0, uu + uu2);
    totals.add(1, ww + ww2);
    totals.add(2, uw + uw2);
  }
  return { uu: totals.of(0), ww: totals.of(1), uw: totals.of(2) };
}
