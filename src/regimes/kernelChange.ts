/**
 * The change of the kernel B = √(I + 4h²S²) while the overlap S goes monotonically from S₀ to S₁:
 *
 *     B₁/B₀ − 1 = 4h²(S₁ − S₀)(S₁ + S₀)/(B₀(B₀ + B₁)) and if S crosses 0, B decreases to √I in between
 *
 * [XuZiyin2025, §4]
 */

/** The kernel's ratio at the end, and the largest |B − B₀|/B₀ during training. */
export interface KernelChange {
  readonly ratio: number;
  readonly largest: number;
}

/** The change from √I/B₀, 2hS₀/B₀ and 2hS₁/B₀. The squares of the first two add up to 1. */
export function kernelChange(root: number, before: number, after: number): KernelChange {
  const ratio = Math.abs(after) < 1e150 ? Math.sqrt(root * root + after * after) : Math.abs(after);
  const change = Math.abs(((after - before) / (1 + ratio)) * (after + before));
  const dip = before * after < 0 ? (before * before) / (1 + root) : 0;
  return { ratio, largest: change > dip ? change : dip };
}
