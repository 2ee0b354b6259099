/**
 * Mini-batches: samples drawn without replacement, in a new random order for every epoch (Fisher–Yates
 * shuffle).
 */
import { refuse } from "../door/arguments.ts";
import type { Random } from "../door/seeds.ts";

/**
 * A function that returns the indices of the samples in the next batch. The last batch of an epoch may be
 * smaller.
 */
export function batchesOf(count: number, size: number, random: Random): () => Int32Array {
  if (size > count) refuse("batch.size", size, `pass at most the number of samples, ${count}`);
  const order = Int32Array.from({ length: count }, (_, j) => j);
  let at = count;
  return () => {
    if (at >= count) {
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(random.uniform() * (i + 1));
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      at = 0;
    }
    const chosen = order.subarray(at, Math.min(at + size, count));
    at += size;
    return chosen;
  };
}
