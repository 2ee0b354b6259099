/** Text for a terminal: tables and colours. */

export type Style = "bold" | "dim" | "green" | "yellow" | "blue" | "magenta" | "red";
const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35 };

/** Colours text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  return colour ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_, text) => text;
}

/** Whether to colour the output of a stream. https://no-color.org, https://force-color.org */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0") return true;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

/** A cell: its text, its style, and whether it is right-aligned. */
export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
  readonly right?: boolean;
}

/** Rows in columns as wide as their widest cell. */
export function columns(rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, { text }] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, [...text].length);
  return rows.map((row) =>
    row
      .map(({ text, style, right }, i) => {
        const space = " ".repeat(widths[i]! - [...text].length);
        const painted = style === undefined ? text : paint(style, text);
        return right ? space + painted : painted + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** The number with four digits. */
export function number(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(4)).toString() : value > 0 ? "∞" : "-";
}
