/**
 * How far discrete descent strays from the flow that it approximates: sup |F_n − F(n·step)| of the output,
 * and with which power of the step that falls.
 */

import { readNumber, readRecord, refuse } from "../door/arguments.ts";
import { FeatureLearningError, failure, named } from "../door/error.ts";
import { solveProblem } from "../flow/solve.ts";
import { readOptions } from "../integrate/options.ts";
import type { AnyFlow } from "../model/flow.ts";
import type { Problem } from "../model/problem.ts";
import { type ReadProblem, readProblem } from "../model/readProblem.ts";
import { type Courses, deepCourses, depthCourses, kinkedCourses, layersCourses, oneDirectionCourses } from "./courses.ts";
import { stabilityOf } from "./stability.ts";
import { stepsWithin } from "./stepCount.ts";
import { DIVERGES } from "./walk.ts";

/** What {@link descentGap} takes. */
export interface GapOptions {
  /** The step size, above 0. */
  readonly stepSize: number;
  /**
   * The last time, up to which whole steps are taken, 0.3 being three of 0.1 (default: when the flow has lost
   * all but 10⁻⁸ of the loss that it loses, at least one step). Of layers that are numbers, which may wait for
   * ever, pass it where that takes more than 10⁶ steps.
   */
  readonly until?: number | undefined;
}

/** What {@link descentGap} finds. */
export interface DescentGap {
  /**
   * The largest distance of the outputs; of several inputs and outputs the Frobenius norm, where there are
   * data.
   */
  readonly gap: number;
  /** When it is there. */
  readonly t: number;
  /** The power with which it falls, measured by halving the step: 1 where the step is small enough. */
  readonly order: number;
  /**
   * What to know about these numbers, as that descent leaves the flow's minimum; absent where there is
   * nothing.
   */
  readonly notes?: readonly string[];
}

const MOST = 1e7;
/** Layers that are numbers may wait for ever; so many steps take a minute. */
const MOST_AT_DEPTH = 1e6;

/**
 * The largest distance, in the output coefficient or matrix, between gradient descent and gradient flow.
 * Where the flow has no closed form it is integrated, to a relative 10⁻¹⁰. Each step takes an evaluation of
 * the flow, so that of several inputs and outputs a million steps take minutes.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a part of the problem or an option that cannot be, more
 * than 10⁷ steps; `"assumption"`: as `gradientDescent`; `"not-converged"`: a descent that diverges, an
 * integration that fails.
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
    const { stepSize: given, until: end } = readRecord("options", options, ["stepSize", "until"]);
    const stepSize = readNumber("stepSize", given, { above: 0 });
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
    // Refuses what descent is not for, before the flow is solved.
    coursesWith(undefined, stepSize, 0);
    const flow = solveProblem(read, readOptions({}));
    const until = readNumber("until", end ?? endOf(read, flow, stepSize), { above: 0, max: MOST * stepSize });
    const gapWith = (step: number): Gap => {
      const steps = stepsWithin(until, step);
      return largestGap(coursesWith(flow, step, steps), step, steps);
    };
    const whole = gapWith(stepSize);
    const half = gapWith(stepSize / 2);
    const notes = notesOf(read, flow, stepSize);
    return {
      ...whole,
      order: whole.gap === 0 ? 1 : Math.log2(whole.gap / half.gap),
      ...(notes.length > 0 ? { notes } : {}),
    };
  });
}

function endOf(read: ReadProblem, flow: AnyFlow, stepSize: number): number {
  const atDepth = read.kind === "depth" || read.kind === "deep matrices";
  const most = atDepth ? MOST_AT_DEPTH : MOST;
  const end = naturalEnd(flow, stepSize, most);
  if (atDepth && end === most * stepSize)
    refuse("until", undefined, `pass the last time, as the flow takes more than ${most} steps to lose what it loses`);
  return end;
}

/** What of the loss that the flow loses may be left at the end. */
const LEFT = 1e-8;

/** When the flow has lost nearly all that it loses, to a thousandth, or the most steps that are taken. */
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

/** A note where the step is too large to stay at the minimum that the flow reaches, if that is known. */
function notesOf(read: ReadProblem, flow: AnyFlow, stepSize: number): string[] {
  const largest = largestStableStep(read, flow);
  return largest !== undefined && stepSize > largest
    ? [
        `steps of ${stepSize} are above the largest stable one at the minimum of the flow, ${largest}: descent does not end where the flow does`,
      ]
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
