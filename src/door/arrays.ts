/**
 * Numbers in any container that the caller uses: arrays, typed arrays, ndarrays, ml-matrix matrices, and what
 * structuredClone and JSON make of them. They are always copied.
 */
import { attempt, isList, readRecord, refuse, reject } from "./arguments.ts";
import { indexed } from "./indexed.ts";
import { numberOf } from "./json.ts";
import { isFloat64Array } from "./typedArrays.ts";

/** The part of a 1-D ndarray that is read. */
export interface NdArrayLike {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
  /** An array, or a store with `get` and `length`. */
  readonly data: ArrayLike<number> | NdArrayStore;
}

/** The data of an ndarray that are not an array. */
export interface NdArrayStore {
  readonly length: number;
  /** The entry at this index. */
  get(index: number): number;
}

/** The part of an ml-matrix matrix that is read. */
export interface MatrixObject {
  readonly rows: number;
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

/**
 * A fresh copy of the numbers, all finite, at least one; with `special`, ±Infinity too (never NaN), also as
 * the text that this library's JSON has for it.
 */
export function readVector(argument: string, value: unknown, special = false): Float64Array {
  const numbers = readUnchecked(argument, value, special);
  checkEntries(argument, numbers, special);
  return numbers;
}

/**
 * A fresh copy of the numbers, at least one. They are not checked for being finite: the caller does that as
 * it reads them.
 */
export function readUnchecked(argument: string, value: unknown, special = false): Float64Array {
  const numbers = copyVector(argument, value, special);
  return numbers.length > 0 ? numbers : refuse(argument, value, "pass at least one number");
}

/** A fresh copy of the matrix, all entries finite, at least one; with `special`, ±Infinity too. */
export function readMatrix(argument: string, value: unknown, special = false): Rows {
  const matrix = copyMatrix(argument, value, special);
  if (matrix.data.length === 0) refuse(argument, value, "pass at least one row and one column");
  checkEntries(argument, matrix.data, special);
  return matrix;
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
  if (isNdArray(value)) return value.shape.length;
  if (isMatrix(value)) return 2;
  const list = listOf(value);
  if (list === undefined) return 0;
  return listOf(list[0]) === undefined ? 1 : 2;
}

function copyVector(argument: string, value: unknown, special = false): Float64Array {
  if (isFloat64Array(value)) return copyOf(argument, value);
  if (isNdArray(value)) {
    const [length, ...more] = shapeOf(argument, value);
    if (length === undefined || more.length > 0) reject(`${argument} is an ndarray of shape [${value.shape}]; ${VECTOR}`);
    return strided(argument, value, length, 1, special);
  }
  if (isMatrix(value)) {
    if (value.rows !== 1 && value.columns !== 1)
      reject(`${argument} is a matrix of ${value.rows} rows and ${value.columns} columns; ${VECTOR}`);
    return entries(argument, value, special);
  }
  return fromList(argument, listOf(value) ?? refuse(argument, value, VECTOR), special);
}

function copyMatrix(argument: string, value: unknown, special = false): Rows {
  if (isNdArray(value)) {
    const [rows, columns, ...more] = shapeOf(argument, value);
    if (rows === undefined || columns === undefined || more.length > 0)
      reject(`${argument} is an ndarray of shape [${value.shape}]; ${MATRIX}`);
    return { rows, columns, data: strided(argument, value, rows, columns, special) };
  }
  if (isMatrix(value)) return { rows: value.rows, columns: value.columns, data: entries(argument, value, special) };
  const list = listOf(value) ?? refuse(argument, value, MATRIX);
  const rows = Array.from(list, (row, i) => copyVector(`${argument}[${i}]`, row, special));
  const columns = rows[0]?.length ?? 0;
  const data = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns)
      reject(`${argument}[${i}] has ${row.length} entries and ${argument}[0] has ${columns}; pass rows of one length`);
    data.set(row, i * columns);
  }
  return { rows: rows.length, columns, data };
}

/** A copy; an array that was transferred to another thread, or whose buffer shrank, has no numbers left. */
function copyOf(argument: string, array: Float64Array): Float64Array {
  if (array.length > 0) return new Float64Array(array);
  return attempt(() => new Float64Array(array), undefined) ?? reject(`${argument} has no numbers left: its buffer was detached`);
}

