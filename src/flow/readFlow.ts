import type { Flow } from "../model/flow.ts";
import { refuse } from "../numerics/check.ts";

/** A flow as somebody passed it. */
export function readFlow(where: string, value: unknown): Flow {
  const isFlow =
    typeof value === "object" && value !== null && typeof (value as Partial<Flow>).at === "function" && "until" in value;
  return isFlow ? (value as Flow) : refuse(where, "flow", value, "pass a flow, as exactFlow returns it");
}
