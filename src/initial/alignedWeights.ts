/**
 * Layers at a chosen angle: u Gaussian, w = (σ_w/σ_u)(cos ζ·u + sin ζ·|u|·v) with v a random unit vector
 * orthogonal to u.
 */

import { readNumber, readRecord, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Weights } from "../model/weights.ts";
import { type InitialisationOptions, normals, readInitialisation } from "./gaussianWeights.ts";

/** The options of {@link alignedWeights}. */
export interface AlignmentOptions extends InitialisationOptions {
  /** cos ζ, from −1 to 1: 1 (the default) aligned, −1 anti-aligned, 0 orthogonal layers. */
  readonly alignment?: number | undefined;
}

/**
 * Gaussian layers at a chosen angle to each other: aligned, anti-aligned, orthogonal or in between. |w|/|u|
 * is scale.w/scale.u exactly.
 *
 * @throws FeatureLearningError `"invalid-argument"`: as {@link gaussianWeights}; an alignment outside [−1,
 * 1]; at width 1, an alignment other than ±1.
 *
 * @example
 * ```ts
 * import { alignedWeights } from "feature-learning";
 *
 * const { u, w } = alignedWeights({ width: 3, scale: 0.1, alignment: -1, seed: 7 });
 * console.log(u.every((value, i) => value === -w[i]!)); // true
 * ```
 */
export function alignedWeights(options: AlignmentOptions): Weights {
  return named("alignedWeights", () => {
    const record = readRecord("options", options, ["width", "scale", "seed", "alignment"]);
    const { width, scale, random } = readInitialisation("alignedWeights", record);
    const cosine = readNumber("alignment", record.alignment ?? 1, { min: -1, max: 1 });
    if (width === 1 && Math.abs(cosine) < 1) refuse("alignment", cosine, "pass 1 or −1 at width 1, or a larger width");
    const along = normals(width, 1, random);
    const sine = Math.sqrt((1 - cosine) * (1 + cosine));
    const across = sine === 0 ? along : orthogonal(along, normals(width, 1, random));
    return {
      u: along.map((a) => scale.u * a),
      w: along.map((a, i) => scale.w * (sine === 0 ? cosine * a : cosine * a + sine * across[i]!)),
    };
  });
}

/**
 * The part of b orthogonal to a, scaled to the length of a. Two passes are needed, because the first leaves
 * rounding of b along a.
 */
function orthogonal(a: Float64Array, b: Float64Array): Float64Array {
  const aa = dot(a, a);
  let across = b;
  for (let pass = 0; pass < 2; pass++) {
    const slope = dot(a, across) / aa;
    across = across.map((x, i) => x - slope * a[i]!);
  }
  const factor = Math.sqrt(aa / dot(across, across));
  return across.map((x) => factor * x);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
