/**
 * The largest value of a function between the first and the last point of a grid. A golden-section search
 * refines the best grid point.
 */

const GOLDEN = (Math.sqrt(5) - 1) / 2;

export function maximumOn(value: (x: number) => number, grid: readonly number[]): { readonly x: number; readonly value: number } {
  const values = grid.map(value);
  const best = values.reduce((index, y, i) => (y > values[index]! ? i : index), 0);
  let low = grid[Math.max(0, best - 1)]!;
  let high = grid[Math.min(grid.length - 1, best + 1)]!;
  let top = { x: grid[best]!, value: values[best]! };
  // A smooth maximum is flat, so that its position has only half of the digits of its value.
  for (let n = 0; n < 40 && high - low > 1e-9 * (Math.abs(low) + Math.abs(high)); n++) {
    const a = high - GOLDEN * (high - low);
    const b = low + GOLDEN * (high - low);
    const [ya, yb] = [value(a), value(b)];
    if (ya > top.value) top = { x: a, value: ya };
    if (yb > top.value) top = { x: b, value: yb };
    if (ya > yb) high = b;
    else low = a;
  }
  return top;
}
