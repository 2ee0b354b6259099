/**
 * Numbers along several axes: entry (i, j, …) is data[offset + i·stride₀ + j·stride₁ + …]. The fields are
 * plain, so that structuredClone and JSON keep them, and readers of ndarrays accept the record.
 */

import { plain } from "../door/json.ts";

/** A block of numbers along several axes, stored row by row. */
export class Strided {
  /** All numbers; the last axis runs fastest. */
  readonly data: Float64Array;
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** The distance in `data` between neighbours along each axis. */
  readonly stride: readonly number[];
  /** The index of the first entry in `data`. */
  readonly offset: number;

  constructor(data: Float64Array, shape: readonly number[]) {
    this.data = data;
    this.shape = shape;
    this.stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
    this.offset = 0;
  }

  /** The entry at one index per axis; undefined if an index is outside its axis. */
  get(...indices: readonly number[]): number {
    let at = this.offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const index = indices[axis]!;
      // An index outside its axis would address an entry of another row.
      if (!(index >= 0 && index < this.shape[axis]!)) return undefined as unknown as number;
      at += index * this.stride[axis]!;
    }
    return this.data[at]!;
  }

  /** The numbers at index i of the first axis, as a flat view, not a copy. */
  row(i: number): Float64Array {
    const size = this.stride[0]!;
    return this.data.subarray(this.offset + i * size, this.offset + (i + 1) * size);
  }

  /** The form for JSON: the numbers as an array, with text for numbers that are not finite. */
  toJSON(): {
    readonly data: readonly (number | string)[];
    readonly shape: readonly number[];
    readonly stride: readonly number[];
    readonly offset: number;
  } {
    const { data, shape, stride, offset } = this;
    return { data: plain(data) as readonly (number | string)[], shape, stride, offset };
  }
}
