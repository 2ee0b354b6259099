/**
 * Estimates the noise of a logged sequence from the sequence itself. Differences of order k of independent
 * noise of standard deviation σ have the standard deviation σ√binom(2k, k), while those of a smooth course
 * decrease with k. So
 *
 *     σ = largest over four blocks of the smallest over k = 2, 3, 4 of 1.4826 median|Δᵏx| / √binom(2k, k)
 *
 * and the range of n samples of the noise is about 2√(2 ln n)·σ.
 */
import type { Course } from "./course.ts";

/** √binom(2k, k) for k = 2, 3, 4. */
const deviations: readonly (readonly [k: number, deviation: number])[] = [
  [2, Math.sqrt(6)],
  [3, Math.sqrt(20)],
  [4, Math.sqrt(70)],
];

/** The range of n samples of independent noise of this standard deviation. */
export function swingOf(deviation: number, n: number): number {
  return n < 2 ? 0 : 2 * Math.sqrt(2 * Math.log(n)) * deviation;
}

/**
 * The range of the noise of the values at the original points of a course, from the standard deviation that
 * was passed, or otherwise estimated.
 */
export function swingIn({ given }: Course, values: readonly number[], deviation?: number): number {
  return swingOf(deviation ?? noiseOf(given.map((i) => values[i]!).filter(Number.isFinite)), given.length);
}

/**
 * The standard deviation of the noise in x; 0 for fewer than four samples, which do not allow an estimate.
 */
export function noiseOf(x: readonly number[]): number {
  const n = x.length;
  if (n < 4) return 0;
  const blocks = Math.min(4, Math.max(1, Math.floor(n / 8)));
  let largest = 0;
  for (let b = 0; b < blocks; b++)
    largest = Math.max(largest, blockNoise(x.slice(Math.floor((b * n) / blocks), Math.floor(((b + 1) * n) / blocks))));
  return largest;
}

function blockNoise(x: readonly number[]): number {
  if (isSmooth(x)) return 0;
  let least = Infinity;
  let differences = x;
  for (let k = 1; k <= 4; k++) {
    differences = differences.slice(1).map((value, i) => value - differences[i]!);
    const [, deviation] = deviations.find(([order]) => order === k) ?? [];
    if (deviation !== undefined && differences.length > 0)
      least = Math.min(least, (1.4826 * median(differences.map(Math.abs))) / deviation);
  }
  return least === Infinity ? 0 : least;
}

/**
 * Independent noise has a turning point at two of three samples. A block with at most one turning point, or
 * with fewer than half as many, is a coarsely sampled smooth course, whose differences do not show noise.
 */
function isSmooth(x: readonly number[]): boolean {
  return turnsOf(x) <= Math.max(1, (x.length - 2) / 3);
}

function turnsOf(x: readonly number[]): number {
  let [turns, before] = [0, 0];
  for (let i = 1; i < x.length; i++) {
    const step = Math.sign(x[i]! - x[i - 1]!);
    if (step === 0) continue;
    if (before !== 0 && step !== before) turns++;
    before = step;
  }
  return turns;
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The samples between which a sequence alternates up and down, and the largest of these steps. */
export interface Oscillation {
  readonly first: number;
  readonly last: number;
  readonly amplitude: number;
}

/**
 * This many consecutive steps of alternating sign, each at least half and at most twice as large as the step
 * before, are not noise.
 */
const REGULAR_STEPS = 14;

/**
 * The longest oscillation from sample to sample by at least `amplitude`, as at the edge of stability;
 * undefined without one.
 */
export function oscillationOf(x: readonly number[], amplitude: number): Oscillation | undefined {
  let longest: Oscillation | undefined;
  let first = 0;
  let most = 0;
  for (let i = 1; i < x.length; i++) {
    const [before, step] = [i > 1 ? x[i - 1]! - x[i - 2]! : 0, x[i]! - x[i - 1]!];
    const ratio = Math.abs(step / before);
    const regular = step * before < 0 && ratio >= 0.5 && ratio <= 2 && Math.abs(step) >= amplitude;
    if (!regular) {
      first = i - 1;
      most = 0;
    }
    most = Math.max(most, Math.abs(step));
    if (i - first >= REGULAR_STEPS && i - first > (longest === undefined ? 0 : longest.last - longest.first))
      longest = { first, last: i, amplitude: most };
  }
  return longest;
}
