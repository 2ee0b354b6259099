/**
 * Flax checkpoints: MessagePack, with arrays as an extension of type 1. Kernels of dense layers are [inputs,
 * outputs].
 */
import { broken, Cursor, type FileContext, latin1, printable, readLengths, sizeOf, utf8 } from "./bytes.ts";
import type { ByteSource } from "./checkpoint.ts";
import { decodeFloats } from "./decode.ts";
import type { Format } from "./format.ts";
import type { Node } from "./node.ts";
import { dtypeOf } from "./npy.ts";
import { tensorLeaf } from "./tensorLeaf.ts";

const DEPTH_LIMIT = 64;
const VALUES_LIMIT = 2_000_000;

export const flaxMsgpack: Format = {
  name: "flax",
  endings: ["msgpack"],
  matches(head, ending) {
    const first = head[0] ?? 0;
    const isMap = (first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf;
    const textAt = first === 0xde ? 3 : first === 0xdf ? 5 : 1;
    // Without its ending, a map whose first key is short text.
    return isMap && (ending === "msgpack" || (head[textAt]! >= 0xa1 && head[textAt]! <= 0xbf));
  },
  read({ context, source }) {
    const reader = new Reader(context, source);
    const root = reader.value(0);
    reader.end();
    return { root: reader.node(root), orientation: "in-out" };
  },
};

/** The position of an array's numbers in the file. */
class FlaxArray {
  readonly shape: readonly number[];
  readonly type: string;
  readonly from: number;
  readonly to: number;
  constructor(shape: readonly number[], type: string, from: number, to: number) {
    this.shape = shape;
    this.type = type;
    this.from = from;
    this.to = to;
  }
}

/** Bytes of the file that were not read. */
class Range {
  readonly from: number;
  readonly to: number;
  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }
}

type Value = string | number | boolean | null | Range | FlaxArray | readonly Value[] | ReadonlyMap<string, Value>;

class Reader {
  private readonly context: FileContext;
  private readonly source: ByteSource;
  private readonly cursor: Cursor;
  private values = 0;
  constructor(context: FileContext, source: ByteSource) {
    this.context = context;
    this.source = source;
    this.cursor = new Cursor(context, source);
  }

  end(): void {
    if (this.cursor.left > 0) broken(this.context, `has ${this.cursor.left} bytes after its content; it is damaged`);
  }

  /** A value as a tree. */
  node(value: Value): Node {
    if (value instanceof FlaxArray) return this.arrayNode(value.shape, [value]);
    if (Array.isArray(value)) return { kind: "branch", children: value.map((item, i) => [String(i), this.node(item)] as const) };
    if (!(value instanceof Map)) return { kind: "other", what: "" };
    if (value.get("__msgpack_chunked_array__") === true) return this.chunkedNode(value);
    return { kind: "branch", children: Array.from(value, ([key, child]) => [key, this.node(child)] as const) };
  }

  /** An array of more than 2³⁰ bytes, which Flax writes in pieces. */
  private chunkedNode(value: ReadonlyMap<string, Value>): Node {
    const [shape, parts] = ["shape", "chunks"].map((key) => {
      const list = value.get(key);
      return list instanceof Map ? [...list.values()] : Array.isArray(list) ? list : [];
    }) as [Value[], Value[]];
    if (parts.length === 0 || !parts.every((part) => part instanceof FlaxArray))
      return broken(this.context, "has a damaged array");
    return this.arrayNode(readLengths(this.context, shape), parts as FlaxArray[]);
  }

