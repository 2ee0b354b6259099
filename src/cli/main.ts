#!/usr/bin/env node
/** The command `feature-learning`. */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../../package.json";
import { FeatureLearningError } from "../numerics/error.ts";
import { type Analysis, analyze } from "./analyze.ts";
import { svgOf } from "./charts.ts";
import { htmlOf } from "./html.ts";
import { printable } from "./names.ts";
import { print, save } from "./output.ts";
import { tableOf } from "./table.ts";
import { painter, wantsColour } from "./text.ts";

const USAGE = `Usage: feature-learning analyze PATH… [options]

Reads a training run: by which mechanism did each pair of layers learn (alignment, disalignment,
rescaling), when, and how far did each layer move?

PATH  checkpoints, or a folder of them: PyTorch (.pt .pth .bin .ckpt), .safetensors, Hugging Face
      folders, NumPy (.npz .npy), .h5, Flax (.msgpack); or a log written while training (.jsonl)

  --html FILE           write a report with pictures, one self-contained page
  --svg FILE            write the pictures
  --json                print everything as JSON, with the trajectories
  --pairs A·B,…         only these pairs, the outer (later) layer first; A@B means the same
  --layers PATTERN      only tensors whose names match this regular expression
  --transpose PATTERN   these tensors are stored as [inputs, outputs]
  --heads N             the number of attention heads, where no config.json tells it
  --step PATTERN        finds the step in a file's path, as in "it(\\d+)"
  --threshold X         the change of |cos ζ|, or of ln of the norms, that counts (default 0.1)
  --no-checksums        read archives that were written without checksums
  -h, --help            this text
  --version             ${version}

Examples:
  feature-learning analyze runs/mnist --html report.html
  feature-learning analyze checkpoint-*/model.safetensors --layers mlp --json > run.json
  feature-learning analyze run/ --pairs decoder.weight·encoder.weight
  feature-learning analyze training.jsonl --svg run.svg
`;

/** What was asked for in a way that is not understood. */
class UsageError extends Error {}

const OPTIONS = {
  html: { type: "string" },
  svg: { type: "string" },
  json: { type: "boolean", default: false },
  pairs: { type: "string", multiple: true },
  layers: { type: "string" },
  transpose: { type: "string" },
  heads: { type: "string" },
  step: { type: "string" },
  threshold: { type: "string", default: "0.1" },
  "no-checksums": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", default: false },
} as const;

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
  if (values.help || values.version) {
    print(values.help ? USAGE : `${version}\n`);
    return;
  }
  const [command, ...paths] = positionals;
  if (command === undefined) throw new UsageError("there is no command; the command is `analyze`");
  if (command !== "analyze") throw new UsageError(`the command "${printable(command)}" is unknown; the command is \`analyze\``);
  if (paths.length === 0) throw new UsageError("pass checkpoints, a folder of them, or a log");
  const asked: Analysis = {
    paths,
    layers: pattern("--layers", values.layers),
    transpose: pattern("--transpose", values.transpose),
    step: pattern("--step", values.step),
    pairs: pairsOf(values.pairs),
    heads: values.heads === undefined ? undefined : numberOf("--heads", values.heads, 1, true),
    threshold: numberOf("--threshold", values.threshold, 0, false),
    checksums: !values["no-checksums"],
  };
  for (const [option, path] of [["--html", values.html] as const, ["--svg", values.svg] as const])
    if (path !== undefined) checkWritable(option, path);
  const report = analyze(asked, progress());
  if (values.svg !== undefined) save(values.svg, svgOf(report));
  if (values.html !== undefined) save(values.html, htmlOf(report));
  print(values.json ? `${jsonOf(report)}\n` : `${tableOf(report, painter(wantsColour(process.stdout, process.env)))}\n`);
}

function pattern(option: string, text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch {
    throw new UsageError(`${option} "${printable(text)}" is no regular expression`);
  }
}

function numberOf(option: string, text: string, min: number, integer: boolean): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < min || (integer && !Number.isInteger(value)))
    throw new UsageError(`${option} is "${printable(text)}"; pass ${integer ? "an integer" : "a number"} ≥ ${min}`);
  return value;
}

function pairsOf(texts: readonly string[] | undefined): Analysis["pairs"] {
  return texts
    ?.flatMap((text) => text.split(","))
    .map((text) => {
      const [outer, inner, more] = text.split(/[·@]/).map((name) => name.trim());
      if (!outer || !inner || more !== undefined)
        throw new UsageError(
          `--pairs has "${printable(text)}"; pass outer·inner, the later layer first, and commas between pairs`,
        );
      return { outer, inner };
    });
}

/** Refuses, before anything is read, a file that cannot be written. */
function checkWritable(option: string, path: string): void {
  if (path === "") throw new UsageError(`${option} is empty; pass a file's name`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${option} ${printable(path)} is a folder`);
  const folder = dirname(resolve(path));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${option} ${printable(path)}: the folder ${printable(folder)} does not exist`);
}

/** Tells on a terminal how far a long analysis is. */
function progress(): (done: number) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const begun = Date.now();
  let last = 0;
  return (done) => {
    const now = Date.now();
    if (now - begun > 800 && now - last > 100) {
      last = now;
      const left = ((now - begun) / done - (now - begun)) / 1000;
      stderr.write(
        `\r\u001b[K${Math.floor(100 * done)} %, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`,
      );
    }
    if (done >= 1 && last > 0) stderr.write("\r\u001b[K");
  };
}

/** JSON has no infinite numbers, and terminals act on control characters. */
function jsonOf(report: unknown): string {
  const text = JSON.stringify(report, (_, value) => (value === Infinity ? "Infinity" : value), 2);
  return text.replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function report(error: unknown): number {
  const { code, message } = error as { code?: string; message?: string };
  if (error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS")) {
    process.stderr.write(`feature-learning: ${printable(message ?? "")}\nTry feature-learning --help.\n`);
    return 2;
  }
  if (error instanceof FeatureLearningError) process.stderr.write(`${printable(error.message)}\n`);
  else process.stderr.write(`feature-learning: unexpected error: ${printable(String(message ?? error))}\n`);
  return 1;
}

try {
  main();
} catch (error) {
  process.exitCode = report(error);
}
