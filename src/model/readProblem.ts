import { readRecord } from "../door/arguments.ts";
import type { Network } from "./network.ts";
import { readNetwork } from "./network.ts";
import { type Initial, readInitial } from "./readInitial.ts";
import { readTask, type Task } from "./task.ts";

/** A problem as it was passed, checked and copied. */
export function readProblem(value: unknown): { readonly network: Network; readonly task: Task; readonly initial: Initial } {
  const { network, task, initial } = readRecord("problem", value) as Record<string, unknown>;
  return {
    network: readNetwork("network", network),
    task: readTask("task", task),
    initial: readInitial("initial", initial),
  };
}
