/**
 * The members of an HDF5 group: from a B-tree of symbols, from messages, or from a heap that a second kind of
 * B-tree indexes.
 */
import { broken, type Cursor, utf8 } from "../bytes.ts";
import { type Hdf5, MESSAGE, type Message } from "./objects.ts";

interface Link {
  readonly name: string;
  readonly at: number;
  /** When it was made, if the file says. */
  readonly order: number | undefined;
}

const LINKS_LIMIT = 1_000_000;

/** The links of a group to objects of the same file; undefined if the object is not a group. */
export function linksOf(file: Hdf5, messages: readonly Message[]): Link[] | undefined {
  const table = messages.find(({ type }) => type === MESSAGE.symbolTable);
  if (table !== undefined) return symbolsOf(file, table.data);
  const info = messages.find(({ type }) => type === MESSAGE.linkInfo);
  const links = messages.filter(({ type }) => type === MESSAGE.link).flatMap(({ data }) => readLink(file, data));
  if (info === undefined) return links.length > 0 ? links : undefined;
  return [...links, ...denseLinks(file, info.data)];
}

function symbolsOf(file: Hdf5, table: Cursor): Link[] {
  const tree = file.address(table);
  const heapAt = file.address(table);
  if (tree === undefined || heapAt === undefined) return [];
  const heap = file.cursor(heapAt);
  file.signature(heap, "HEAP");
  heap.skip(4);
  const heapSize = file.length(heap);
  file.length(heap);
  const names = file.address(heap) ?? broken(file.context, "has a group without names; it is damaged");
  const links: Link[] = [];
  const seen = new Set<number>();
  const walk = (at: number, depth: number): void => {
    if (seen.has(at) || depth > 32) broken(file.context, "has a group within itself; it is damaged");
    seen.add(at);
    const node = file.cursor(at);
    file.signature(node, "TREE");
    if (node.u8() !== 0) broken(file.context, "has a damaged group");
    const level = node.u8();
    const count = node.u16();
    node.skip(2 * file.offsetSize + file.lengthSize);
    for (let n = 0; n < count; n++) {
      const child = file.address(node) ?? broken(file.context, "has a damaged group");
      node.skip(file.lengthSize);
      if (level > 0) walk(child, depth + 1);
      else symbols(child);
    }
  };
  const symbols = (at: number): void => {
    if (seen.has(at)) broken(file.context, "has a group within itself; it is damaged");
    seen.add(at);
    const node = file.cursor(at);
    file.signature(node, "SNOD");
    node.skip(2);
    const count = node.u16();
    for (let n = 0; n < count; n++) {
      const name = file.integer(node, file.offsetSize)!;
      const object = file.address(node);
      const kind = node.u32();
      node.skip(20);
      // 2: a symbolic link.
      if (object === undefined || kind === 2) continue;
      if (name >= heapSize) broken(file.context, "has a name outside of its names; it is damaged");
      links.push({ name: textAt(file, names + name, names + heapSize), at: object, order: undefined });
      if (links.length > LINKS_LIMIT) broken(file.context, "has a group without an end; it is damaged");
    }
  };
  walk(tree, 0);
  return links;
}

function textAt(file: Hdf5, from: number, to: number): string {
  const bytes = file.source.read(from, Math.min(to, from + 4096, file.source.size));
  const end = bytes.indexOf(0);
  return end < 0 ? broken(file.context, "has a name without an end; it is damaged") : utf8(bytes.subarray(0, end));
}

/** A link message: none for symbolic and external links. */
function readLink(file: Hdf5, data: Cursor): Link[] {
  if (data.u8() !== 1) broken(file.context, "has a link of an unknown version; it is damaged");
  const flags = data.u8();
  const kind = flags & 8 ? data.u8() : 0;
  const order = flags & 4 ? data.u64() : undefined;
  data.skip(flags & 16 ? 1 : 0);
  const name = utf8(data.bytes(file.integer(data, 1 << (flags & 3))!));
  if (kind !== 0) return [];
  const at = file.address(data);
  return at === undefined ? [] : [{ name, at, order }];
}

