/** The kinds of failure, for programs to branch on: every error of this library has one. */
export type ErrorCode = "invalid-argument" | "assumption" | "out-of-range" | "not-converged" | "aborted";

/** Marks the errors of every copy of this package. */
const brand: unique symbol = Symbol.for("feature-learning/error");

/** The errors that do not say yet which public function they come from. */
const unnamed = /* @__PURE__ */ new WeakSet<FeatureLearningError>();

/** What an error carries besides its code and its message. */
export interface FailureDetails {
  /** Of a numerical failure: how it ended. */
  readonly status?: string;
  /** Of a numerical failure: what there is so far. */
  readonly partial?: unknown;
  /** The error or the reason behind this one. */
  readonly cause?: unknown;
}

/**
 * The one class of error this library throws on purpose. The message says which function refused, which
 * argument, what came, and what to do; `code` is for programs to branch on.
 *
 * - `"invalid-argument"`: an argument is missing, of the wrong type, or not a value that the function can
 *   have.
 * - `"assumption"`: the arguments are legal, but the method's assumptions do not hold for them.
 * - `"out-of-range"`: a time at which the flow does not exist.
 * - `"not-converged"`: a numerical method stopped before it reached its goal.
 * - `"aborted"`: the caller's signal ended the work, and there is no partial result; `cause` is the signal's
 *   reason.
 *
 * `instanceof` recognises the errors of every copy of this package, such as the ESM and the CJS build side by
 * side, and those of another realm.
 *
 * @example
 * ```ts
 * import { FeatureLearningError, taskFromMoments } from "feature-learning";
 *
 * try {
 *   taskFromMoments({ xx: -1, xy: 0, yy: 1 });
 * } catch (error) {
 *   if (error instanceof FeatureLearningError) console.log(error.code); // invalid-argument
 * }
 * ```
 */
export class FeatureLearningError extends Error {
  override readonly name = "FeatureLearningError";
  /** The kind of failure. */
  readonly code: ErrorCode;
  /** Of a numerical failure: how it ended. */
  declare readonly status?: string;
  /** Of a numerical failure: what there is so far, a flow up to the time it reached. */
  declare readonly partial?: unknown;

  constructor(code: ErrorCode, message: string, { cause, ...failure }: FailureDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, failure);
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether it is an error of any copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class that extends this one has instances of its own.
    // biome-ignore lint/complexity/noThisInStatic: as above
    return super[Symbol.hasInstance](value) || (this === FeatureLearningError && brand in Object(value));
  }
}

/** An error whose message begins with the name of the public function that is being called. */
export function failure(code: ErrorCode, sentence: string, details?: FailureDetails): FeatureLearningError {
  const error = new FeatureLearningError(code, sentence, details);
  unnamed.add(error);
  return error;
}

/**
 * The work of the public function `name`: errors that it throws begin with that name. Only the outermost
 * public function wraps its work, so that nothing inside has to know who was called.
 */
export function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withName(name, error);
  }
}

/** The same of a function that returns a promise. */
export async function namedAsync<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withName(name, error);
  }
}

function withName(name: string, thrown: unknown): unknown {
  const error = thrown as FeatureLearningError;
  if (!unnamed.delete(error)) return error;
  const message = `${name}: ${error.message}`;
  // The stack was written with the message as it was.
  error.stack = error.stack?.replace(error.message, () => message) ?? message;
  error.message = message;
  return error;
}
