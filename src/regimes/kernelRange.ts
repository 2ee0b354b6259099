/**
 * The networks that count as kernel machines, whose kernel changes by less than a share k. With s = 2hS₀/B₀
 * and e = 2h|S∞|/B₀, the conditions are
 *
 *     |√(1 − s² + e²) − 1| < k      and, if S crosses 0 (s < 0 < e),   1 − √(1 − s²) < k
 *
 * For every s they define an interval of e.
 */

/**
 * The interval from ≤ end ≤ to of a `RegimePlace` with this `start` in which the network is a kernel machine;
 * undefined if it is empty.
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
