/** Reads the command's arguments before any file is read. The arguments of `solve` are in solve/. */
import { parseArgs } from "node:util";
import { version } from "../../package.json";
import type { Analysis } from "./analyze.ts";
import { printable } from "./names.ts";
import { readSolveArguments, type SolveCommand } from "./solve/solveArguments.ts";
import { checkWritable, UsageError } from "./usage.ts";

/** The text of `--help` without a command. */
export const OVERVIEW: string = `Usage: feature-learning COMMAND [options]

  analyze PATH…       by which mechanism each pair of layers of a training run learned
  solve PROBLEM.json  the exact learning dynamics of a two-layer network

  feature-learning COMMAND --help lists the options of a command
  --version           ${version}
`;

/** The text of `analyze --help`. */
export const USAGE: string = `Usage: feature-learning analyze PATH… [options]

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
  --heads N             the number of attention heads, if there is no config.json
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

/** The command to run, with its options. */
type Command =
  | { readonly name: "help"; readonly text: string }
  | { readonly name: "version" }
  | {
      readonly name: "analyze";
      readonly asked: Analysis;
      readonly json: boolean;
      readonly html: string | undefined;
      readonly svg: string | undefined;
    }
  | SolveCommand;

/**
 * Reads the arguments after `feature-learning`.
 *
 * @throws UsageError, or an error of parseArgs, with a sentence.
 */
export function readArguments(args: readonly string[]): Command {
  // The command comes first, because each command has its own options.
  if (args[0] === "solve") return readSolveArguments(args.slice(1));
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [command, ...paths] = positionals;
  if (values.help) return { name: "help", text: command === "analyze" ? USAGE : OVERVIEW };
  if (values.version) return { name: "version" };
  if (command === undefined) throw new UsageError("there is no command; pass `solve` or `analyze` first");
  if (command === "solve") throw new UsageError("`solve` comes before its options");
  if (command !== "analyze")
    throw new UsageError(`the command "${printable(command)}" is unknown; the commands are \`solve\` and \`analyze\``);
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
  const { html, svg, json } = values;
  if (html !== undefined) checkWritable("--html", html);
  if (svg !== undefined) checkWritable("--svg", svg);
  return { name: "analyze", asked, json, html, svg };
}

function pattern(option: string, text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch {
    throw new UsageError(`${option} "${printable(text)}" is not a regular expression`);
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
