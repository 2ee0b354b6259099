/**
 * Converts between two notations for the scalings of a network with one hidden layer:
 *
 *     c_d = 1   c_γ = −a₁ − a₂   c_u = −b₂   c_w = −b₁   c_ηu = −c₂   c_ηw = −c₁
 *
 * A linear network depends only on a₁ + a₂. The conversion to a, b and c chooses a₁ = −b₁, so that the hidden
 * layer is of order 1 at the start. [YangHu2021]
 */
import { reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { type AbcExponents, readAbc } from "./abc.ts";
import { readExponents, type ScalingExponents, signOf } from "./exponents.ts";

/**
 * The exponents a, b and c of a scaling of the two-layer network: multipliers n^{−a}, initial standard
 * deviations n^{−b}, learning rates n^{−c}, at width n.
 *
 * @param exponents - A scaling whose width grows, or one of `parametrizations`. κ is replaced by the width,
 * so all exponents are divided by that of the width.
 * @returns Exponents of layer 1 (w) and layer 2 (u), with a₁ + b₁ = 0. This is a choice, because in a linear
 * network a factor can be moved from one multiplier to the other.
 * @throws FeatureLearningError `"invalid-argument"`: an exponent that is not finite, a width that does not
 * grow.
 *
 * @example
 * ```ts
 * import { abcOfScaling, parametrizations, phase } from "feature-learning";
 *
 * const abc = abcOfScaling(parametrizations.ntk);
 * console.log(abc); // { a: [ 0, 0.5 ], b: [ 0, 0 ], c: [ 0, 0 ] }
 * console.log(phase({ abc }).because); // the hidden layers move by n^-0.5 relative to themselves (r = 0.5 > 0)
 * ```
 */
export function abcOfScaling(exponents: ScalingExponents): AbcExponents & { readonly c: readonly number[] } {
  return named("abcOfScaling", () => abcOf(readExponents("exponents", exponents)));
}

/** The same for checked exponents. */
function abcOf({ width, outputScale, scale, learningRates }: Hyperparameters): AbcExponents & { readonly c: readonly number[] } {
  if (signOf(width) === 0) reject("exponents.width is 0; a, b and c describe networks whose width grows");
  // Turns −0 into 0.
  const [gamma, u, w, etaU, etaW] = [outputScale, scale.u, scale.w, learningRates.u, learningRates.w].map(
    (exponent) => exponent / width + 0,
  ) as [number, number, number, number, number];
  return { a: [w, 0 - gamma - w], b: [0 - w, 0 - u], c: [0 - etaW, 0 - etaU] };
}

/**
 * The scaling of the two-layer network with these exponents a, b and c of one hidden layer.
 *
 * @param abc - Exponents of two layers.
 * @throws FeatureLearningError `"invalid-argument"`: an exponent that is not finite, more than one hidden
 * layer.
 *
 * @example
 * ```ts
 * import { phase, scalingOfAbc } from "feature-learning";
 *
 * const muP = scalingOfAbc({ a: [-0.5, 0.5], b: [0.5, 0.5], c: 0 });
 * console.log(muP.outputScale, muP.scale, phase(muP).phase); // 0 { u: -0.5, w: -0.5 } feature-learning
 * ```
 */
export function scalingOfAbc(abc: AbcExponents): ScalingExponents {
  return named("scalingOfAbc", () => {
    const { a, b, c } = readAbc("abc", abc);
    if (a.length !== 2) reject(`abc has ${a.length - 1} hidden layers; the two-layer network has one`);
    return {
      width: 1,
      outputScale: 0 - a[0]! - a[1]!,
      scale: { u: 0 - b[1]!, w: 0 - b[0]! },
      learningRates: { u: 0 - c[1]!, w: 0 - c[0]! },
    };
  });
}
