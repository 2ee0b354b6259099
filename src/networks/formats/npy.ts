/**
 * NumPy's .npy format: a magic word, a version, a header with a Python dictionary as text, and the numbers.
 */
import { broken, Cursor, type FileContext, latin1, printable, readLengths, sizeOf } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { columnMajorStrides, decodeFloats, gather } from "./decode.ts";
import type { Node } from "./node.ts";
import { tensorLeaf } from "./tensorLeaf.ts";

interface NumpyDtype {
  readonly dtype: string;
  readonly bytes: number;
  readonly little: boolean;
}

/**
 * ml_dtypes' types by their own names; NumPy writes bfloat16 as two nameless bytes, "|V2", eight-bit types as
 * "|V1".
 */
const ML_DTYPES: Readonly<Record<string, readonly [string, number]>> = {
  bfloat16: ["bf16", 2],
  V2: ["bf16", 2],
  float8_e4m3fn: ["f8e4m3fn", 1],
  float8_e5m2: ["f8e5m2", 1],
  float8_e4m3fnuz: ["f8e4m3fnuz", 1],
  float8_e5m2fnuz: ["f8e5m2fnuz", 1],
  float8_e8m0fnu: ["f8e8m0", 1],
  float16: ["f16", 2],
  float32: ["f32", 4],
  float64: ["f64", 8],
};

/**
 * The type for NumPy's code, such as "<f4"; undefined for everything but real numbers (text, objects,
 * records, dates, complex numbers).
 */
export function dtypeOf(descr: string): NumpyDtype | undefined {
  const [, order = "", name = ""] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  const little = order !== ">";
  const ml = Object.hasOwn(ML_DTYPES, name) ? ML_DTYPES[name] : undefined;
  if (ml !== undefined) return { dtype: ml[0], bytes: ml[1], little };
  if (name === "?" || name === "b1" || name === "bool") return { dtype: "bool", bytes: 1, little };
  const [, integer, bits] = /^(u?int)(8|16|32|64)$/.exec(name) ?? [];
  if (integer !== undefined) return { dtype: `${integer === "int" ? "i" : "u"}${bits}`, bytes: Number(bits) / 8, little };
  const [, kind, width] = /^([fiu])(1|2|4|8)$/.exec(name) ?? [];
  if (kind === undefined || (kind === "f" && width === "1")) return undefined;
  return { dtype: `${kind}${8 * Number(width)}`, bytes: Number(width), little };
}

/** The longest header that is read; NumPy's own limit is 10,000 characters. */
const HEADER_LIMIT = 65536;

/** The bytes at the start of a file within which the header of an array of numbers ends. */
export const NPY_HEAD: number = 16384;

interface NpyHeader {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly from: number;
}

function readNpyHeader(context: FileContext, head: ByteSource): NpyHeader {
  const cursor = new Cursor(context, head, 0, head.size, "its header");
  const magic = head.size >= 10 && cursor.u8() === 0x93 && latin1(cursor.bytes(5)) === "NUMPY";
  if (!magic) broken(context, "does not begin like a .npy file");
  const version = cursor.u8();
  cursor.skip(1);
  if (version < 1 || version > 3) broken(context, `is a .npy file of version ${version}; versions up to 3 are read`);
  const length = version === 1 ? cursor.u16() : cursor.u32();
  if (length > HEADER_LIMIT) broken(context, `has a header of ${length} bytes; it is damaged`);
  const text = latin1(cursor.bytes(length));
  // A structured type has a list, and Python 2 wrote lengths as 2L.
  const descr = /'descr':\s*(?:'([^']*)'|(\[.*\]|\(.*\)))\s*,\s*'(?:fortran_order|shape)'/s.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const axes = /'shape':\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (descr === null || order === undefined || axes === undefined)
    broken(context, "has a header without descr, fortran_order and shape; it is damaged");
  const lengths = axes
    .split(",")
    .map((n) => n.trim().replace(/L$/, ""))
    .filter((n) => n !== "")
    .map((n) => (/^\d+$/.test(n) ? Number(n) : Number.NaN));
  const shape = readLengths(context, lengths);
  sizeOf(context, shape);
  return { descr: descr[1] ?? descr[2]!, fortran: order === "True", shape, from: cursor.at };
}

/** The array of a .npy file. */
export function npyNode(context: FileContext, open: () => ByteSource, head: ByteSource, size: number): Node {
  const { descr, fortran, shape, from } = readNpyHeader(context, head);
  const type = dtypeOf(descr);
  if (type === undefined) return { kind: "other", what: `an array of dtype ${printable(descr, 40)}, no floating-point numbers` };
  const { dtype, bytes, little } = type;
  const length = sizeOf(context, shape) * bytes;
  if (from + length > size)
    broken(context, `has ${size - from} bytes for the shape [${shape}] of ${printable(descr, 40)}; it is truncated`);
  if (from + length < size)
    broken(
      context,
      `has ${size - from} bytes for the shape [${shape}] of ${printable(descr, 40)}, more than that; it is damaged`,
    );
  const notFloats = `is of dtype ${printable(descr, 40)}; layers are floating-point numbers`;
  return tensorLeaf(context, shape, dtype, notFloats, (floats) => {
    const numbers = decodeFloats(floats, open().read(from, from + length), little);
    return fortran && shape.length > 1 ? gather(numbers, shape, columnMajorStrides(shape), 0) : numbers;
  });
}
