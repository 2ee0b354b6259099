/**
 * Reads observables. Besides the built-in ones, users can define the time to a target or the value of a field
 * at a time, in JSON, or any function of the flow.
 */

import { attempt, isList, readChoice, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { plateauOf } from "../flow/plateau.ts";
import { halfLifeOf, readTarget } from "../flow/timesTo.ts";
import { firstMet } from "../flow/whenMet.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import { fieldTitles, type Snapshot, snapshotFields } from "../model/snapshot.ts";
import { type Drawn, flowOf } from "./drawn.ts";
import { measure, type Observable, observables, observableTitles } from "./observables.ts";

/** A checked observable. */
export interface ReadObservable {
  readonly name: string;
  readonly title: string;
  of(drawn: Drawn): number;
}

/** Whether functions are accepted. They are not if a job goes through JSON or to another thread. */
export type Carrier = "one thread" | "JSON";

/** Reads a list of observables with different names. */
export function readObservables(argument: string, value: unknown, carrier: Carrier): ReadObservable[] {
  if (!isList(value) || value.length === 0) reject(`${argument} is not a list; pass names like "kernelChange"`);
  const read = Array.from(value, (observable, i) => readObservable(`${argument}[${i}]`, observable, carrier));
  const repeated = read.findIndex(
    ({ name }, i) => typeof value[i] !== "string" && read.some((o, j) => i !== j && o.name === name),
  );
  if (repeated >= 0)
    reject(`${argument}[${repeated}] has the name "${read[repeated]!.name}" of another observable; pass a different name`);
  return read;
}

/** One observable. */
export function readObservable(argument: string, value: unknown, carrier: Carrier): ReadObservable {
  if (typeof value === "function") return ofFunction(argument, { measure: value }, carrier);
  if (typeof value !== "object" || value === null) return builtIn(readChoice(argument, value, observables));
  const kinds = Object.keys(READERS) as (keyof typeof READERS)[];
  const passedKinds = kinds.filter((kind) => attempt(() => (value as Record<string, unknown>)[kind] !== undefined, false));
  if (passedKinds.length !== 1) refuse(argument, value, `pass exactly one of ${kinds.join(", ")}`);
  return READERS[passedKinds[0]!](argument, value, carrier);
}

function builtIn(name: Observable): ReadObservable {
  return { name, title: observableTitles[name], of: (drawn) => measure(name, drawn) };
}

const READERS = {
  timeTo(argument: string, value: object): ReadObservable {
    const record = readRecord(argument, value, ["timeTo", "name", "title"]);
    const target = readTarget(record.timeTo);
    const [[field, goal]] = Object.entries(target) as [[string, number]];
    const quantity = (fieldTitles as Readonly<Record<string, string>>)[field] ?? TARGET_TITLES[field] ?? field;
    const labels = { name: `time to ${field} ${goal}`, title: `time until ${quantity} is ${goal}` };
    return { ...labels, ...readLabels(argument, record), of: (drawn) => firstMet(flowOf(drawn), target) };
  },

  at(argument: string, value: object): ReadObservable {
    const record = readRecord(argument, value, ["at", "field", "name", "title"]);
    const field = readChoice(`${argument}.field`, record.field, snapshotFields);
    const t = readTime(`${argument}.at`, record.at);
    const when = t === Infinity ? "the end" : String(t);
    const title = `${fieldTitles[field]} at ${t === Infinity ? when : `t = ${when}`}`;
    return {
      ...{ name: `${field} at ${when}`, title },
      ...readLabels(argument, record),
      of: (drawn) => valueAt(argument, flowOf(drawn), t, field),
    };
  },

  halfLife: (argument: string, value: object): ReadObservable => named(argument, value, "halfLife", halfLifeOf),

  plateau: (argument: string, value: object): ReadObservable => named(argument, value, "plateau", plateauOf),

  measure(argument: string, value: object, carrier: Carrier): ReadObservable {
    return ofFunction(argument, readRecord(argument, value, ["measure", "name", "title"]), carrier);
  },
};

/** The axis titles of the targets of `timeTo` that are not fields. */
const TARGET_TITLES: Readonly<Record<string, string>> = {
  excessLossFraction: "the excess loss over its initial value",
};

function named(
  argument: string,
  value: object,
  name: "halfLife" | "plateau",
  find: (flow: OneDirectionFlow) => number,
): ReadObservable {
  const record = readRecord(argument, value, [name, "name", "title"]);
  if (record[name] !== true) refuse(`${argument}.${name}`, record[name], "pass true");
  const labels = { name, title: observableTitles[name], ...readLabels(argument, record) };
  return { ...labels, of: (drawn) => find(flowOf(drawn)) };
}

function ofFunction(
  argument: string,
  record: Readonly<Partial<Record<"measure" | "name" | "title", unknown>>>,
  carrier: Carrier,
): ReadObservable {
  const run = record.measure;
  if (typeof run !== "function") refuse(`${argument}.measure`, run, "pass a function of the flow");
  if (carrier === "JSON") {
    const instead = "describe it as { timeTo } or { at, field }, or run the job in one thread, by ensemble or phaseDiagram";
    reject(`${argument} is a function, which cannot be passed through JSON or to other threads; ${instead}`);
  }
  // A function without a name is named after its place in the list.
  const name = run.name === "" || run.name === "measure" ? argument.replace(/^\w+\./, "") : run.name;
  const labels = { name, title: name, ...readLabels(argument, record) };
  return {
    ...labels,
    title: record.title === undefined ? labels.name : labels.title,
    of(drawn) {
      const result: unknown = run(flowOf(drawn));
      const isNumber = typeof result === "number" && !Number.isNaN(result);
      return isNumber ? result : refuse(`what ${argument} returns`, result, "let it return a number");
    },
  };
}

/** The fields of a diagram that are codes. A plot would interpret an observable with such a name as codes. */
const CODES = ["phase", "stability", "mechanisms", "regime"];

function readLabels(
  argument: string,
  { name, title }: Readonly<Partial<Record<"name" | "title", unknown>>>,
): { name?: string; title?: string } {
  for (const [key, text] of [["name", name] as const, ["title", title] as const])
    if (text !== undefined && (typeof text !== "string" || text === ""))
      refuse(`${argument}.${key}`, text, "pass a string that is not empty");
  if (typeof name === "string" && CODES.includes(name))
    refuse(`${argument}.name`, name, "pass another name; diagrams have codes under this one");
  return { ...(name === undefined ? {} : { name: name as string }), ...(title === undefined ? {} : { title: title as string }) };
}

/** Reads a time from 0 to Infinity. `"end"` and Infinity as text mean Infinity. */
export function readTime(argument: string, value: unknown): number {
  if (value === "end" || value === "Infinity" || value === Infinity) return Infinity;
  if (value === null) refuse(argument, value, 'pass a number ≥ 0 or "end"; JSON turns Infinity into null');
  return readNumber(argument, value, { min: 0 });
}

function valueAt(argument: string, flow: OneDirectionFlow, t: number, field: keyof Snapshot): number {
  const value = flow.at(t)[field];
  return value ?? reject(`${argument}.field is "${field}", which these flows do not have; pass another field`);
}
