/**
 * A root of a continuous function between two points at which it has opposite signs, by the Illinois method:
 * the secant through both ends, where the value at an end that stays twice in a row is halved.
 * [DowellJarratt1971]
 */

/**
 * The root of `value` between `from` and `to`, with relative error `precision`. Returns `to` if both ends
 * have the same sign.
 */
export function rootBetween(value: (x: number) => number, from: number, to: number, precision: number): number {
  let [low, high] = [from, to];
  let [atLow, atHigh] = [value(low), value(high)];
  if (atLow === 0) return from;
  if (atHigh === 0 || atLow > 0 === atHigh > 0) return to;
  // The end that moved last: −1 is the low one, 1 the high one.
  let moved = 0;
  for (let n = 0; n < 100; n++) {
    const x = (low * atHigh - high * atLow) / (atHigh - atLow);
    const y = value(x);
    if (y === 0 || !(Math.abs(high - low) > precision * Math.abs(x))) return x;
    if (y > 0 === atHigh > 0) {
      high = x;
      atHigh = y;
      if (moved === 1) atLow /= 2;
      moved = 1;
    } else {
      low = x;
      atLow = y;
      if (moved === -1) atHigh /= 2;
      moved = -1;
    }
  }
  return (low + high) / 2;
}
