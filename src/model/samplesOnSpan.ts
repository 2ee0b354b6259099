/** The samples of a task in coordinates of the inputs' span: rows xⱼᵀV, with the directions V of E[xxᵀ]. */
import type { Rows } from "../door/arrays.ts";
import { componentsOf } from "../numerics/meanProducts.ts";
import type { Support } from "../numerics/support.ts";
import type { MatrixTask } from "./matrixTask.ts";

/** Inputs n×r and targets n×m; undefined for a task without samples. */
export function samplesOnSpan({ samples }: MatrixTask, { directions }: Support): { x: Rows; y: Rows } | undefined {
  if (samples === undefined || directions === undefined) return samples;
  return { x: componentsOf(samples.x, directions.transpose()), y: samples.y };
}
