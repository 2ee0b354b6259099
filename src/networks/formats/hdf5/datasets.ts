/** HDF5's datasets of numbers: contiguous, within their header, or in chunks that may be compressed. */
import { unzlibSync } from "fflate";
import { attempt } from "../../../door/arguments.ts";
import { broken, type Cursor, limitExpansion, sizeOf } from "../bytes.ts";
import { decodeFloats, type FloatType, rowMajorStrides } from "../decode.ts";
import type { Node } from "../node.ts";
import { fletcher32 } from "./lookup3.ts";
import { type Hdf5, MESSAGE, type Message } from "./objects.ts";

/** The tensor of a dataset; what it is instead, if it is none of numbers. */
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
  const floating = dtype !== undefined;
  return {
    kind: "tensor",
    tensor: {
      shape,
      dtype: dtype ?? `i${8 * bytes}`,
      floating,
      read: () =>
        floating
          ? decodeFloats(dtype, content(), little)
          : broken(file.context, "has no floating-point numbers in a dataset of integers"),
    },
  };
}

/** The lengths of the axes; undefined of a dataset without content. */
export function readSpace(file: Hdf5, data: Cursor): number[] | undefined {
  const version = data.u8();
  const axes = data.u8();
  data.skip(1);
  if (version === 1) data.skip(5);
  else if (version !== 2 || data.u8() === 2) return undefined;
  return Array.from({ length: axes }, () => file.length(data));
}

/** The type of numbers; dtype is undefined of integers. */
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

interface Block {
  readonly shape: readonly number[];
  /** Of a number, and of the whole. */
  readonly bytes: number;
  readonly size: number;
}

interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

function readFilters(file: Hdf5, data: Cursor): Filter[] {
  const version = data.u8();
  const count = data.u8();
  if (version === 1) data.skip(6);
  else if (version !== 2) broken(file.context, "has filters of an unknown version; it is damaged");
  return Array.from({ length: count }, () => {
    const id = data.u16();
    const nameLength = version === 1 || id >= 256 ? data.u16() : 0;
    data.skip(2);
    const values = data.u16();
    data.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    const read = Array.from({ length: values }, () => data.u32());
    if (version === 1 && values % 2 === 1) data.skip(4);
    return { id, values: read };
  });
}

/** How the numbers are read, or why they are not. */
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

interface Chunk {
  readonly offset: readonly number[];
  readonly at: number;
  readonly stored: number;
  /** Filters that were left out for this chunk, a bit each. */
  readonly mask: number;
}

interface Chunks {
  readonly shape: readonly number[];
  readonly list: readonly Chunk[];
}

const CHUNKS_LIMIT = 4_000_000;

/** Chunks by a B-tree of version 1. */
function treeChunks(file: Hdf5, data: Cursor, block: Block): () => Chunks {
  const axes = data.u8() - 1;
  const tree = file.address(data);
  const shape = Array.from({ length: axes }, () => data.u32());
  expectChunkShape(file, shape, block, data.u32());
  return () => {
    const list: Chunk[] = [];
    const seen = new Set<number>();
    const walk = (at: number): void => {
      if (seen.has(at) || seen.size > CHUNKS_LIMIT) broken(file.context, "has a dataset within itself; it is damaged");
      seen.add(at);
      const node = file.cursor(at);
      file.signature(node, "TREE");
      if (node.u8() !== 1) broken(file.context, "has a damaged dataset");
      const level = node.u8();
      const count = node.u16();
      node.skip(2 * file.offsetSize);
      for (let n = 0; n < count; n++) {
        const stored = node.u32();
        const mask = node.u32();
        const offset = Array.from({ length: axes }, () => node.u64());
        node.skip(8);
        const child = file.address(node) ?? broken(file.context, "has a damaged dataset");
        if (level > 0) walk(child);
        else if (list.push({ offset, at: child, stored, mask }) > CHUNKS_LIMIT)
          broken(file.context, "has too many chunks; it is damaged");
      }
    };
    if (tree !== undefined) walk(tree);
    return { shape, list };
  };
}

function expectChunkShape(file: Hdf5, shape: readonly number[], block: Block, bytes: number): void {
  if (shape.length !== block.shape.length || shape.some((n) => n === 0) || bytes !== block.bytes)
    broken(file.context, `has chunks of shape [${shape}] for the shape [${block.shape}]; it is damaged`);
  limitExpansion(file.context, "a chunk of a dataset", file.source.size, sizeOf(file.context, shape) * bytes);
}

