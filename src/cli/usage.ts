/** Errors in the arguments of a command. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { onDisk } from "./fileSource.ts";
import { printable } from "./names.ts";

/** The error of invalid arguments. */
export class UsageError extends Error {}

/** Refuses an output file that cannot be written, before anything is read. */
export function checkWritable(option: string, path: string): void {
  if (path === "") throw new UsageError(`${option} is empty; pass a file's name`);
  const isFolder = (at: string): boolean | undefined =>
    onDisk(path, () => statSync(at, { throwIfNoEntry: false })?.isDirectory(), "written");
  if (isFolder(path)) throw new UsageError(`${option} ${printable(path)} is a folder`);
  const folder = dirname(resolve(path));
  if (!isFolder(folder)) throw new UsageError(`${option} ${printable(path)}: the folder ${printable(folder)} does not exist`);
  onDisk(path, () => accessSync(existsSync(path) ? path : folder, constants.W_OK), "written");
}
