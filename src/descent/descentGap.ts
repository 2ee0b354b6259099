/**
 * How far discrete descent strays from the flow that it approximates: sup |γS_n − γS(n·step)|, and with which
 * power of the step that falls.
 */

import { readNumber, readRecord } from "../door/arguments.ts";
import { failure, named } from "../door/error.ts";
import { requireExact } from "../exact/oneDirection/applicability.ts";
import { oneDirectionFlow, type SolvedFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import { whenSolvedMeets } from "../exact/oneDirection/whenMet.ts";
import type { Problem, ScalarInitial } from "../model/problem.ts";
import { fill } from "../model/protocol.ts";
import { readScalarProblem } from "../model/readProblem.ts";
import { snapshotFields } from "../model/snapshot.ts";
import { begin } from "./begin.ts";
import { readPlan } from "./descentOptions.ts";
import { stepsWithin } from "./stepCount.ts";
import { DIVERGES } from "./walk.ts";

/** What {@link descentGap} takes. */
export interface GapOptions {
  /** The step size, above 0. */
  readonly stepSize: number;
  /**
   * The last time, up to which whole steps are taken, 0.3 being three of 0.1 (default: when the flow has lost
   * all but 10⁻⁸ of its excess loss, or 20 of its 1/ρ where it never does).
   */
  readonly until?: number;
}

/** What {@link descentGap} finds. */
export interface DescentGap {
  /** The largest distance of the outputs. */
  readonly gap: number;
  /** When it is there. */
  readonly t: number;
  /** The power with which it falls, measured by halving the step: 1 where the step is small enough. */
  readonly order: number;
}

const MOST = 1e7;

/**
 * The largest distance, in the output coefficient, between gradient descent and gradient flow.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a part of the problem or an option that cannot be, more
 * than 10⁷ steps; `"assumption"`: a problem without closed form; `"not-converged"`: a descent that diverges.
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
export function descentGap(problem: Problem<ScalarInitial>, options: GapOptions): DescentGap {
  return named("descentGap", () => {
    const { stepSize: given, until: end } = readRecord("options", options, ["stepSize", "until"]);
    const stepSize = readNumber("stepSize", given, { above: 0 });
    const { network, task } = begin(readScalarProblem(problem), readPlan({ stepSize, steps: 0 }));
    requireExact(network, task, "pass { project: true } to taskFromSamples");
    const flow = oneDirectionFlow(problem) as SolvedFlow;
    const [learned] = whenSolvedMeets(flow, { excessLossFraction: 1e-8 });
    const natural = learned ?? (flow.rate > 0 ? 20 / flow.rate : stepSize);
    const until = readNumber("until", end ?? Math.max(natural, stepSize), { above: 0, max: MOST * stepSize });
    const whole = largestGap(flow, problem, stepSize, until);
    const half = largestGap(flow, problem, stepSize / 2, until);
    return { ...whole, order: whole.gap === 0 ? 1 : Math.log2(whole.gap / half.gap) };
  });
}

function largestGap(
  flow: SolvedFlow,
  problem: Problem<ScalarInitial>,
  stepSize: number,
  until: number,
): { readonly gap: number; readonly t: number } {
  const steps = stepsWithin(until, stepSize);
  const { walk } = begin(readScalarProblem(problem), readPlan({ stepSize, steps }));
  const times = Float64Array.from({ length: steps + 1 }, (_, n) => n * stepSize);
  const values = new Float64Array(snapshotFields.length * times.length);
  flow[fill](times, values);
  const outputs = values.subarray(snapshotFields.indexOf("output") * times.length);
  let gap = 0;
  let t = 0;
  for (let n = 0; n <= steps; n++) {
    const distance = Math.abs(walk.output - outputs[n]!);
    if (distance > gap) {
      gap = distance;
      t = times[n]!;
    }
    if (n < steps && walk.advance(n) === DIVERGES) {
      throw failure("not-converged", `descent with steps of ${stepSize} diverges at step ${n}; pass a smaller stepSize.`);
    }
  }
  return { gap, t };
}
