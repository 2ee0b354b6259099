import type { Boundary } from "./boundaries.ts";
import type { NamedPoint } from "./named.ts";

/** A grid as it is read: its axes, the names of its fields, and the numbers of one point. */
export interface ReadGrid {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly fields: readonly string[];
  /** What the fields are called on an axis. */
  readonly titles: readonly string[];
  /** Writes the fields at a point to out[offset], out[offset + stride], … */
  point(x: number, y: number, out: Float64Array, offset: number, stride: number): void;
  /** The boundaries, from the first field of the rows that are there. */
  boundaries(first: (row: number, column: number) => number, rows: number): Boundary[];
  named(): NamedPoint[];
}
