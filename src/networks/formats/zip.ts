/**
 * Reads zip archives by their directory at the end. Members are read by ranges of the file, so that a stored
 * tensor is never copied as a whole, and a compressed one is inflated only when needed.
 */
import { Inflate } from "fflate";
import { broken, Cursor, type FileContext, latin1, limitExpansion, printable, utf8 } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { crc32 } from "./crc32.ts";

/** A file in an archive. */
export interface Member {
  readonly name: string;
  /** The length after inflating. */
  readonly size: number;
  readonly compressed: number;
  /** The compression method: 0 is stored, 8 is deflated. Others are not supported. */
  readonly method: number;
  readonly crc: number;
  /** The beginning of its local header, and that of the next member's or of the directory. */
  readonly from: number;
  readonly until: number;
}

export interface Archive {
  readonly members: ReadonlyMap<string, Member>;
  /** Whether no member has a checksum. PyTorch writes 0 if checksums are switched off. */
  readonly withoutChecksums: boolean;
  /** The member's content as a source; its checksum is verified when it is first read. */
  open(member: Member): ByteSource;
  /** The first bytes of a member, to recognise its type. The checksum is not verified. */
  head(member: Member, length: number): Uint8Array;
  /** Verifies the checksum of a member that is not read. */
  verify(member: Member): void;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const DIRECTORY_LIMIT = 2 ** 27;
const BLOCK = 2 ** 20;

export function openZip(context: FileContext, source: ByteSource, checksums: boolean = true): Archive {
  const { count, from, to } = directoryOf(context, source);
  const cursor = new Cursor(context, source, from, to, "its directory");
  const read: Omit<Member, "until">[] = [];
  for (let n = 0; n < count; n++) read.push(readEntry(context, cursor));
  const members = placed(context, read, from);
  const withoutChecksums = read.some(({ size }) => size > 0) && read.every(({ crc }) => crc === 0);
  const verify = checksums && !withoutChecksums;
  return {
    members,
    withoutChecksums,
    open(member) {
      const stored = contentOf(context, source, member);
      if (member.method === 0) return verify ? verified(context, stored, member) : stored;
      let content: Uint8Array | undefined;
      return {
        size: member.size,
        read(start, end) {
          // Not cached: a tensor is read once, and its memory belongs to the caller.
          content = inflated(context, stored, member, member.size);
          if (verify) expectSum(context, member, crc32(content));
          return start === 0 && end === content.length ? content : content.slice(start, end);
        },
      };
    },
    head(member, length) {
      const stored = contentOf(context, source, member);
      if (member.method === 0) return stored.read(0, Math.min(length, stored.size));
      return inflated(context, stored, member, Math.min(length, member.size));
    },
    verify(member) {
      if (!verify) return;
      const stored = contentOf(context, source, member);
      let sum = 0;
      if (member.method === 0) sum = sumOf(stored);
      else {
        limitExpansion(context, printable(member.name), member.compressed, member.size);
        inflate(context, stored, member, (chunk) => {
          sum = crc32(chunk, sum);
          return true;
        });
      }
      expectSum(context, member, sum);
    },
  };
}

/** The position of the directory and the number of its entries. */
function directoryOf(context: FileContext, source: ByteSource): { count: number; from: number; to: number } {
  const tailFrom = Math.max(0, source.size - 65557);
  const tail = source.read(tailFrom, source.size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = tail.length - 22;
  // The comment behind the record reaches exactly to the end of the file.
  while (at >= 0 && !(view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === tail.length)) at--;
  if (at < 0) broken(context, "is not a zip archive, or is truncated: the directory at its end is missing");
  const record = tailFrom + at;
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let from = view.getUint32(at + 16, true);
  let to = record;
  const oneDisk = [4, 6].every((field) => [0, 0xffff].includes(view.getUint16(at + field, true)));
  let same = view.getUint16(at + 8, true) === count;
  if (at >= 20 && view.getUint32(at - 20, true) === LOCATOR64) {
    const place = view.getBigUint64(at - 12, true);
    if (place > BigInt(record - 76)) broken(context, "has a zip64 directory outside of itself; it is truncated or damaged");
    to = Number(place);
    const cursor = new Cursor(context, source, to, record, "its zip64 directory");
    if (cursor.u32() !== END64) broken(context, "has no zip64 directory where it should be; it is truncated or damaged");
    cursor.skip(20);
    const position = cursor.u64();
    count = cursor.u64();
    same = position === count;
    size = cursor.u64();
    from = cursor.u64();
  }
  if (!oneDisk || !same) broken(context, "is one part of a zip archive of several files; join them");
  if (from + size > to || count * 46 > size) broken(context, "has a directory beyond its end; it is truncated or damaged");
  if (size > DIRECTORY_LIMIT) broken(context, `has a zip directory of ${size} bytes; at most ${DIRECTORY_LIMIT} are read`);
  return { count, from, to: from + size };
}

function readEntry(context: FileContext, cursor: Cursor): Omit<Member, "until"> {
  if (cursor.u32() !== ENTRY) broken(context, "has a damaged zip directory");
  cursor.skip(4);
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.skip(4);
  const crc = cursor.u32();
  let compressed = cursor.u32();
  let size = cursor.u32();
  const lengths = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
  cursor.skip(8);
  let from = cursor.u32();
  const name = textOf(cursor.bytes(lengths[0]), flags);
  const end = cursor.at + lengths[1];
  while (end - cursor.at >= 4) {
    const id = cursor.u16();
    const next = cursor.u16() + cursor.at;
    if (next > end) broken(context, "has a damaged zip directory");
    if (id === 1) {
      // Only the fields that do not fit into 32 bits, in this order.
      if (size === 0xffffffff) size = cursor.u64();
      if (compressed === 0xffffffff) compressed = cursor.u64();
      if (from === 0xffffffff) from = cursor.u64();
    }
    cursor.skip(next - cursor.at);
  }
  cursor.skip(end - cursor.at + lengths[2]);
  if (flags & 1) broken(context, `is encrypted (${printable(name)}); decrypt it first`);
  if (method === 0 && size !== compressed) broken(context, `has two lengths for ${printable(name)}; it is damaged`);
  return { name, size, compressed, method, crc, from };
}

function textOf(bytes: Uint8Array, flags: number): string {
  return flags & 0x800 ? utf8(bytes) : latin1(bytes);
}

/**
 * The members with their ends. Overlapping members are refused, because a small archive could use them to
 * expand without bound.
 */
function placed(context: FileContext, read: readonly Omit<Member, "until">[], directory: number): ReadonlyMap<string, Member> {
  const order = [...read].sort((a, b) => a.from - b.from);
  const untils = new Map<Omit<Member, "until">, number>();
  for (const [i, member] of order.entries()) {
    const until = order[i + 1]?.from ?? directory;
    if (member.from + 30 + member.compressed > until)
      broken(context, `has zip members that overlap or leave it (${printable(member.name)}); it is truncated or damaged`);
    untils.set(member, until);
  }
  const members = new Map<string, Member>();
  let total = 0;
  for (const member of read) {
    if (members.has(member.name)) broken(context, `has two zip members named ${printable(member.name)}`);
    members.set(member.name, { ...member, until: untils.get(member)! });
    total += member.size;
  }
  // Members that are within their own limit may be too large together.
  limitExpansion(context, "an archive", Math.max(directory, 2 ** 24), total);
  return members;
}

/** The stored bytes of a member, after its local header, which must agree with the directory. */
function contentOf(context: FileContext, source: ByteSource, member: Member): ByteSource {
  const name = printable(member.name);
  const cursor = new Cursor(context, source, member.from, member.until, name);
  if (cursor.u32() !== LOCAL) broken(context, `has no header before ${name}; it is damaged`);
  cursor.skip(2);
  const flags = cursor.u16();
  const method = cursor.u16();
  cursor.skip(16);
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()];
  const same = textOf(cursor.bytes(nameLength), flags) === member.name && method === member.method;
  if (!same) broken(context, `has two different headers for ${name}; it is damaged`);
  cursor.skip(extraLength);
  const start = cursor.at;
  if (start + member.compressed > member.until) broken(context, `has zip members that overlap (${name})`);
  if (member.method !== 0 && member.method !== 8)
    broken(context, `has ${name} compressed by method ${member.method}; only stored and deflated members can be read`);
  return {
    size: member.compressed,
    read(from, to) {
      if (from < 0 || to > member.compressed || from > to) broken(context, `has data that ends beyond ${name}; it is damaged`);
      return source.read(start + from, start + to);
    },
  };
}

/** The same source, whose checksum is verified before the first bytes are returned. */
function verified(context: FileContext, stored: ByteSource, member: Member): ByteSource {
  let sound = false;
  return {
    size: stored.size,
    read(from, to) {
      if (sound) return stored.read(from, to);
      if (from === 0 && to === stored.size) {
        const all = stored.read(from, to);
        expectSum(context, member, crc32(all));
        sound = true;
        return all;
      }
      expectSum(context, member, sumOf(stored));
      sound = true;
      return stored.read(from, to);
    },
  };
}

function sumOf(stored: ByteSource): number {
  let sum = 0;
  for (let at = 0; at < stored.size; at += BLOCK) sum = crc32(stored.read(at, Math.min(stored.size, at + BLOCK)), sum);
  return sum;
}

function expectSum(context: FileContext, { name, crc }: Member, sum: number): void {
  if (sum === crc) return;
  const hex = (value: number): string => value.toString(16).padStart(8, "0");
  broken(
    context,
    `is damaged: ${printable(name)} has the checksum ${hex(sum)}, its archive says ${hex(crc)}; copy the file again, or skip the ` +
      "checksums (--no-checksums) if it was written without them",
  );
}

/** The first `length` bytes of a deflated member. */
function inflated(context: FileContext, stored: ByteSource, member: Member, length: number): Uint8Array {
  const name = printable(member.name);
  const isComplete = length === member.size;
  if (isComplete) limitExpansion(context, name, member.compressed, member.size);
  const out = new Uint8Array(length);
  let at = 0;
  inflate(context, stored, member, (chunk) => {
    const fitting = chunk.subarray(0, length - at);
    out.set(fitting, at);
    at += fitting.length;
    return isComplete || at < length;
  });
  if (at < length) broken(context, `has ${name}, whose length is not the one it claims; it is damaged`);
  return out;
}

/**
 * Inflates a member piece by piece until `take` has enough. A member whose length differs from the declared
 * one is refused.
 */
function inflate(context: FileContext, stored: ByteSource, member: Member, take: (chunk: Uint8Array) => boolean): void {
  const name = printable(member.name);
  let length = 0;
  let more = true;
  let ended = false;
  const stream = new Inflate((chunk, final) => {
    ended ||= final;
    length += chunk.length;
    if (length <= member.size && more) more = take(chunk);
  });
  try {
    for (let from = 0; from < stored.size && more && length <= member.size; from += 16384) {
      const to = Math.min(stored.size, from + 16384);
      stream.push(stored.read(from, to), to === stored.size);
    }
  } catch (error) {
    // Errors of fflate have a numeric code. Errors of the source, such as a file that cannot be read, are
    // passed on.
    if (typeof (error as { code?: unknown }).code !== "number") throw error;
    broken(context, `has ${name}, which cannot be inflated; it is damaged`);
  }
  if (more && (length !== member.size || !ended))
    broken(context, `has ${name}, whose length is not the one it claims; it is damaged`);
}
