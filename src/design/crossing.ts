import { bisect } from "../numerics/bisect.ts";

/**
 * A function that jumps past its goal has not met it; one that meets it does so to rounding, far below this.
 */
const JUMP = 1e-9;

/**
 * Where a function first meets a positive goal along a grid, to the last bit; undefined where it does not. A
 * bracket of the grid in which the function jumps past the goal is none.
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

/** The least and the largest finite value of a function on a grid, for messages. */
export function rangeOn(f: (x: number) => number, grid: readonly number[]): string {
  const values = grid.map(f).filter((value) => value > 0 && Number.isFinite(value));
  return values.length === 0 ? "none" : `${Math.min(...values).toPrecision(3)} to ${Math.max(...values).toPrecision(3)}`;
}
