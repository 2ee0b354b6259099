/** Finds the checkpoints of a run and their order. */
import { basename, dirname, sep } from "node:path";
import { reject } from "../door/arguments.ts";
import { printable } from "../networks/formats/bytes.ts";
import type { Checkpoint } from "../networks/formats/checkpoint.ts";
import type { Skipped } from "../networks/formats/modelState.ts";
import { openCheckpoint, openStack } from "../networks/formats/registry.ts";
import { stepsOf } from "../networks/steps.ts";
import { type Candidate, candidatesOf, preferred, shownAs } from "./candidates.ts";
import { ENDINGS, noModel } from "./checkpointNames.ts";
import { checkpointFile, reopenedFile } from "./fileSource.ts";
import { listFiles } from "./listFiles.ts";

/** A checkpoint that has not been opened yet. */
interface FoundCheckpoint {
  /** The file, or the folder of .npy files. */
  readonly file: string;
  readonly step: number;
  /** Opens the checkpoint. `close` it before the next one is opened. */
  open(options?: { readonly checksums?: boolean }): Checkpoint;
}

interface FoundRun {
  /** The checkpoints in the order of their steps, which are all different. */
  readonly checkpoints: readonly FoundCheckpoint[];
  /** Files that are not checkpoints of the model, or duplicates. */
  readonly skipped: readonly Skipped[];
}

/** A candidate, and the step in its path. */
interface PlacedCandidate {
  readonly candidate: Candidate;
  readonly step: number;
}

/**
 * The checkpoints in files and folders, ordered by their steps.
 *
 * @param paths - Files, or folders that are searched.
 * @param options - step: a pattern that finds the step in a path, if the names are ambiguous.
 * @throws FeatureLearningError `"invalid-argument"`: nothing is found, or the order is ambiguous.
 */
export function findCheckpoints(paths: readonly string[], { step }: { readonly step?: RegExp | undefined } = {}): FoundRun {
  const skipped: Skipped[] = [];
  const models = listFiles(paths, skipped).filter((path) => {
    const because = noModel(basename(path));
    if (because !== undefined) skipped.push({ name: path, because });
    return because === undefined;
  });
  const candidates = [...byFolder(models)].flatMap(([folder, files]) => candidatesOf(folder, files, step, skipped));
  if (candidates.length === 0) rejectEmpty(paths, skipped);
  const steps = stepsOf(candidates, step);
  const placed: PlacedCandidate[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const at = steps[i];
    if (at === undefined) skipped.push({ name: shownAs(candidate), because: "neither its name nor its folder's has a step" });
    else placed.push({ candidate, step: at });
  }
  const chosen = oneEach(placed, skipped);
  // With a pattern, the steps of all folders belong to one run.
  if (step === undefined) checkOneRun(chosen);
  const checkpoints = chosen.map(({ candidate, step: at }) => ({
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

function byFolder(files: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const inFolder = folders.get(dirname(file));
    if (inFolder === undefined) folders.set(dirname(file), [file]);
    else inFolder.push(file);
  }
  return folders;
}

/** One checkpoint per step. Of several formats of the same checkpoint, the first in the registry is used. */
function oneEach(placed: readonly PlacedCandidate[], skipped: Skipped[]): PlacedCandidate[] {
  const out: PlacedCandidate[] = [];
  for (const entry of [...placed].sort((a, b) => a.step - b.step || preferred(a.candidate, b.candidate))) {
    const { candidate, step } = entry;
    const last = out.at(-1);
    if (last === undefined || last.step !== step) {
      out.push(entry);
      continue;
    }
    const kept = last.candidate;
    const nested = candidate.folder === kept.folder || `${candidate.folder}${sep}`.startsWith(`${kept.folder}${sep}`);
    if (!nested || preferred(kept, candidate) === 0) {
      const both = `${printable(kept.file)} and ${printable(candidate.file)} are both step ${step}`;
      if (/(mp|tp|tensor)_rank/.test(kept.file) && /(mp|tp|tensor)_rank/.test(candidate.file))
        reject(`${both}, parts of a model that was split over several devices; merge them first, with the tool that split them`);
      reject(`${both}; pass the files of one run and one model, or --step with a pattern that distinguishes them`);
    }
    skipped.push({ name: shownAs(candidate), because: `step ${step} is read from ${printable(kept.file)}` });
  }
  return out;
}

/**
 * Refuses files of several runs. A checkpoint belongs to the innermost folder that holds several steps, so
 * that folders with one step each, such as checkpoint-10 and checkpoint-20, belong to the run in the folder
 * around them.
 */
function checkOneRun(chosen: readonly PlacedCandidate[]): void {
  const inside = new Map<string, number>();
  for (const { candidate } of chosen)
    for (const around of foldersAround(candidate.folder)) inside.set(around, (inside.get(around) ?? 0) + 1);
  const runs = new Map<string, number>();
  for (const { candidate } of chosen) {
    const { folder } = candidate;
    const run = foldersAround(folder).find((around) => inside.get(around)! > 1) ?? folder;
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  const several = [...runs].filter(([, steps]) => steps > 1).map(([run]) => printable(run, 500));
  if (several.length < 2) return;
  const named = `${several.slice(0, 4).join(", ")}${several.length > 4 ? ", …" : ""}`;
  reject(
    `the order of the checkpoints is ambiguous: ${several.length} folders hold several steps each (${named}), which may be several runs; ` +
      'pass the folder of one run, or, if they are one run, --step with a pattern whose group is the step, as in --step "step-(\\d+)"',
  );
}

/** The folder and all around it, the innermost first. */
function foldersAround(folder: string): string[] {
  const around = dirname(folder);
  return around === folder ? [folder] : [folder, ...foldersAround(around)];
}

/** Refuses paths without a checkpoint. The message names the first skipped file, or the supported formats. */
function rejectEmpty(paths: readonly string[], skipped: readonly Skipped[]): never {
  const [first] = skipped;
  const shown = paths
    .map((path) => printable(path))
    .slice(0, 3)
    .join(", ");
  const known = [...new Set(ENDINGS)].map((ending) => `.${ending}`).join(", ");
  if (first !== undefined)
    reject(`${shown} holds no checkpoint that can be read: ${printable(first.name, 500)}: ${first.because}`);
  reject(`${shown} holds no checkpoint; files of these kinds are read: ${known}`);
}
