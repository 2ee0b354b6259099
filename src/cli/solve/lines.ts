/** Solves many problems in one process: one line of JSON in, one line of JSON out. */
import { StringDecoder } from "node:string_decoder";
import { reject } from "../../door/arguments.ts";
import { FeatureLearningError, named } from "../../door/error.ts";
import { print } from "../output.ts";
import { jsonOf } from "./json.ts";
import { parse, readProblemFile } from "./readProblemFile.ts";
import { type ResultFile, type SolveFailure, solveFile } from "./solveFile.ts";

/** A longer line would not fit in a string. It is refused, and skipped. */
const LONGEST = 2 ** 28;
const TOO_LONG: SolveFailure["error"] = {
  code: "invalid-argument",
  message: `solve: the line is longer than ${LONGEST} characters; pass a smaller problem.`,
};

/** The result of a line. An error is a result, too, and does not affect the next line. */
export function answer(line: string): ResultFile {
  let id: string | number | undefined;
  try {
    const value = named("solve", () => parseLine(line));
    id = idOf(value);
    return solveFile(readProblemFile(value));
  } catch (error) {
    return { ...(id === undefined ? {} : { id }), error: failureOf(error) };
  }
}

function parseLine(line: string): unknown {
  try {
    return parse(line);
  } catch (error) {
    return reject(`the line is not JSON (${(error as Error).message}); pass one problem per line`);
  }
}

/** The id of a problem, also if the problem is refused. */
function idOf(value: unknown): string | number | undefined {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

/** The content of an error line. */
export function failureOf(error: unknown): SolveFailure["error"] {
  if (error instanceof FeatureLearningError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: String((error as { message?: unknown } | undefined)?.message ?? error) };
}

/** Answers every line of the input, in order; empty lines are skipped. */
export async function answerLines(input: AsyncIterable<Uint8Array>): Promise<void> {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let length = 0;
  const add = (part: string): void => {
    length += part.length;
    if (length <= LONGEST) parts.push(part);
    else parts = [];
  };
  const finish = (): void => {
    const line = parts.join("");
    if (length > LONGEST) print(`${jsonOf({ error: TOO_LONG })}\n`);
    // Written at once, so that a program that waits for this answer before it sends the next problem receives
    // it.
    else if (line.trim() !== "") print(`${jsonOf(answer(line))}\n`);
    parts = [];
    length = 0;
  };
  for await (const chunk of input) {
    const [first = "", ...others] = decoder.write(Buffer.from(chunk)).split("\n");
    add(first);
    for (const other of others) {
      finish();
      add(other);
    }
  }
  add(decoder.end());
  finish();
}
