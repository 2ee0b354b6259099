/**
 * The formats of checkpoints, one file each. A new format needs a file and a line in `formats`. A file is
 * recognised by its first bytes; its ending is used only if they are ambiguous.
 */
import { attempt } from "../../door/arguments.ts";
import { broken, type FileContext, printable, utf8 } from "./bytes.ts";
import type {
  ByteSource,
  Checkpoint,
  CheckpointOptions,
  CheckpointSource,
  Orientation,
  StoredTensor,
  TensorEntry,
} from "./checkpoint.ts";
import { flaxMsgpack } from "./flax.ts";
import type { Format, FormatOutput } from "./format.ts";
import { hdf5 } from "./hdf5.ts";
import { type ModelState, modelState, otherStateOf, type Skipped } from "./modelState.ts";
import { nested } from "./nested.ts";
import type { Leaf } from "./node.ts";
import { npyFile } from "./npyFile.ts";
import { npz } from "./npz.ts";
import { pickleFile } from "./pickleFile.ts";
import { safetensors } from "./safetensors.ts";
import { torchLegacy } from "./torchLegacy.ts";
import { torchZip } from "./torchZip.ts";
import { unreadableAs } from "./unreadable.ts";
import { withoutWrappers } from "./wrappers.ts";
import { openZip } from "./zip.ts";

/**
 * The formats in the order in which they are tried, which is also the order of preference for two files of a
 * step.
 */
export const formats: readonly Format[] = [safetensors, torchZip, torchLegacy, npz, npyFile, hdf5, flaxMsgpack, pickleFile];

/** The format of a file and its content, or an error that says what the file is. */
function readFile(context: FileContext, source: ByteSource, checksums: boolean): FormatOutput & { readonly format: string } {
  const head = source.read(0, Math.min(source.size, 4096));
  const ending = /\.([^./\\]+)$/.exec(context.file)?.[1]?.toLowerCase() ?? "";
  const pointer = head.length === 0 || head.length < 1024 ? unreadableAs(head, context.file) : undefined;
  if (pointer !== undefined && !head.includes(0)) broken(context, pointer);
  const format = formats.find((one) => attempt(() => one.matches(head, ending, source), false));
  if (format === undefined || format === npz) {
    const members = format === npz ? attempt(() => [...openZip(context, source).members.keys()], []) : [];
    const what = unreadableAs(head, context.file, members);
    if (what !== undefined) broken(context, what);
  }
  if (format === undefined) {
    const known = formats.flatMap(({ endings }) => endings.map((one) => `.${one}`));
    broken(context, `is in no format that is read (${[...new Set(known)].join(", ")}); it may be damaged`);
  }
  return { ...format.read({ context, source, checksums }), format: format.name };
}

/**
 * Opens a checkpoint: finds the model's tensors, without decoding them.
 *
 * @throws FeatureLearningError `"invalid-argument"`, naming the file: a damaged or truncated file, an unknown
 * format, a file without a model.
 */
export function openCheckpoint(source: CheckpointSource, options: CheckpointOptions = {}): Checkpoint {
  const { checksums = true } = options;
  const context: FileContext = { file: source.file };
  const opened: ByteSource[] = [source.bytes];
  try {
    const output = isIndex(source.file)
      ? readShards(context, source, checksums, opened)
      : readFile(context, source.bytes, checksums);
    // If the caller skips checksums, their absence needs no warning.
    return checkpointOf(context, source, checksums ? output : { ...output, withoutChecksums: false }, opened);
  } catch (error) {
    for (const one of opened) one.close?.();
    throw error;
  }
}

function checkpointOf(
  context: FileContext,
  source: CheckpointSource,
  output: FormatOutput & { readonly format: string },
  opened: readonly ByteSource[],
): Checkpoint {
  const { tensors: found, skipped }: ModelState = modelState(context, output.root);
  const { kept, aside } = withoutOtherStates(found);
  const tidy = withoutWrappers(kept.map(([name]) => name.replace(/:0$/, "")));
  const tensors = kept.map(([, { tensor }], i): TensorEntry => {
    const name = tidy[i]!;
    return { name, ...tensor, read: () => fitting({ ...context, file: `${context.file}, tensor ${name},` }, tensor) };
  });
  const config = configOf(source);
  const unchecked = `${printable(context.file, 1000)} was written without checksums, so damage to it cannot be noticed (--no-checksums reads such files without this warning)`;
  return {
    file: source.file,
    tensors,
    skipped: [...(output.skipped ?? []), ...skipped, ...aside],
    format: output.format,
    orientation: output.orientation === "unknown" ? orientationOf(tensors) : output.orientation,
    ...(config === undefined ? {} : { config }),
    warnings: [...(output.warnings ?? []), ...(output.withoutChecksums ? [unchecked] : [])],
    close() {
      for (const one of opened) one.close?.();
    },
  };
}

/**
 * Opens a folder of .npy files, each a layer, as one checkpoint.
 *
 * @param folder - Its name, for messages.
 */
