/**
 * The x ≥ 0 at which an increasing function with f(0) = 0 reaches a value, by Newton's method within a
 * bracket. The bracket is bisected if a step leaves it or is more than half as long as the step before.
 */
export function whereRises(f: (x: number) => number, slope: (x: number) => number, value: number, first: number): number {
  if (!(value > 0)) return 0;
  let low = 0;
  let high = Infinity;
  let x = first > 0 && Number.isFinite(first) ? first : 1;
  let before = Infinity;
  for (let n = 0; n < 2000; n++) {
    const away = f(x) - value;
    if (away === 0) return x;
    // NaN means that the value overflows.
    if (away < 0) low = x;
    else high = x;
    let next = x - away / slope(x);
    const slow = high < Infinity && Math.abs(next - x) > before / 2;
    if (slow || !(next > low && next < high)) next = high === Infinity ? 2 * x : low + (high - low) / 2;
    before = Math.abs(next - x);
    if (before <= 1e-16 * x || next === low || next === high) return next;
    x = next;
  }
  return x;
}
