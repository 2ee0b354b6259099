/** HDF5's chunked datasets: finds the chunks by a tree or an index, and assembles the dataset. */
import { broken, type Cursor, limitExpansion, sizeOf } from "../bytes.ts";
import { rowMajorStrides } from "../decode.ts";
import { type Filter, unfiltered } from "./filters.ts";
import type { Hdf5 } from "./objects.ts";

/** The numbers of a dataset. */
export interface Block {
  readonly shape: readonly number[];
  /** Of a number, and of the whole. */
  readonly bytes: number;
  readonly size: number;
}

interface Chunk {
  readonly offset: readonly number[];
  readonly at: number;
  readonly stored: number;
  /** The filters that were left out for this chunk, one bit each. */
  readonly mask: number;
}

/** The shape of every chunk, and the chunks that were written. */
interface Chunks {
  readonly shape: readonly number[];
  readonly list: readonly Chunk[];
}

const CHUNKS_LIMIT = 4_000_000;

/** Chunks by a B-tree of version 1. */
export function treeChunks(file: Hdf5, data: Cursor, block: Block): () => Chunks {
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
export function indexedChunks(file: Hdf5, data: Cursor, block: Block, filtered: boolean): (() => Chunks) | string {
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
export function assemble(file: Hdf5, block: Block, { shape, list }: Chunks, filters: readonly Filter[]): Uint8Array {
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
