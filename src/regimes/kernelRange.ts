/**
 * The kernel machines among all networks: those whose kernel moves by less than a share k. With s = 2hS₀/B₀
 * and e = 2h|S∞|/B₀,
 *
 *     |√(1 − s² + e²) − 1| < k      and, where S crosses 0 (s < 0 < e),   1 − √(1 − s²) < k
 *
 * so that at every s they are an interval of e.
 */

/**
 * For which `end` of a `RegimePlace` with this `start` the network is a kernel machine: from ≤ end ≤ to;
 * undefined where for none.
 */
export function kernelRange(start: number, kernelBelow: number): { readonly from: number; readonly to: number } | undefined {
  const low = Math.max(0, 1 - kernelBelow);
  const root2 = 1 - start * start;
  if (start < 0 && kernelBelow <= 1 && root2 <= low * low) return undefined;
  return {
    from: Math.sqrt(Math.max(0, low * low - root2)),
    to: Math.sqrt(kernelBelow * (2 + kernelBelow) + start * start),
  };
}
