/** A pair of values, one for x > 0 and one for x < 0. */
export interface Halves<T> {
  readonly positive: T;
  readonly negative: T;
}
