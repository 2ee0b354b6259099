/**
 * The distance between discrete descent and the flow that it approximates, sup |F_n − F(n·step)| of the
 * output, and the order of convergence in the step size.
 */

import { readNumber, readRecord, refuse } from "../door/arguments.ts";
import { FeatureLearningError, failure, named } from "../door/error.ts";
import { solveProblem } from "../flow/solve.ts";
import { internalOptions } from "../integrate/options.ts";
import type { AnyFlow } from "../model/flow.ts";
import type { Problem } from "../model/problem.ts";
import { type ReadProblem, readProblem } from "../model/readProblem.ts";
import { type Courses, deepCourses, depthCourses, kinkedCourses, layersCourses, oneDirectionCourses } from "./courses.ts";
import { stabilityOf } from "./stability.ts";
import { stepsWithin } from "./stepCount.ts";
import { DIVERGES } from "./walk.ts";

/** The options of {@link descentGap}. */
export interface GapOptions {
  /** The step size, above 0. */
  readonly stepSize: number;
  /**
   * The last time. Whole steps are taken up to it; 0.3 is three steps of 0.1. Default: the time at which the
   * flow has completed all but 10⁻⁸ of its decrease in loss, and at least one step. For layers that are
   * numbers, which may wait for ever, pass it if that takes more than 10⁶ steps.
   */
  readonly until?: number | undefined;
}

/** The result of {@link descentGap}. */
export interface DescentGap {
  /**
   * The largest distance of the outputs. For several inputs or outputs, the Frobenius norm on the inputs'
   * span.
   */
  readonly gap: number;
  /** The time of the largest distance. */
  readonly t: number;
  /** The order of convergence, measured by halving the step: 1 if the step is small enough. */
  readonly order: number;
  /**
   * Remarks on these numbers, for example that descent leaves the flow's minimum; absent if there are none.
   */
  readonly notes?: readonly string[];
}

const MOST = 1e7;
/** Layers that are numbers may wait for ever; so many steps take a minute. */
const MOST_AT_DEPTH = 1e6;

/**
 * The largest distance, in the output coefficient or matrix, between gradient descent and gradient flow. A
 * flow without a closed form is integrated with a relative tolerance of 10⁻¹⁰. Each step needs an evaluation
 * of the flow, so that a million steps with several inputs and outputs take minutes.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or option, more than 10⁷
 * steps; `"assumption"`: as `gradientDescent`; `"not-converged"`: a descent that diverges, an integration
 * that fails.
 *
 * @example
 * ```ts
 * import { descentGap, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const { gap, order } = descentGap({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } }, { stepSize: 0.001 });
 * console.log(gap.toExponential(2), order.toFixed(2)); // 7.15e-4 1.00
 * ```
 */
export function descentGap(problem: Problem, options: GapOptions): DescentGap {
  return named("descentGap", () => {
    const { stepSize: passedStepSize, until: end } = readRecord("options", options, ["stepSize", "until"]);
    const stepSize = readNumber("stepSize", passedStepSize, { above: 0 });
    const read = readProblem(problem);
    const coursesWith = (flow: AnyFlow | undefined, step: number, steps: number): Courses =>
      read.kind === "deep matrices"
        ? deepCourses(read.problem, flow, step, steps)
        : read.kind === "depth"
          ? depthCourses(read.problem, flow, step, steps)
          : read.kind === "half lines"
            ? kinkedCourses(read.problem, flow, step, steps)
            : read.kind === "matrices"
              ? layersCourses(read.problem, flow, step, steps)
              : oneDirectionCourses(read.problem, flow, step, steps);
    // Refuses problems that cannot be descended, before the flow is solved.
    coursesWith(undefined, stepSize, 0);
    const flow = solveProblem(read, internalOptions());
    const until = readNumber("until", end ?? endOf(read, flow, stepSize), { above: 0, max: MOST * stepSize });
    const gapWith = (step: number): Gap => {
      const steps = stepsWithin(until, step);
      return largestGap(coursesWith(flow, step, steps), step, steps);
    };
    const fullGap = gapWith(stepSize);
    const half = gapWith(stepSize / 2);
    const notes = notesOf(read, flow, stepSize);
    return {
      ...fullGap,
      order: fullGap.gap === 0 ? 1 : Math.log2(fullGap.gap / half.gap),
      ...(notes.length > 0 ? { notes } : {}),
    };
  });
}

function endOf(read: ReadProblem, flow: AnyFlow, stepSize: number): number {
  const atDepth = read.kind === "depth" || read.kind === "deep matrices";
  const most = atDepth ? MOST_AT_DEPTH : MOST;
  const end = naturalEnd(flow, stepSize, most);
  if (atDepth && end === most * stepSize)
    refuse(
      "until",
      undefined,
      `pass the last time, because the flow needs more than ${most} steps to complete its decrease in loss`,
    );
  return end;
}

/** The share of the flow's total decrease in loss that may remain at the end. */
const LEFT = 1e-8;

/**
 * The time, to a relative accuracy of 10⁻³, at which the flow has completed nearly all of its decrease in
 * loss; at most that of `mostSteps`.
 */
function naturalEnd(flow: AnyFlow, stepSize: number, mostSteps: number): number {
  const lossAt = (t: number): number => flow.at(t).excessLoss;
  const most = Math.min(flow.until, mostSteps * stepSize);
  const last = lossAt(flow.until);
  const enough = last + LEFT * (lossAt(0) - last);
  let low = 0;
  let high = stepSize;
  while (high < most && lossAt(high) > enough) {
    low = high;
    high = Math.min(most, 2 * high);
  }
  while (high - low > 1e-3 * high && high > stepSize) {
    const middle = low + (high - low) / 2;
    if (lossAt(middle) > enough) low = middle;
    else high = middle;
  }
  return high;
}

interface Gap {
  readonly gap: number;
  readonly t: number;
}

function largestGap({ advance, distances }: Courses, stepSize: number, steps: number): Gap {
  let gap = 0;
  let t = 0;
  for (let n = 0; n <= steps; n++) {
    const distance = distances(n);
    if (distance > gap) {
      gap = distance;
      t = n * stepSize;
    }
    if (n < steps && advance(n) === DIVERGES)
      throw failure("not-converged", `descent with steps of ${stepSize} diverges at step ${n}; pass a smaller stepSize.`);
  }
  return { gap, t };
}

/** A note if the step is known to be too large to stay at the minimum that the flow reaches. */
function notesOf(read: ReadProblem, flow: AnyFlow, stepSize: number): string[] {
  const largest = largestStableStep(read, flow);
  return largest !== undefined && stepSize > largest
    ? [`steps of ${stepSize} are above the largest stable one at the minimum of the flow, ${largest}, so descent ends elsewhere`]
    : [];
}

function largestStableStep(read: ReadProblem, flow: AnyFlow): number | undefined {
  try {
    return stabilityOf(read, 2, flow).largestStableStep;
  } catch (error) {
    if (error instanceof FeatureLearningError) return undefined;
    throw error;
  }
}
