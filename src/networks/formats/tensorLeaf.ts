/** A tensor of a file: its shape and type, and a function that reads its numbers. */
import { broken, type FileContext } from "./bytes.ts";
import { type FloatType, isFloatType } from "./decode.ts";
import type { Leaf } from "./node.ts";

/**
 * @param notFloats - The message if numbers of another type are requested.
 * @param numbers - Reads the numbers, row by row.
 */
export function tensorLeaf(
  context: FileContext,
  shape: readonly number[],
  dtype: string,
  notFloats: string,
  numbers: (dtype: FloatType) => Float32Array | Float64Array,
): Leaf {
  const read = (): Float32Array | Float64Array => (isFloatType(dtype) ? numbers(dtype) : broken(context, notFloats));
  return { kind: "tensor", tensor: { shape, dtype, floating: isFloatType(dtype), read } };
}
