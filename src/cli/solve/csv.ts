/** A trajectory as CSV: one column per field, one row per time. */
import type { Strided } from "../../model/strided.ts";
import type { SolveResult } from "./solveFile.ts";

/** A column of numbers, by its name in the first line. */
interface CsvColumn {
  readonly name: string;
  readonly at: (row: number) => number;
}

type Block = Pick<Strided, "data" | "shape" | "stride" | "offset">;

/**
 * The table. A matrix has one column per entry: `output[0,1]`. Numbers are written as the shortest text that
 * reads back as the same number; infinite numbers are `Infinity` and `-Infinity`, which Python, R and Julia
 * also read.
 */
export function csvOf(trajectory: NonNullable<SolveResult["trajectory"]>): string {
  const columns = Object.entries(trajectory).flatMap(([name, value]) => columnsOf(name, value));
  const lines = [columns.map(({ name }) => (name.includes(",") ? `"${name}"` : name)).join(",")];
  for (let row = 0; row < trajectory.t.length; row++) lines.push(columns.map(({ at }) => String(at(row))).join(","));
  return `${lines.join("\n")}\n`;
}

function columnsOf(name: string, value: unknown): CsvColumn[] {
  if (ArrayBuffer.isView(value)) return [{ name, at: (row) => (value as Float64Array)[row]! }];
  if (typeof value !== "object" || value === null) return [];
  // The two slopes of a network with a kink at 0.
  if ("positive" in value && "negative" in value)
    return Object.entries(value).flatMap(([side, column]) => columnsOf(`${name}.${side}`, column));
  if (!("shape" in value)) return [];
  return entriesOf(value as Block).map(({ index, offset }) => ({
    name: `${name}[${index.join(",")}]`,
    at: (row) => (value as Block).data[offset + row * (value as Block).stride[0]!]!,
  }));
}

/** The entries of a row of a block, by their indices. */
function entriesOf({ shape, stride, offset }: Block): { readonly index: readonly number[]; readonly offset: number }[] {
  let entries: { readonly index: readonly number[]; readonly offset: number }[] = [{ index: [], offset }];
  for (let axis = 1; axis < shape.length; axis++)
    entries = entries.flatMap((entry) =>
      Array.from({ length: shape[axis]! }, (_, i) => ({
        index: [...entry.index, i],
        offset: entry.offset + i * stride[axis]!,
      })),
    );
  return entries;
}
