/** Snapshots of several inputs and outputs as columns: numbers by field, matrices as blocks of rows. */
import { Matrix } from "ml-matrix";
import { withInfinities, withMethods } from "../door/json.ts";
import { columnsInWords } from "./columnsInWords.ts";
import type { MatrixOrderParameters } from "./matrixLayers.ts";
import type { MatrixSnapshot } from "./matrixSnapshot.ts";
import { printing } from "./printing.ts";
import type { AnySnapshot } from "./snapshot.ts";
import { Strided } from "./strided.ts";
import type { MatrixTrajectory } from "./trajectory.ts";

/** The numbers of every snapshot, in the order of columns. */
export const numberFields: readonly (keyof AnySnapshot)[] = [
  "t",
  "loss",
  "excessLoss",
  "alignment",
  "normProduct",
  "kernelSize",
  "outputSize",
  "sharpness",
];

/** The matrices that a trajectory keeps. */
export const matrixFields: readonly ("output" | "residual" | "uu" | "ww" | "uw")[] = ["output", "residual", "uu", "ww", "uw"];

/** If the three matrices have more numbers than this together, they are left out. */
const LARGEST = 2 ** 25;

/** The methods of a trajectory. */
const methods = {
  toRows(this: MatrixTrajectory): Partial<MatrixSnapshot>[] {
    return Array.from(this.t, (_, i) => {
      const columns = this as MatrixTrajectory & { readonly step?: Float64Array };
      const numbers = (["step", ...numberFields] as const).flatMap((name) => {
        const column = columns[name];
        return column === undefined ? [] : [[name, column[i]!]];
      });
      const matrices = matrixFields.flatMap((name) => (this[name] === undefined ? [] : [[name, matrixAt(this[name], i)]]));
      return withInfinities(Object.fromEntries([...numbers, ...matrices])) as Partial<MatrixSnapshot>;
    });
  },
};

/** The matrix of a row. The block may be a clone, which has no methods. */
export function matrixAt(block: Strided, i: number): Matrix {
  return Matrix.from1DArray(block.shape[1]!, block.shape[2]!, Strided.prototype.row.call(block, i));
}

/** A trajectory of these columns. */
export function matrixTrajectoryOf(columns: object): MatrixTrajectory {
  return withMethods({ ...methods, ...printing(columnsInWords) }, columns);
}

/** The trajectory of these times. */
export function matrixTrajectory(times: Float64Array, snapshotAt: (t: number) => Sampled): MatrixTrajectory {
  const count = times.length;
  const numbers = new Map(numberFields.map((name) => [name, new Float64Array(count)]));
  const blocks = new Map<(typeof matrixFields)[number], Strided>();
  for (let i = 0; i < count; i++) {
    const snapshot = snapshotAt(times[i]!);
    for (const [name, column] of numbers) column[i] = snapshot[name] ?? NaN;
    if (i === 0) for (const [name, block] of blocksFor(snapshot, count)) blocks.set(name, block);
    for (const [name, block] of blocks) put(snapshot[name]!, block.row(i));
  }
  if (numbers.get("sharpness")!.some(Number.isNaN)) numbers.delete("sharpness");
  return matrixTrajectoryOf(Object.fromEntries([...numbers, ...blocks]));
}

/** What is sampled; layers of any number have no order parameters. */
type Sampled = AnySnapshot & Pick<MatrixSnapshot, "output" | "residual"> & Partial<MatrixOrderParameters>;

function blocksFor(snapshot: Sampled, count: number): [(typeof matrixFields)[number], Strided][] {
  const size = (matrix: Matrix | undefined): number => (matrix === undefined ? 0 : count * matrix.rows * matrix.columns);
  const squares = size(snapshot.uu) + size(snapshot.ww) + size(snapshot.uw);
  return matrixFields
    .filter((name) => name === "output" || name === "residual" || (snapshot[name] !== undefined && squares <= LARGEST))
    .map((name) => {
      const { rows, columns } = snapshot[name]!;
      return [name, new Strided(new Float64Array(count * rows * columns), [count, rows, columns])];
    });
}

function put(matrix: Matrix, row: Float64Array): void {
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < matrix.columns; j++) row[i * matrix.columns + j] = matrix.get(i, j);
}
