import { withInfinities, withMethods } from "../door/json.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import { columnsInWords } from "./columnsInWords.ts";
import { printing } from "./printing.ts";
import { type Snapshot, snapshotFields } from "./snapshot.ts";
import type { Trajectory } from "./trajectory.ts";

const rowFields = () => ["step", ...snapshotFields] as const;

/** The methods of a trajectory. */
const methods = {
  toRows(this: Readonly<Record<string, Float64Array>>): Snapshot[] {
    const columns = rowFields().flatMap((name) => (isFloat64Array(this[name]) ? [[name, this[name]] as const] : []));
    const rowAt = (i: number): object => Object.fromEntries(columns.map(([name, column]) => [name, column[i]!]));
    return Array.from(this["t"]!, (_, i) => withInfinities(rowAt(i)) as Snapshot);
  },
};

/** A trajectory of these columns. */
export function trajectoryOfColumns<T extends object>(columns: object): T {
  return withMethods<T>({ ...methods, ...printing(columnsInWords) }, columns);
}

/** The trajectory whose columns lie one after the other in `values`, with further columns `more`. */
export function trajectoryFrom<More extends Readonly<Record<string, Float64Array>>>(
  values: Float64Array,
  count: number,
  more: More,
): Trajectory & More {
  const all = snapshotFields.map((field, f) => [field, values.subarray(f * count, (f + 1) * count)] as const);
  const known = all.filter(([field, column]) => field !== "sharpness" || !column.some(Number.isNaN));
  return trajectoryOfColumns({ ...more, ...Object.fromEntries(known) });
}
