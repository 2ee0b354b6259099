import { readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import type { Weights } from "./weights.ts";

/** The caller's output arrays, checked, or new ones. */
export function roomFor(width: number, out: unknown): Weights {
  if (out === undefined) return { u: new Float64Array(width), w: new Float64Array(width) };
  return named("weights", () => {
    const { u, w } = readRecord("out", out, ["u", "w"]);
    for (const [name, array] of Object.entries({ u, w })) {
      const fits = isFloat64Array(array) && array.length === width;
      if (!fits) refuse(`out.${name}`, array, `pass a Float64Array of length ${width}`);
    }
    if (u === w) reject("out.u and out.w are the same array; pass two arrays");
    return out as Weights;
  });
}
