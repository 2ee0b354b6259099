/** The kind of failure, for programs to branch on. Every error of this library has one. */
export type ErrorCode = "invalid-argument" | "assumption" | "out-of-range" | "not-converged" | "aborted";

/** Marks the errors of every copy of this package. */
const brand: unique symbol = Symbol.for("feature-learning/error");

/** The errors whose messages do not name a public function yet. */
const unnamed = /* @__PURE__ */ new WeakSet<FeatureLearningError>();

/** The optional details of an error. */
export interface FailureDetails {
  /** For a numerical failure: the status of the computation. */
  readonly status?: string;
  /** For a numerical failure: the result up to the point of failure. */
  readonly partial?: unknown;
  /** The error or the reason behind this one. */
  readonly cause?: unknown;
}

/**
 * The class of every error that this library throws deliberately. The message names the function and the
 * argument, shows the value, and says what to do. Programs branch on `code`.
 *
 * - `"invalid-argument"`: an argument is missing, has the wrong type, or has a value that the function does
 *   not accept.
 * - `"assumption"`: the arguments are legal, but the method's assumptions do not hold for them.
 * - `"out-of-range"`: a time at which the flow does not exist.
 * - `"not-converged"`: a numerical method stopped before it reached its goal.
 * - `"aborted"`: the caller's signal ended the computation, and there is no partial result. `cause` is the
 *   signal's reason.
 *
 * `instanceof` recognises the errors of every copy of this package, such as the ESM and the CJS build side by
 * side, and the errors of other realms.
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
  /** For a numerical failure: the status of the computation. */
  declare readonly status?: string;
  /** For a numerical failure: the partial result, such as a flow up to the time that was reached. */
  declare readonly partial?: unknown;

  constructor(code: ErrorCode, message: string, { cause, ...failure }: FailureDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, failure);
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether the value is an error of any copy of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // For a subclass, the ordinary instanceof applies.
    // biome-ignore lint/complexity/noThisInStatic: as above
    return super[Symbol.hasInstance](value) || (this === FeatureLearningError && brand in Object(value));
  }
}

/** An error whose message will begin with the name of the public function that was called. */
export function failure(code: ErrorCode, sentence: string, details?: FailureDetails): FeatureLearningError {
  const error = new FeatureLearningError(code, sentence, details);
  unnamed.add(error);
  return error;
}

/**
 * Runs the body of the public function `name`; messages of its errors begin with that name. Only public
 * functions use this, so that internal functions do not have to know the name.
 */
export function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withName(name, error);
  }
}

/** The same for a function that returns a promise. */
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
  // The stack contains the message without the name.
  error.stack = error.stack?.replace(error.message, () => message) ?? message;
  error.message = message;
  return error;
}
