import type { ScalingExponents } from "./exponents.ts";

/** A scaling that the literature names. */
export interface Parametrization extends ScalingExponents {
  readonly width: number;
  readonly outputScale: number;
  readonly scale: { readonly u: number; readonly w: number };
  readonly learningRates: { readonly u: number; readonly w: number };
  /** What it is called. */
  readonly name: string;
  /** Where it comes from: a key of the references. */
  readonly source: string;
}

function parametrization(
  name: string,
  source: string,
  [d, gamma, u, w, etaU, etaW]: readonly [number, number, number, number, number, number],
): Parametrization {
  return { name, source, width: d, outputScale: gamma, scale: { u, w }, learningRates: { u: etaU, w: etaW } };
}

/**
 * The scalings that the literature names, each what `phase` takes, with its name and source. κ is the width
 * where the width grows, otherwise the quantity in the name.
 *
 * @example
 * ```ts
 * import { parametrizations, phase } from "feature-learning";
 *
 * const phases = [parametrizations.ntk, parametrizations.meanField, parametrizations.muP].map((one) => phase(one).phase);
 * console.log(phases); // [ 'kernel', 'feature-learning', 'feature-learning' ]
 * ```
 */
export const parametrizations: {
  readonly [Name in
    | "ntk"
    | "meanField"
    | "standard"
    | "standardFixedRate"
    | "muP"
    | "pytorch"
    | "xavier"
    | "lazy"
    | "largeInitialisation"
    | "smallInitialisation"]: Parametrization;
} = {
  /** f = d^{−1/2} Σ uᵢwᵢx, all of order 1. */
  ntk: /* @__PURE__ */ parametrization("neural tangent kernel", "JacotEtAl2018", [1, -0.5, 0, 0, 0, 0]),
  /** f = d^{−1} Σ uᵢwᵢx, rates ~ d. */
  meanField: /* @__PURE__ */ parametrization("mean field", "MeiMontanariNguyen2018", [1, -1, 0, 0, 1, 1]),
  /** Kaiming's initialisation, rates ~ 1/d. */
  standard: /* @__PURE__ */ parametrization("standard, rate ~ 1/d", "HeEtAl2015", [1, 0, -0.5, 0, -1, -1]),
  /** Kaiming's initialisation, rates of order 1. */
  standardFixedRate: /* @__PURE__ */ parametrization("standard, rate ~ 1", "HeEtAl2015", [1, 0, -0.5, 0, 0, 0]),
  /** Maximal update. */
  muP: /* @__PURE__ */ parametrization("maximal update (μP)", "YangHu2021", [1, 0, -1, 0, -1, 1]),
  /** nn.Linear's defaults, U(±1/√fan-in), under SGD with a fixed rate. */
  pytorch: /* @__PURE__ */ parametrization("PyTorch's defaults, rate ~ 1", "PaszkeEtAl2019", [1, 0, -0.5, 0, 0, 0]),
  /** Variance 2/(fan-in + fan-out) in both layers, rates of order 1. */
  xavier: /* @__PURE__ */ parametrization("Xavier, rate ~ 1", "GlorotBengio2010", [1, 0, -0.5, -0.5, 0, 0]),
  /** Fixed width, output scale α = κ, rates ~ α^{−2}. */
  lazy: /* @__PURE__ */ parametrization("lazy by output scale", "ChizatOyallonBach2019", [0, 1, 0, 0, -2, -2]),
  /** Fixed width, weights ~ κ, rates ~ κ^{−2}. */
  largeInitialisation: /* @__PURE__ */ parametrization("large initialisation", "WoodworthEtAl2020", [0, 0, 1, 1, -2, -2]),
  /** Fixed width, weights ~ 1/κ. */
  smallInitialisation: /* @__PURE__ */ parametrization("small initialisation", "WoodworthEtAl2020", [0, 0, -1, -1, 0, 0]),
};
