/** What `descentOutcome` finds. */
export interface DescentOutcome {
  /**
   * `"undecided"`: neither within `maxSteps`, or the steps are too small to change a digit of the layers while
   * the residual is large.
   */
  readonly outcome: "converges" | "catapults" | "diverges" | "undecided";
  /**
   * How many steps it took: to 10⁻¹² of the initial residual for good (of several inputs and outputs, until
   * each step is below 10⁻¹² of the largest for good), or until the result overflows double precision.
   */
  readonly steps: number;
  /** The largest loss on the way over the initial one. */
  readonly lossRise: number;
  /** The kernel's size at the end over the initial one. */
  readonly kernelRatio: number;
}
