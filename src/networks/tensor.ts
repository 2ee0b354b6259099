/** The weights of a layer, in whatever the caller keeps them, as a matrix: a row an output, a column an input. */

import { axesOf, type MatrixLike, type Rows, readMatrix } from "../numerics/arrays.ts";
import { attempt, isList, refuse, reject, show } from "../numerics/check.ts";

/** Numbers with a shape, row by row: what files and autodiff libraries give. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A layer's weights: a matrix of any kind, or a tensor with its shape; of a convolution [outputs, inputs, …kernel]. */
export type LayerLike = MatrixLike | TensorLike | readonly (readonly (readonly (readonly number[])[])[])[];

/** A layer, read: outputs × inputs × taps, the taps being those of a convolution's kernel, 1 of a dense layer. */
export interface ReadLayer {
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  readonly data: Float64Array;
}

export function readLayer(where: string, argument: string, value: unknown): ReadLayer {
  const tensor = attempt(() => tensorOf(value), undefined);
  if (tensor !== undefined) return fromTensor(where, argument, tensor);
  if (axesOf(value) === 0) refuse(where, argument, value, "pass a matrix, or { shape, data }");
  const { rows, columns, data }: Rows = readMatrix(where, argument, value);
  return { outputs: rows, inputs: columns, taps: 1, data };
}

/** What came as a tensor of three axes or more, or as { shape, data } without strides. */
function tensorOf(value: unknown): TensorLike | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isList(value)) return nested(value);
  const { shape, data, stride } = value as Partial<TensorLike> & { stride?: readonly number[] };
  if (!isList(shape) || typeof data !== "object" || data === null) return undefined;
  if (stride === undefined) return { shape, data };
  return shape.length > 2 ? { shape, data: flattened(value as NdTensor) } : undefined;
}

interface NdTensor {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly data: ArrayLike<number>;
}

/** Numbers in strides, row by row. */
export function flattened({ shape, stride, offset, data }: NdTensor): Float64Array {
  const size = shape.reduce((product, n) => product * n, 1);
  const out = new Float64Array(size);
  const index = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    out[i] = data[index.reduce((at, k, axis) => at + k * stride[axis]!, offset)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

/** Nested arrays of three axes or more. */
function nested(value: readonly unknown[]): TensorLike | undefined {
  const shape: number[] = [];
  for (let at: unknown = value; isList(at); at = at[0]) shape.push(at.length);
  if (shape.length < 3) return undefined;
  const data = (value as number[][][]).flat(Number.POSITIVE_INFINITY) as unknown as number[];
  return { shape, data };
}

function fromTensor(where: string, argument: string, { shape, data }: TensorLike): ReadLayer {
  const [outputs = 0, inputs = 0, ...kernel] = shape;
  const taps = kernel.reduce((product, n) => product * n, 1);
  const size = outputs * inputs * taps;
  if (shape.length < 2 || !shape.every((n) => Number.isInteger(n) && n > 0))
    reject(where, `${argument} has the shape [${shape}]; pass [outputs, inputs], or [outputs, inputs, …kernel] of a convolution`);
  if (data.length !== size) reject(where, `${argument} has ${data.length} numbers for the shape [${shape}]; pass ${size}`);
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const x = data[i];
    if (typeof x !== "number" || !Number.isFinite(x)) reject(where, `${argument} has ${show(x)} at ${i}; pass finite numbers`);
    out[i] = x;
  }
  return { outputs, inputs, taps, data: out };
}
