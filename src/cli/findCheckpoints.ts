/** The checkpoints of a run: which files of a folder they are, and in which order. */
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { failure } from "../door/error.ts";
import { type FileContext, printable } from "../networks/formats/bytes.ts";
import type { Checkpoint } from "../networks/formats/checkpoint.ts";
import type { Skipped } from "../networks/formats/modelState.ts";
import { formats, isIndex, openCheckpoint, openStack, shardsOf } from "../networks/formats/registry.ts";
import { ORBAX, unreadableAs } from "../networks/formats/unreadable.ts";
import { type PathParts, stepsOf } from "../networks/steps.ts";
import { checkpointFile, onDisk, openFile, reopenedFile } from "./fileSource.ts";

/** A checkpoint that was found and not yet opened. */
export interface FoundCheckpoint {
  /** The file, or the folder of .npy files. */
  readonly file: string;
  readonly step: number;
  /** Opens it; `close` it before the next one. */
  open(options?: { readonly checksums?: boolean }): Checkpoint;
}

export interface FoundRun {
  /** In the order of their steps, of which no two are equal. */
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Files that are no checkpoints of the model, or repeat one. */
  readonly skipped: readonly Skipped[];
}

/** A file, an index of parts, or several arrays. */
interface Candidate extends PathParts {
  readonly folder: string;
  /** In the registry's order: the first is preferred of two files of a step. */
  readonly rank: number;
  /** Of a stack of .npy files, each a layer. */
  readonly arrays?: readonly { readonly name: string; readonly path: string }[];
}

const DEPTH_LIMIT = 8;
const FILES_LIMIT = 200_000;

/** Beside a model, and none itself. */
const NO_MODEL =
  /(^|[-_.])(optim|optimizer|optim_states|scheduler|lr_scheduler|scaler|grad_scaler|rng_state|random_states|training_args|trainer_state|sampler|dataloader|tokenizer|vocab|hparams)([-_.]?\d+)*([-_.]|$)/i;
const AVERAGE = /(^|[-_.])(ema|swa)([-_.]|$)/i;

/**
 * The checkpoints in files and folders, ordered by their steps.
 *
 * @param paths - Files, or folders that are searched.
 * @param options - step: finds the step in a path, where the names leave it in doubt.
 * @throws FeatureLearningError `"invalid-argument"`: nothing is found, or what is found is in no certain
 * order.
 */
export function findCheckpoints(paths: readonly string[], { step }: { readonly step?: RegExp | undefined } = {}): FoundRun {
  const skipped: Skipped[] = [];
  const files = listed(paths, skipped);
  const models = files.filter((path) => {
    const because = noModel(basename(path));
    if (because !== undefined) skipped.push({ name: path, because });
    return because === undefined;
  });
  const candidates = [...byFolder(models)].flatMap(([folder, own]) => candidatesOf(folder, own, step, skipped));
  if (candidates.length === 0) nothing(paths, skipped);
  const steps = stepsOf(candidates, step);
  const known: (readonly [Candidate, number])[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const at = steps[i];
    if (at === undefined) skipped.push({ name: shownAs(candidate), because: "neither its name nor its folder's has a step" });
    else known.push([candidate, at]);
  }
  const chosen = oneEach(known, skipped);
  // A pattern says that the steps of all folders are of one run.
  if (step === undefined) checkOneRun(chosen);
  const checkpoints = chosen.map(([candidate, at]) => ({
    file: candidate.file,
    step: at,
    open: (options: { readonly checksums?: boolean } = {}) => open(candidate, options),
  }));
  return { checkpoints, skipped };
}

function open({ file, arrays }: Candidate, options: { readonly checksums?: boolean }): Checkpoint {
  if (arrays === undefined) return openCheckpoint(checkpointFile(file), options);
  return openStack(
    file,
    arrays.map(({ name, path }) => ({ name, file: path, bytes: reopenedFile(path) })),
    options,
  );
}

function fail(sentence: string): never {
  throw failure("invalid-argument", `${sentence}.`);
}

const natural = new Intl.Collator("en", { numeric: true });

