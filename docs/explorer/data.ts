/** Data of the reader's own: two columns of numbers, x and y. */

/** Pairs of numbers, as columns. */
export interface Pairs {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** At most so many rows are read. */
const MOST_ROWS = 100_000;

/** Addresses longer than this are cut off by some programs; longer data stay out of the address. */
export const LONGEST_IN_ADDRESS = 4000;

/** Reads CSV with commas, semicolons, tabs or spaces; a first row of names is skipped. Throws what is wrong, in words. */
export function readPairs(text: string): Pairs {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const rows = lines.map((line) => line.trim().split(/\s*[,;\t]\s*|\s+/));
  const isNumber = (cell: string | undefined): boolean => cell !== undefined && cell !== "" && Number.isFinite(Number(cell));
  const first = rows.length > 0 && !(isNumber(rows[0]![0]) && isNumber(rows[0]![1])) ? 1 : 0;
  const [x, y]: [number[], number[]] = [[], []];
  for (const [i, row] of rows.slice(first).entries()) {
    if (!isNumber(row[0]) || !isNumber(row[1]))
      throw new Error(
        `Row ${i + first + 1} of the data is “${lines[i + first]!.slice(0, 40)}”. Every row needs two numbers, x and y.`,
      );
    x.push(Number(row[0]));
    y.push(Number(row[1]));
  }
  if (x.length < 2) throw new Error("The data need at least two rows of two numbers, x and y.");
  if (x.length > MOST_ROWS) throw new Error(`The data have ${x.length} rows; the explorer reads up to ${MOST_ROWS}.`);
  for (const [name, column] of [["x", x] as const, ["y", y] as const])
    if (column.every((value) => value === column[0]))
      throw new Error(`All values of ${name} are the same; there is nothing to learn.`);
  return { x, y };
}

/** Pairs as they stand in the state and in the address: "x,y;x,y". */
export const pairsToText = ({ x, y }: Pairs): string => x.map((value, i) => `${value},${y[i]}`).join(";");

/** The inverse of {@link pairsToText}. */
export const textToPairs = (text: string): Pairs => readPairs(text.replaceAll(";", "\n"));
