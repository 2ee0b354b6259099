import { named } from "../door/error.ts";
import { withInfinities } from "../door/json.ts";
import { isWeights, readInitial } from "../model/readInitial.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";

/**
 * The initial state with its mirror image: every neuron (uᵢ, wᵢ) gets a partner (uᵢ, −wᵢ). The width doubles,
 * and f = 0 at the start.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not an initial state.
 *
 * @example
 * ```ts
 * import { mirrored } from "feature-learning";
 *
 * console.log(mirrored({ u: [1, 2], w: [3, 4] }).w); // Float64Array(4) [ 3, -3, 4, -4 ]
 * ```
 */
export function mirrored(initial: WeightsLike): Weights;
export function mirrored(initial: OrderParameters): OrderParameters;
export function mirrored(initial: WeightsLike | OrderParameters): Weights | OrderParameters {
  return named("mirrored", () => {
    const start = readInitial("initial", initial);
    if (!isWeights(start)) {
      const { uu, ww, balance } = start;
      const area = 2 * Math.sqrt(uu) * Math.sqrt(ww);
      return withInfinities({ uu: 2 * uu, ww: 2 * ww, uw: 0, area, ...(balance === undefined ? {} : { balance: 2 * balance }) });
    }
    const u = new Float64Array(2 * start.u.length);
    const w = new Float64Array(u.length);
    // Partners are neighbours, so that the sum of the overlap cancels exactly.
    for (let i = 0; i < start.u.length; i++) {
      u[2 * i] = u[2 * i + 1] = start.u[i]!;
      w[2 * i] = start.w[i]!;
      w[2 * i + 1] = -start.w[i]!;
    }
    return { u, w };
  });
}
