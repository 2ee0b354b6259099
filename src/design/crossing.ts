import { bisect } from "../numerics/bisect.ts";

/**
 * If a function differs from its goal by more than this share at a crossing, it jumps over the goal. A
 * function that meets its goal does so up to rounding, which is far smaller.
 */
const JUMP = 1e-9;

/**
 * The first point along a grid at which a function meets a positive goal, to the last bit; undefined if there
 * is none. Brackets in which the function jumps over the goal are ignored.
 */
export function crossing(f: (x: number) => number, goal: number, grid: readonly number[]): number | undefined {
  let below = f(grid[0]!) < goal;
  for (let i = 1; i < grid.length; i++) {
    const before = below;
    below = f(grid[i]!) < goal;
    if (below === before) continue;
    const { first } = bisect((x) => f(x) < goal === before, grid[i - 1]!, grid[i]!);
    if (Math.abs(f(first) - goal) <= JUMP * goal) return first;
  }
  return undefined;
}

/** The smallest and the largest finite value of a function on a grid, for messages. */
export function rangeOn(f: (x: number) => number, grid: readonly number[]): string {
  const values = grid.map(f).filter((value) => value > 0 && Number.isFinite(value));
  return values.length === 0 ? "none" : `${Math.min(...values).toPrecision(3)} to ${Math.max(...values).toPrecision(3)}`;
}
