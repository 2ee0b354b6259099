/**
 * Reads the weights of a layer, in any kind of array, as a matrix with one row per output and one column per
 * input.
 */

import { attempt, isList, refuse, reject, show } from "../door/arguments.ts";
import { axesOf, type MatrixLike, readMatrix } from "../door/arrays.ts";
import { isFloat32Array, isFloat64Array } from "../door/typedArrays.ts";
import type { Axis, Factor, Floats } from "./product/factor.ts";

/** Numbers with a shape, row by row, as in files and autodiff libraries. */
export interface TensorLike {
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** The numbers, row by row. */
  readonly data: ArrayLike<number>;
}

/**
 * A layer's weights: a matrix of any kind, or a tensor with its shape; [outputs, inputs, …kernel] for a
 * convolution.
 */
export type LayerLike = MatrixLike | TensorLike | readonly (readonly (readonly (readonly number[])[])[])[];

/**
 * A checked layer of outputs × inputs × taps. The taps are those of a convolution's kernel, or 1 for a dense
 * layer.
 */
export interface ReadLayer {
  readonly outputs: Axis;
  readonly inputs: Axis;
  readonly taps: Axis;
  readonly offset: number;
  readonly data: Floats;
}

/** The layer as the left factor of a product: its inputs are the neurons. */
export function asOuter({ outputs, inputs, taps, offset, data }: ReadLayer): Factor {
  return { data, offset, neurons: inputs, free: [outputs, taps] };
}

/** The layer as the right factor of a product: its outputs are the neurons. */
export function asInner({ outputs, inputs, taps, offset, data }: ReadLayer): Factor {
  return { data, offset, neurons: outputs, free: [inputs, taps] };
}

/** [outputs, inputs, taps] row by row. */
function rowByRow(outputs: number, inputs: number, taps: number, data: Floats): ReadLayer {
  return {
    outputs: { count: outputs, stride: inputs * taps },
    inputs: { count: inputs, stride: taps },
    taps: { count: taps, stride: 1 },
    offset: 0,
    data,
  };
}

export function readLayer(argument: string, value: unknown): ReadLayer {
  const tensor = attempt(() => tensorOf(value), undefined);
  if (tensor !== undefined) return fromTensor(argument, tensor);
  if (axesOf(value) === 0) refuse(argument, value, "pass a matrix, or { shape, data }");
  const { rows, columns, data } = readMatrix(argument, value);
  return rowByRow(rows, columns, 1, data);
}

/** A tensor of three axes or more, or { shape, data } without strides; otherwise undefined. */
function tensorOf(value: unknown): TensorLike | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (isList(value)) return nested(value);
  const { shape, data, stride } = value as Partial<TensorLike> & { stride?: readonly number[] };
  if (!isList(shape) || typeof data !== "object" || data === null) return undefined;
  if (stride === undefined) return { shape, data };
  if (shape.length <= 2) return undefined;
  const { offset } = value as NdTensor;
  const sound = isShape(shape) && isList(stride) && [...stride, offset].every(Number.isSafeInteger);
  return sound ? { shape, data: flattened(value as NdTensor) } : undefined;
}

interface NdTensor {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  readonly data: ArrayLike<number>;
}

/** Numbers in strides, row by row. */
function flattened({ shape, stride, offset, data }: NdTensor): Float64Array {
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

function isShape(shape: readonly number[]): boolean {
  return shape.every((n) => Number.isInteger(n) && n > 0);
}

function fromTensor(argument: string, { shape, data }: TensorLike): ReadLayer {
  const [outputs = 0, inputs = 0, ...kernel] = shape;
  if (shape.length < 2 || !isShape(shape)) {
    const came = Array.from(shape, String).join();
    reject(`${argument} has the shape [${came}]; pass [outputs, inputs], or [outputs, inputs, …kernel] of a convolution`);
  }
  const taps = kernel.reduce((product, n) => product * n, 1);
  const size = outputs * inputs * taps;
  if (data.length !== size) reject(`${argument} has ${data.length} numbers for the shape [${shape}]; pass ${size}`);
  return rowByRow(outputs, inputs, taps, finite(argument, data, size));
}

/** The numbers, copied unless they are in a floating-point array already. */
function finite(argument: string, data: ArrayLike<number>, size: number): Floats {
  if (isFloat32Array(data) || isFloat64Array(data)) {
    // The sum of x − x is 0 for finite numbers and NaN otherwise. It is as fast as reading the numbers.
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[i]! - data[i]!;
    if (sum !== 0) for (let i = 0; i < size; i++) if (!Number.isFinite(data[i]!)) refuseEntry(argument, data[i], i);
    return data;
  }
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const x = data[i];
    if (typeof x !== "number" || !Number.isFinite(x)) refuseEntry(argument, x, i);
    out[i] = x;
  }
  return out;
}

function refuseEntry(argument: string, x: unknown, i: number): never {
  reject(`${argument} has ${show(x)} at ${i}; pass finite numbers`);
}
