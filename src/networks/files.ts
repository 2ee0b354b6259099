/** Readers of files in memory: checkpoints in all supported formats, safetensors, and NumPy arrays. */

import { readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { broken, type FileContext, printable, readBytes } from "./formats/bytes.ts";
import type { ByteSource, Checkpoint, StoredTensor } from "./formats/checkpoint.ts";
import type { Format } from "./formats/format.ts";
import type { Node } from "./formats/node.ts";
import { npyFile } from "./formats/npyFile.ts";
import { npz } from "./formats/npz.ts";
import { openCheckpoint } from "./formats/registry.ts";
import { safetensors } from "./formats/safetensors.ts";

/** A tensor of a file, with its numbers. */
export interface Tensor {
  /** The length of every axis. */
  readonly shape: readonly number[];
  /** The numbers, row by row. */
  readonly data: Float64Array;
}

function nameOf(file: unknown): string {
  return typeof file === "string" ? file : "the file";
}

/**
 * The model in a checkpoint: PyTorch's .pt, .pth, .bin and .ckpt, .safetensors, .npz, .npy, HDF5, Flax's
 * .msgpack, plain pickles.
 *
 * The file is recognised by its content. Nothing in it is executed. A pickle whose model contains anything
 * but tensors and plain containers is refused. Of several states in one file (model, average, optimizer) the
 * model is read. Tensors are decoded one by one, by `read()`, as `Float32Array` (or `Float64Array` of stored
 * doubles), row by row.
 *
 * @param bytes - The file.
 * @param options - file: the name, for messages, and as a hint if the content is ambiguous. checksums:
 * `false` reads archives whose checksums do not match.
 * @throws FeatureLearningError `"invalid-argument"`, naming the file: a damaged or truncated file, an unknown
 * format, a file without a model.
 *
 * @example
 * ```ts
 * import { readCheckpoint } from "feature-learning/deep";
 *
 * const header = new TextEncoder().encode('{"module.fc.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}');
 * const bytes = new Uint8Array(8 + header.length + 4);
 * new DataView(bytes.buffer).setUint32(0, header.length, true);
 * bytes.set(header, 8);
 * new DataView(bytes.buffer).setFloat32(8 + header.length, 1.5, true);
 * const { format, tensors } = readCheckpoint(bytes, { file: "step-100.safetensors" });
 * console.log(format, tensors[0]!.name, tensors[0]!.read()); // safetensors fc.weight Float32Array(1) [ 1.5 ]
 * ```
 */
export function readCheckpoint(
  bytes: Uint8Array,
  options: { readonly file?: string | undefined; readonly checksums?: boolean | undefined } = {},
): Checkpoint {
  return named("readCheckpoint", () => {
    const { file = "the file", checksums = true } = readRecord("options", options, ["file", "checksums"]);
    if (typeof file !== "string") refuse("options.file", file, "pass the file's name");
    if (typeof checksums !== "boolean") refuse("options.checksums", checksums, "pass true or false");
    const { tensors, ...rest } = openCheckpoint({ file, bytes: readBytes(bytes) }, { checksums });
    return { ...rest, tensors: tensors.map((tensor) => ({ ...tensor, read: () => named("readCheckpoint", tensor.read) })) };
  });
}

/**
 * The floating-point tensors of a .safetensors file, by name, in the file's order.
 *
 * @param bytes - The file.
 * @param file - Its name, for messages.
 * @throws FeatureLearningError `"invalid-argument"`, naming file and tensor: a truncated file, a header that
 * is not JSON or points outside the file, tensors that overlap or leave gaps, a tensor whose bytes do not fit
 * its shape, NaN or infinite values.
 *
 * @example
 * ```ts
 * import { readSafetensors } from "feature-learning/deep";
 *
 * const header = new TextEncoder().encode('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}');
 * const bytes = new Uint8Array(8 + header.length + 4);
 * new DataView(bytes.buffer).setUint32(0, header.length, true);
 * bytes.set(header, 8);
 * new DataView(bytes.buffer).setFloat32(8 + header.length, 1.5, true);
 * console.log(readSafetensors(bytes)["w"]!.data); // Float64Array(1) [ 1.5 ]
 * ```
 */
export function readSafetensors(bytes: Uint8Array, file?: string): Readonly<Record<string, Tensor>> {
  return named("readSafetensors", () => tensorsIn(safetensors, "tensor", bytes, file));
}

/**
 * The array of a .npy file.
 *
 * @param bytes - The file.
 * @param file - Its name, for messages.
 * @throws FeatureLearningError `"invalid-argument"`, naming the file: not a .npy file, a truncated file, an
 * array of other than floating-point numbers, NaN or infinite values.
 *
 * @example
 * ```ts
 * import { readNpy } from "feature-learning/deep";
 *
 * const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + "\n";
 * const bytes = new Uint8Array([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0, ...new TextEncoder().encode(header), ...new Uint8Array(16)]);
 * console.log(readNpy(bytes)); // { shape: [ 2 ], data: Float64Array(2) [ 0, 0 ] }
 * ```
 */
export function readNpy(bytes: Uint8Array, file?: string): Tensor {
  return named("readNpy", () => {
    const context: FileContext = { file: nameOf(file) };
    const { root } = npyFile.read({ context, source: readBytes(bytes), checksums: true });
    const array = root.kind === "branch" ? root.children[0]![1] : root;
    if (array.kind !== "tensor") return broken(context, array.kind === "other" ? `is ${array.what}` : "is not an array");
    return numbersOf(context, array.tensor);
  });
}

/**
 * The floating-point arrays of a .npz file, by name, in the file's order. Arrays of anything else (integers,
 * text, records, objects) are left out.
 *
 * @throws FeatureLearningError `"invalid-argument"`, naming file and array: not a zip file, a checksum that
 * does not match, or an array that {@link readNpy} refuses for another reason than its type.
 *
 * @example
 * ```ts
 * import { FeatureLearningError } from "feature-learning";
 * import { readNpz } from "feature-learning/deep";
 *
 * try {
 *   readNpz(new Uint8Array(3), "run.npz");
 * } catch (error) {
 *   if (error instanceof FeatureLearningError) console.log(error.message);
 *   // readNpz: run.npz is no zip archive, or truncated: the directory at its end is missing.
 * }
 * ```
 */
export function readNpz(bytes: Uint8Array, file?: string): Readonly<Record<string, Tensor>> {
  return named("readNpz", () => tensorsIn(npz, "array", bytes, file));
}

/** All floating-point tensors of a file, by the names it gives them. */
function tensorsIn(format: Format, noun: string, bytes: unknown, file: unknown): Readonly<Record<string, Tensor>> {
  const context: FileContext = { file: nameOf(file) };
  const source: ByteSource = readBytes(bytes);
  const out: [string, Tensor][] = [];
  const walk = (node: Node, name: string): void => {
    if (node.kind === "branch") for (const [key, child] of node.children) walk(child, name === "" ? key : `${name}/${key}`);
    else if (node.kind === "tensor" && node.tensor.floating)
      out.push([name, numbersOf({ file: `${printable(context.file, 1000)}, ${noun} ${printable(name)},` }, node.tensor)]);
  };
  walk(format.read({ context, source, checksums: true }).root, "");
  return Object.fromEntries(out);
}

function numbersOf(context: FileContext, { shape, floating, read, dtype }: StoredTensor): Tensor {
  if (!floating) return broken(context, `is of dtype ${dtype}; layers are floating-point numbers`);
  const data = Float64Array.from(read());
  const at = data.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) broken(context, `has ${data[at]} at ${at}: the run diverged, or the file is broken`);
  return { shape, data };
}
