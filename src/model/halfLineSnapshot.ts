/** Snapshots of networks with a kink at 0, and their columns. */
import { withInfinities, withMethods } from "../door/json.ts";
import { columnsInWords } from "./columnsInWords.ts";
import type { Halves } from "./halves.ts";
import { printing } from "./printing.ts";
import type { AnySnapshot } from "./snapshot.ts";
import type { Columns } from "./trajectory.ts";

/**
 * The state of a network with a kink at 0 at one time. Its function is f(x) = slopes.positive·x for x > 0 and
 * slopes.negative·x for x < 0. `alignment` is cos ζ of the side with the larger part of `kernelSize`, and
 * `normProduct` is |u||w| over all neurons. The flows in `flow.halves` have a {@link Snapshot} for each side.
 */
export interface HalfLineSnapshot extends AnySnapshot {
  /** |u|² over all neurons. */
  readonly uu: number;
  /** |w|² over all neurons. */
  readonly ww: number;
  /** The slopes of the fitted function. */
  readonly slopes: Halves<number>;
}

/** A sampled flow of a network with a kink at 0, one column per field of {@link HalfLineSnapshot}. */
export type HalfLineTrajectory = Columns & {
  readonly uu: Float64Array;
  readonly ww: Float64Array;
  readonly slopes: Halves<Float64Array>;
  /** The rows as snapshots. */
  toRows(): HalfLineSnapshot[];
};

/** The numbers of every row, in the order of columns. */
const numberFields = [
  "t",
  "loss",
  "excessLoss",
  "alignment",
  "normProduct",
  "kernelSize",
  "outputSize",
  "uu",
  "ww",
  "sharpness",
] as const satisfies readonly (keyof HalfLineSnapshot)[];

/** The methods of a trajectory. */
const methods = {
  toRows(this: HalfLineTrajectory): HalfLineSnapshot[] {
    return Array.from(this.t, (_, i) => {
      const numbers = numberFields.flatMap((name) => (this[name] === undefined ? [] : [[name, this[name][i]!]]));
      const slopes = { positive: this.slopes.positive[i]!, negative: this.slopes.negative[i]! };
      return withInfinities({ ...Object.fromEntries(numbers), slopes }) as HalfLineSnapshot;
    });
  },
};

/** The trajectory of these times. */
export function halfLineTrajectory(times: Float64Array, snapshotAt: (t: number) => HalfLineSnapshot): HalfLineTrajectory {
  const count = times.length;
  const numbers = new Map(numberFields.map((name) => [name, new Float64Array(count)]));
  const slopes = { positive: new Float64Array(count), negative: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    const snapshot = snapshotAt(times[i]!);
    for (const [name, column] of numbers) column[i] = snapshot[name] ?? NaN;
    slopes.positive[i] = snapshot.slopes.positive;
    slopes.negative[i] = snapshot.slopes.negative;
  }
  if (numbers.get("sharpness")!.some(Number.isNaN)) numbers.delete("sharpness");
  return halfLineTrajectoryOf({ ...Object.fromEntries(numbers), slopes });
}

/** A trajectory of these columns. */
export function halfLineTrajectoryOf<T extends HalfLineTrajectory>(columns: object): T {
  return withMethods<T>({ ...methods, ...printing(columnsInWords) }, columns);
}
