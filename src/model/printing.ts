/**
 * Makes `console.log` print a few lines for tasks, flows, trajectories and descents, in Node, Bun and Deno,
 * instead of every number. The methods are stored under symbols that are not enumerable, so that clones,
 * comparisons, JSON and `for … in` do not see them.
 */
import { attempt } from "../door/arguments.ts";
import { hidden } from "../door/json.ts";
import type { AnySnapshot } from "./snapshot.ts";

/** The methods that Node, Bun and Deno call to print a value. */
export function printing<T extends object>(lines: (record: T) => readonly string[]): object {
  const print = function (this: T): string {
    return attempt(() => lines(this), ["a record that cannot be read"]).join("\n");
  };
  return { [Symbol.for("nodejs.util.inspect.custom")]: print, [Symbol.for("Deno.customInspect")]: print };
}

/** The record itself, which prints as `lines`. */
export function printedBy<T extends object>(record: T, lines: (record: T) => readonly string[]): T {
  return Object.defineProperties(record, hidden(printing(lines)));
}

/** The number with four digits. */
export function fourDigits(value: number): string {
  if (Number.isFinite(value)) return Number(value.toPrecision(4)).toString();
  return Number.isNaN(value) ? "unknown" : value > 0 ? "∞" : "−∞";
}

/** The most important numbers of a snapshot, in one line. */
export function stateInWords(state: AnySnapshot & { readonly output?: unknown }): string {
  const { output, outputSize, loss, excessLoss, kernelSize, alignment } = state;
  const fields = {
    loss,
    "excess loss": excessLoss,
    ...(typeof output === "number" ? { output } : { "output size": outputSize }),
    "kernel size": kernelSize,
    alignment,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${fourDigits(value)}`)
    .join(", ");
}

/** The notes of a task or flow, one line each. */
export function notesInWords(notes: readonly string[]): string[] {
  return notes.map((note) => `  note: ${note}`);
}

/** The first numbers of a list. */
export function listInWords(numbers: ArrayLike<number>): string {
  const shown = Array.from(numbers).slice(0, 4).map(fourDigits).join(", ");
  return numbers.length > 4 ? `${shown}, … (${numbers.length})` : shown;
}
