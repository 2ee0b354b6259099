import { readChoice, readNumber } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { AbcExponents } from "./abc.ts";

/** The named scalings that are defined at any depth. */
export type DeepParametrization = "ntk" | "standard" | "standardFixedRate" | "pytorch" | "muP";

/**
 * Exponents of the first layer, of the inner layers, and of the last layer. The exponent of the learning rate
 * is the same for all.
 */
interface AnyDepth {
  readonly a: readonly [number, number, number];
  readonly b: readonly [number, number, number];
  readonly c: number;
}

const KAIMING = { a: [0, 0, 0], b: [0, 0.5, 0.5] } as const;

export const anyDepth: { readonly [Name in DeepParametrization]: AnyDepth } = {
  ntk: { a: [0, 0.5, 0.5], b: [0, 0, 0], c: 0 },
  standard: { ...KAIMING, c: 1 },
  standardFixedRate: { ...KAIMING, c: 0 },
  pytorch: { ...KAIMING, c: 0 },
  muP: { a: [-0.5, 0, 0.5], b: [0.5, 0.5, 0.5], c: 0 },
};

/**
 * A named scaling at any depth, as `phase({ abc })` takes it. Mean field and Xavier initialisation are
 * defined only for one hidden layer; see `parametrizations`.
 *
 * @param name - A name of `parametrizations`.
 * @param hiddenLayers - L, from 1 to 10,000; the exponents have L + 1 entries.
 * @throws FeatureLearningError `"invalid-argument"`: another name, another number of layers.
 *
 * @example
 * ```ts
 * import { abcAtDepth, phase } from "feature-learning";
 *
 * console.log(abcAtDepth("muP", 3)); // { a: [ -0.5, 0, 0, 0.5 ], b: [ 0.5, 0.5, 0.5, 0.5 ], c: 0 }
 * const phases = (["ntk", "standard", "muP"] as const).map((name) => phase({ abc: abcAtDepth(name, 3) }).phase);
 * console.log(phases); // [ 'kernel', 'kernel', 'feature-learning' ]
 * ```
 */
export function abcAtDepth(name: DeepParametrization, hiddenLayers: number): AbcExponents {
  return named("abcAtDepth", () => {
    const known = readChoice("name", name, Object.keys(anyDepth) as DeepParametrization[]);
    return deepAbc(anyDepth[known], readNumber("hiddenLayers", hiddenLayers, { min: 1, max: 10_000, integer: true }));
  });
}

export function deepAbc({ a, b, c }: AnyDepth, hiddenLayers: number): AbcExponents {
  const layers = ([first, between, last]: readonly [number, number, number]): number[] =>
    Array.from({ length: hiddenLayers + 1 }, (_, l) => (l === 0 ? first : l === hiddenLayers ? last : between));
  return { a: layers(a), b: layers(b), c };
}
