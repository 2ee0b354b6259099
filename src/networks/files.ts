/**
 * Checkpoints as people have them: the safetensors format (8 bytes of length, a JSON header, the tensors' bytes), NumPy's .npy (a magic word,
 * a header, the bytes) and .npz (a zip of those). Everything is checked against the file's length before it is read.
 */
import { strFromU8, unzipSync } from "fflate";
import { attempt, readRecord, refuse } from "../numerics/check.ts";
import { FeatureLearningError } from "../numerics/error.ts";
import { flattened } from "./tensor.ts";

/** A tensor of a file, as numbers. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

function broken(where: string, file: string, what: string): never {
  throw new FeatureLearningError("invalid-argument", `${where}: ${file} ${what}.`);
}

function readBytes(where: string, bytes: unknown, file: unknown): { view: DataView; name: string } {
  const given = attempt(() => (bytes instanceof Uint8Array ? bytes : undefined), undefined);
  const { buffer, byteOffset, byteLength } = given ?? refuse(where, "bytes", bytes, "pass the file's bytes, a Uint8Array");
  const name = typeof file === "string" ? file : "the file";
  return { view: new DataView(buffer, byteOffset, byteLength), name };
}

/**
 * The floating-point tensors of a .safetensors file, by name, in the file's order.
 *
 * @param bytes - The file.
 * @param file - Its name, for messages.
 * @throws FeatureLearningError `"invalid-argument"`, naming file and tensor: a file that is truncated, whose header is no JSON or points
 * beyond it, a tensor whose bytes do not fit its shape, or with NaN or infinite values.
 *
 * @example
 * ```ts
 * import { readSafetensors } from "feature-learning/deep";
 *
 * const header = new TextEncoder().encode('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
 * const bytes = new Uint8Array(8 + header.length + 4);
 * new DataView(bytes.buffer).setUint32(0, header.length, true);
 * bytes.set(header, 8);
 * new DataView(bytes.buffer).setFloat32(8 + header.length, 1.5, true);
 * console.log(readSafetensors(bytes)["w"]!.data); // Float64Array(1) [ 1.5 ]
 * ```
 */
export function readSafetensors(bytes: Uint8Array, file?: string): Readonly<Record<string, Tensor>> {
  const where = "readSafetensors";
  const { view, name } = readBytes(where, bytes, file);
  if (view.byteLength < 8) broken(where, name, `has ${view.byteLength} bytes; a safetensors file has at least 8`);
  const length = Number(view.getBigUint64(0, true));
  if (length > view.byteLength - 8)
    broken(where, name, `is truncated, or no safetensors file: its header would be of ${length} bytes`);
  const text = strFromU8(new Uint8Array(view.buffer, view.byteOffset + 8, length));
  const header = attempt(() => JSON.parse(text) as unknown, undefined);
  if (typeof header !== "object" || header === null) broken(where, name, "has a header that is no JSON object");
  const start = 8 + length;
  const tensors: [string, Tensor][] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === "__metadata__") continue;
    const tensor = `${name}, tensor ${key},`;
    const { dtype, shape, data_offsets: offsets } = attempt(() => readRecord(where, key, entry), {}) as Record<string, unknown>;
    const range = Array.isArray(offsets) && offsets.length === 2 ? (offsets as [unknown, unknown]) : undefined;
    const sound =
      range?.every((at) => Number.isInteger(at) && (at as number) >= 0) &&
      Array.isArray(shape) &&
      shape.every((n) => Number.isInteger(n) && n >= 0);
    if (range === undefined || !sound || typeof dtype !== "string") broken(where, tensor, "has no dtype, shape and data_offsets");
    const [from, to] = range as [number, number];
    if (to < from || start + to > view.byteLength)
      broken(where, tensor, `ends at byte ${start + to} of ${view.byteLength}; the file is truncated`);
    const decode = dtypes[dtype];
    // Integers are counters and indices, no layers.
    if (decode === undefined) continue;
    const count = (shape as number[]).reduce((product, n) => product * n, 1);
    if (to - from !== count * decode.bytes)
      broken(where, tensor, `has ${to - from} bytes for the shape [${shape as number[]}] of ${dtype}`);
    tensors.push([key, { shape: shape as number[], data: decoded(where, tensor, view, start + from, count, decode, true) }]);
  }
  return Object.fromEntries(tensors);
}

