/** HDF5's datasets of numbers: contiguous, within their header, or in chunks that may be compressed. */
import { broken, type Cursor, limitExpansion, sizeOf } from "../bytes.ts";
import { decodeFloats, type FloatType } from "../decode.ts";
import type { Node } from "../node.ts";
import { tensorLeaf } from "../tensorLeaf.ts";
import { assemble, type Block, indexedChunks, treeChunks } from "./chunks.ts";
import { type Filter, readFilters } from "./filters.ts";
import { type Hdf5, MESSAGE, type Message } from "./objects.ts";

/** The tensor of a dataset, or a description if the dataset has no numbers. */
export function datasetNode(file: Hdf5, messages: readonly Message[]): Node {
  const of = (wanted: number): Message | undefined => messages.find(({ type }) => type === wanted);
  const [space, type, layout] = [of(MESSAGE.dataspace), of(MESSAGE.datatype), of(MESSAGE.layout)];
  if (space === undefined || type === undefined || layout === undefined) return { kind: "other", what: "" };
  if (type.shared || space.shared || layout.shared) return { kind: "other", what: "a dataset of a named type" };
  const shape = readSpace(file, space.data);
  const number = readType(type.data);
  if (shape === undefined || number === undefined) return { kind: "other", what: "a dataset without floating-point numbers" };
  const { dtype, bytes, little } = number;
  const size = sizeOf(file.context, shape) * bytes;
  const filters = of(MESSAGE.filters);
  const content = readLayout(
    file,
    layout.data,
    { shape, bytes, size },
    filters === undefined ? [] : readFilters(file, filters.data),
  );
  if (typeof content === "string") return { kind: "other", what: content };
  const notFloats = "has no floating-point numbers in a dataset of integers";
  return tensorLeaf(file.context, shape, dtype ?? `i${8 * bytes}`, notFloats, (floats) =>
    decodeFloats(floats, content(), little),
  );
}

/** The lengths of the axes; undefined for a dataset without content. */
export function readSpace(file: Hdf5, data: Cursor): number[] | undefined {
  const version = data.u8();
  const axes = data.u8();
  data.skip(1);
  if (version === 1) data.skip(5);
  else if (version !== 2 || data.u8() === 2) return undefined;
  return Array.from({ length: axes }, () => file.length(data));
}

/** The type of the numbers; dtype is undefined for integers. */
function readType(data: Cursor): { dtype: FloatType | undefined; bytes: number; little: boolean } | undefined {
  const kind = data.u8() & 0x0f;
  const order = data.u8();
  data.skip(2);
  const bytes = data.u32();
  const little = (order & 1) === 0;
  if (kind === 0) return [1, 2, 4, 8].includes(bytes) ? { dtype: undefined, bytes, little } : undefined;
  // 0x40: the mixed byte order of a VAX.
  if (kind !== 1 || order & 0x40) return undefined;
  data.skip(5);
  const exponent = data.u8();
  data.skip(1);
  const mantissa = data.u8();
  const bias = data.u32();
  const types: Readonly<Record<string, FloatType>> = {
    "8 11 52 1023": "f64",
    "4 8 23 127": "f32",
    "2 5 10 15": "f16",
    "2 8 7 127": "bf16",
    "1 4 3 7": "f8e4m3fn",
    "1 5 2 15": "f8e5m2",
  };
  const dtype = types[`${bytes} ${exponent} ${mantissa} ${bias}`];
  return dtype === undefined ? undefined : { dtype, bytes, little };
}

/** How the numbers are read, or the reason why they are not. */
function readLayout(file: Hdf5, data: Cursor, block: Block, filters: readonly Filter[]): (() => Uint8Array) | string {
  const version = data.u8();
  if (version < 3 || version > 5) return `a dataset with a layout of version ${version}; rewrite it by h5repack`;
  const kind = data.u8();
  if (kind === 0) {
    const length = data.u16();
    const content = data.bytes(length);
    if (length !== block.size) broken(file.context, `has ${length} bytes for the shape [${block.shape}]; it is damaged`);
    return () => content.slice();
  }
  if (kind === 1) {
    const at = file.address(data);
    const length = file.length(data);
    // Never written: the fill value, zero.
    if (at === undefined) {
      limitExpansion(file.context, "a dataset that was never written", 0, block.size);
      return () => new Uint8Array(block.size);
    }
    if (length !== block.size) broken(file.context, `has ${length} bytes for the shape [${block.shape}]; it is damaged`);
    if (at + length > file.source.size)
      broken(file.context, `ends at byte ${at + length} of ${file.source.size}; it is truncated`);
    return () => file.source.read(at, at + length);
  }
  if (kind !== 2) return "a dataset of other files";
  const unknown = filters.find(({ id }) => ![1, 2, 3, 32000].includes(id));
  if (unknown !== undefined) return `a dataset compressed by filter ${unknown.id}; rewrite it by h5repack -f GZIP=1`;
  const chunks = version === 3 ? treeChunks(file, data, block) : indexedChunks(file, data, block, filters.length > 0);
  if (typeof chunks === "string") return chunks;
  return () => assemble(file, block, chunks(), filters);
}
