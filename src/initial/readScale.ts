import { readPair, refuse } from "../door/arguments.ts";

/** Standard deviations of the entries of the two layers; a single number is used for both. */
export type LayerScale = number | { readonly u: number; readonly w: number };

/** Reads standard deviations ≥ 0 whose squares are in the range of doubles. */
export function readScale(value: unknown): { readonly u: number; readonly w: number } {
  const scale = readPair("scale", value, { min: 0 });
  for (const layer of ["u", "w"] as const) {
    const s = scale[layer];
    if (s !== 0 && (s < 1e-153 || s > 1e153))
      refuse(`scale.${layer}`, s, "pass 0 or a number from 1e-153 to 1e153: its square must be a double");
  }
  return scale;
}
