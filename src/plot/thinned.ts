/**
 * Thins the rows of a long trajectory without changing the picture. In each strip along the axis it keeps the
 * first and the last row, and the rows with the smallest and the largest value of each quantity.
 */
import type { Datum } from "./grammar.ts";
import type { TimeAxis } from "./time.ts";

/** The options of {@link thinned}. */
interface Thinning {
  readonly fields: readonly string[];
  readonly time: TimeAxis;
  /** The number of strips along the axis. */
  readonly strips: number;
}

export function thinned(rows: readonly Datum[], { fields, time, strips }: Thinning): readonly Datum[] {
  if (rows.length <= 2 * strips) return rows;
  const place = ({ t }: Datum): number => (time === "logarithmic" ? Math.log(Number(t)) : Number(t));
  let [from, to] = [Infinity, -Infinity];
  for (const row of rows) [from, to] = [Math.min(from, place(row)), Math.max(to, place(row))];
  const stripOf = (row: Datum): number => Math.min(strips - 1, Math.floor((strips * (place(row) - from)) / (to - from || 1)));
  const kept: Datum[] = [];
  for (let first = 0; first < rows.length; ) {
    const strip = stripOf(rows[first]!);
    let last = first;
    while (last + 1 < rows.length && stripOf(rows[last + 1]!) === strip) last++;
    const keep = new Set([first, last]);
    for (const field of fields) for (const extreme of extremes(rows, field, first, last)) keep.add(extreme);
    for (const i of [...keep].sort((a, b) => a - b)) kept.push(rows[i]!);
    first = last + 1;
  }
  return kept;
}

/** The rows in which a field is smallest and largest, and those in which it has no value. */
function extremes(rows: readonly Datum[], field: string, first: number, last: number): number[] {
  let [low, high, gap] = [-1, -1, -1];
  for (let i = first; i <= last; i++) {
    const value = rows[i]![field];
    if (typeof value !== "number") {
      if (gap < 0) gap = i;
      continue;
    }
    if (low < 0 || value < Number(rows[low]![field])) low = i;
    if (high < 0 || value > Number(rows[high]![field])) high = i;
  }
  return [low, high, gap].filter((i) => i >= 0);
}
