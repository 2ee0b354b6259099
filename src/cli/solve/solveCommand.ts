/**
 * `feature-learning solve`: reads a problem from a file, and writes its solution to the terminal or to files.
 */
import { readFileSync, readSync } from "node:fs";
import { reject } from "../../door/arguments.ts";
import { named } from "../../door/error.ts";
import { onDisk } from "../fileSource.ts";
import { printable } from "../names.ts";
import { print, save } from "../output.ts";
import type { Paint } from "../text.ts";
import { csvOf } from "./csv.ts";
import { jsonOf } from "./json.ts";
import { parse, readProblemFile } from "./readProblemFile.ts";
import type { SolveCommand } from "./solveArguments.ts";
import { svgOfResult } from "./solveCharts.ts";
import { solveFile } from "./solveFile.ts";
import { summaryOf } from "./summary.ts";
import { evenTimes, readTimes } from "./timesText.ts";

/** Runs the command on one problem. */
export function solveOne(command: Extract<SolveCommand, { readonly name: "solve" }>, paint: Paint): void {
  const read = named("solve", () => {
    const times = command.times === undefined ? undefined : readTimes("--times", command.times);
    const file = readProblemFile(parsed(command.path));
    return times === undefined ? file : { ...file, times };
  });
  const result = solveFile(read, command.print === "csv" || command.plot !== undefined);
  if (command.plot !== undefined) save(command.plot, svgOfResult(result, (read.times ?? evenTimes).spacing));
  if (command.print === "csv") print(csvOf(result.trajectory!));
  else print(`${command.print === "json" ? jsonOf(result, 2) : summaryOf(shown(result, read.times === undefined), paint)}\n`);
}

/** The result without a trajectory that was sampled only for a picture. */
function shown<T extends { readonly trajectory?: unknown }>(result: T, isForPicture: boolean): T {
  if (!isForPicture) return result;
  const { trajectory, ...others } = result;
  return others as T;
}

function parsed(path: string): unknown {
  const isStdin = path === "-" || path === "/dev/stdin";
  const text = onDisk(path, () => (isStdin ? readStandardInput() : readFileSync(path, "utf8")));
  try {
    return parse(text);
  } catch (error) {
    return reject(
      `${isStdin ? "standard input" : printable(path)} is not JSON (${printable((error as Error).message)}); pass a problem`,
    );
  }
}

/** All of standard input, from a pipe, a socket, a file or a terminal. */
function readStandardInput(): string {
  const parts: Buffer[] = [];
  const block = Buffer.alloc(65_536);
  for (;;) {
    try {
      const count = readSync(0, block);
      if (count === 0) return Buffer.concat(parts).toString("utf8");
      parts.push(Buffer.from(block.subarray(0, count)));
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (code === "EOF") return Buffer.concat(parts).toString("utf8");
      if (code !== "EAGAIN") throw error;
      // Nothing has come yet.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
