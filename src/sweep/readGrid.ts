import type { Boundary } from "./boundaries.ts";
import type { NamedPoint } from "./named.ts";

/** A checked grid: its axes, the names of its fields, and the function that computes a point. */
export interface ReadGrid {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly fields: readonly string[];
  /** The axis titles of the fields. */
  readonly titles: readonly string[];
  /** Writes the fields at a point to out[offset], out[offset + stride], … */
  point(x: number, y: number, out: Float64Array, offset: number, stride: number): void;
  /** The boundaries, from the first field of the completed rows. */
  boundaries(first: (row: number, column: number) => number, rows: number): Boundary[];
  named(): NamedPoint[];
}
