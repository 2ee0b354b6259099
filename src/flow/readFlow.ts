import { attempt, refuse } from "../door/arguments.ts";
import type { Flow } from "../model/flow.ts";
import { areLayers } from "../model/layers.ts";
import { areMatrices } from "../model/matrixLayers.ts";

/** A flow as it was passed. */
export function readFlow(value: unknown): Flow {
  return attempt(() => isFlow(value), false)
    ? (value as Flow)
    : refuse("flow", value, "pass a flow of one direction, as exactFlow returns it");
}

function isFlow(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Flow>).at === "function" &&
    "until" in value &&
    !ofLayers(value)
  );
}

/** A flow of several inputs or outputs has vectors and matrices where the others have numbers. */
function ofLayers(value: object): boolean {
  const initial = (value as Partial<Flow>).problem?.initial;
  return areLayers(initial) || areMatrices(initial);
}