/** Chunks by an index of version 4 or 5: one chunk, all in a row, or an array of addresses. */
function indexedChunks(file: Hdf5, data: Cursor, block: Block, filtered: boolean): (() => Chunks) | string {
  const flags = data.u8();
  const axes = data.u8() - 1;
  const width = data.u8();
  const shape = Array.from({ length: axes }, () => file.integer(data, width)!);
  expectChunkShape(file, shape, block, file.integer(data, width)!);
  const size = sizeOf(file.context, shape) * block.bytes;
  const index = data.u8();
  const counts = block.shape.map((n, axis) => Math.ceil(n / shape[axis]!));
  const total = sizeOf(file.context, counts);
  if (total > CHUNKS_LIMIT) broken(file.context, "has too many chunks; it is damaged");
  const offsets = (n: number): number[] => {
    const stride = rowMajorStrides(counts);
    return counts.map((count, axis) => (Math.floor(n / stride[axis]!) % count) * shape[axis]!);
  };
  if (index === 1) {
    const stored = flags & 2 ? file.length(data) : size;
    const mask = flags & 2 ? data.u32() : 0;
    const at = file.address(data);
    return () => ({ shape, list: at === undefined ? [] : [{ offset: shape.map(() => 0), at, stored, mask }] });
  }
  if (index === 2) {
    const at = file.address(data);
    const list = (): Chunk[] =>
      Array.from({ length: total }, (_, n) => ({ offset: offsets(n), at: at! + n * size, stored: size, mask: 0 }));
    return () => ({ shape, list: at === undefined ? [] : list() });
  }
  if (index !== 3) return "a dataset that can grow, whose index is not read; rewrite it by h5repack --low=0 --high=0";
  data.skip(1);
  const at = file.address(data);
  return () => {
    if (at === undefined) return { shape, list: [] };
    const header = file.cursor(at);
    file.signature(header, "FAHD");
    header.skip(2);
    const entry = header.u8();
    const pageBits = header.u8();
    const count = file.length(header);
    const block = file.address(header);
    file.verify(at, header.at, header.u32());
    if (count < total || block === undefined) broken(file.context, "has a damaged dataset");
    if (count > 2 ** pageBits)
      broken(file.context, "has a dataset of more chunks than are read; rewrite it by h5repack --low=0 --high=0");
    const content = file.cursor(block);
    file.signature(content, "FADB");
    content.skip(2 + file.offsetSize);
    const end = content.at + count * entry;
    const list: Chunk[] = [];
    for (let n = 0; n < total; n++) {
      const place = file.address(content);
      const stored = filtered ? file.integer(content, entry - file.offsetSize - 4)! : size;
      const mask = filtered ? content.u32() : 0;
      if (place !== undefined) list.push({ offset: offsets(n), at: place, stored, mask });
    }
    file.verify(block, end, file.cursor(end).u32());
    return { shape, list };
  };
}

/** The dataset from its chunks. */
function assemble(file: Hdf5, block: Block, { shape, list }: Chunks, filters: readonly Filter[]): Uint8Array {
  const { bytes, size } = block;
  const chunkSize = sizeOf(file.context, shape) * bytes;
  limitExpansion(
    file.context,
    "a dataset",
    list.reduce((sum, { stored }) => sum + stored, 0),
    size,
  );
  const out = new Uint8Array(size);
  const stride = rowMajorStrides(block.shape);
  const chunkStride = rowMajorStrides(shape);
  for (const chunk of list) {
    if (chunk.at + chunk.stored > file.source.size) broken(file.context, "ends within a chunk of a dataset; it is truncated");
    const content = unfiltered(file, file.source.read(chunk.at, chunk.at + chunk.stored), filters, chunk.mask, chunkSize, bytes);
    if (content.length !== chunkSize)
      broken(file.context, `has a chunk of ${content.length} bytes instead of ${chunkSize}; it is damaged`);
    const copy = (axis: number, from: number, to: number): void => {
      // Chunks at the edge reach beyond it.
      const count = Math.min(shape[axis]!, block.shape[axis]! - chunk.offset[axis]!);
      if (axis === shape.length - 1) {
        if (count > 0) out.set(content.subarray(from * bytes, (from + count) * bytes), (to + chunk.offset[axis]!) * bytes);
        return;
      }
      for (let n = 0; n < count; n++)
        copy(axis + 1, from + n * chunkStride[axis]!, to + (chunk.offset[axis]! + n) * stride[axis]!);
    };
    if (shape.length === 0) out.set(content);
    else copy(0, 0, 0);
  }
  return out;
}

function unfiltered(
  file: Hdf5,
  stored: Uint8Array,
  filters: readonly Filter[],
  mask: number,
  size: number,
  width: number,
): Uint8Array {
  let content = stored;
  for (let n = filters.length - 1; n >= 0; n--) {
    if (mask & (1 << n)) continue;
    const { id, values } = filters[n]!;
    if (id === 1) {
      const packed = content;
      // One byte more than it should have: what is longer shows.
      content =
        attempt(() => unzlibSync(packed, { out: new Uint8Array(size + 1) }), undefined) ??
        broken(file.context, "has a chunk that cannot be inflated; it is damaged");
    } else if (id === 2) content = unshuffled(content, values[0] ?? width);
    else if (id === 32000)
      content = lzf(content, size) ?? broken(file.context, "has a chunk that cannot be decompressed; it is damaged");
    else {
      const sum = new DataView(content.buffer, content.byteOffset + content.length - 4).getUint32(0, true);
      content = content.subarray(0, -4);
      if (fletcher32(content) !== sum) broken(file.context, "is damaged: the checksum of a chunk does not match");
    }
  }
  return content;
}

/** Bytes that were sorted by their place within a number, in their order again. */
function unshuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width);
  const out = bytes.slice();
  for (let place = 0; place < width; place++) for (let n = 0; n < count; n++) out[n * width + place] = bytes[place * count + n]!;
  return out;
}

/** LZF, h5py's fast compression; undefined if it is damaged. */
function lzf(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at++]!;
    if (code < 32) {
      if (at + code + 1 > bytes.length || to + code + 1 > size) return undefined;
      out.set(bytes.subarray(at, at + code + 1), to);
      at += code + 1;
      to += code + 1;
      continue;
    }
    let length = code >> 5;
    if (length === 7) length += bytes[at++] ?? 0;
    let from = to - ((code & 31) << 8) - (bytes[at++] ?? 0) - 1;
    if (from < 0 || to + length + 2 > size) return undefined;
    for (let n = 0; n < length + 2; n++) out[to++] = out[from++]!;
  }
  return to === size ? out : undefined;
}
