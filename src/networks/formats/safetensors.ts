/**
 * Hugging Face's safetensors format: eight bytes of length, a JSON header, and the tensors' bytes one after
 * the other.
 */
import { attempt } from "../../door/arguments.ts";
import { broken, type FileContext, printable, readCount, readLengths, sizeOf, utf8 } from "./bytes.ts";
import type { Orientation } from "./checkpoint.ts";
import { decodeFloats } from "./decode.ts";
import type { Format } from "./format.ts";
import { nested } from "./nested.ts";
import type { Node } from "./node.ts";
import { tensorLeaf } from "./tensorLeaf.ts";

/** The reference reader's limit. */
const HEADER_LIMIT = 100_000_000;

/** The types by their codes, with the bytes per number; half a byte for types of four bits. */
const TYPES: Readonly<Record<string, readonly [dtype: string, bytes: number]>> = {
  F64: ["f64", 8],
  F32: ["f32", 4],
  F16: ["f16", 2],
  BF16: ["bf16", 2],
  F8_E4M3: ["f8e4m3fn", 1],
  F8_E5M2: ["f8e5m2", 1],
  F8_E4M3FNUZ: ["f8e4m3fnuz", 1],
  F8_E5M2FNUZ: ["f8e5m2fnuz", 1],
  F8_E8M0: ["f8e8m0", 1],
  F4: ["f4", 0.5],
  F6_E2M3: ["f6e2m3", 0.75],
  F6_E3M2: ["f6e3m2", 0.75],
  C64: ["c64", 8],
  I64: ["i64", 8],
  I32: ["i32", 4],
  I16: ["i16", 2],
  I8: ["i8", 1],
  U64: ["u64", 8],
  U32: ["u32", 4],
  U16: ["u16", 2],
  U8: ["u8", 1],
  BOOL: ["bool", 1],
};

export const safetensors: Format = {
  name: "safetensors",
  endings: ["safetensors"],
  matches(head, ending, source) {
    if (ending === "safetensors") return true;
    if (head.length < 9 || head[8] !== 0x7b) return false;
    const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
    return length >= 2n && length <= BigInt(Math.min(HEADER_LIMIT, source.size - 8));
  },
  read({ context, source }) {
    if (source.size < 8) broken(context, `has ${source.size} bytes; a safetensors file has at least 8`);
    const start = source.read(0, 8);
    const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
    if (length > BigInt(source.size - 8))
      broken(context, `is truncated, or not a safetensors file: its header would have ${length} bytes`);
    if (length > BigInt(HEADER_LIMIT)) broken(context, `has a header of ${length} bytes; at most ${HEADER_LIMIT} are read`);
    const from = 8 + Number(length);
    const entries = headerOf(context, utf8(source.read(8, from)));
    const ranges: { readonly name: string; readonly from: number; readonly to: number }[] = [];
    const tensors: (readonly [string, Node])[] = [];
    let metadata: unknown;
    for (const [name, entry] of entries) {
      if (name === "__metadata__") {
        metadata = entry;
        continue;
      }
      const tensorContext: FileContext = { ...context, file: `${printable(context.file, 1000)}, tensor ${printable(name)},` };
      const { dtype: code, shape, range } = entryOf(tensorContext, entry);
      if (from + range[1] > source.size)
        broken(tensorContext, `ends at byte ${from + range[1]} of ${source.size}; the file is truncated`);
      const [dtype, bytes] = Object.hasOwn(TYPES, code)
        ? TYPES[code]!
        : broken(tensorContext, `is of the type ${printable(code, 40)}, which is not known`);
      if (range[1] - range[0] !== sizeOf(tensorContext, shape) * bytes)
        broken(tensorContext, `has ${range[1] - range[0]} bytes for the shape [${shape}] of ${code}`);
      ranges.push({ name, from: range[0], to: range[1] });
      tensors.push([
        name,
        bytes < 1
          ? { kind: "other", what: `of ${code}, which is packed below a byte` }
          : tensorLeaf(tensorContext, shape, dtype, `is of ${code}; layers are floating-point numbers`, (floats) =>
              decodeFloats(floats, source.read(from + range[0], from + range[1])),
            ),
      ]);
    }
    // As in the reference reader, no two tensors share bytes, and no bytes are left over.
    let end = 0;
    for (const { name, from: at, to } of ranges.sort((a, b) => a.from - b.from || a.to - b.to)) {
      if (at !== end) broken(context, `has tensors that overlap or leave a gap, at ${printable(name)}; it is damaged`);
      end = to;
    }
    if (from + end !== source.size) broken(context, `has ${source.size - from - end} bytes after its last tensor; it is damaged`);
    return { root: nested(tensors), orientation: orientationOf(metadata) };
  },
};

/**
 * The entries of the header, in its order, which JSON.parse would change if a name is a number. Duplicate
 * names are refused.
 */
function headerOf(context: FileContext, text: string): readonly (readonly [string, unknown])[] {
  const names: string[] = [];
  const header = attempt(() => JSON.parse(text) as unknown, undefined);
  if (typeof header !== "object" || header === null || Array.isArray(header))
    broken(context, "has a header that is not a JSON object; it is truncated or damaged");
  // The keys of the outermost object, found in the text at depth 1, before a colon.
  let depth = 0;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;
  for (let match = token.exec(text), last = ""; match !== null; match = token.exec(text)) {
    const [word] = match;
    if (word === "{" || word === "[") depth++;
    else if (word === "}" || word === "]") depth--;
    else if (word === ":" && depth === 1) names.push(JSON.parse(last) as string);
    last = word;
  }
  if (new Set(names).size !== names.length) broken(context, "has two tensors of the same name in its header; it is damaged");
  return names.map((name) => [name, (header as Record<string, unknown>)[name]] as const);
}

function entryOf(context: FileContext, entry: unknown): { dtype: string; shape: number[]; range: readonly [number, number] } {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2)
    broken(context, "has no dtype, shape and data_offsets");
  const lengths = readLengths(context, shape);
  const [from, to] = offsets.map((n) => readCount(context, "a place in the file", n)) as [number, number];
  if (to < from) broken(context, "ends before it begins");
  return { dtype, shape: lengths, range: [from, to] };
}

/** Who wrote the file, as its metadata says. */
function orientationOf(metadata: unknown): Orientation {
  const format = typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>)["format"] : undefined;
  return format === "pt" ? "out-in" : format === "flax" || format === "tf" ? "in-out" : "unknown";
}
