/** Legends that fit: as many columns as there is room for, and labels no longer than the picture is wide. */
import type { GuideDef } from "./grammar.ts";

/** The width of a letter at 12 px, in pixels: a little more than the average of common sans-serif fonts. */
export const LETTER = 7;

/** The same as Vega measures it where there is no canvas, which decides about the layout. */
const MEASURED = 9.6;

/** The symbol, and the space between entries. */
const AROUND = 36;

/** What a legend of these names adds to its definition, in a picture of this width in pixels. */
export function legendOf(names: readonly string[], width: number): Pick<GuideDef, "columns" | "labelLimit" | "labelExpr"> {
  const most = Math.max(12, Math.floor((width - AROUND) / MEASURED));
  const longest = Math.min(most, Math.max(1, ...names.map((name) => name.length)));
  const columns = Math.max(1, Math.min(names.length, Math.floor(width / (longest * MEASURED + AROUND))));
  // A long name is cut in its middle: the numbers that tell layers apart stand at its ends.
  const half = Math.floor((most - 1) / 2);
  const isCut = names.some((name) => name.length > most);
  const cut = `slice(datum.label, 0, ${half}) + '…' + slice(datum.label, -${half})`;
  return {
    ...(isCut ? { labelExpr: `length(datum.label) > ${most} ? ${cut} : datum.label` } : {}),
    columns,
    labelLimit: Math.ceil((most + 2) * MEASURED),
  };
}
