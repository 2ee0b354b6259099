/**
 * Groups the files of a folder into candidates for checkpoints: single files, an index with its parts, or
 * stacks of arrays.
 */
import { basename, join, sep } from "node:path";
import type { FileContext } from "../networks/formats/bytes.ts";
import type { Skipped } from "../networks/formats/modelState.ts";
import { isIndex, shardsOf } from "../networks/formats/registry.ts";
import { unreadableAs } from "../networks/formats/unreadable.ts";
import type { PathParts } from "../networks/steps.ts";
import { endingOf, rankOf, stemOf } from "./checkpointNames.ts";
import { openFile } from "./fileSource.ts";

/** A file, an index of parts, or several arrays. */
export interface Candidate extends PathParts {
  readonly folder: string;
  /** The position of the format in the registry. Of two files of a step, the first is preferred. */
  readonly rank: number;
  /** The arrays of a stack of .npy files, one layer each. */
  readonly arrays?: readonly { readonly name: string; readonly path: string }[];
}

/** The candidates among the files of one folder: single files, files in parts, stacks of arrays. */
export function candidatesOf(
  folder: string,
  files: readonly string[],
  step: RegExp | undefined,
  skipped: Skipped[],
): Candidate[] {
  const parts = new Set<string>();
  for (const index of files.filter(isIndex)) for (const shard of shardNames(index)) parts.add(join(folder, shard));
  const folders = folder.split(sep).filter((name) => name !== "" && name !== "." && name !== "..");
  const out: Candidate[] = [];
  const arrays: string[] = [];
  for (const file of files) {
    const name = basename(file);
    if (parts.has(file) || parts.has(join(folder, name))) continue;
    const unreadable = isIndex(file) || endingOf(file) === "pth" ? undefined : unreadableAs(new Uint8Array([0]), file);
    if (unreadable !== undefined) skipped.push({ name: file, because: `it ${unreadable}` });
    else if (/-\d+-of-\d+\.[a-z]+$/.test(name))
      skipped.push({ name: file, because: "it is part of a checkpoint whose index is missing" });
    else if (endingOf(file) === "npy") arrays.push(file);
    else out.push({ file, folder, folders, name: stemOf(name), rank: rankOf(file) });
  }
  return [...out, ...stacksOf(folder, folders, arrays, step)];
}

function shardNames(index: string): string[] {
  const context: FileContext = { file: index };
  const bytes = openFile(index);
  try {
    return shardsOf(context, bytes);
  } finally {
    bytes.close?.();
  }
}

/**
 * Stacks of .npy files with one layer each. All files of a folder are one checkpoint, or all files with the
 * same step in their names.
 */
function stacksOf(folder: string, folders: readonly string[], files: readonly string[], step: RegExp | undefined): Candidate[] {
  if (files.length === 0) return [];
  const rank = rankOf("x.npy");
  const word = step ?? /(?<![a-z])((?:global[-_ ]?)?steps?|iter(?:ation)?s?|checkpoint|ckpt|epoch)[-_=. ]*(\d+)(?![a-z0-9])/i;
  const stepped = files.filter((file) => word.test(stemOf(basename(file))));
  if (stepped.length < files.length) {
    const arrays = files.map((path) => ({ name: stemOf(basename(path)), path }));
    return [{ file: folder, folder, folders, name: "", rank, arrays }];
  }
  const stacks = new Map<string, { first: string; arrays: { name: string; path: string }[] }>();
  for (const path of files) {
    const stem = stemOf(basename(path));
    const [text = ""] = word.exec(stem) ?? [];
    const stack = stacks.get(text) ?? { first: path, arrays: [] };
    // The rest of the name is the layer's.
    const name = stem
      .replace(text, "")
      .replace(/[-_.]{2,}/g, "_")
      .replace(/^[-_.]+|[-_.]+$/g, "");
    stack.arrays.push({ name: name === "" ? "array" : name, path });
    stacks.set(text, stack);
  }
  return Array.from(stacks.values(), ({ first, arrays }) => ({
    file: first,
    folder,
    folders,
    name: stemOf(basename(first)),
    rank,
    arrays,
  }));
}

/**
 * The text that shows a candidate. A stack is shown by its files, because its folder may hold other
 * checkpoints.
 */
export function shownAs({ file, folder, arrays }: Candidate): string {
  return arrays !== undefined && file === folder ? join(folder, "*.npy") : file;
}

/**
 * The order of two files of a step: by the outer folder, then the format, then the plain name before that of
 * a variant.
 */
export function preferred(a: Candidate, b: Candidate): number {
  const variant = ({ name }: Candidate): number => Number(/[-_.](fp16|bf16|fp32|int8|non_ema|variant)$/i.test(name));
  return a.folder.length - b.folder.length || a.rank - b.rank || variant(a) - variant(b);
}
