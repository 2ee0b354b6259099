#!/usr/bin/env node
/** The command `feature-learning`. */
import { version } from "../../package.json";
import { FeatureLearningError, namedAsync } from "../door/error.ts";
import { analyze } from "./analyze.ts";
import { readArguments } from "./arguments.ts";
import { svgOf } from "./charts.ts";
import { htmlOf } from "./html.ts";
import { printable } from "./names.ts";
import { print, save } from "./output.ts";
import { answerLines } from "./solve/lines.ts";
import { solveOne } from "./solve/solveCommand.ts";
import { tableOf } from "./table.ts";
import { painter, wantsColour } from "./text.ts";
import { UsageError } from "./usage.ts";

async function main(args: readonly string[]): Promise<void> {
  const command = readArguments(args);
  const paint = painter(wantsColour(process.stdout, process.env));
  if (command.name === "help") print(command.text);
  else if (command.name === "version") print(`${version}\n`);
  else if (command.name === "solve") solveOne(command, paint);
  else if (command.name === "solve lines") await answerLines(process.stdin);
  else {
    const report = analyze(command.asked, progress());
    if (command.svg !== undefined) save(command.svg, svgOf(report));
    if (command.html !== undefined) save(command.html, htmlOf(report));
    print(`${command.json ? jsonOf(report) : tableOf(report, paint)}\n`);
  }
}

/** Shows the progress of a long analysis on a terminal. */
function progress(): (share: number) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const begun = Date.now();
  let last = 0;
  return (part) => {
    const time = Date.now();
    if (time - begun > 800 && time - last > 100) {
      last = time;
      const secondsLeft = ((time - begun) / part - (time - begun)) / 1000;
      stderr.write(
        `\r\u001b[K${Math.floor(100 * part)} %, ${secondsLeft < 90 ? `${Math.ceil(secondsLeft)} s` : `${Math.ceil(secondsLeft / 60)} min`} left`,
      );
    }
    if (part >= 1 && last > 0) stderr.write("\r\u001b[K");
  };
}

/** JSON has no infinite numbers, and terminals interpret control characters. */
function jsonOf(report: unknown): string {
  const text = JSON.stringify(report, (_, value) => (value === Infinity ? "Infinity" : value), 2);
  return text.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Prints the error in one line and returns the exit code. */
function report(error: unknown): number {
  const { code, message } = error as { code?: string; message?: string };
  if (error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS")) {
    // Node's own messages have several lines.
    process.stderr.write(`feature-learning: ${printable((message ?? "").replaceAll("\n", " "))}\nTry feature-learning --help.\n`);
    return 2;
  }
  if (error instanceof FeatureLearningError) process.stderr.write(`${printable(error.message)}\n`);
  else process.stderr.write(`feature-learning: unexpected error: ${printable(String(message ?? error))}\n`);
  return 1;
}

const args = process.argv.slice(2);
namedAsync(args[0] === "solve" ? "solve" : "analyze", () => main(args)).catch((error: unknown) => {
  process.exitCode = report(error);
});
