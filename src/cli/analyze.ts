/** What a run's checkpoints say: per pair of layers, which mechanism acted when, and the regime. One checkpoint is in memory at a time. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { mechanisms } from "../mechanisms/mechanisms.ts";
import type { Mechanisms } from "../mechanisms/report.ts";
import { readNpy, readNpz, readSafetensors, type Tensor } from "../networks/files.ts";
import { recordLayers } from "../networks/recordLayers.ts";
import { FeatureLearningError } from "../numerics/error.ts";
import { type Regime, regime } from "../regimes/regime.ts";

/** What is asked for. */
export interface Analysis {
  readonly files: readonly string[];
  /** The tensors that are layers, by name; all with two axes or more if left out. */
  readonly layers: RegExp | undefined;
  readonly threshold: number;
}

/** What is found of a pair of layers. */
export interface PairReport {
  readonly pair: string;
  readonly checkpoints: number;
  readonly mechanisms: Mechanisms;
  readonly regime: Regime;
}

function fail(message: string): never {
  throw new FeatureLearningError("invalid-argument", `analyze: ${message}.`);
}

/** The files of a list, a folder standing for those in it, in order of the last number in their names. */
export function checkpointsOf(paths: readonly string[]): { readonly file: string; readonly step: number }[] {
  const found = paths.flatMap((path) => {
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind === undefined) fail(`${path} does not exist; pass checkpoints or a folder of them`);
    if (!kind.isDirectory()) return [{ file: path, given: true }];
    const inside = readdirSync(path).filter((name) => /\.(safetensors|npz|npy)$/.test(name));
    if (inside.length === 0) fail(`${path} holds no .safetensors, .npz or .npy file`);
    return inside.map((name) => ({ file: join(path, name), given: false }));
  });
  const numbered = found.map(({ file, given }) => ({ file, given, step: stepOf(file) }));
  const kinds = new Set(numbered.map(({ file }) => /\.(\w+)$/.exec(file)?.[1]));
  if (kinds.size > 1) fail(`the checkpoints are of several kinds, ${[...kinds].join(", ")}; pass files of one kind`);
  const inFolder = numbered.every(({ given }) => !given);
  const ordered = inFolder ? numbered.sort((a, b) => a.step - b.step) : numbered;
  for (const [i, { file, step }] of ordered.entries()) {
    const before = ordered[i - 1];
    if (before !== undefined && step <= before.step)
      fail(`${file} is step ${step} after step ${before.step} of ${before.file}; pass checkpoints in the order of their steps`);
  }
  if (ordered.length < 2) fail(`there is ${ordered.length} checkpoint; pass at least two`);
  return ordered;
}

function stepOf(file: string): number {
  const numbers = basename(file)
    .replace(/\.(safetensors|npz|npy)$/, "")
    .match(/\d+/g);
  if (numbers === null) fail(`${file} has no step in its name; name checkpoints by their steps, as in step-100.safetensors`);
  return Number(numbers.at(-1));
}

/** The layers of one checkpoint, from the first to the last in the order of their names' numbers. */
function layersOf(file: string, pattern: RegExp | undefined): Record<string, Tensor> {
  const bytes = new Uint8Array(readFileSync(file));
  const tensors = file.endsWith(".safetensors")
    ? readSafetensors(bytes, file)
    : file.endsWith(".npz")
      ? readNpz(bytes, file)
      : { array: readNpy(bytes, file) };
  const chosen = Object.entries(tensors).filter(([name, { shape }]) =>
    pattern === undefined ? shape.length >= 2 : pattern.test(name),
  );
  if (chosen.length < 2) {
    const all = Object.keys(tensors).join(", ");
    fail(`${file} has ${chosen.length} layers among its tensors (${all}); pass --layers with a pattern of their names`);
  }
  const natural = new Intl.Collator("en", { numeric: true });
  return Object.fromEntries(chosen.sort(([a], [b]) => natural.compare(a, b)));
}

export function analyze({ files, layers, threshold }: Analysis): PairReport[] {
  const recorder = recordLayers();
  const checkpoints = checkpointsOf(files);
  for (const { file, step } of checkpoints) {
    const own = layersOf(file, layers);
    try {
      recorder.record(step, own);
    } catch (error) {
      throw error instanceof FeatureLearningError
        ? new FeatureLearningError(error.code, `analyze: ${file}: ${error.message}`)
        : error;
    }
  }
  return Object.entries(recorder.trajectories()).map(([pair, log]) => ({
    pair,
    checkpoints: checkpoints.length,
    mechanisms: mechanisms(log, { threshold }),
    regime: regime(log),
  }));
}
