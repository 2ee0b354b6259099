/** Reads the times of the command: a list, a range, or times chosen from the flow. */

import { readExtended } from "../../door/anyNumbers.ts";
import { isList, readNumber, refuse, reject } from "../../door/arguments.ts";
import { linearTimes, logarithmicTimes } from "../../flow/times.ts";
import type { AnyFlow } from "../../model/flow.ts";

/** Given times, or times that depend on the flow. */
export interface Times {
  readonly spacing: "linear" | "log";
  of(flow: AnyFlow): Float64Array;
}

const WANTED = 'pass numbers, or "0,1,2", "0:10:101", "linear", "log", "log:0.01:100:50"';

const numberFrom = (text: string): number => (/^[+-]?inf(inity)?$/i.test(text) ? Infinity : text === "" ? NaN : Number(text));

/**
 * Reads numbers, or the text of `--times`:
 *
 * - `0,1,2`: these times; `inf` is the limit,
 * - `0:10:101`: 101 evenly spaced times from 0 to 10,
 * - `linear`, `log`: 200 times until the network has converged, evenly or logarithmically spaced; with `:50`,
 *   50 times,
 * - `log:0.01:100:50`: 50 logarithmically spaced times from 0.01 to 100.
 */
export function readTimes(argument: string, value: unknown): Times {
  if (typeof value === "string") return fromText(argument, value);
  if (!isList(value)) refuse(argument, value, WANTED);
  return known("linear", readExtended(argument, value));
}

function known(spacing: Times["spacing"], times: Float64Array): Times {
  return { spacing, of: () => times };
}

function fromText(argument: string, text: string): Times {
  const parts = text.split(":").map((part) => part.trim());
  const spacing = parts[0] === "log" || parts[0] === "linear" ? parts[0] : undefined;
  if (spacing === undefined && parts.length === 1) {
    const times = text.split(",").map((part) => numberFrom(part.trim()));
    if (times.some(Number.isNaN)) refuse(argument, text, WANTED);
    return known("linear", Float64Array.from(times));
  }
  const numbers = (spacing === undefined ? parts : parts.slice(1)).map(numberFrom);
  if (numbers.some((number) => !Number.isFinite(number))) refuse(argument, text, WANTED);
  if (spacing !== undefined && numbers.length < 2) return chosen(argument, spacing, numbers[0]);
  const [from, to, count] = numbers;
  if (numbers.length !== 3) refuse(argument, text, WANTED);
  const n = readNumber(`the count in ${argument}`, count, { min: 2, max: 1e7, integer: true });
  if (!(to! > from!)) reject(`${argument} goes from ${from} to ${to}; pass a later end`);
  if (spacing !== "log") return known("linear", range(from!, to!, n));
  if (!(from! > 0)) reject(`${argument} starts at ${from}; logarithmic times start above 0`);
  return known(
    "log",
    range(Math.log(from!), Math.log(to!), n).map((x, i) => (i === 0 ? from! : i === n - 1 ? to! : Math.exp(x))),
  );
}

function range(from: number, to: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + (to - from) * (i / (count - 1))));
}

/** Times until the flow has converged. */
function chosen(argument: string, spacing: Times["spacing"], number: number | undefined): Times {
  const count = number === undefined ? 200 : readNumber(`the count in ${argument}`, number, { min: 2, max: 1e7, integer: true });
  return {
    spacing,
    of: (flow) => (spacing === "linear" ? linearTimes(flow, { count }) : logarithmicTimes(flow, { count })),
  };
}

/** The default: evenly spaced times until the network has converged. */
export const evenTimes: Times = chosen("times", "linear", undefined);
