import { fourDigits } from "./printing.ts";
import type { Columns } from "./trajectory.ts";

/** The fields of a trajectory or a descent that are printed. */
type PrintableColumns = Columns & {
  readonly step?: Float64Array;
  readonly status?: string;
  readonly output?: unknown;
};

/** The columns of the table and their titles. */
const TITLES = {
  step: "step",
  t: "t",
  loss: "loss",
  excessLoss: "excess loss",
  output: "output",
  outputSize: "output size",
  kernelSize: "kernel size",
  alignment: "alignment",
} as const;

/** The number of rows that are printed at the beginning, and at the end. */
const ROWS = 3;

/** A trajectory or a descent, as a short table. */
export function columnsInWords(trajectory: PrintableColumns): string[] {
  const { t, step, status, output } = trajectory;
  // With one direction the output is a signed number; with several, its size is printed.
  const outputColumn = ArrayBuffer.isView(output) ? "outputSize" : "output";
  const names = (Object.keys(TITLES) as (keyof typeof TITLES)[]).filter(
    (name) => name !== outputColumn && trajectory[name] !== undefined,
  );
  const rows: (number | undefined)[] = Array.from(t.keys());
  if (t.length > 2 * ROWS + 1) rows.splice(ROWS, t.length - 2 * ROWS, undefined);
  const table = names.map((name) => [
    TITLES[name],
    ...rows.map((row) => (row === undefined ? "…" : fourDigits((trajectory[name] as Float64Array)[row]!))),
  ]);
  const widths = table.map((column) => Math.max(...column.map((cell) => cell.length)));
  const line = (row: number): string => table.map((column, c) => column[row]!.padStart(widths[c]!)).join("  ");
  const heading = step === undefined ? "trajectory" : `descent, ${status}, ${fourDigits(step.at(-1)!)} steps`;
  const hidden = Object.keys(trajectory).filter((name) => !names.includes(name as (typeof names)[number]));
  return [
    `${heading}: ${t.length} ${t.length === 1 ? "row" : "rows"}`,
    ...[0, ...rows.map((_, row) => row + 1)].map((row) => `  ${line(row)}`),
    `  also: ${hidden.join(", ")}`,
  ];
}
