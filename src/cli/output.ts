/** Writes the command's output completely, or fails with an error. */
import { writeFileSync, writeSync } from "node:fs";
import { failure } from "../door/error.ts";
import { onDisk } from "./fileSource.ts";

/** Writes to standard output synchronously, so that a full disk or a closed pipe is detected. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as { code?: string };
      // The reader at the other end of a pipe is slow.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else throw failure("invalid-argument", `the output cannot be written: ${reasonOf(code)}.`);
    }
  }
}

function reasonOf(code: string | undefined): string {
  const reasons: Readonly<Record<string, string>> = { ENOSPC: "the disk is full", EPIPE: "its reader has closed" };
  return code === undefined ? "unknown reason" : `${reasons[code] ?? "the system reports an error"} (${code})`;
}

/** Writes a file. */
export function save(path: string, text: string): void {
  onDisk(path, () => writeFileSync(path, text), "written");
}
