import type { NdArrayLike } from "../door/arrays.ts";
import { numberOf } from "../door/json.ts";

/**
 * The entry in this row and column of an ndarray, also after structuredClone or JSON, which keep only its
 * fields.
 */
export function entryAt({ data, stride, offset }: NdArrayLike, row: number, column: number): number {
  const index = offset + row * stride[0]! + column * stride[1]!;
  return numberOf((data as ArrayLike<number>)[index]) as number;
}
