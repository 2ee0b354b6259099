import { type Snapshot, snapshotFields } from "./snapshot.ts";
import type { Trajectory } from "./trajectory.ts";

/** The trajectory whose columns lie one after the other in `values`, with more columns of its own. */
export function trajectoryFrom<More extends Readonly<Record<string, Float64Array>>>(
  values: Float64Array,
  count: number,
  more: More,
): Trajectory & More {
  const all = snapshotFields.map((field, f) => [field, values.subarray(f * count, (f + 1) * count)] as const);
  const known = all.filter(([field, column]) => field !== "sharpness" || !column.some(Number.isNaN));
  const columns = { ...more, ...Object.fromEntries(known) } as Readonly<Record<string, Float64Array>>;
  const toRows = (): Snapshot[] => Array.from({ length: count }, (_, i) => rowOf(columns, i));
  return { ...columns, toRows } as unknown as Trajectory & More;
}

function rowOf(columns: Readonly<Record<string, Float64Array>>, i: number): Snapshot {
  return Object.fromEntries(Object.entries(columns).map(([field, column]) => [field, column[i]!])) as unknown as Snapshot;
}