interface Decoder {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

const dtypes: Readonly<Record<string, Decoder>> = {
  F64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  F32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  F16: { bytes: 2, read: (view, at, little) => half(view.getUint16(at, little)) },
  BF16: { bytes: 2, read: (view, at, little) => bfloat(view.getUint16(at, little)) },
};

/** IEEE's half precision. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a single-precision number. */
function bfloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

function decoded(
  where: string,
  tensor: string,
  view: DataView,
  at: number,
  count: number,
  { bytes, read }: Decoder,
  little: boolean,
): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const x = read(view, at + i * bytes, little);
    if (!Number.isFinite(x)) broken(where, tensor, `has ${x} at ${i}: the run diverged, or the file is broken`);
    out[i] = x;
  }
  return out;
}

/**
 * The array of a .npy file.
 *
 * @param bytes - The file.
 * @param file - Its name, for messages.
 * @throws FeatureLearningError `"invalid-argument"`, naming the file: no .npy file, truncated, not of floating-point numbers, or with NaN
 * or infinite values.
 *
 * @example
 * ```ts
 * import { readNpy } from "feature-learning/deep";
 *
 * const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + "\n";
 * const bytes = new Uint8Array([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0, ...new TextEncoder().encode(header), ...new Uint8Array(16)]);
 * console.log(readNpy(bytes)); // { shape: [ 2 ], data: Float64Array(2) [ 0, 0 ] }
 * ```
 */
export function readNpy(bytes: Uint8Array, file?: string): Tensor {
  const where = "readNpy";
  const { view, name } = readBytes(where, bytes, file);
  const magic = view.byteLength >= 12 && view.getUint8(0) === 0x93 && text(view, 1, 5) === "NUMPY";
  if (!magic) broken(where, name, "does not begin like a .npy file");
  const wide = view.getUint8(6) >= 2;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  if (start > view.byteLength) broken(where, name, "is truncated within its header");
  const header = text(view, wide ? 12 : 10, length);
  const [, descr] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, order] = /'fortran_order':\s*(True|False)/.exec(header) ?? [];
  const [, axes] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  const decode = { f8: dtypes["F64"], f4: dtypes["F32"], f2: dtypes["F16"] }[descr?.slice(1) ?? ""];
  if (descr === undefined || order === undefined || axes === undefined)
    broken(where, name, "has a header without descr, fortran_order and shape");
  if (decode === undefined) broken(where, name, `is of dtype ${descr}; floating-point numbers are what layers are made of`);
  const shape = axes
    .split(",")
    .filter((n) => n.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  if (start + count * decode.bytes > view.byteLength)
    broken(where, name, `has ${view.byteLength - start} bytes for the shape [${shape}] of ${descr}; it is truncated`);
  const data = decoded(where, name, view, start, count, decode, !descr.startsWith(">"));
  return { shape, data: order === "True" ? rowMajor(shape, data) : data };
}

function text(view: DataView, at: number, length: number): string {
  return strFromU8(new Uint8Array(view.buffer, view.byteOffset + at, length), true);
}

/** Columns first, turned to rows first. */
function rowMajor(shape: readonly number[], data: Float64Array): Float64Array {
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((product, n) => product * n, 1));
  return flattened({ shape, stride, offset: 0, data });
}

/**
 * The arrays of a .npz file, by name, in the file's order.
 *
 * @throws FeatureLearningError `"invalid-argument"`, naming file and array: no zip file, or an array that {@link readNpy} refuses.
 *
 * @example
 * ```ts
 * import { FeatureLearningError } from "feature-learning";
 * import { readNpz } from "feature-learning/deep";
 *
 * try {
 *   readNpz(new Uint8Array(3), "run.npz");
 * } catch (error) {
 *   if (error instanceof FeatureLearningError) console.log(error.message); // readNpz: run.npz is no zip file, or truncated.
 * }
 * ```
 */
export function readNpz(bytes: Uint8Array, file?: string): Readonly<Record<string, Tensor>> {
  const where = "readNpz";
  const { name } = readBytes(where, bytes, file);
  const entries = attempt(() => unzipSync(bytes), undefined) ?? broken(where, name, "is no zip file, or truncated");
  return Object.fromEntries(
    Object.entries(entries).map(([key, content]) => [key.replace(/\.npy$/, ""), readNpy(content, `${name}, array ${key}`)]),
  );
}
