/**
 * Legends that fit the picture: with as many columns as there is room for, and labels no longer than the
 * picture is wide.
 */
import type { GuideDef } from "./grammar.ts";

/** The width of a letter at 12 px, in pixels, slightly more than the average of common sans-serif fonts. */
export const LETTER = 7;

/** The width of a letter that Vega assumes without a canvas, which determines the layout. */
const MEASURED = 9.6;

/** The symbol, and the space between entries. */
const AROUND = 36;

/** The layout of a legend with these names, for a picture of this width in pixels. */
export function legendOf(names: readonly string[], width: number): Pick<GuideDef, "columns" | "labelLimit" | "labelExpr"> {
  const most = Math.max(12, Math.floor((width - AROUND) / MEASURED));
  const longest = Math.min(most, Math.max(1, ...names.map((name) => name.length)));
  const columns = Math.max(1, Math.min(names.length, Math.floor(width / (longest * MEASURED + AROUND))));
  // A long name is shortened in the middle, because the numbers that distinguish layers are at its ends.
  const half = Math.floor((most - 1) / 2);
  const isCut = names.some((name) => name.length > most);
  const cut = `slice(datum.label, 0, ${half}) + '…' + slice(datum.label, -${half})`;
  return {
    ...(isCut ? { labelExpr: `length(datum.label) > ${most} ? ${cut} : datum.label` } : {}),
    columns,
    labelLimit: Math.ceil((most + 2) * MEASURED),
  };
}