export function openStack(
  folder: string,
  arrays: readonly { readonly name: string; readonly file: string; readonly bytes: ByteSource }[],
  { checksums = true }: CheckpointOptions = {},
): Checkpoint {
  const children = arrays.map(({ name, file, bytes }) => {
    const { root } = npyFile.read({ context: { file }, source: bytes, checksums });
    return [name, root.kind === "branch" ? root.children[0]![1] : root] as const;
  });
  const context: FileContext = { file: folder };
  const source: CheckpointSource = { file: folder, bytes: { size: 0, read: () => new Uint8Array(0) } };
  const output = { root: nested(children), orientation: "unknown" as const, format: npyFile.name };
  return checkpointOf(context, source, output, []);
}

/** The numbers of a tensor, or the library's own error if they do not fit in memory. */
function fitting(context: FileContext, tensor: StoredTensor): Float32Array | Float64Array {
  try {
    return tensor.read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return broken(context, `of shape [${tensor.shape}] does not fit into memory`);
  }
}

type Named = readonly [name: string, leaf: Leaf];

/** In files without dictionaries, the tensors of an optimizer or an average have a prefix. */
function withoutOtherStates(tensors: readonly Named[]): { readonly kept: readonly Named[]; readonly aside: readonly Skipped[] } {
  const stateOf = (name: string): string | undefined =>
    name.includes(".") ? otherStateOf(name.slice(0, name.indexOf("."))) : undefined;
  const kept = tensors.filter(([name]) => stateOf(name) === undefined);
  if (kept.length === 0 || kept.length === tensors.length) return { kept: tensors, aside: [] };
  const aside = new Map<string, string>();
  for (const [name] of tensors) {
    const state = stateOf(name);
    if (state !== undefined) aside.set(name.slice(0, name.indexOf(".")), state);
  }
  return { kept, aside: Array.from(aside, ([name, because]) => ({ name, because: `it is ${because}` })) };
}

/** The layout of dense layers, if the container does not define it, from the names that frameworks use. */
function orientationOf(tensors: readonly TensorEntry[]): Orientation {
  const layers = tensors.filter(({ floating, shape }) => floating && shape.length >= 2);
  const all = (pattern: RegExp): boolean => layers.length > 0 && layers.every(({ name }) => pattern.test(name));
  return all(/(^|\.)weight$/) ? "out-in" : all(/(^|\.)(kernel|embedding)$/) ? "in-out" : "unknown";
}

const CONFIG_LIMIT = 2 ** 22;

function configOf(source: CheckpointSource): Readonly<Record<string, unknown>> | undefined {
  const bytes = attempt(() => source.beside?.("config.json"), undefined);
  if (bytes === undefined) return undefined;
  const config = attempt(
    () => (bytes.size > CONFIG_LIMIT ? undefined : (JSON.parse(utf8(bytes.read(0, bytes.size))) as unknown)),
    undefined,
  );
  bytes.close?.();
  return typeof config === "object" && config !== null && !Array.isArray(config)
    ? (config as Record<string, unknown>)
    : undefined;
}

/** Whether a file lists the parts of a checkpoint: model.safetensors.index.json. */
export function isIndex(file: string): boolean {
  return /\.index\.json$/i.test(file);
}

const INDEX_LIMIT = 2 ** 27;
const SHARDS_LIMIT = 10_000;

/** The names of the files that an index lists. */
export function shardsOf(context: FileContext, bytes: ByteSource): string[] {
  if (bytes.size > INDEX_LIMIT) broken(context, `is an index of ${bytes.size} bytes; at most ${INDEX_LIMIT} are read`);
  const index = attempt(() => JSON.parse(utf8(bytes.read(0, bytes.size))) as unknown, undefined);
  const map = typeof index === "object" && index !== null ? (index as Record<string, unknown>)["weight_map"] : undefined;
  if (typeof map !== "object" || map === null) broken(context, "is not an index of parts: it has no weight_map");
  const files = [...new Set(Object.values(map as Record<string, unknown>))];
  if (files.length === 0 || files.length > SHARDS_LIMIT) broken(context, `lists ${files.length} files; it is damaged`);
  return files.map((file) =>
    typeof file === "string" && /^[^/\\\0]+$/.test(file) && file !== ".." && file !== "."
      ? file
      : broken(context, "lists a file outside of its own folder; parts must be next to their index"),
  );
}

/** Reads a checkpoint that consists of several files. */
function readShards(
  context: FileContext,
  source: CheckpointSource,
  checksums: boolean,
  opened: ByteSource[],
): FormatOutput & { readonly format: string } {
  const files = shardsOf(context, source.bytes);
  const folder = source.file.replace(/[^/\\]*$/, "");
  const parts = files.map((file) => {
    const bytes = source.beside?.(file);
    if (bytes === undefined) return broken(context, `lists ${printable(file)}, which is not next to it`);
    opened.push(bytes);
    const shardContext = { ...context, file: folder + file };
    const part = readFile(shardContext, bytes, checksums);
    const { tensors, skipped } = modelState(shardContext, part.root);
    return { ...part, tensors, skipped: [...(part.skipped ?? []), ...skipped] };
  });
  const [first] = parts as [(typeof parts)[number], ...typeof parts];
  const names = parts.flatMap(({ tensors }) => tensors.map(([name]) => name));
  if (new Set(names).size !== names.length) broken(context, "lists files that hold the same tensor twice");
  return {
    root: { kind: "branch", children: parts.flatMap(({ tensors }) => tensors) },
    skipped: parts.flatMap((part) => part.skipped),
    orientation: first.orientation,
    withoutChecksums: parts.some((part) => part.withoutChecksums === true),
    format: first.format,
  };
}