/** The lengths of the axes, which are integers, as are the strides. */
function shapeOf(argument: string, { shape, stride, offset }: NdArrayLike): readonly number[] {
  const sound = [...shape, ...stride, offset].every(Number.isSafeInteger) && shape.every((length) => length >= 0);
  return sound ? shape : refuse(`${argument}.shape`, shape, "pass integers in shape, stride and offset");
}

function strided(
  argument: string,
  { data, stride, offset }: NdArrayLike,
  rows: number,
  columns: number,
  special: boolean,
): Float64Array {
  const [down = 0, across = 0] = stride;
  const store = "get" in data && typeof data.get === "function" ? data : undefined;
  const get = (i: number, j: number): number => {
    const index = offset + i * down + j * across;
    return store ? store.get(index) : (data as ArrayLike<number>)[index]!;
  };
  return entries(argument, { rows, columns, get }, special);
}

function entries(argument: string, matrix: AnyMatrix, special: boolean): Float64Array {
  const { rows, columns, data } = matrix;
  if (matrix.get === undefined) {
    // Rows, or all numbers in one array.
    const lists = axesOf(data) === 2 ? Array.from(listOf(data)!) : [data];
    const numbers = lists.map((list) => Array.from(copyVector(argument, list, special)));
    const size = lists.length === rows ? columns : rows * columns;
    if (lists.length * size !== rows * columns || numbers.some(({ length }) => length !== size))
      reject(`${argument} has other entries than its ${rows} rows and ${columns} columns`);
    return Float64Array.from(numbers.flat());
  }
  const out = allocate(argument, rows * columns);
  let k = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, k++) out[k] = entry(argument, matrix.get(i, j), k, special);
  }
  return out;
}

function fromList(argument: string, values: ArrayLike<unknown>, special: boolean): Float64Array {
  // Checked before memory is allocated: a sparse array of huge length has no first entry.
  if (values.length > 0) entry(argument, values[0], 0, special);
  const out = allocate(argument, values.length);
  for (let i = 0; i < out.length; i++) out[i] = entry(argument, values[i], i, special);
  return out;
}

function allocate(argument: string, count: number): Float64Array {
  return attempt(() => new Float64Array(count), undefined) ?? reject(`${argument} has ${count} entries, more than fit in memory`);
}

function entry(argument: string, value: unknown, index: number, special = false): number {
  const number = special ? numberOf(value) : value;
  return typeof number === "number" ? number : refuse(`${argument}[${index}]`, value, "pass numbers");
}

/** Refuses NaN, and ±Infinity unless `special`. */
export function checkEntries(argument: string, numbers: Float64Array, special: boolean): void {
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!;
    if (special ? Number.isNaN(x) : !Number.isFinite(x))
      refuse(`${argument}[${i}]`, x, special ? "pass numbers" : "pass finite numbers");
  }
}

/** A value whose entries can be read by their index, or the entries of a typed array that went through JSON. */
function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (isList(value)) return value;
  if (!ArrayBuffer.isView(value)) return indexed(value);
  return "length" in value ? (value as unknown as ArrayLike<unknown>) : undefined;
}

function isNdArray(value: unknown): value is NdArrayLike {
  return (
    !isList(value) &&
    looksLike<NdArrayLike>(
      value,
      ({ shape, stride, offset, data }) =>
        isList(shape) && isList(stride) && typeof offset === "number" && typeof data === "object" && data !== null,
    )
  );
}

/** A matrix, or its fields alone: of an ml-matrix matrix that was cloned, and of {@link Rows}. */
type AnyMatrix = Pick<Rows, "rows" | "columns"> & Partial<MatrixObject> & { readonly data?: unknown };

function isMatrix(value: unknown): value is AnyMatrix {
  return looksLike<AnyMatrix>(value, ({ rows, columns, get, data }) => {
    const hasEntries = get === undefined ? typeof data === "object" && data !== null : typeof get === "function";
    return Number.isInteger(rows) && Number.isInteger(columns) && hasEntries;
  });
}

/** Whether it is an object with such properties; one that cannot be read is not. */
function looksLike<T extends object>(value: unknown, test: (value: Partial<T>) => boolean): value is T {
  return typeof value === "object" && attempt(() => test(value as Partial<T>), false);
}
