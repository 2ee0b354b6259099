/**
 * Sources of bytes (a file in memory, or a part of another source), and a reader that does not read beyond
 * its source.
 */
import { strFromU8 } from "fflate";
import { attempt, refuse, reject, show } from "../../door/arguments.ts";
import type { ByteSource } from "./checkpoint.ts";

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (from, to) => bytes.slice(from, to) };
}

/** A file's bytes as a user passed them. */
export function readBytes(bytes: unknown): ByteSource {
  // The buffer and its range are used, because the array may be of another realm, and the slice of a Buffer
  // would share memory.
  const given = attempt(() => {
    if (!ArrayBuffer.isView(bytes) || Object.prototype.toString.call(bytes) !== "[object Uint8Array]") return undefined;
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }, undefined);
  return bytesSource(given ?? refuse("bytes", bytes, "pass the file's bytes, a Uint8Array"));
}

/**
 * A printable form of text from a file. Control characters, which could be escape sequences of a terminal,
 * and unpaired surrogates are written as \u{…}. Long text is shortened.
 */
export function printable(text: string, length: number = 200): string {
  const safe = text
    .slice(0, length)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
  return text.length > length ? `${safe}…` : safe;
}

/** The beginning of every message about a file. */
export interface FileContext {
  readonly file: string;
}

/** Throws: `readSafetensors: run.safetensors is truncated.` */
export function broken({ file }: FileContext, what: string): never {
  reject(`${printable(file, 1000)} ${what}`);
}

/** A number from a file as a count or a position. It is refused unless it is an integer from 0 to `max`. */
export function readCount(context: FileContext, what: string, value: unknown, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
    broken(context, `has ${typeof value === "number" ? value : printable(show(value))} as ${what}; it is damaged`);
  return value;
}

/** Numbers from a file as the lengths of a tensor's axes. */
export function readLengths(context: FileContext, lengths: readonly unknown[]): number[] {
  return lengths.map((n) => readCount(context, "a length of an axis", n));
}

/** The number of elements of a shape, refused if it is too large to be an exact integer. */
export function sizeOf(context: FileContext, shape: readonly number[]): number {
  if (shape.length > 64) broken(context, `has a tensor with ${shape.length} axes; it is damaged`);
  const size = shape.reduce((product, n) => product * n, 1);
  if (!Number.isSafeInteger(size)) broken(context, `has a tensor of shape [${shape}]; it is damaged`);
  return size;
}

/** The largest expansion factor of an archive or a view beyond the first 64 MiB. Weights hardly compress. */
const EXPANSION = 100;
const EXPANSION_FREE = 2 ** 26;

/**
 * Refuses data that would be much larger in memory than in the file, such as a zip bomb or a tensor that
 * repeats a few numbers.
 */
export function limitExpansion(context: FileContext, what: string, stored: number, expanded: number): void {
  if (expanded > Math.max(EXPANSION_FREE, EXPANSION * stored))
    broken(context, `has ${what} that would expand from ${stored} bytes to ${expanded}; files of weights do not`);
}

/** Reads a source from front to back, in blocks; refuses to read beyond its end. */
export class Cursor {
  readonly context: FileContext;
  private readonly source: ByteSource;
  private readonly end: number;
  private readonly what: string;
  private block: Uint8Array = new Uint8Array(0);
  private view = new DataView(this.block.buffer);
  private blockFrom = 0;
  at: number;

  constructor(context: FileContext, source: ByteSource, from: number = 0, to: number = source.size, what: string = "") {
    this.context = context;
    this.source = source;
    this.at = from;
    this.end = Math.min(to, source.size);
    this.what = what;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Moves past the next `count` bytes, and returns their position in `view`. */
  private take(count: number): number {
    if (count > this.end - this.at) broken(this.context, `ends within ${this.what || "its data"}; it is truncated or damaged`);
    let place = this.at - this.blockFrom;
    if (place < 0 || place + count > this.block.length) {
      this.blockFrom = this.at;
      this.block = this.source.read(this.at, Math.min(this.end, this.at + Math.max(count, 65536)));
      if (this.block.length < count) broken(this.context, "became shorter while it was read");
      this.view = new DataView(this.block.buffer, this.block.byteOffset, this.block.byteLength);
      place = 0;
    }
    this.at += count;
    return place;
  }

  u8(): number {
    const at = this.take(1);
    return this.view.getUint8(at);
  }
  u16(little: boolean = true): number {
    const at = this.take(2);
    return this.view.getUint16(at, little);
  }
  u32(little: boolean = true): number {
    const at = this.take(4);
    return this.view.getUint32(at, little);
  }
  i32(): number {
    const at = this.take(4);
    return this.view.getInt32(at, true);
  }
  /** Eight bytes as a place or length; values that are not exact as numbers are refused. */
  u64(little: boolean = true): number {
    const at = this.take(8);
    const value = this.view.getBigUint64(at, little);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) broken(this.context, `has a length of ${value}; it is damaged`);
    return Number(value);
  }
  f64(little: boolean): number {
    const at = this.take(8);
    return this.view.getFloat64(at, little);
  }
  bytes(count: number): Uint8Array {
    const at = this.take(count);
    return this.block.slice(at, at + count);
  }
  skip(count: number): void {
    if (count > this.end - this.at) broken(this.context, `ends within ${this.what || "its data"}; it is truncated or damaged`);
    this.at += count;
  }
  /** A line of text without its line end. */
  line(limit: number = 10_000): string {
    const out: number[] = [];
    for (let byte = this.u8(); byte !== 10; byte = this.u8()) {
      out.push(byte);
      if (out.length > limit) broken(this.context, "has a line of text without an end; it is damaged");
    }
    return utf8(Uint8Array.from(out));
  }
}

/** Text in UTF-8; what is not UTF-8 becomes U+FFFD. */
export function utf8(bytes: Uint8Array): string {
  return strFromU8(bytes);
}

/** Text with one byte per character. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
