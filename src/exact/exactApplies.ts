import { isSquared, type Network } from "../model/network.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { readProblem } from "../model/readProblem.ts";
import type { Task } from "../model/task.ts";
import { FeatureLearningError } from "../numerics/error.ts";

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
  const { network, task } = readProblem("exactApplies", problem);
  return applicability(network, task);
}

export function applicability(network: Network, task: Task): Applicability {
  const failed: string[] = [];
  if (!hasOneDirection(task)) failed.push(severalDirections(task));
  if (network.power !== 1) failed.push(`the network is not linear: its activation is the power ${network.power}`);
  if (!isSquared(network)) failed.push("the loss is not a square");
  if (network.weightDecay > 0) failed.push(`the weights decay, by ${network.weightDecay}`);
  return failed.length === 0 ? { applies: true } : { applies: false, failed };
}

function severalDirections({ offDirection }: Task): string {
  return `the inputs have no single direction: ${offDirection.toPrecision(3)} of their variance lies off the leading one`;
}

/** Refuses a problem that the closed form does not solve, naming what failed and what to call instead. */
export function requireExact(where: string, network: Network, task: Task, projection: string): void {
  const verdict = applicability(network, task);
  if (verdict.applies) return;
  // What can be projected, and has no other fault, has two remedies; else the second is needed.
  const otherwise = verdict.failed.length === 1 ? "or" : "and";
  const project = hasOneDirection(task) ? "" : `${projection} to train on their projection, ${otherwise} `;
  throw new FeatureLearningError("assumption", `${where}: ${verdict.failed.join("; ")}; ${project}call integratedFlow.`);
}
