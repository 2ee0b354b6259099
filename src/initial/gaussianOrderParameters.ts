/**
 * Order parameters of independent Gaussian layers, drawn from their distribution without drawing the layers.
 * In coordinates whose first axis is along u,
 *
 *     uu = σ_u²·χ²_d     uw = √uu·σ_w·z     ww = σ_w²(z² + χ²_{d−1})     √Γ = √uu·σ_w·√χ²_{d−1}
 *
 * with one standard normal z. [XuZiyin2025, §2]
 */

import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type Random, randomFrom } from "../door/seeds.ts";
import type { OrderParameters } from "../model/weights.ts";
import { type InitialisationOptions, readShape } from "./gaussianWeights.ts";

/**
 * Order parameters with the same distribution as those of {@link gaussianWeights}, in O(1) at any width up to
 * 10¹⁵. (For one seed the two functions give different networks.)
 *
 * @returns uu, ww, uw, and the area, which the three rounded numbers do not determine accurately.
 * @throws FeatureLearningError `"invalid-argument"`: a width that is not a whole number from 1 to 10¹⁵, a
 * negative scale, no seed.
 *
 * @example
 * ```ts
 * import { gaussianOrderParameters } from "feature-learning";
 *
 * const { uu } = gaussianOrderParameters({ width: 1e12, scale: { u: 1e-6, w: 1 }, seed: 3 });
 * console.log(uu.toFixed(4)); // 1.0000
 * ```
 */
export function gaussianOrderParameters(options: InitialisationOptions): OrderParameters & { readonly area: number } {
  return named("gaussianOrderParameters", () => {
    const record = readRecord("options", options, ["width", "scale", "seed"]);
    return drawOrderParameters(record, randomFrom(record.seed, "gaussianOrderParameters"));
  });
}

/** One draw from the caller's stream of random numbers. */
export function drawOrderParameters(
  fields: Readonly<Partial<Record<"width" | "scale", unknown>>>,
  random: Random,
): OrderParameters & { readonly area: number } {
  const { width, scale } = readShape(fields, 1e15);
  const normU = scale.u * Math.sqrt(random.chiSquared(width));
  const along = scale.w * random.normal();
  const across = scale.w * Math.sqrt(random.chiSquared(width - 1));
  return { uu: normU * normU, ww: along * along + across * across, uw: normU * along, area: normU * across };
}
