/**
 * Writes records of numbers as JSON. Typed arrays become arrays. Infinite numbers and NaN become text,
 * because JSON.stringify would write null.
 */

/** A finite number as it is; ±Infinity and NaN as text. */
export function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/**
 * A copy with typed arrays as arrays and with ±Infinity and NaN as text, at every depth of records and
 * arrays. Other values stay as they are.
 */
export function plain(value: unknown): unknown {
  if (typeof value === "number") return finiteOrText(value);
  if (typeof value !== "object" || value === null || "toJSON" in value) return value;
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>, plain) : plainRecord(value);
}

function plainRecord(record: object): object {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plain(value)]));
}

/** The number that {@link plain} wrote as text. Other values stay as they are. */
export function numberOf(value: unknown): unknown {
  return value === "Infinity" || value === "-Infinity" || value === "NaN" ? Number(value) : value;
}

/** The method `toJSON` of a record. */
export function toJSON(this: object): object {
  return plainRecord(this);
}

/** A record of numbers whose JSON keeps infinite numbers, as text. */
export function withText<T extends object>(numbers: T): T {
  return Object.defineProperty(numbers, "toJSON", { value: numbersToJSON });
}

function numbersToJSON(this: object): object {
  return Object.fromEntries(Object.entries(this).map(([name, value]) => [name, finiteOrText(value)]));
}

/**
 * The record itself, with a `toJSON` that keeps infinite numbers. Clones and comparisons do not see the
 * method.
 */
export function withJson<T extends object>(record: T): T {
  return Object.defineProperty(record, "toJSON", { value: toJSON });
}

/** The same for a record that holds an infinite number or NaN. Other records get no method. */
export function withInfinities<T extends object>(record: T): T {
  const isSpecial = (value: unknown): boolean => typeof value === "number" && !Number.isFinite(value);
  return Object.values(record).some(isSpecial) ? withJson(record) : record;
}

/**
 * A record with methods that clones and comparisons do not see: they are on its prototype, and not
 * enumerable.
 */
export function withMethods<T extends object>(methods: object, fields: object): T {
  return Object.assign(Object.create(Object.create(Object.prototype, hidden({ toJSON, ...methods }))), fields);
}

/** Property descriptors of methods, not enumerable. */
export function hidden(methods: object): PropertyDescriptorMap {
  return Object.fromEntries(
    Reflect.ownKeys(methods).map((name) => [name, { value: methods[name as never], configurable: true, writable: true }]),
  );
}
