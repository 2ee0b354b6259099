/**
 * Records of numbers as JSON has them: typed arrays as arrays, and as text what JSON has no number for
 * (JSON.stringify alone would write null for it).
 */

/** A number, or the text of one that JSON has not. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Typed arrays as arrays, ±Infinity and NaN as text, records and arrays alike inside; all else as it is. */
export function plain(value: unknown): unknown {
  if (typeof value === "number") return finiteOrText(value);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>, plain) : plainRecord(value);
}

function plainRecord(record: object): object {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));
}

/** The number that {@link plain} wrote as text; every other value as it is. */
export function numberOf(value: unknown): unknown {
  return value === "Infinity" || value === "-Infinity" || value === "NaN" ? Number(value) : value;
}

/** The method `toJSON` of a record. */
export function toJSON(this: object): object {
  return plainRecord(this);
}

/** A record of numbers alone, which goes into JSON with the infinite ones too. */
export function withText<T extends object>(numbers: T): T {
  return Object.defineProperty(numbers, "toJSON", { value: numbersToJSON });
}

function numbersToJSON(this: object): object {
  return Object.fromEntries(Object.entries(this).map(([name, value]) => [name, finiteOrText(value)]));
}

/**
 * The record itself, which goes into JSON with all its numbers. Clones and comparisons do not see the method.
 */
export function withJson<T extends object>(record: T): T {
  return Object.defineProperty(record, "toJSON", { value: toJSON });
}

/** The same where a number of the record is infinite or NaN; other records need no method. */
export function withInfinities<T extends object>(record: T): T {
  const isSpecial = (value: unknown): boolean => typeof value === "number" && !Number.isFinite(value);
  return Object.values(record).some(isSpecial) ? withJson(record) : record;
}

/** A record with methods that clones and comparisons do not see: not its own, and not enumerable. */
export function withMethods<T extends object>(methods: object, fields: object): T {
  return Object.assign(Object.create(Object.create(Object.prototype, hidden({ toJSON, ...methods }))), fields);
}

/** Methods as properties that are not enumerable. */
export function hidden(methods: object): PropertyDescriptorMap {
  return Object.fromEntries(
    Reflect.ownKeys(methods).map((name) => [name, { value: methods[name as never], configurable: true, writable: true }]),
  );
}
