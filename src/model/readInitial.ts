/** Checks and copies initial states. */

import { readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { checkEntries, readUnchecked } from "../door/arrays.ts";
import { breaksCauchySchwarz } from "../numerics/cauchySchwarz.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import { overlapsOf, prepareSums } from "./overlaps.ts";
import type { Snapshot } from "./snapshot.ts";
import type { OrderParameters, Weights } from "./weights.ts";

/**
 * An initial state in the form that solvers use: weights, or order parameters with the conserved quantities
 * of a snapshot.
 */
export type Initial = Weights | (OrderParameters & Partial<Snapshot>);

export function isWeights(initial: Initial): initial is Weights {
  return "u" in initial;
}

export function readInitial(argument: string, value: unknown): Initial {
  const record = readRecord(argument, value);
  if ("u" in record || "w" in record) return readWeights(argument, value);
  if ("uu" in record || "ww" in record || "uw" in record) return readOrderParameters(argument, value);
  return refuse(argument, value, "pass weights { u, w }, order parameters { uu, ww, uw } or a snapshot");
}

export function readWeights(argument: string, value: unknown): Weights {
  const record = readRecord(argument, value);
  const { u: givenU, w: givenW } = record as { u?: unknown; w?: unknown };
  const u = readUnchecked(`${argument}.u`, givenU);
  prepareSums(u);
  const w = readUnchecked(`${argument}.w`, givenW);
  if (u.length !== w.length) refuse(`${argument}.w`, w, `pass as many as u has, ${u.length}`);
  const weights = { u, w };
  // If the sum of squares is finite, all entries are finite. Most layers need no second pass.
  const { uu, ww } = overlapsOf(weights);
  if (!(uu < Infinity && ww < Infinity)) {
    checkEntries(`${argument}.u`, u);
    checkEntries(`${argument}.w`, w);
  }
  return weights;
}

const ENDLESS: readonly unknown[] = [Infinity, -Infinity, "Infinity", "-Infinity"];
const CARRIED = ["area", "balance", "residual", "kernel", "output"] as const;

function readOrderParameters(argument: string, value: unknown): OrderParameters & Partial<Snapshot> {
  const record = readRecord(argument, value) as Record<string, unknown>;
  const initial: Record<string, number> = {
    uu: readNumber(`${argument}.uu`, record["uu"], { min: 0 }),
    ww: readNumber(`${argument}.ww`, record["ww"], { min: 0 }),
    uw: readNumber(`${argument}.uw`, record["uw"]),
  };
  for (const field of CARRIED) {
    const conserved = record[field];
    // The balance of a frozen layer is infinite, and text in JSON. It is recomputed from the rates.
    if (conserved === undefined || (field === "balance" && ENDLESS.includes(conserved))) continue;
    initial[field] = readNumber(`${argument}.${field}`, conserved, field === "area" || field === "kernel" ? { min: 0 } : {});
  }
  const known = initial as unknown as OrderParameters & Partial<Snapshot>;
  return withinNorms(argument, known);
}

/**
 * Order parameters that layers can have. If uw² exceeds uu·ww by no more than the rounding of decimal digits,
 * the layers count as parallel: uu and ww are kept, uw becomes ±√(uu·ww) and the area 0.
 */
function withinNorms<T extends OrderParameters>(argument: string, parameters: T): T {
  const { uu, ww, uw } = parameters;
  if (!breaksCauchySchwarz(uu, uw, ww, Number.MIN_VALUE)) return parameters;
  if (!breaksCauchySchwarz(uu, uw, ww, Number.MIN_VALUE, DECIMAL_ROUNDING))
    return { ...parameters, uw: Math.sign(uw) * Math.sqrt(uu) * Math.sqrt(ww), area: 0 };
  const came = `uw = ${uw} with uu = ${uu}, ww = ${ww}`;
  return reject(`${argument} has ${came}; no layers have uw² > uu·ww, pass |u|², |w|² and u·w`);
}
