/** A network of any depth at one time, as a solution gives it. */
export interface DepthState {
  /** f. */
  readonly output: number;
  /** g. */
  readonly residual: number;
  /** K. */
  readonly kernel: number;
  /** a_l. */
  readonly layers: Float64Array;
}

/** The training of layers on one direction from its start to its end. */
export interface DepthCourse {
  /** The state at a time above 0, Infinity too. */
  readonly at: (t: number) => DepthState;
  /** The rate at which the end is approached, 0 where that is a power law. */
  readonly rate: number;
  /**
   * About so many times, in order, close enough to each other that the state does not change much in between.
   */
  readonly looks: (count: number) => number[];
}
