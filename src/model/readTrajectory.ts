/** Reads trajectories, also after structuredClone or JSON: columns of equal length, in any kind of array. */

import { readAnyNumbers } from "../door/anyNumbers.ts";
import { attempt, isList, reject } from "../door/arguments.ts";
import { axesOf } from "../door/arrays.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import type { Halves } from "./halves.ts";
import { snapshotFields } from "./snapshot.ts";
import { Strided } from "./strided.ts";

// A function, because bundlers do not remove an unused array with a spread.
const columnNames = () => ["step", "change", "disalignment", "rescaling", ...snapshotFields] as const;

/** The matrices of a trajectory, of shape [rows, …]. */
const blockNames = ["output", "residual", "uu", "ww", "uw"] as const;

type Block = Pick<Strided, "data" | "shape" | "stride" | "offset">;

/** Whether the value has the fields of a {@link Strided} record but not its methods. */
function isPlainBlock(value: unknown): value is Block {
  return attempt(() => {
    const { data, shape, get } = value as Strided;
    return isList(shape) && shape.length === 3 && typeof data === "object" && get === undefined;
  }, false);
}

/** The record with its methods. */
function blockFrom(argument: string, { data, shape, stride, offset }: Block): Strided {
  const block = new Strided(readAnyNumbers(`${argument}.data`, data), shape);
  const sound = offset === 0 && block.stride.every((step, axis) => step === stride[axis]) && block.data.length === sizeOf(shape);
  return sound ? block : reject(`the shape of ${argument} does not fit its data; pass what sample or gradientDescent returns`);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The columns of the two slopes of a network with a kink at 0. */
function readSlopes(argument: string, value: unknown): Halves<Float64Array> {
  const { positive, negative } = value as Halves<unknown>;
  const read = (name: string, column: unknown): Float64Array =>
    isFloat64Array(column) ? column : readAnyNumbers(`${argument}.slopes.${name}`, column);
  return { positive: read("positive", positive), negative: read("negative", negative) };
}

function hasSlopes(value: unknown): boolean {
  return attempt(() => hasColumn((value as { readonly slopes: unknown }).slopes, "positive"), false);
}

/** Whether the value has this column. */
export function hasColumn(value: unknown, name: string): boolean {
  return attempt(() => axesOf((value as Readonly<Record<string, unknown>>)[name]) === 1, false);
}

/**
 * The trajectory with its columns as Float64Arrays; the same object if they already are. Other fields, such
 * as `status` and matrices of shape [times, rows, columns], do not change.
 */
export function readTrajectory<T extends object>(argument: string, value: T): T {
  const fields = value as Readonly<Record<string, unknown>>;
  const columns = columnNames().flatMap((name) => {
    if (!hasColumn(fields, name)) return [];
    const column = fields[name];
    return [[name, isFloat64Array(column) ? column : readAnyNumbers(`${argument}.${name}`, column)] as const];
  });
  const [first] = columns;
  for (const [name, { length }] of columns)
    if (length !== first![1].length)
      reject(
        `${argument}.${name} has ${length} entries and ${argument}.${first![0]} has ${first![1].length}; pass columns of equal length`,
      );
  const blocks = blockNames.flatMap((name) =>
    isPlainBlock(fields[name]) ? [[name, blockFrom(`${argument}.${name}`, fields[name])]] : [],
  );
  const slopes = hasSlopes(fields) ? { slopes: readSlopes(argument, fields["slopes"]) } : {};
  if (blocks.length === 0 && columns.every(([name, column]) => column === fields[name])) return value;
  return { ...value, ...Object.fromEntries([...columns, ...blocks]), ...slopes };
}
