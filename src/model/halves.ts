/** One thing for x > 0, one for x < 0. */
export interface Halves<T> {
  readonly positive: T;
  readonly negative: T;
}
