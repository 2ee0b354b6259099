/** The loss of a network on data that it was not trained on: L(f) with the moments of those data. */

import { readNumber, reject, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type AnyDescent, isDescent, readDescent, rowAt } from "../model/descentRows.ts";
import type { AnyFlow, Flow } from "../model/flow.ts";
import { halvesOfTask, lossOfSlopes } from "../model/halfLines.ts";
import type { Halves } from "../model/halves.ts";
import type { MatrixTask } from "../model/matrixTask.ts";
import { objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import { deepMatrices, halfLines, isDeepMatrixFlow, isHalfLineFlow, isMatrixFlow, matrices } from "../model/protocol.ts";
import { type HalfLineProblem, readProblem } from "../model/readProblem.ts";
import { readTask, type Task } from "../model/task.ts";
import { descentOutput, evaluateOutput, flowOutput } from "./evaluateMatrices.ts";
import { readFlow } from "./readFlow.ts";

/**
 * The loss, at time t of training, on another task: the test loss, if its moments are those of the test data.
 *
 * @param flow - A flow, or what `gradientDescent` returns.
 * @param t - A time. For a descent, the time of a recorded step, `descent.t[row]`.
 * @throws FeatureLearningError `"invalid-argument"`: not a flow, a time or a task; `"assumption"`: a task
 * whose inputs have no single direction, or a different one than the training data; with several inputs, a
 * task with input directions that the training data do not have, if the flow does not have layers.
 *
 * @example
 * ```ts
 * import { evaluate, exactFlow, network, taskFromMoments } from "feature-learning";
 *
 * const train = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const test = taskFromMoments({ xx: 1, xy: 0.5, yy: 1 });
 * const flow = exactFlow({ network: network(), task: train, initial: { uu: 1, ww: 1, uw: 0 } });
 * console.log(evaluate(flow, 0, test), evaluate(flow, Infinity, test)); // 1 1
 * ```
 */
export function evaluate(flow: AnyFlow | AnyDescent, t: number, otherTask: Task | MatrixTask): number {
  return named("evaluate", () => {
    const subject = readDescent(flow);
    if (isDescent(subject)) return ofDescent(subject, rowAt(subject, readNumber("t", t)), otherTask);
    const checkedSubject = readFlow(subject);
    if (isMatrixFlow(checkedSubject)) return evaluateOutput(checkedSubject[matrices], flowOutput(checkedSubject, t), otherTask);
    if (isDeepMatrixFlow(checkedSubject))
      return evaluateOutput(checkedSubject[deepMatrices], flowOutput(checkedSubject, t), otherTask);
    if (isHalfLineFlow(checkedSubject)) return ofHalfLines(checkedSubject[halfLines], checkedSubject.at(t).slopes, otherTask);
    const { problem, at } = checkedSubject as Flow;
    return ofOneDirection(problem, () => at(t).output, otherTask);
  });
}

function ofDescent(descent: AnyDescent, row: number, otherTask: unknown): number {
  const read = readProblem(descent.problem);
  if (read.kind === "matrices" || read.kind === "deep matrices")
    return evaluateOutput(read.problem, descentOutput(descent, row), otherTask);
  if (read.kind === "half lines") {
    const { positive, negative } = descent.slopes!;
    return ofHalfLines(read.problem, { positive: positive[row]!, negative: negative[row]! }, otherTask);
  }
  return ofOneDirection(read.problem, () => (descent.output as Float64Array)[row]!, otherTask);
}

function ofOneDirection(
  { network, task: trained }: Pick<Flow["problem"], "network" | "task">,
  output: () => number,
  otherTask: unknown,
): number {
  const task = readTask("otherTask", otherTask);
  checkDirection(trained, task);
  return objectiveOf(network, task).loss(output());
}

/** L = k (E[y²] − Σ xy²/xx + Σ (xy − xx·slope)²/xx), over both sides. */
function ofHalfLines({ network, task: trained }: HalfLineProblem, slopes: Halves<number>, otherTask: unknown): number {
  const task = readTask("otherTask", otherTask);
  checkDirection(trained, task);
  return lossOfSlopes(network, task.yy, halvesOfTask(task), slopes);
}

/** The difference of two directions that counts as rounding. */
const SAME = 1e-9;

function checkDirection(trained: Task, other: Task): void {
  const [a, b] = [trained.direction, other.direction];
  if (!hasOneDirection(other)) {
    unmet("otherTask has no single direction", "pass { project: true } to taskFromSamples");
  }
  if (a === undefined || b === undefined) return;
  if (a.length !== b.length)
    reject(`otherTask has inputs of ${b.length} dimensions; pass one with ${a.length} dimensions, like the training data`);
  if (a.some((component, i) => Math.abs(component - b[i]!) > SAME)) {
    unmet("the inputs of otherTask have another direction than the training data", "pass data along the same direction");
  }
}
