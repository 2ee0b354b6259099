import type { Wide } from "../../numerics/wide.ts";
import type { DecaySolution, Parts } from "./solution.ts";

export function lateResidual(_solution: DecaySolution, _t: number, _parts: Parts, plain: Wide): Wide {
  return plain;
}
