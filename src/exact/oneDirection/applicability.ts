import { failure } from "../../door/error.ts";
import type { Network } from "../../model/network.ts";
import { hasOneDirection } from "../../model/oneDirection.ts";
import type { Task } from "../../model/task.ts";
import { failedAssumptions } from "./failedAssumptions.ts";

/** What the closed form of one direction assumes, and fails. */
export function failedOfOneDirection(network: Network, task: Task): string[] {
  return [...(hasOneDirection(task) ? [] : [severalDirections(task)]), ...failedAssumptions(network)];
}

function severalDirections({ offDirection }: Task): string {
  return `the inputs have no single direction: ${offDirection.toPrecision(3)} of their variance lies off the leading one`;
}

/** Refuses a problem that the closed form does not solve, naming what failed and what to call instead. */
export function requireExact(network: Network, task: Task, projection: string): void {
  const failed = failedOfOneDirection(network, task);
  if (failed.length === 0) return;
  // What can be projected, and has no other fault, has two remedies; else the second is needed.
  const otherwise = failed.length === 1 ? "or" : "and";
  const project = hasOneDirection(task) ? "" : `${projection} to train on their projection, ${otherwise} `;
  throw failure("assumption", `${failed.join("; ")}; ${project}call integratedFlow.`);
}
