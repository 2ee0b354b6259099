import type { Datum } from "./grammar.ts";

/**
 * The rows whose value has no neighbour in their series. A line does not show them, so they are drawn as
 * dots.
 */
export function isolated(rows: readonly Datum[], field: string): Datum[] {
  const joins = (row: Datum, neighbour: Datum | undefined): boolean =>
    neighbour !== undefined && neighbour["series"] === row["series"] && neighbour[field] !== null;
  return rows.filter((row, i) => row[field] !== null && !joins(row, rows[i - 1]) && !joins(row, rows[i + 1]));
}
