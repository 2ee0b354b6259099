/**
 * Reads numbers from arrays, typed arrays, ndarrays, ml-matrix matrices, and their clones made by
 * structuredClone or JSON. The numbers are always copied.
 */
import { attempt, isList, readRecord, refuse, reject } from "./arguments.ts";
import { indexed } from "./indexed.ts";
import { isFloat64Array } from "./typedArrays.ts";

/** The part of a 1-D ndarray that is read. */
export interface NdArrayLike {
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** The distance in `data` between neighbours along each axis. */
  readonly stride: readonly number[];
  /** The index of the first entry in `data`. */
  readonly offset: number;
  /** An array, or a store with `get` and `length`. */
  readonly data: ArrayLike<number> | NdArrayStore;
}

/** The data of an ndarray that are stored in an object with accessors. */
export interface NdArrayStore {
  /** The number of entries. */
  readonly length: number;
  /** The entry at this index. */
  get(index: number): number;
}

/** The part of an ml-matrix matrix that is read. */
export interface MatrixObject {
  /** The number of rows. */
  readonly rows: number;
  /** The number of columns. */
  readonly columns: number;
  /** The entry in this row and column. */
  get(row: number, column: number): number;
}

/**
 * Numbers along one axis: array, typed array, 1-D ndarray, or an ml-matrix matrix of one row or one column.
 */
export type VectorLike = ArrayLike<number> | NdArrayLike | MatrixObject;

/** Numbers along two axes: array of rows, 2-D ndarray, or ml-matrix matrix. */
export type MatrixLike = ArrayLike<ArrayLike<number>> | NdArrayLike | MatrixObject;

/** A matrix as the library reads it, rows one after the other. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

const VECTOR = "pass numbers in an array, a typed array, a 1-D ndarray or a matrix of one row or column";
const MATRIX = "pass an array of rows of one length, a 2-D ndarray or a matrix";

/** A fresh copy of at least one number; all must be finite. */
export function readVector(argument: string, value: unknown): Float64Array {
  const numbers = readUnchecked(argument, value);
  checkEntries(argument, numbers);
  return numbers;
}

/**
 * A fresh copy of at least one number. The caller checks that the numbers are finite.
 */
export function readUnchecked(argument: string, value: unknown): Float64Array {
  const numbers = copyVector(argument, value);
  return numbers.length > 0 ? numbers : refuse(argument, value, "pass at least one number");
}

/** A fresh copy of a matrix of at least one entry; all must be finite. */
export function readMatrix(argument: string, value: unknown): Rows {
  const matrix = readUncheckedMatrix(argument, value);
  checkEntries(argument, matrix.data);
  return matrix;
}

/** A fresh copy of a matrix of at least one entry. The caller checks that the entries are finite. */
export function readUncheckedMatrix(argument: string, value: unknown): Rows {
  const matrix = copyMatrix(argument, value);
  return matrix.data.length > 0 ? matrix : refuse(argument, value, "pass at least one row and one column");
}

/** A fresh copy of a matrix in the library's own form. */
export function readRows(argument: string, value: unknown): Rows {
  const { rows, columns, data } = readRecord(argument, value, ["rows", "columns", "data"]);
  const numbers = readVector(`${argument}.data`, data);
  const fits = Number.isInteger(rows) && Number.isInteger(columns) && (rows as number) * (columns as number) === numbers.length;
  if (!fits) reject(`${argument} has ${numbers.length} entries for ${String(rows)} rows and ${String(columns)} columns`);
  return { rows: rows as number, columns: columns as number, data: numbers };
}

/** The number of axes; 0 if the value is not an array. */
export function axesOf(value: unknown): number {
  const list = listOf(value);
  if (list === undefined) return gridOf(value)?.shape.length ?? 0;
  return listOf(list[0]) === undefined ? 1 : 2;
}

