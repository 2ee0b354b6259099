import type { GuideDef } from "./grammar.ts";

/** What an axis of numbers can differ in. */
interface NumberAxis {
  readonly logarithmic?: boolean;
  readonly grid?: boolean;
}

/**
 * An axis of numbers: plain up to a million, then with exponents; minor ticks of a logarithmic one without
 * labels or lines.
 */
export function numberAxis({ logarithmic = false, grid = false }: NumberAxis = {}): GuideDef {
  return {
    grid: grid && !logarithmic,
    tickCount: 5,
    labelExpr: "datum.label === '' ? '' : format(datum.value, '~g')",
  };
}
