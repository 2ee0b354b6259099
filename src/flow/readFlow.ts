import { attempt, refuse } from "../door/arguments.ts";
import type { AnyFlow } from "../model/flow.ts";

/** A flow as it was passed. */
export function readFlow<F extends AnyFlow>(value: F): F {
  return attempt(() => isFlow(value), false) ? value : refuse("flow", value, "pass a flow, as solve returns it");
}

function isFlow(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as Partial<AnyFlow>).at === "function" && "until" in value;
}
