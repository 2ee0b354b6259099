/** From the JSON of a problem file to a problem that `solve` takes. */
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

/** A problem file as it is read. */
export interface ReadProblemFile {
  readonly id: string | number | undefined;
  readonly problem: Problem;
  readonly options: SolveOptions;
  readonly times: Times | undefined;
  /** What to compute; undefined for what is computed by default. */
  readonly ask: Ask | undefined;
}

const NAMES = ["id", "network", "task", "initial", "options", "times", "ask", "$schema"] as const;
const ASKED = ["regime", "mechanisms", "halfLife", "plateau", "timesTo", "weights"] as const;

/**
 * Parses JSON in which infinite numbers are text. Names and seeds are text that stays as it is.
 */
export function parse(text: string): unknown {
  const json = text.replace(/^\ufeff/, "");
  // A reviver takes several times as long as parsing, and is rarely needed.
  if (!json.includes('Infinity"')) return JSON.parse(json);
  const isText = (key: string): boolean => key === "id" || key === "seed" || key === "times";
  return JSON.parse(json, (key, value) =>
    (value === "Infinity" || value === "-Infinity") && !isText(key) ? Number(value) : value,
  );
}

/** The problem of a file, checked. */
export function readProblemFile(value: unknown): ReadProblemFile {
  return named("solve", () => {
    const given = readRecord("problem", value, NAMES);
    const { id } = given;
    if (id !== undefined && typeof id !== "string" && typeof id !== "number")
      refuse("problem.id", id, "pass a string or a number");
    const options = given.options === undefined ? {} : readRecord("options", given.options);
    const ask = given.ask === undefined ? undefined : (readRecord("ask", given.ask, ASKED) as Ask);
    return {
      id,
      problem: problemOf(given as Partial<ProblemFile>),
      options: options as SolveOptions,
      times: given.times === undefined ? undefined : readTimes("times", given.times),
      ask,
    };
  });
}

function problemOf({ network: options, task: givenTask, initial }: Partial<ProblemFile>): Problem {
  const net = network(options as NetworkOptions | undefined);
  const task = taskOf(givenTask);
  return { network: net, task, initial: readStart(initial, task, net) } as Problem;
}

/** A task from samples { x, y } or from moments; of several outputs where y or the moments are matrices. */
function taskOf(value: unknown): Task | MatrixTask {
  const given = readRecord("task", value) as Readonly<Record<string, unknown>>;
  if ("x" in given || "y" in given) return taskOfSamples(given as unknown as SamplesFile);
  if ("yx" in given) return matrixTaskFromMoments(given as unknown as MatrixMoments);
  return taskFromMoments(given as unknown as Moments);
}

function taskOfSamples({ x, y, ...options }: SamplesFile): Task | MatrixTask {
  const hasRows = isList(y) && isList(y[0]);
  if (!hasRows && options.whiten === undefined) return taskFromSamples(x, y as readonly number[], options);
  const rows = hasRows || !isList(y) ? y : y.map((target) => [target]);
  const inputs = isList(x) && !isList(x[0]) ? x.map((input) => [input]) : x;
  return matrixTaskFromSamples(inputs as number[][], rows as number[][], options);
}