/** Links in a fractal heap, by the B-tree of their names. */
function denseLinks(file: Hdf5, info: Cursor): Link[] {
  info.skip(1);
  const flags = info.u8();
  info.skip(flags & 1 ? 8 : 0);
  const heapAt = file.address(info);
  const treeAt = file.address(info);
  if (heapAt === undefined || treeAt === undefined) return [];
  const heap = fractalHeap(file, heapAt);
  return recordsOf(file, treeAt).flatMap((record) => readLink(file, heap(record)));
}

/** The heap identifiers of a B-tree of version 2. */
function recordsOf(file: Hdf5, at: number): Cursor[] {
  const header = file.cursor(at);
  file.signature(header, "BTHD");
  header.skip(2);
  const nodeSize = header.u32();
  const recordSize = header.u16();
  const depth = header.u16();
  header.skip(2);
  const root = file.address(header);
  const count = header.u16();
  file.length(header);
  file.verify(at, header.at, header.u32());
  if (root === undefined || count === 0) return [];
  if (depth > 1 || recordSize < 11)
    broken(file.context, "has a group of more members than are read; rewrite it by h5repack --low=0 --high=0");
  const records: Cursor[] = [];
  const most = Math.floor((nodeSize - 10) / recordSize);
  const width = most < 256 ? 1 : most < 65536 ? 2 : 4;
  const node = (place: number, n: number, level: number): void => {
    const size = 6 + n * recordSize;
    const content = file.cursor(place);
    file.signature(content, level === 0 ? "BTLF" : "BTIN");
    content.skip(2);
    for (let i = 0; i < n; i++) {
      records.push(file.cursor(content.at + 4, content.at + recordSize));
      content.skip(recordSize);
      if (records.length > LINKS_LIMIT) broken(file.context, "has a group without an end; it is damaged");
    }
    const children: { place: number; n: number }[] = [];
    if (level > 0) {
      for (let i = 0; i <= n; i++) {
        const child = file.address(content) ?? broken(file.context, "has a damaged group");
        children.push({ place: child, n: file.integer(content, width)! });
      }
    }
    file.verify(place, level === 0 ? place + size : content.at, file.cursor(level === 0 ? place + size : content.at).u32());
    for (const child of children) node(child.place, child.n, level - 1);
  };
  node(root, count, depth);
  return records;
}

/** A fractal heap: from an identifier to the object's bytes. */
function fractalHeap(file: Hdf5, at: number): (id: Cursor) => Cursor {
  const header = file.cursor(at);
  file.signature(header, "FRHP");
  header.skip(3);
  const filters = header.u16();
  header.skip(1);
  header.skip(4 + file.lengthSize + file.offsetSize + file.lengthSize + file.offsetSize + 8 * file.lengthSize);
  const width = header.u16();
  const start = file.length(header);
  const largest = file.length(header);
  const bits = header.u16();
  header.skip(2);
  const root = file.address(header);
  const rows = header.u16();
  if (filters > 0) broken(file.context, "has a compressed group; rewrite it by h5repack");
  file.verify(at, header.at, header.u32());
  const offsetBytes = Math.ceil(bits / 8);
  const lengthBytes = Math.max(1, Math.ceil(Math.log2(Math.min(largest, 2 ** 32) + 1) / 8));
  if (root === undefined || width === 0 || start === 0)
    return () => broken(file.context, "has a group without content; it is damaged");

  /** Where the heap's byte `offset` lies. */
  function place(offset: number): number {
    if (rows === 0) return root! + offset;
    const block = file.cursor(root!);
    file.signature(block, "FHIB");
    block.skip(1 + file.offsetSize + offsetBytes);
    let from = 0;
    for (let row = 0; row < rows; row++) {
      const size = row === 0 ? start : start * 2 ** (row - 1);
      if (size > largest) break;
      for (let column = 0; column < width; column++) {
        const address = file.address(block);
        if (offset < from + size) return (address ?? broken(file.context, "has a damaged group")) + offset - from;
        from += size;
      }
    }
    return broken(file.context, "has a group of more members than are read; rewrite it by h5repack --low=0 --high=0");
  }
  return (id) => {
    if (id.u8() & 0x30) broken(file.context, "has a group with names that are not read; rewrite it by h5repack --low=0 --high=0");
    const offset = file.integer(id, offsetBytes)!;
    const length = file.integer(id, Math.min(lengthBytes, id.left))!;
    const from = place(offset);
    return file.cursor(from, from + length, "a link");
  };
}