/** The regular files of the paths, each once, whatever links lead to it. */
function listed(paths: readonly string[], skipped: Skipped[]): string[] {
  const out: string[] = [];
  const real = new Map<string, string>();
  const folders = new Set<string>();
  let seen = 0;

  function take(path: string): void {
    const state = onDisk(path, () => statSync(path, { throwIfNoEntry: false }));
    if (state === undefined) fail(`${printable(path, 1000)} does not exist; pass checkpoints, or a folder of them`);
    if (state.isDirectory()) folder(path, 0, true);
    else if (state.isFile()) file(path, true);
    else fail(`${printable(path, 1000)} is no regular file; pass checkpoints, or a folder of them`);
  }

  function file(path: string, given: boolean): void {
    if (!given && !isCandidate(path)) return;
    const target = quietly(() => realpathSync(path)) ?? path;
    const known = real.get(target);
    if (known === undefined) {
      real.set(target, path);
      out.push(path);
    } else if (known !== path) skipped.push({ name: path, because: `it is a link to ${printable(known)}` });
  }

  function folder(path: string, depth: number, given: boolean): void {
    const target = quietly(() => realpathSync(path)) ?? path;
    if (folders.has(target) || depth > DEPTH_LIMIT) return;
    folders.add(target);
    const names = given ? onDisk(path, () => readdirSync(path)) : quietly(() => readdirSync(path));
    if (names === undefined) {
      skipped.push({ name: path, because: "the folder cannot be read" });
      return;
    }
    seen += names.length;
    if (seen > FILES_LIMIT) fail(`${printable(path, 1000)} holds more than ${FILES_LIMIT} files; pass the folder of one run`);
    if (names.some((name) => /^(_CHECKPOINT_METADATA|_METADATA|manifest\.ocdbt)$/.test(name))) {
      skipped.push({ name: path, because: `it ${ORBAX}` });
      return;
    }
    const states = names
      .sort(natural.compare)
      .map((name) => ({ name, path: join(path, name), link: isLink(join(path, name)) }))
      // Links come last, so that a file has its own name.
      .sort((a, b) => Number(a.link) - Number(b.link));
    for (const { name, path: inside } of states) {
      const state: Stats | undefined = quietly(() => statSync(inside));
      if (state?.isDirectory()) {
        if (!/^(\.|__pycache__$|node_modules$|wandb$|venv$)/.test(name)) folder(inside, depth + 1, false);
      } else if (state?.isFile()) file(inside, false);
      else if (state === undefined && isCandidate(inside))
        skipped.push({ name: inside, because: "it is a link to nothing, or cannot be read" });
    }
  }

  for (const path of paths) take(path);
  return out;
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function isLink(path: string): boolean {
  return quietly(() => lstatSync(path).isSymbolicLink()) ?? false;
}

const ENDINGS = formats.flatMap(({ endings }) => endings);

/** The ending of a name; older scripts of PyTorch write .pth.tar, which is no tar archive. */
function endingOf(path: string): string {
  if (/\.(pt|pth|ckpt)\.tar$/i.test(path)) return "pth";
  return /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** Whether a file of a folder is looked at: by its ending, or as Flax names its files, checkpoint_100. */
function isCandidate(path: string): boolean {
  const ending = endingOf(path);
  if (ENDINGS.includes(ending) || isIndex(path)) return true;
  if (["gguf", "onnx", "tflite", "distcp", "pb", "index"].includes(ending) || /\.data-\d+-of-\d+$/.test(path)) return true;
  return /^(checkpoint|ckpt|step|iter|params|state)[-_]?\d+$/i.test(basename(path));
}

function noModel(name: string): string | undefined {
  // Megatron's files hold the model too.
  if (/^model_optim_rng/.test(name)) return undefined;
  const stem = name.replace(/\.[^.]+$/, "");
  if (NO_MODEL.test(stem) || /_optim_states$/.test(stem)) return "it holds no model, as its name says";
  if (AVERAGE.test(stem)) return "it holds an average of the weights, as its name says";
  if (/^events\.out\./.test(name)) return "it is a log";
  return undefined;
}

function byFolder(files: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const own = folders.get(dirname(file));
    if (own === undefined) folders.set(dirname(file), [file]);
    else own.push(file);
  }
  return folders;
}

/** What the files of one folder are: single files, files of parts, stacks of arrays. */
function candidatesOf(folder: string, files: readonly string[], step: RegExp | undefined, skipped: Skipped[]): Candidate[] {
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
      skipped.push({ name: file, because: "it is a part of a checkpoint whose index is missing" });
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

function stemOf(name: string): string {
  const endings = [
    ...ENDINGS,
    "safetensors.index.json",
    "bin.index.json",
    "msgpack.index.json",
    "weights.h5",
    "ckpt.pt",
    "pth.tar",
    "pt.tar",
    "ckpt.tar",
  ];
  const ending = endings.filter((one) => name.toLowerCase().endsWith(`.${one}`)).sort((a, b) => b.length - a.length)[0];
  return ending === undefined ? name : name.slice(0, -ending.length - 1);
}

function rankOf(file: string): number {
  const ending = isIndex(file) ? endingOf(file.replace(/\.index\.json$/i, "")) : endingOf(file);
  const rank = formats.findIndex(({ endings }) => endings.includes(ending));
  return rank < 0 ? formats.length : rank;
}

/** .npy files, each a layer: all of a folder are a checkpoint, or those with the same step in their names. */
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

/** One checkpoint a step: of several forms of the same one, the first in the registry. */
function oneEach(known: readonly (readonly [Candidate, number])[], skipped: Skipped[]): (readonly [Candidate, number])[] {
  const out: (readonly [Candidate, number])[] = [];
  for (const entry of [...known].sort((a, b) => a[1] - b[1] || preferred(a[0], b[0]))) {
    const [candidate, at] = entry;
    const last = out.at(-1);
    if (last === undefined || last[1] !== at) {
      out.push(entry);
      continue;
    }
    const [kept] = last;
    const nested = candidate.folder === kept.folder || `${candidate.folder}${sep}`.startsWith(`${kept.folder}${sep}`);
    if (!nested || preferred(kept, candidate) === 0) {
      const both = `${printable(kept.file)} and ${printable(candidate.file)} are both step ${at}`;
      if (/(mp|tp|tensor)_rank/.test(kept.file) && /(mp|tp|tensor)_rank/.test(candidate.file))
        fail(`${both}, parts of a model that was split over several devices; merge them first, with the tool that split them`);
      fail(`${both}; pass the files of one run and one model, or --step with a pattern that tells them apart`);
    }
    skipped.push({ name: shownAs(candidate), because: `step ${at} is read from ${printable(kept.file)}` });
  }
  return out;
}

/**
 * Refuses files of several runs. A checkpoint belongs to the innermost folder that holds several steps, so that
 * folders of one step each, as checkpoint-10 and checkpoint-20, are of the run around them.
 */
function checkOneRun(chosen: readonly (readonly [Candidate, number])[]): void {
  const inside = new Map<string, number>();
  for (const [{ folder }] of chosen)
    for (const around of foldersAround(folder)) inside.set(around, (inside.get(around) ?? 0) + 1);
  const runs = new Map<string, number>();
  for (const [{ folder }] of chosen) {
    const run = foldersAround(folder).find((around) => inside.get(around)! > 1) ?? folder;
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  const several = [...runs].filter(([, steps]) => steps > 1).map(([run]) => printable(run, 500));
  if (several.length < 2) return;
  const named = `${several.slice(0, 4).join(", ")}${several.length > 4 ? ", …" : ""}`;
  fail(
    `the order of the checkpoints is in doubt: ${several.length} folders hold several steps each (${named}), which may be several runs; ` +
      'pass the folder of one run, or, if they are one run, --step with a pattern whose group is the step, as in --step "step-(\\d+)"',
  );
}

/** The folder and all around it, the innermost first. */
function foldersAround(folder: string): string[] {
  const around = dirname(folder);
  return around === folder ? [folder] : [folder, ...foldersAround(around)];
}

/** A stack by its files, since its folder may hold other checkpoints. */
function shownAs({ file, folder, arrays }: Candidate): string {
  return arrays !== undefined && file === folder ? join(folder, "*.npy") : file;
}

/**
 * Which of two files of a step comes first: the outer folder, the form, the plain name before one of a
 * variant.
 */
function preferred(a: Candidate, b: Candidate): number {
  const variant = ({ name }: Candidate): number => Number(/[-_.](fp16|bf16|fp32|int8|non_ema|variant)$/i.test(name));
  return a.folder.length - b.folder.length || a.rank - b.rank || variant(a) - variant(b);
}

function nothing(paths: readonly string[], skipped: readonly Skipped[]): never {
  const [first] = skipped;
  const shown = paths
    .map((path) => printable(path))
    .slice(0, 3)
    .join(", ");
  const known = [...new Set(ENDINGS)].map((ending) => `.${ending}`).join(", ");
  if (first !== undefined) fail(`${shown} holds no checkpoint that can be read: ${printable(first.name, 500)}: ${first.because}`);
  fail(`${shown} holds no checkpoint; files of these kinds are read: ${known}`);
}
