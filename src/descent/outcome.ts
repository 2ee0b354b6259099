/** The result of `descentOutcome`. */
export interface DescentOutcome {
  /**
   * `"undecided"`: none of the others within `maxSteps`, or the steps are too small to change a digit of the
   * layers while the residual is large.
   */
  readonly outcome: "converges" | "catapults" | "diverges" | "undecided";
  /**
   * The number of steps until the residual stays below 10⁻¹² of the initial one (with several inputs or
   * outputs, until each step stays below 10⁻¹² of the largest one), or until the result overflows double
   * precision.
   */
  readonly steps: number;
  /** The largest loss of the run divided by the initial one. */
  readonly lossRise: number;
  /** The kernel's size at the end divided by the initial one. */
  readonly kernelRatio: number;
}
