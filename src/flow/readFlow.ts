import type { Flow } from "../model/flow.ts";
import { attempt, refuse } from "../numerics/check.ts";

/** A flow as somebody passed it. */
export function readFlow(where: string, value: unknown): Flow {
  return attempt(() => isFlow(value), false)
    ? (value as Flow)
    : refuse(where, "flow", value, "pass a flow, as exactFlow returns it");
}

function isFlow(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as Partial<Flow>).at === "function" && "until" in value;
}
