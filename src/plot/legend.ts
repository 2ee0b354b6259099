/** Legends that fit: as many columns as there is room for, and labels no longer than the picture is wide. */
import type { GuideDef } from "./grammar.ts";

/** The width of a letter at 12 px, in pixels: a little more than the average of common sans-serif fonts. */
export const LETTER = 7;

/** The symbol, and the space between entries. */
const AROUND = 36;

/** What a legend of these names adds to its definition, in a picture of this width in pixels. */
export function legendOf(names: readonly string[], width: number): Pick<GuideDef, "columns" | "labelLimit" | "labelExpr"> {
  const most = Math.max(60, width - AROUND);
  const longest = Math.min(most, LETTER * Math.max(...names.map((name) => name.length)));
  // A long name is cut in its middle: the numbers that tell layers apart stand at its ends.
  const half = Math.floor(most / LETTER / 2) - 1;
  const isCut = names.some((name) => LETTER * name.length > most);
  const cut = `length(datum.label) > ${2 * half + 1} ? slice(datum.label, 0, ${half}) + '…' + slice(datum.label, -${half}) : datum.label`;
  return {
    ...(isCut ? { labelExpr: cut } : {}),
    columns: Math.max(1, Math.min(names.length, Math.floor(width / (longest + AROUND)))),
    labelLimit: most + LETTER,
  };
}
