/** The arguments of `feature-learning solve`. */
import { parseArgs } from "node:util";
import { printable } from "../names.ts";
import { checkWritable, UsageError } from "../usage.ts";

/** The text of `solve --help`. */
export const SOLVE_USAGE: string = `Usage: feature-learning solve PROBLEM.json [options]
       feature-learning solve --stdin

Solves a two-layer network: in closed form if there is one, else by integration. Prints the
method, whether the network is lazy or rich, its mechanisms, half-life and limit.

PROBLEM.json  the network, the task (moments or samples) and the initial weights, as in the
              schema feature-learning/schemas/problem.json; - is standard input

  --times TIMES    sample the solution at 0,1,2 or 0:10:101 (from:to:count), at "linear" or "log"
                   times until it has converged, or at log:0.01:100:50
  --csv            print the samples as CSV
  --json           print the result as JSON, as in feature-learning/schemas/result.json
  --plot FILE.svg  draw loss, output, kernel and alignment
  --stdin          read one problem per line, print one result per line, both JSON; an error is a line
                   { "error": { "code", "message" } }, and the next line is solved
  -h, --help       this text

Exit codes: 0 solved, 1 refused or not solved, 2 wrong arguments. With --stdin 0 even if lines were refused.

Examples:
  feature-learning solve problem.json
  feature-learning solve problem.json --times 0:10:101 --csv > solution.csv
  echo '{"task":{"xx":1,"xy":1,"yy":1},"initial":{"uu":0.1,"ww":0.1,"uw":0}}' | feature-learning solve -
`;

/** `solve`, with its options. */
export type SolveCommand =
  | { readonly name: "help"; readonly text: string }
  | { readonly name: "solve lines" }
  | {
      readonly name: "solve";
      readonly path: string;
      readonly times: string | undefined;
      readonly print: "summary" | "csv" | "json";
      readonly plot: string | undefined;
    };

const OPTIONS = {
  times: { type: "string" },
  csv: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  plot: { type: "string" },
  stdin: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the arguments after `feature-learning solve`. */
export function readSolveArguments(args: readonly string[]): SolveCommand {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const { help, stdin, times, csv, json, plot } = values;
  if (help) return { name: "help", text: SOLVE_USAGE };
  const [path, second] = positionals;
  if (second !== undefined)
    throw new UsageError(`solve takes one problem, and "${printable(second)}" is a second; pass --stdin for many`);
  if (stdin) {
    if (path !== undefined || times !== undefined || plot !== undefined || csv)
      throw new UsageError("--stdin has no other options, because each line says what to compute");
    return { name: "solve lines" };
  }
  if (path === undefined) throw new UsageError("pass the file of a problem, or - for standard input");
  if (csv && json) throw new UsageError("--csv and --json are both given; pass one");
  if (plot !== undefined) {
    if (!/\.svg$/i.test(plot))
      throw new UsageError(`--plot "${printable(plot)}" does not end in .svg; pass the name of an SVG file`);
    checkWritable("--plot", plot);
  }
  return { name: "solve", path, times, print: csv ? "csv" : json ? "json" : "summary", plot };
}
