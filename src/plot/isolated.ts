import type { Datum } from "./grammar.ts";

/** The rows whose value has no neighbour in their series, which a line does not show: as dots they do. */
export function isolated(rows: readonly Datum[], field: string): Datum[] {
  const joins = (row: Datum, neighbour: Datum | undefined): boolean =>
    neighbour !== undefined && neighbour["series"] === row["series"] && neighbour[field] !== null;
  return rows.filter((row, i) => row[field] !== null && !joins(row, rows[i - 1]) && !joins(row, rows[i + 1]));
}
