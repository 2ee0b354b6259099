/** HDF5's superblock and object headers: every group and dataset is an object, a list of messages. */
import { broken, Cursor, type FileContext } from "../bytes.ts";
import type { ByteSource } from "../checkpoint.ts";
import { lookup3 } from "./lookup3.ts";

/** A message of an object: its type and content. */
export interface Message {
  readonly type: number;
  readonly data: Cursor;
  /** Whether the message is stored elsewhere and shared between objects; its content is then an address. */
  readonly shared: boolean;
}

export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

const MESSAGES_LIMIT = 100_000;
const OBJECTS_LIMIT = 1_000_000;

/** An open file, with its base address and the length of its addresses. */
export class Hdf5 {
  readonly context: FileContext;
  readonly source: ByteSource;
  readonly root: number;
  /** The addresses' zero, and the bytes of an address and of a length. */
  private readonly base: number;
  readonly offsetSize: number;
  readonly lengthSize: number;
  private objects = 0;

  constructor(context: FileContext, source: ByteSource, start: number) {
    this.context = context;
    this.source = source;
    const cursor = new Cursor(context, source, start + 8, source.size, "its superblock");
    const version = cursor.u8();
    if (version > 3) broken(context, `has an HDF5 superblock of version ${version}; versions up to 3 are read`);
    if (version < 2) cursor.skip(4);
    this.offsetSize = cursor.u8();
    this.lengthSize = cursor.u8();
    if (![2, 4, 8].includes(this.offsetSize) || ![2, 4, 8].includes(this.lengthSize)) broken(context, "has a damaged superblock");
    cursor.skip(version < 2 ? (version === 1 ? 13 : 9) : 1);
    this.base = start;
    this.address(cursor);
    this.address(cursor);
    const end = this.address(cursor);
    if (end === undefined || end - start > source.size)
      broken(context, `has ${source.size} bytes of ${end ?? "an unknown number"}; it is truncated or damaged`);
    if (version < 2) {
      this.address(cursor);
      this.address(cursor);
    }
    const root = this.address(cursor);
    if (version >= 2) this.verify(start, cursor.at, cursor.u32());
    this.root = root ?? broken(context, "has no root group; it is damaged");
  }

  /** An address at the cursor, as a place in the file; undefined where there is nothing. */
  address(cursor: Cursor): number | undefined {
    const value = this.integer(cursor, this.offsetSize, true);
    return value === undefined ? undefined : value + this.base;
  }

  length(cursor: Cursor): number {
    return this.integer(cursor, this.lengthSize, true) ?? Number.POSITIVE_INFINITY;
  }

  /** An unsigned integer of any width. All ones mean undefined, if that is allowed. */
  integer(cursor: Cursor, width: number, onesAreNone: boolean = false): number | undefined {
    const bytes = cursor.bytes(width);
    if (onesAreNone && bytes.every((byte) => byte === 0xff)) return undefined;
    const value = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : broken(this.context, "has a length or place beyond any file; it is damaged");
  }

  cursor(from: number, to: number = this.source.size, what: string = "an object"): Cursor {
    if (from > this.source.size)
      broken(this.context, `refers to byte ${from} of ${this.source.size}; it is truncated or damaged`);
    return new Cursor(this.context, this.source, from, to, what);
  }

  /** Compares the checksum of a part of the file. */
  verify(from: number, to: number, sum: number): void {
    if (to - from > 2 ** 26 || to > this.source.size) broken(this.context, "has metadata of impossible length; it is damaged");
    if (lookup3(this.source.read(from, to)) !== sum)
      broken(this.context, `is damaged: the checksum of bytes ${from} to ${to} does not match`);
  }

  signature(cursor: Cursor, expected: string): void {
    const found = String.fromCharCode(...cursor.bytes(4));
    if (found !== expected) broken(this.context, `has no ${expected} at byte ${cursor.at - 4}; it is damaged`);
  }

  /** The messages of the object at a place. */
  messages(at: number): Message[] {
    if (++this.objects > OBJECTS_LIMIT) broken(this.context, `has more than ${OBJECTS_LIMIT} objects; it is damaged`);
    const out: Message[] = [];
    const blocks: { from: number; to: number }[] = [];
    const cursor = this.cursor(at);
    const version = cursor.u8();
    let flags = 0;
    if (version === 1) {
      cursor.skip(7);
      const size = cursor.u32();
      cursor.skip(4);
      blocks.push({ from: cursor.at, to: cursor.at + size });
    } else {
      const header = this.cursor(at);
      this.signature(header, "OHDR");
      if (header.u8() !== 2) broken(this.context, "has an object header of an unknown version; it is damaged");
      flags = header.u8();
      header.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
      const size = this.integer(header, 1 << (flags & 3))!;
      const end = header.at + size;
      this.verify(at, end, this.cursor(end).u32());
      blocks.push({ from: header.at, to: end });
    }
    for (const block of blocks) {
      const content = this.cursor(block.from, block.to, "an object header");
      if (block.to > this.source.size) broken(this.context, "ends within an object header; it is truncated or damaged");
      const least = version === 1 ? 8 : flags & 4 ? 6 : 4;
      while (content.left >= least) {
        const type = version === 1 ? content.u16() : content.u8();
        const size = content.u16();
        const shared = (content.u8() & 2) !== 0;
        content.skip(version === 1 ? 3 : flags & 4 ? 2 : 0);
        const from = content.at;
        content.skip(size);
        const data = this.cursor(from, from + size, "a message of an object");
        if (out.push({ type, data, shared }) > MESSAGES_LIMIT)
          broken(this.context, "has an object without an end; it is damaged");
        if (type !== MESSAGE.continuation) continue;
        const place = this.address(data) ?? broken(this.context, "has an object without a continuation; it is damaged");
        const length = this.length(data);
        if (blocks.length > 1000 || blocks.some((known) => known.from === place || known.from === place + 4))
          broken(this.context, "has an object without an end; it is damaged");
        if (version === 1) blocks.push({ from: place, to: place + length });
        else {
          this.signature(this.cursor(place), "OCHK");
          this.verify(place, place + length - 4, this.cursor(place + length - 4).u32());
          blocks.push({ from: place + 4, to: place + length - 4 });
        }
      }
    }
    return out;
  }
}
