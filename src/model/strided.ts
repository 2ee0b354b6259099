/**
 * Numbers along several axes: entry (i, j, …) is data[offset + i·stride₀ + j·stride₁ + …]. The fields are
 * plain, so that structuredClone and JSON keep them, and whatever reads an ndarray reads this.
 */

import { plain } from "../door/json.ts";

/** A block of numbers along several axes, rows one after the other. */
export class Strided {
  /** All numbers; the last axis runs fastest. */
  readonly data: Float64Array;
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** How far apart neighbours along each axis lie in `data`. */
  readonly stride: readonly number[];
  /** Where the first entry lies in `data`. */
  readonly offset: number;

  constructor(data: Float64Array, shape: readonly number[]) {
    this.data = data;
    this.shape = shape;
    this.stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, length) => size * length, 1));
    this.offset = 0;
  }

  /** The entry at one index an axis; undefined where an index is outside of its axis. */
  get(...indices: readonly number[]): number {
    let at = this.offset;
    for (let axis = 0; axis < this.shape.length; axis++) {
      const index = indices[axis]!;
      // Outside of its axis an index would reach an entry of another row.
      if (!(index >= 0 && index < this.shape[axis]!)) return undefined as unknown as number;
      at += index * this.stride[axis]!;
    }
    return this.data[at]!;
  }

  /** The numbers at index i of the first axis, the other axes one after the other: a view, no copy. */
  row(i: number): Float64Array {
    const size = this.stride[0]!;
    return this.data.subarray(this.offset + i * size, this.offset + (i + 1) * size);
  }

  /** What JSON keeps: the numbers as an array, those that are not finite as text. */
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
