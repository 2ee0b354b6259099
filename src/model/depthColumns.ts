/** Snapshots of networks of any depth as columns: numbers by field, layers as blocks of rows. */
import { withInfinities, withMethods } from "../door/json.ts";
import { columnsInWords } from "./columnsInWords.ts";
import type { DepthSnapshot } from "./depth.ts";
import { printing } from "./printing.ts";
import { Strided } from "./strided.ts";
import type { DepthTrajectory } from "./trajectory.ts";

/** The numbers of every snapshot, in the order of columns. */
export const depthNumbers: readonly Exclude<keyof DepthSnapshot, "layers" | "balances">[] = [
  "t",
  "loss",
  "excessLoss",
  "output",
  "residual",
  "kernel",
  "alignment",
  "normProduct",
  "kernelSize",
  "outputSize",
  "sharpness",
];

export const depthLists = ["layers", "balances"] as const;

/** The methods of a trajectory. */
const methods = {
  toRows(this: DepthTrajectory): DepthSnapshot[] {
    const columns = this as DepthTrajectory & { readonly step?: Float64Array };
    return Array.from(this.t, (_, i) => {
      const numbers = (["step", ...depthNumbers] as const).flatMap((name) => {
        const column = columns[name];
        return column === undefined ? [] : [[name, column[i]!]];
      });
      const lists = depthLists.map((name) => [name, Array.from(Strided.prototype.row.call(this[name], i))]);
      return withInfinities(Object.fromEntries([...numbers, ...lists])) as DepthSnapshot;
    });
  },
};

/** A trajectory of these columns. */
export function depthTrajectoryOf<T extends object>(columns: T): T & Pick<DepthTrajectory, "toRows"> {
  return withMethods({ ...methods, ...printing(columnsInWords) }, columns);
}

/** The trajectory of these snapshots, with further columns `more`. */
export function depthTrajectory<More extends object>(
  count: number,
  snapshotAt: (i: number) => DepthSnapshot,
  more: More,
): DepthTrajectory & More {
  const numbers = new Map(depthNumbers.map((name) => [name, new Float64Array(count)]));
  const lists = new Map<(typeof depthLists)[number], Strided>();
  for (let i = 0; i < count; i++) {
    const snapshot = snapshotAt(i);
    for (const [name, column] of numbers) column[i] = snapshot[name] ?? NaN;
    for (const name of depthLists) {
      const list = snapshot[name];
      if (i === 0) lists.set(name, new Strided(new Float64Array(count * list.length), [count, list.length]));
      lists.get(name)!.row(i).set(list);
    }
  }
  if (count === 0) for (const name of depthLists) lists.set(name, new Strided(new Float64Array(), [0, 0]));
  if (numbers.get("sharpness")!.some(Number.isNaN)) numbers.delete("sharpness");
  return depthTrajectoryOf({ ...more, ...Object.fromEntries([...numbers, ...lists]) }) as DepthTrajectory & More;
}
