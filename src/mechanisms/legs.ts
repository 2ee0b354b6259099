/**
 * Divides a sequence into legs between turning points that differ by at least a tolerance. A smaller
 * oscillation belongs to the leg on which it lies (hysteresis), so that noise below the tolerance makes no
 * separate legs.
 */
export interface Leg {
  /** The first and last index. */
  readonly first: number;
  readonly last: number;
  readonly rises: boolean;
  /** The largest minus the smallest value of the leg. */
  readonly height: number;
}

/**
 * The legs of x, with directions that alternate. A sequence that never changes by the tolerance is one leg.
 */
export function legsOf(x: ArrayLike<number>, tolerance: number): Leg[] {
  const n = x.length;
  let [low, high, extreme] = [0, 0, 0];
  let direction = 0;
  const turns = [0];
  for (let i = 1; i < n; i++) {
    const value = x[i]!;
    if (direction === 0) {
      if (value < x[low]!) low = i;
      if (value > x[high]!) high = i;
      if (high !== low && x[high]! - x[low]! >= tolerance) {
        direction = high > low ? 1 : -1;
        extreme = Math.max(high, low);
      }
    } else if (direction * (value - x[extreme]!) >= 0) {
      extreme = i;
    } else if (direction * (x[extreme]! - value) >= tolerance) {
      turns.push(extreme);
      direction = -direction;
      extreme = i;
    }
  }
  const ends = [...turns, n - 1];
  const net = x[n - 1]! - x[0]!;
  const alternates = direction === 0 ? net >= 0 : direction > 0 === (turns.length % 2 === 1);
  return turns.map((first, k) => {
    const last = ends[k + 1]!;
    return { first, last, rises: alternates === (k % 2 === 0), height: heightOf(x, first, last) };
  });
}

function heightOf(x: ArrayLike<number>, first: number, last: number): number {
  let [least, most] = [Infinity, -Infinity];
  for (let i = first; i <= last; i++) {
    least = Math.min(least, x[i]!);
    most = Math.max(most, x[i]!);
  }
  return least === most ? 0 : most - least;
}