function copyVector(argument: string, value: unknown): Float64Array {
  // A detached array has length 0.
  if (isFloat64Array(value)) return new Float64Array(value.length > 0 ? value : []);
  const grid = gridOf(value);
  if (grid === undefined) return fromList(argument, listOf(value) ?? refuse(argument, value, VECTOR));
  const [rows, columns = 1, ...more] = grid.shape;
  if (rows === undefined || (rows !== 1 && columns !== 1) || more.length > 0)
    reject(`${argument} has the shape [${grid.shape}]; ${VECTOR}`);
  return fromGrid(argument, grid, rows, columns);
}

function copyMatrix(argument: string, value: unknown): Rows {
  const grid = gridOf(value);
  if (grid !== undefined) {
    const [rows, columns, ...more] = grid.shape;
    if (rows === undefined || columns === undefined || more.length > 0)
      reject(`${argument} has the shape [${grid.shape}]; ${MATRIX}`);
    return { rows, columns, data: fromGrid(argument, grid, rows, columns) };
  }
  const list = listOf(value) ?? refuse(argument, value, MATRIX);
  const rows = Array.from(list, (row, i) => copyVector(`${argument}[${i}]`, row));
  const columns = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns)
      reject(`${argument}[${i}] has ${row.length} entries and ${argument}[0] has ${columns}; pass rows of one length`);
    data.set(row, i * columns);
  }
  return { rows: rows.length, columns, data };
}

/** Entries by their indices. */
interface Grid {
  readonly shape: readonly number[];
  at(i: number, j: number): unknown;
}

/** Reads an ndarray or a matrix, with its methods or without, as in a clone. Undefined for other values. */
function gridOf(value: unknown): Grid | undefined {
  return attempt((): Grid | undefined => {
    if (isList(value)) return undefined;
    const { shape, stride, offset, data, rows, columns, get } = value as Partial<NdArrayLike & MatrixObject>;
    if (shape && stride && data) {
      const sound = [...shape, ...stride, offset].every(Number.isSafeInteger) && shape.every((length) => length >= 0);
      const [down = 0, across = 0] = stride;
      const at = "get" in data ? (k: number) => data.get(k) : (k: number) => data[k];
      return sound ? { shape, at: (i, j) => at(offset! + i * down + j * across) } : undefined;
    }
    if (!Number.isInteger(rows) || !Number.isInteger(columns)) return undefined;
    if (get) return { shape: [rows!, columns!], at: (i, j) => (value as MatrixObject).get(i, j) };
    const all = Array.from(listOf(data)!).flatMap((row) => rowOf(row, columns!));
    return all.length === rows! * columns! ? { shape: [rows!, columns!], at: (i, j) => all[i * columns! + j] } : undefined;
  }, undefined);
}

/** Reads a row of this length; a number is a row of one entry. */
function rowOf(row: unknown, length: number): unknown[] {
  const list = listOf(row);
  if (list === undefined) return [row];
  return list.length === length ? Array.from(list) : [];
}

function fromGrid(argument: string, { at }: Grid, rows: number, columns: number): Float64Array {
  const out = allocate(argument, rows * columns);
  let k = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) out[k] = entry(argument, at(i, j), k);
  }
  return out;
}

function fromList(argument: string, values: ArrayLike<unknown>): Float64Array {
  // Checked before memory is allocated, because a sparse array can have a huge length.
  if (values.length > 0) entry(argument, values[0], 0);
  const out = allocate(argument, values.length);
  for (let i = 0; i < out.length; i++) out[i] = entry(argument, values[i], i);
  return out;
}

function allocate(argument: string, count: number): Float64Array {
  return attempt(() => new Float64Array(count), undefined) ?? reject(`${argument} has ${count} entries, more than fit in memory`);
}

function entry(argument: string, value: unknown, index: number): number {
  return typeof value === "number" ? value : refuse(`${argument}[${index}]`, value, "pass numbers");
}

/** Refuses NaN and ±Infinity. */
export function checkEntries(argument: string, numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isFinite(numbers[i])) refuse(`${argument}[${i}]`, numbers[i], "pass finite numbers");
  }
}

/**
 * A value with entries by index. The record that JSON makes of a typed array is turned into an array.
 */
function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (isList(value)) return value;
  if (!ArrayBuffer.isView(value)) return indexed(value);
  return "length" in value ? (value as unknown as ArrayLike<unknown>) : undefined;
}
