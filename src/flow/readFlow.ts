import { attempt, refuse, unmet } from "../door/arguments.ts";
import { isDescent } from "../model/descentRows.ts";
import type { AnyFlow } from "../model/flow.ts";

/** Reads a flow. A descent is refused, with advice. */
export function readFlow<F extends AnyFlow>(
  value: F,
  insteadOfDescent = "pass the flow of its problem, solve(descent.problem)",
): F {
  if (attempt(() => isFlow(value), false)) return value;
  if (isDescent(value)) unmet("a descent is known only at its recorded steps", insteadOfDescent);
  return refuse("flow", value, "pass a flow, as solve returns it");
}

function isFlow(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as Partial<AnyFlow>).at === "function" && "until" in value;
}
