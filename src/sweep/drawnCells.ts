/** Helpers of diagrams with random starts: the boundary of a verdict, and the median over the draws. */

/** The point at which a condition ends, to 2^−halvings of the interval. */
export function bisectTo(holds: (place: number) => boolean, from: number, to: number, halvings: number): number {
  let [last, first] = [from, to];
  for (let i = 0; i < halvings; i++) {
    const middle = last + (first - last) / 2;
    if (holds(middle)) last = middle;
    else first = middle;
  }
  return last;
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  if (values.length === 1) return values[0]!;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
