import type { GuideDef } from "./grammar.ts";

/** What an axis of numbers can differ in. */
interface NumberAxis {
  readonly logarithmic?: boolean;
  readonly grid?: boolean;
}

/**
 * The label of a tick, with all of its digits: 15 are the most that a tick can have, so that neighbouring
 * ticks differ however small the step is. Large and small numbers have an exponent.
 */
export const numberLabel: string =
  "datum.value !== 0 && (abs(datum.value) >= 1e6 || abs(datum.value) < 1e-4)" +
  " ? replace(format(datum.value, '.14~e'), '+', '') : format(datum.value, '.15~g')";

/** An axis of numbers; minor ticks of a logarithmic one are without labels or lines. */
export function numberAxis({ logarithmic = false, grid = false }: NumberAxis = {}): GuideDef {
  return {
    grid: grid && !logarithmic,
    tickCount: 5,
    labelOverlap: "greedy",
    labelExpr: `datum.label === '' ? '' : ${numberLabel}`,
  };
}
