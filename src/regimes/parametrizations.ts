import type { AbcExponents } from "./abc.ts";
import { anyDepth, type DeepParametrization, deepAbc } from "./abcAtDepth.ts";
import type { ScalingExponents } from "./exponents.ts";

/** A scaling that the literature names. */
export interface Parametrization extends ScalingExponents {
  readonly width: number;
  readonly outputScale: number;
  readonly scale: { readonly u: number; readonly w: number };
  readonly learningRates: { readonly u: number; readonly w: number };
  /** The name of the scaling. */
  readonly name: string;
  /** The source, a key of the references. */
  readonly source: string;
}

/** A named scaling whose width grows, which also has exponents a, b and c. */
export interface WideParametrization extends Parametrization {
  /**
   * The same scaling in the form of `phase({ abc })`, for one hidden layer; see `abcAtDepth` for other
   * depths.
   */
  readonly abc: AbcExponents;
}

type Six = readonly [number, number, number, number, number, number];

function parametrization(name: string, source: string, [d, gamma, u, w, etaU, etaW]: Six): Parametrization {
  return { name, source, width: d, outputScale: gamma, scale: { u, w }, learningRates: { u: etaU, w: etaW } };
}

function wide(name: string, source: string, exponents: Six, abc: AbcExponents | DeepParametrization): WideParametrization {
  return { ...parametrization(name, source, exponents), abc: typeof abc === "string" ? deepAbc(anyDepth[abc], 1) : abc };
}

/**
 * The named scalings of the literature, accepted by `phase`, each with its name and source. κ is the width
 * where the width grows, otherwise the quantity in the name. Scalings whose width grows also have their
 * exponents a, b and c.
 *
 * @example
 * ```ts
 * import { parametrizations, phase } from "feature-learning";
 *
 * const phases = [parametrizations.ntk, parametrizations.meanField, parametrizations.muP].map((one) => phase(one).phase);
 * console.log(phases); // [ 'kernel', 'feature-learning', 'feature-learning' ]
 * console.log(parametrizations.muP.abc); // { a: [ -0.5, 0.5 ], b: [ 0.5, 0.5 ], c: 0 }
 * ```
 */
export const parametrizations: {
  readonly [Name in "ntk" | "meanField" | "standard" | "standardFixedRate" | "muP" | "pytorch" | "xavier"]: WideParametrization;
} & { readonly [Name in "lazy" | "largeInitialisation" | "smallInitialisation"]: Parametrization } = {
  /** f = d^{−1/2} Σ uᵢwᵢx, all of order 1. */
  ntk: /* @__PURE__ */ wide("neural tangent kernel", "JacotEtAl2018", [1, -0.5, 0, 0, 0, 0], "ntk"),
  /** f = d^{−1} Σ uᵢwᵢx, rates ~ d. */
  meanField: /* @__PURE__ */ wide("mean field", "MeiMontanariNguyen2018", [1, -1, 0, 0, 1, 1], {
    a: [0, 1],
    b: [0, 0],
    c: -1,
  }),
  /** Kaiming initialisation, rates ~ 1/d. */
  standard: /* @__PURE__ */ wide("standard, rate ~ 1/d", "HeEtAl2015", [1, 0, -0.5, 0, -1, -1], "standard"),
  /** Kaiming initialisation, rates of order 1. */
  standardFixedRate: /* @__PURE__ */ wide("standard, rate ~ 1", "HeEtAl2015", [1, 0, -0.5, 0, 0, 0], "standardFixedRate"),
  /** Maximal update. */
  muP: /* @__PURE__ */ wide("maximal update (μP)", "YangHu2021", [1, 0, -1, 0, -1, 1], "muP"),
  /** nn.Linear's defaults, U(±1/√fan-in), under SGD with a fixed rate. */
  pytorch: /* @__PURE__ */ wide("PyTorch's defaults, rate ~ 1", "PaszkeEtAl2019", [1, 0, -0.5, 0, 0, 0], "pytorch"),
  /**
   * Variance 2/(fan-in + fan-out) in both layers, rates of order 1: the linear network trains as under μP.
   */
  xavier: /* @__PURE__ */ wide("Xavier, rate ~ 1", "GlorotBengio2010", [1, 0, -0.5, -0.5, 0, 0], "muP"),
  /** Fixed width, output scale α = κ, rates ~ α^{−2}. */
  lazy: /* @__PURE__ */ parametrization("lazy by output scale", "ChizatOyallonBach2019", [0, 1, 0, 0, -2, -2]),
  /** Fixed width, weights ~ κ, rates ~ κ^{−2}. */
  largeInitialisation: /* @__PURE__ */ parametrization("large initialisation", "WoodworthEtAl2020", [0, 0, 1, 1, -2, -2]),
  /** Fixed width, weights ~ 1/κ. */
  smallInitialisation: /* @__PURE__ */ parametrization("small initialisation", "WoodworthEtAl2020", [0, 0, -1, -1, 0, 0]),
};
