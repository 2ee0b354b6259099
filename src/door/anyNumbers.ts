/** Numbers of results, which may be infinite, and which JSON has as text then: "Infinity". */
import { isList, refuse } from "./arguments.ts";
import { type Rows, readUnchecked, readUncheckedMatrix } from "./arrays.ts";
import { indexed } from "./indexed.ts";
import { numberOf } from "./json.ts";

/** A fresh copy of the numbers, at least one, NaN too. */
export function readAnyNumbers(argument: string, value: unknown): Float64Array {
  return readUnchecked(argument, withoutText(value));
}

/** A fresh copy of the numbers, at least one, and none of them NaN. */
export function readExtended(argument: string, value: unknown): Float64Array {
  const numbers = readAnyNumbers(argument, value);
  const unknown = numbers.findIndex(Number.isNaN);
  return unknown < 0 ? numbers : refuse(`${argument}[${unknown}]`, NaN, "pass numbers");
}

/** A fresh copy of the matrix, at least one entry. */
export function readAnyMatrix(argument: string, value: unknown): Rows {
  return readUncheckedMatrix(argument, isList(value) ? Array.from(value, withoutText) : value);
}

function withoutText(value: unknown): unknown {
  const list = isList(value) ? value : indexed(value);
  // A sparse array of huge length has no first entry, and is refused as it is.
  return typeof numberOf(list?.[0]) === "number" ? Array.from(list as readonly unknown[], numberOf) : value;
}
