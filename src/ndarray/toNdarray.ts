import ndarray, { type NdArray } from "ndarray";
import { readAnyNumbers } from "../door/anyNumbers.ts";
import { isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isFloat64Array } from "../door/typedArrays.ts";

/** Numbers along several axes from a result, also after structuredClone or JSON; or a column. */
export type Block =
  | ArrayLike<number>
  | {
      readonly data: ArrayLike<number>;
      readonly shape: readonly number[];
      readonly stride: readonly number[];
      readonly offset: number;
    };

/**
 * Converts a block of numbers to an ndarray: the matrices of a trajectory (`output` of shape [times, outputs,
 * inputs]), the `fields` of a phase diagram, the `values` of an ensemble, or one column. The numbers of a
 * Float64Array are shared with the result and not copied.
 *
 * @param block - A record with `data`, `shape`, `stride` and `offset`, or an array of numbers.
 * @throws FeatureLearningError `"invalid-argument"`: not such a record, or a record whose indices are outside
 * its data.
 *
 * @example
 * ```ts
 * import { toNdarray } from "feature-learning/ndarray";
 * import { phaseDiagram } from "feature-learning/sweep";
 *
 * const width = { parameter: "width", from: 2, to: 200, count: 3 } as const;
 * const scale = { parameter: "scale", from: 0.1, to: 1, count: 2 } as const;
 * const { fields } = phaseDiagram({ of: "networks", x: width, y: scale });
 * const rate = toNdarray(fields["rate"]!);
 * console.log(rate.shape, rate.pick(1, null).shape, rate.transpose(1, 0).shape); // [ 2, 3 ] [ 3 ] [ 3, 2 ]
 * ```
 */
export function toNdarray(block: Block): NdArray<Float64Array> {
  return named("toNdarray", () => wrapped(block));
}

/** The ndarray of a block that has not been read. */
export function wrapped(block: Block): NdArray<Float64Array> {
  if (isList(block) || ArrayBuffer.isView(block)) {
    const column = isFloat64Array(block) ? block : readAnyNumbers("block", block);
    return ndarray(column, [column.length]);
  }
  const fields = readRecord("block", block);
  const data = isFloat64Array(fields["data"]) ? fields["data"] : readAnyNumbers("block.data", fields["data"]);
  const shape = integers("block.shape", fields["shape"], 0);
  const stride = integers("block.stride", fields["stride"], -data.length);
  const offset = readNumber("block.offset", fields["offset"], { min: 0, integer: true });
  if (stride.length !== shape.length)
    reject(`block has ${shape.length} axes and ${stride.length} strides; pass one stride per axis`);
  const ends = shape.map((length, axis) => (length - 1) * stride[axis]!);
  const [low, high] = [ends.filter((end) => end < 0), ends.filter((end) => end > 0)].map((some) =>
    some.reduce((sum, end) => sum + end, offset),
  );
  if (!shape.includes(0) && !(low! >= 0 && high! < data.length))
    reject(`block has ${data.length} numbers, and its shape and strides exceed them; pass a result of this library`);
  return ndarray(data, shape, stride, offset);
}

function integers(argument: string, value: unknown, min: number): number[] {
  if (!isList(value)) refuse(argument, value, "pass an array of integers");
  return Array.from(value as readonly unknown[], (entry, i) => readNumber(`${argument}[${i}]`, entry, { min, integer: true }));
}
