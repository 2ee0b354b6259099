/** Reads numbers of results. They may be infinite; JSON holds an infinite number as text: "Infinity". */
import { isList, refuse } from "./arguments.ts";
import { type Rows, readUnchecked, readUncheckedMatrix } from "./arrays.ts";
import { indexed } from "./indexed.ts";
import { numberOf } from "./json.ts";

/** A fresh copy of at least one number; NaN is allowed. */
export function readAnyNumbers(argument: string, value: unknown): Float64Array {
  return readUnchecked(argument, withoutText(value));
}

/** A fresh copy of at least one number; NaN is refused. */
export function readExtended(argument: string, value: unknown): Float64Array {
  const numbers = readAnyNumbers(argument, value);
  const unknown = numbers.findIndex(Number.isNaN);
  return unknown < 0 ? numbers : refuse(`${argument}[${unknown}]`, NaN, "pass numbers");
}

/** A fresh copy of a matrix of at least one entry. */
export function readAnyMatrix(argument: string, value: unknown): Rows {
  return readUncheckedMatrix(argument, isList(value) ? Array.from(value, withoutText) : value);
}

function withoutText(value: unknown): unknown {
  const list = isList(value) ? value : indexed(value);
  // A sparse array of huge length has no first entry. It is returned unchanged, and refused later.
  return typeof numberOf(list?.[0]) === "number" ? Array.from(list as readonly unknown[], numberOf) : value;
}
