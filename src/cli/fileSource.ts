/** Files on disk, read by ranges. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { reject } from "../door/arguments.ts";
import { FeatureLearningError } from "../door/error.ts";
import { printable } from "../networks/formats/bytes.ts";
import type { ByteSource, CheckpointSource } from "../networks/formats/checkpoint.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder",
  ELOOP: "its symbolic links form a cycle",
  ENOENT: "there is no such file",
  ENOTDIR: "part of its path is not a folder",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open",
  EIO: "the disk reports an error",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ENXIO: "it is not a regular file",
};

/** Runs `work` on a path. An error of the operating system is turned into one sentence. */
export function onDisk<T>(path: string, work: () => T, action: string = "read"): T {
  try {
    return work();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (error instanceof FeatureLearningError || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) throw error;
    const reason = REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
    reject(`${printable(path, 1000)} cannot be ${action}: ${reason}`);
  }
}

/** Opens a regular file as a source. The caller must `close` it. */
export function openFile(path: string): ByteSource {
  return onDisk(path, () => {
    // Opened without waiting, because opening a pipe would block until another program writes to it.
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const state = fstatSync(descriptor);
    if (!state.isFile()) {
      closeSync(descriptor);
      const kind = state.isDirectory() ? "a folder" : "no regular file";
      reject(`${printable(path, 1000)} is ${kind}; pass a checkpoint`);
    }
    let open = true;
    return {
      size: state.size,
      read: (from, to) => {
        const end = Math.min(to, state.size);
        return onDisk(path, () => readRange(path, descriptor, Math.max(0, from), end));
      },
      close() {
        if (open) closeSync(descriptor);
        open = false;
      },
    };
  });
}

/** One read returns at most 2 GiB. */
const BLOCK = 2 ** 30;

function readRange(path: string, descriptor: number, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, to - from));
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(descriptor, bytes, at, Math.min(BLOCK, bytes.length - at), from + at);
    if (count === 0) reject(`${printable(path, 1000)} became shorter while it was read`);
    at += count;
  }
  return bytes;
}

/** A file that is open only while it is read, for checkpoints of many files. */
export function reopenedFile(path: string): ByteSource {
  const using = <T>(work: (source: ByteSource) => T): T => {
    const source = openFile(path);
    try {
      return work(source);
    } finally {
      source.close?.();
    }
  };
  return { size: using(({ size }) => size), read: (from, to) => using((source) => source.read(from, to)) };
}

/** A file on disk with the files of its folder. */
export function checkpointFile(path: string): CheckpointSource {
  return {
    file: path,
    bytes: openFile(path),
    beside(name) {
      if (basename(name) !== name) return undefined;
      try {
        return openFile(join(dirname(path), name));
      } catch {
        return undefined;
      }
    },
  };
}
