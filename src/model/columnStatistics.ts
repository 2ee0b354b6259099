/**
 * Mean and standard deviation of a column. The variance is the corrected sum of two passes,
 *
 *     n·var = Σ(x − x̄)² − (Σ(x − x̄))²/n
 *
 * computed in units of the column's largest entry, so that no square overflows or underflows.
 */
import type { Rows } from "../door/arrays.ts";
import { Totals } from "../numerics/totals.ts";
import { exponentOf, scale } from "../numerics/wide.ts";

/** The mean and standard deviation of column j; deviation 0 for a column that is constant to rounding. */
export function statisticsOf({ rows, columns, data }: Rows, j: number): { readonly mean: number; readonly deviation: number } {
  let [least, most] = [data[j]!, data[j]!];
  for (let i = j; i < data.length; i += columns) {
    least = Math.min(least, data[i]!);
    most = Math.max(most, data[i]!);
  }
  if (isConstant(least, most)) return { mean: data[j]!, deviation: 0 };
  const n = exponentOf(Math.max(-least, most));
  const totals = new Totals(3);
  for (let i = j; i < data.length; i += columns) totals.add(0, scale(data[i]!, -n));
  const first = totals.of(0) / rows;
  for (let i = j; i < data.length; i += columns) {
    const difference = scale(data[i]!, -n) - first;
    totals.add(1, difference);
    totals.add(2, difference * difference);
  }
  const variance = (totals.of(2) - (totals.of(1) / rows) * totals.of(1)) / rows;
  return { mean: scale(first + totals.of(1) / rows, n), deviation: scale(Math.sqrt(Math.max(0, variance)), n) };
}

/** The columns that are constant to rounding. */
export function constantColumns({ columns, data }: Rows): readonly number[] {
  const least = data.slice(0, columns);
  const most = data.slice(0, columns);
  for (let start = columns; start < data.length; start += columns) {
    for (let j = 0; j < columns; j++) {
      const value = data[start + j]!;
      if (value < least[j]!) least[j] = value;
      else if (value > most[j]!) most[j] = value;
    }
  }
  return Array.from(least.keys()).filter((j) => isConstant(least[j]!, most[j]!));
}

function isConstant(least: number, most: number): boolean {
  return most - least <= 4 * Number.EPSILON * Math.max(-least, most);
}
