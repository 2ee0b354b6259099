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
  const off = offDirection.toPrecision(3);
  return `the inputs have no single direction: ${off} of their variance lies off the leading one ({ project: true } trains on their projection)`;
}

/** Refuses a problem that the closed form does not solve, naming what failed and what to call instead. */
export function requireExact(network: Network, task: Task): void {
  const failed = failedOfOneDirection(network, task);
  if (failed.length > 0) throw failure("assumption", `${failed.join("; ")}; call integratedFlow.`);
}
