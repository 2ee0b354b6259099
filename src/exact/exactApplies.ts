import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { readProblem } from "../model/readProblem.ts";
import type { Task } from "../model/task.ts";

/** Whether the closed form applies, and if not, which of its assumptions fail, each in a sentence. */
export type Applicability = { readonly applies: true } | { readonly applies: false; readonly failed: readonly string[] };

/**
 * Whether {@link exactFlow} solves this problem as it stands.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a problem.
 *
 * @example
 * ```ts
 * import { exactApplies, network, taskFromSamples } from "feature-learning";
 *
 * const task = taskFromSamples([[1, 0], [0, 1]], [1, 2]);
 * console.log(exactApplies({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } }).applies); // false
 * ```
 */
export function exactApplies(problem: Problem): Applicability {
  return applicability(readProblem("exactApplies", problem).task);
}

export function applicability(task: Task): Applicability {
  if (hasOneDirection(task)) return { applies: true };
  const share = task.offDirection.toPrecision(3);
  return { applies: false, failed: [`the inputs have no single direction: ${share} of their variance lies off the leading one`] };
}
