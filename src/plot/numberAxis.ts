import type { GuideDef } from "./grammar.ts";

/** The options of an axis of numbers. */
interface NumberAxis {
  readonly logarithmic?: boolean;
  readonly grid?: boolean;
}

/**
 * The label of a tick, with up to 15 digits, so that neighbouring ticks differ for any step. Large and small
 * numbers have an exponent.
 */
export const numberLabel: string =
  "datum.value !== 0 && (abs(datum.value) >= 1e6 || abs(datum.value) < 1e-4)" +
  " ? replace(format(datum.value, '.14~e'), '+', '') : format(datum.value, '.15~g')";

/** An axis of numbers. The minor ticks of a logarithmic axis have no labels or grid lines. */
export function numberAxis({ logarithmic = false, grid = false }: NumberAxis = {}): GuideDef {
  return {
    grid: grid && !logarithmic,
    tickCount: 5,
    labelOverlap: "greedy",
    labelExpr: `datum.label === '' ? '' : ${numberLabel}`,
  };
}
