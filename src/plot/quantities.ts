/** The axis titles of a trajectory's columns: name, symbol, unit. */

import { attempt, isList, readChoice, readRecord, refuse, reject } from "../door/arguments.ts";
import type { NdArrayLike } from "../door/arrays.ts";
import { hasColumn, readTrajectory as readColumns } from "../model/readTrajectory.ts";
import { fieldTitles } from "../model/snapshot.ts";
import type { Strided } from "../model/strided.ts";
import type { Trajectory } from "../model/trajectory.ts";

/** The quantities that can be drawn against time. */
export type Quantity = Exclude<keyof Trajectory, "t" | "toRows">;

/**
 * The columns that plots read, from a sampled flow, a descent, a simulation or a log. All are optional. With
 * several inputs and outputs, some of them are blocks of matrices, which are not drawn.
 */
export type Plottable = { readonly t: Float64Array } & { readonly [Name in Quantity]?: Float64Array | Strided };

/** A quantity to draw, or the one that replaces it if a trajectory has matrices under its name. */
export type Choice = Quantity | readonly [Quantity, Quantity];

/** The sizes replace output and kernel if these are matrices. */
export const OUTPUT: Choice = ["output", "outputSize"];
export const KERNEL: Choice = ["kernel", "kernelSize"];

export const quantityNames: readonly Quantity[] = (Object.keys(fieldTitles) as (keyof typeof fieldTitles)[]).filter(
  (name) => name !== "t",
);

/** {@link Plottable} as it may be passed: columns in any array, also after structuredClone or JSON. */
export type PlottableLike = { readonly t: ArrayLike<number> } & {
  readonly [Name in Quantity]?: ArrayLike<number> | NdArrayLike | undefined;
};

/** One trajectory, or several by name. */
export function readSeries(argument: string, value: unknown): [string, Plottable][] {
  if (hasColumn(value, "t")) return [["", readTrajectory(argument, value)]];
  const entries = Object.entries(readRecord(argument, value) as Record<string, unknown>);
  if (entries.length === 0)
    refuse(argument, value, "pass the result of sample, gradientDescent or trajectoryOf, or several by name");
  return entries.map(([name, trajectory]) => [name, readTrajectory(`${argument}.${name}`, trajectory)]);
}

export function readTrajectory(argument: string, value: unknown): Plottable {
  const read = hasColumn(value, "t") ? readColumns(argument, value as object) : undefined;
  return isTrajectory(read) ? read : refuse(argument, value, "pass what sample, gradientDescent or trajectoryOf returns");
}

function isTrajectory(value: unknown): value is Plottable {
  return attempt(() => {
    const columns = value as Readonly<Record<string, Float64Array | Strided | undefined>>;
    const size = (columns["t"] as Float64Array).length;
    const fits = quantityNames.every((name) => {
      const column = columns[name];
      return column === undefined || (isColumn(column) ? column.length : column.shape[0]) === size;
    });
    return isColumn(columns["t"]) && size > 0 && fits;
  }, false);
}

function isColumn(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value);
}

/**
 * Reads the names of quantities. Every trajectory must have them. By default, those of the standard names
 * that exist.
 */
export function readQuantities(
  value: unknown,
  series: readonly (readonly [string, Plottable])[],
  otherwise: readonly Choice[],
): Quantity[] {
  const knows = (name: Quantity): boolean => series.every(([, trajectory]) => columnOf(trajectory, name) !== undefined);
  if (value === undefined) {
    const known = otherwise.flatMap((choice) => [choice].flat().find(knows) ?? []);
    return known.length > 0 ? known : reject(`the trajectory has none of ${otherwise.flat().join(", ")}; pass { quantities }`);
  }
  if (!isList(value) || value.length === 0) refuse("quantities", value, 'pass names like ["loss", "kernel"]');
  return Array.from(value, (one, i) => {
    const name = readChoice(`quantities[${i}]`, one, quantityNames);
    if (knows(name)) return name;
    return series.some(([, trajectory]) => isBlock(trajectory[name]))
      ? reject(`quantities[${i}] is "${name}", which has a matrix at each time; pass names of numbers such as "outputSize"`)
      : reject(`quantities[${i}] is "${name}", which the trajectory does not have; leave it out`);
  });
}

/** A column that the plot requires. */
export function readColumn(argument: string, trajectory: Plottable, name: Quantity): Float64Array {
  return (
    columnOf(trajectory, name) ?? reject(`${argument} has no ${name}; pass the result of sample, gradientDescent or trajectoryOf`)
  );
}

/** A column of numbers, or undefined. */
export function columnOf(trajectory: Plottable, name: Quantity): Float64Array | undefined {
  const column = trajectory[name];
  return !isColumn(column) || column.some(Number.isNaN) ? undefined : column;
}

function isBlock(column: Float64Array | Strided | undefined): boolean {
  return column !== undefined && !isColumn(column);
}

/** A value for JSON; null if it is infinite, because it cannot be drawn. */
export const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
