/**
 * How far the kernel moves while the overlap goes from S₀ to S₁, B = √(I + 4h²S²), S monotone:
 *
 *     B₁/B₀ − 1 = 4h²(S₁ − S₀)(S₁ + S₀)/(B₀(B₀ + B₁))      and where S crosses 0, B falls to √I on the way
 *
 * [XuZiyin2025, §4]
 */

/** The kernel's ratio at the end, and the largest |B − B₀|/B₀ on the way. */
export interface KernelChange {
  readonly ratio: number;
  readonly largest: number;
}

/** From √I/B₀, 2hS₀/B₀ and 2hS₁/B₀, of which the squares of the first two add up to 1. */
export function kernelChange(root: number, before: number, after: number): KernelChange {
  const ratio = Math.abs(after) < 1e150 ? Math.sqrt(root * root + after * after) : Math.abs(after);
  const change = Math.abs(((after - before) / (1 + ratio)) * (after + before));
  const dip = before * after < 0 ? (before * before) / (1 + root) : 0;
  return { ratio, largest: change > dip ? change : dip };
}
