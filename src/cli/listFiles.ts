/** Lists the files that were passed, and the files in the folders that were passed. */
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { attempt, reject } from "../door/arguments.ts";
import { printable } from "../networks/formats/bytes.ts";
import type { Skipped } from "../networks/formats/modelState.ts";
import { ORBAX } from "../networks/formats/unreadable.ts";
import { isCandidate } from "./checkpointNames.ts";
import { onDisk } from "./fileSource.ts";

const DEPTH_LIMIT = 8;
const FILES_LIMIT = 200_000;

const natural = new Intl.Collator("en", { numeric: true });

/**
 * The regular files of the paths, each once, even if several links lead to it. Files in folders are listed if
 * they may be checkpoints. Files that are left out are added to `skipped` with the reason.
 */
export function listFiles(paths: readonly string[], skipped: Skipped[]): string[] {
  const out: string[] = [];
  const real = new Map<string, string>();
  const folders = new Set<string>();
  let seen = 0;

  function take(path: string): void {
    const state = onDisk(path, () => statSync(path, { throwIfNoEntry: false }));
    if (state === undefined) reject(`${printable(path, 1000)} does not exist; pass checkpoints, or a folder of them`);
    if (state.isDirectory()) folder(path, 0, true);
    else if (state.isFile()) file(path, true);
    else reject(`${printable(path, 1000)} is not a regular file; pass checkpoints, or a folder of them`);
  }

  function file(path: string, passed: boolean): void {
    if (!passed && !isCandidate(path)) return;
    const target = attempt(() => realpathSync(path), path);
    const known = real.get(target);
    if (known === undefined) {
      real.set(target, path);
      out.push(path);
    } else if (known !== path) skipped.push({ name: path, because: `it is a link to ${printable(known)}` });
  }

  function folder(path: string, depth: number, passed: boolean): void {
    const target = attempt(() => realpathSync(path), path);
    if (folders.has(target) || depth > DEPTH_LIMIT) return;
    folders.add(target);
    const names = passed ? onDisk(path, () => readdirSync(path)) : attempt(() => readdirSync(path), undefined);
    if (names === undefined) {
      skipped.push({ name: path, because: "the folder cannot be read" });
      return;
    }
    seen += names.length;
    if (seen > FILES_LIMIT) reject(`${printable(path, 1000)} holds more than ${FILES_LIMIT} files; pass the folder of one run`);
    if (names.some((name) => /^(_CHECKPOINT_METADATA|_METADATA|manifest\.ocdbt)$/.test(name))) {
      skipped.push({ name: path, because: `it ${ORBAX}` });
      return;
    }
    const entries = names
      .sort(natural.compare)
      .map((name) => ({ name, path: join(path, name), link: isLink(join(path, name)) }))
      // Links come last, so that a file is listed under its own name.
      .sort((a, b) => Number(a.link) - Number(b.link));
    for (const { name, path: inside } of entries) {
      const state: Stats | undefined = attempt(() => statSync(inside), undefined);
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

function isLink(path: string): boolean {
  return attempt(() => lstatSync(path).isSymbolicLink(), false);
}
