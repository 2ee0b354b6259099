/** Converts the JSON of a problem file to a problem for `solve`. */
import { isList, readRecord, refuse } from "../../door/arguments.ts";
import { named } from "../../door/error.ts";
import type { SolveOptions } from "../../flow/solve.ts";
import { type MatrixMoments, type MatrixTask, matrixTaskFromMoments } from "../../model/matrixTask.ts";
import { matrixTaskFromSamples } from "../../model/matrixTaskFromSamples.ts";
import { type NetworkOptions, network } from "../../model/network.ts";
import type { Problem } from "../../model/problem.ts";
import { type Moments, type Task, taskFromMoments } from "../../model/task.ts";
import { taskFromSamples } from "../../model/taskFromSamples.ts";
import type { Ask, ProblemFile, SamplesFile } from "./problemFile.ts";
import { readStart } from "./starts.ts";
import { readTimes, type Times } from "./timesText.ts";

/** A checked problem file. */
export interface ReadProblemFile {
  readonly id: string | number | undefined;
  readonly problem: Problem;
  readonly options: SolveOptions;
  readonly times: Times | undefined;
  /** The quantities to compute; undefined for the defaults. */
  readonly ask: Ask | undefined;
}

const NAMES = ["id", "network", "task", "initial", "options", "times", "ask", "$schema"] as const;
const ASKED = ["regime", "mechanisms", "halfLife", "plateau", "timesTo", "weights"] as const;

/** Parses JSON in which infinite numbers are text. Names and seeds remain text. */
export function parse(text: string): unknown {
  const json = text.replace(/^\ufeff/, "");
  // A reviver is several times slower than plain parsing, and rarely needed.
  if (!json.includes('Infinity"')) return JSON.parse(json);
  const isText = (key: string): boolean => key === "id" || key === "seed" || key === "times";
  return JSON.parse(json, (key, value) =>
    (value === "Infinity" || value === "-Infinity") && !isText(key) ? Number(value) : value,
  );
}

/** The problem of a file, checked. */
export function readProblemFile(value: unknown): ReadProblemFile {
  return named("solve", () => {
    const fields = readRecord("problem", value, NAMES);
    const { id } = fields;
    if (id !== undefined && typeof id !== "string" && typeof id !== "number")
      refuse("problem.id", id, "pass a string or a number");
    const options = fields.options === undefined ? {} : readRecord("options", fields.options);
    const ask = fields.ask === undefined ? undefined : (readRecord("ask", fields.ask, ASKED) as Ask);
    return {
      id,
      problem: problemOf(fields as Partial<ProblemFile>),
      options: options as SolveOptions,
      times: fields.times === undefined ? undefined : readTimes("times", fields.times),
      ask,
    };
  });
}

function problemOf({ network: options, task: givenTask, initial }: Partial<ProblemFile>): Problem {
  const net = network(options as NetworkOptions | undefined);
  const task = taskOf(givenTask);
  return { network: net, task, initial: readStart(initial, task, net) } as Problem;
}

/** A task from samples { x, y } or from moments. It has several outputs if y or the moments are matrices. */
function taskOf(value: unknown): Task | MatrixTask {
  const fields = readRecord("task", value) as Readonly<Record<string, unknown>>;
  if ("x" in fields || "y" in fields) return taskOfSamples(fields as unknown as SamplesFile);
  if ("yx" in fields) return matrixTaskFromMoments(fields as unknown as MatrixMoments);
  return taskFromMoments(fields as unknown as Moments);
}

function taskOfSamples({ x, y, ...options }: SamplesFile): Task | MatrixTask {
  const hasRows = isList(y) && isList(y[0]);
  if (!hasRows && options.whiten === undefined) return taskFromSamples(x, y as readonly number[], options);
  const rows = hasRows || !isList(y) ? y : y.map((target) => [target]);
  const inputs = isList(x) && !isList(x[0]) ? x.map((input) => [input]) : x;
  return matrixTaskFromSamples(inputs as number[][], rows as number[][], options);
}
