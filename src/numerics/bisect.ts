/**
 * Finds where a condition ends between two numbers, to the last bit: two neighbouring doubles such that the
 * condition holds at the first and not at the second. It must hold at `from` and not at `to`; `to` may lie
 * above or below `from`.
 */
export function bisect(
  holds: (x: number) => boolean,
  from: number,
  to: number,
): { readonly last: number; readonly first: number } {
  let last = from;
  let first = to;
  for (;;) {
    const middle = last + (first - last) / 2;
    if (middle === last || middle === first) return { last, first };
    if (holds(middle)) last = middle;
    else first = middle;
  }
}