  value(depth: number): Value {
    const { cursor, context } = this;
    if (depth > DEPTH_LIMIT) broken(context, `has maps more than ${DEPTH_LIMIT} deep; it is damaged`);
    if (++this.values > VALUES_LIMIT) broken(context, `has more than ${VALUES_LIMIT} values; it is damaged`);
    const code = cursor.u8();
    if (code <= 0x7f) return code;
    if (code <= 0x8f) return this.map(code & 0x0f, depth);
    if (code <= 0x9f) return this.array(code & 0x0f, depth);
    if (code <= 0xbf) return this.text(code & 0x1f);
    if (code >= 0xe0) return code - 256;
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.range(cursor.u8());
      case 0xc5:
        return this.range(cursor.u16(false));
      case 0xc6:
        return this.range(cursor.u32(false));
      case 0xc7:
        return this.extension(cursor.u8());
      case 0xc8:
        return this.extension(cursor.u16(false));
      case 0xc9:
        return this.extension(cursor.u32(false));
      case 0xca:
        cursor.skip(4);
        return 0;
      case 0xcb:
        return cursor.f64(false);
      case 0xcc:
        return cursor.u8();
      case 0xcd:
        return cursor.u16(false);
      case 0xce:
        return cursor.u32(false);
      case 0xcf:
        return cursor.u64(false);
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        // Negative integers are not used here.
        cursor.skip(2 ** (code - 0xd0));
        return -1;
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(2 ** (code - 0xd4));
      case 0xd9:
        return this.text(cursor.u8());
      case 0xda:
        return this.text(cursor.u16(false));
      case 0xdb:
        return this.text(cursor.u32(false));
      case 0xdc:
        return this.array(cursor.u16(false), depth);
      case 0xdd:
        return this.array(cursor.u32(false), depth);
      case 0xde:
        return this.map(cursor.u16(false), depth);
      case 0xdf:
        return this.map(cursor.u32(false), depth);
      default:
        return broken(context, `has the code 0x${code.toString(16)}, which MessagePack does not have; it is damaged`);
    }
  }

  private text(length: number): string {
    if (length > 2 ** 20) this.range(length);
    return length > 2 ** 20 ? "" : utf8(this.cursor.bytes(length));
  }

  private range(length: number): Range {
    const from = this.cursor.at;
    this.cursor.skip(length);
    return new Range(from, from + length);
  }

  private array(length: number, depth: number): Value[] {
    const out: Value[] = [];
    for (let n = 0; n < length; n++) out.push(this.value(depth + 1));
    return out;
  }

  private map(length: number, depth: number): ReadonlyMap<string, Value> {
    const out = new Map<string, Value>();
    for (let n = 0; n < length; n++) {
      const key = this.value(depth + 1);
      const name = key instanceof Range ? latin1(this.source.read(key.from, Math.min(key.to, key.from + 1024))) : String(key);
      if (out.has(name)) broken(this.context, `has two entries named ${printable(name)}; it is damaged`);
      out.set(name, this.value(depth + 1));
    }
    return out;
  }

  private extension(length: number): Value {
    const type = this.cursor.u8();
    const to = this.cursor.at + length;
    if (length > this.cursor.left) broken(this.context, "ends within an array; it is truncated or damaged");
    // 1: an array, 3: a scalar of NumPy; both as [shape, type, bytes].
    if (type !== 1 && type !== 3) {
      this.cursor.skip(length);
      return null;
    }
    const content = this.value(DEPTH_LIMIT - 3);
    if (this.cursor.at !== to || !Array.isArray(content) || content.length !== 3)
      return broken(this.context, "has a damaged array");
    const [shape, dtype, data] = content as [Value, Value, Value];
    if (!Array.isArray(shape) || typeof dtype !== "string" || !(data instanceof Range))
      return broken(this.context, "has a damaged array");
    return new FlaxArray(readLengths(this.context, shape), dtype, data.from, data.to);
  }

  private arrayNode(shape: readonly number[], parts: readonly FlaxArray[]): Node {
    const { context, source } = this;
    const [{ type } = { type: "" }] = parts;
    const numpyType = dtypeOf(type);
    if (numpyType === undefined || parts.some((part) => part.type !== type))
      return { kind: "other", what: `an array of ${printable(type, 40)}, no floating-point numbers` };
    const stored = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    if (sizeOf(context, shape) * numpyType.bytes !== stored)
      broken(context, `has ${stored} bytes for the shape [${shape}] of ${printable(type, 40)}; it is damaged`);
    const notFloats = `has no floating-point numbers in an array of ${printable(type, 40)}`;
    return tensorLeaf(context, shape, numpyType.dtype, notFloats, (floats) => {
      const [only] = parts;
      if (parts.length === 1) return decodeFloats(floats, source.read(only!.from, only!.to));
      const bytes = new Uint8Array(stored);
      let at = 0;
      for (const { from, to } of parts) {
        bytes.set(source.read(from, to), at);
        at += to - from;
      }
      return decodeFloats(floats, bytes);
    });
  }
}
