/**
 * Reads the arguments of public functions. An argument that cannot be used is refused with an error that
 * names the function and the argument, shows the value, and says what to do.
 */
import { FeatureLearningError, failure } from "./error.ts";

/** Throws an `"invalid-argument"` error: `exactFlow: task is null; pass what taskFromMoments returns.` */
export function refuse(argument: string, came: unknown, remedy: string): never {
  throw failure("invalid-argument", `${argument} is ${show(came)}; ${remedy}.`);
}

/** Throws an `"invalid-argument"` error with this sentence. */
export function reject(sentence: string): never {
  throw failure("invalid-argument", `${sentence}.`);
}

/** Throws an `"assumption"` error: the arguments are legal, but the method does not apply to them. */
export function unmet(why: string, remedy: string, cause?: unknown): never {
  throw failure("assumption", `${why}; ${remedy}.`, { cause });
}

/** Throws an `"out-of-range"` error that says what overflows and what to do. */
export function overflows(quantity: string): never {
  throw failure("out-of-range", `${quantity} overflows double precision; rescale the layers and the output scale.`);
}

/**
 * Refuses a t that is not a time, in a method of a flow. The method's name is an argument, because these
 * methods are called too often to be wrapped by `named`.
 */
export function requireTime(method: string, t: unknown): asserts t is number {
  if (typeof t === "number" && !Number.isNaN(t)) return;
  throw new FeatureLearningError("invalid-argument", `${method}: t is ${show(t)}; pass a time.`);
}

/** Describes a value in a few words. */
export function show(value: unknown): string {
  return attempt(() => describe(value), "an object that cannot be read");
}

/** The result of `look`, or `otherwise` if `look` throws. Proxies and getters may throw. */
export function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

/** Whether the value is an array. A revoked proxy is not. */
export function isList(value: unknown): value is readonly unknown[] {
  return attempt(() => Array.isArray(value), false);
}

/**
 * Whether the value is a plain object or an instance of a class of the caller. Dates, maps and promises are
 * not.
 */
function isRecord(value: unknown): value is object {
  return hasTag(value, "Object");
}

/** Whether a value of any realm has this tag; false if the value cannot be read. */
export function hasTag(value: unknown, tag: string): boolean {
  return attempt(() => Object.prototype.toString.call(value) === `[object ${tag}]`, false);
}

function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 37)}..."` : `"${value}"`;
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  const isArray = Array.isArray(value);
  if (isArray || ArrayBuffer.isView(value)) {
    const name = isArray ? "array" : value.constructor.name;
    return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name} of length ${(value as { length?: number }).length ?? "?"}`;
  }
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? "an empty object" : `an object with ${keys.slice(0, 4).join(", ")}${keys.length > 4 ? ", …" : ""}`;
  }
  return String(value);
}

/**
 * Reads `value` as a record. If `known` is passed, other keys are refused, so that a misspelt option is not
 * ignored.
 */
export function readRecord<Key extends string>(
  argument: string,
  value: unknown,
  known?: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
  if (!isRecord(value)) {
    refuse(argument, value, known ? `pass an object with ${known.join(", ")}` : "pass an object");
  }
  // The record has no prototype, so that a key may have any name, even "__proto__".
  const record: Partial<Record<Key, unknown>> = Object.create(null);
  const keys = readable(argument, () => Object.keys(value));
  for (const key of keys) {
    if (known && !known.includes(key as Key)) {
      reject(`${argument} has an unknown key "${key}"; known are ${known.join(", ")}`);
    }
  }
  for (const key of known ?? (keys as Key[])) record[key] = read(argument, value, key);
  return record;
}

/** The result of `look`. If `look` throws, the argument is refused with that error as the cause. */
function readable<T>(argument: string, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    throw failure("invalid-argument", `${argument} cannot be read; pass a plain object.`, { cause });
  }
}

/** A property of the object or of its class. Properties of Object.prototype do not count. */
function read(argument: string, value: object, key: string): unknown {
  const common = key in Object.prototype && attempt(() => !Object.hasOwn(value, key), false);
  return common ? undefined : readable(`${argument}.${key}`, () => (value as Record<string, unknown>)[key]);
}

/** The range that a number must lie in. The number must always be finite. */
export interface Range {
  /** The least value. */
  readonly min?: number;
  /** The largest value. */
  readonly max?: number;
  /** Must be larger than this. */
  readonly above?: number;
  readonly integer?: boolean;
}

export function readNumber(argument: string, value: unknown, range: Range = {}): number {
  const { min = -Infinity, max = Infinity, above = -Infinity, integer } = range;
  const number = (integer ? Number.isInteger : Number.isFinite)(value) ? (value as number) : NaN;
  return number >= min && number <= max && number > above ? number : refuse(argument, value, `pass ${wanted(range)}`);
}

function wanted({ min, max, above, integer }: Range): string {
  const noun = integer ? "an integer" : "a finite number";
  if (above !== undefined) return `${noun} > ${above}${max === undefined ? "" : ` and ≤ ${max}`}`;
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
  if (min !== undefined) return `${noun} ≥ ${min}`;
  return max === undefined ? noun : `${noun} ≤ ${max}`;
}

/** One of the given words. */
export function readChoice<Choice extends string>(argument: string, value: unknown, choices: readonly Choice[]): Choice {
  const match = choices.find((choice) => choice === value);
  return match ?? refuse(argument, value, `pass ${choices.map((choice) => `"${choice}"`).join(" or ")}`);
}

export function readBoolean(argument: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : refuse(argument, value, "pass true or false");
}

/** A pair of numbers for the two layers. A single number is used for both. */
export function readPair(argument: string, value: unknown, range: Range): { readonly u: number; readonly w: number } {
  if (typeof value === "number") {
    const both = readNumber(argument, value, range);
    return { u: both, w: both };
  }
  if (typeof value !== "object" || value === null) refuse(argument, value, `pass { u, w }, each ${wanted(range)}`);
  const { u, w } = readRecord(argument, value, ["u", "w"]);
  return { u: readNumber(`${argument}.u`, u, range), w: readNumber(`${argument}.w`, w, range) };
}
