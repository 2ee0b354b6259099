/** A pair of values, one for x > 0 and one for x < 0. */
export interface Halves<T> {
  /** The value for x > 0. */
  readonly positive: T;
  /** The value for x < 0. */
  readonly negative: T;
}
