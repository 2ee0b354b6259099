import { attempt, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { type AbcExponents, type AbcPhase, abcPhaseOf, readAbc } from "./abc.ts";
import { type DerivedExponents, derive, readExponents, type ScalingExponents, scalingNames, signOf } from "./exponents.ts";

/** The phase of a scaling, and the numbers that decide it. */
export interface Phase {
  /** `"kernel"`: the neural tangent kernel does not move; else it does. In probability, as κ → ∞. */
  readonly phase: "kernel" | "feature-learning";
  /**
   * `"unstable"`: learns in vanishing time, and steps of order 1 diverge; `"frozen"`: learns nothing in a
   * time of order 1.
   */
  readonly stability: "stable" | "frozen" | "unstable";
  /**
   * The initial kernel compared with the one that training needs. Where it vanishes, learning begins with an
   * escape from a saddle.
   */
  readonly initialKernel: "dominant" | "comparable" | "vanishing";
  /**
   * Whether the layers' angle and norms change: they can even under a static kernel, where a small layer
   * turns.
   */
  readonly mechanisms: "present" | "vanishing";
  /** r, e_k, e_s, o and e_a. */
  readonly exponents: DerivedExponents;
  /**
   * The distance between the exponent nearest to a boundary and that boundary: min(|e_k|, |e_s|) where
   * e_k > 0, else |e_k|.
   */
  readonly margin: number;
  /** The condition that decides, in words. */
  readonly because: string;
}

/**
 * The phase in which two-layer networks of a scaling learn, as their size κ → ∞: kernel iff e_k > 0 and
 * e_s < 0. Stability is reported separately, because it only rescales time. Exponents of size up to 10⁻¹²
 * count as 0.
 *
 * @param exponents - Of width (≥ 0), output scale, initial standard deviations and learning rates, or one of
 * `parametrizations`.
 * @throws FeatureLearningError `"invalid-argument"`: an exponent that is not finite, or a negative exponent
 * of the width.
 *
 * @example
 * ```ts
 * import { parametrizations, phase } from "feature-learning";
 *
 * const ntk = phase(parametrizations.ntk);
 * console.log(ntk.phase, ntk.stability, ntk.margin); // kernel stable 0.5
 * console.log(ntk.because); // the initial kernel outgrows what training changes (e_k = 0.5 > 0), the initial overlap does not (e_s = -0.5 < 0)
 * ```
 */
export function phase(exponents: ScalingExponents): Phase;
/**
 * The phase in which networks of any depth learn, as their width n → ∞, from the exponents of multipliers,
 * initial weights and learning rates. [YangHu2021]
 *
 * With one hidden layer this verdict and the one on the two-layer scaling agree but in three places
 * (docs/phases.md), because here it is the hidden layer that has to move, there it is the kernel.
 *
 * @param scaling - `{ abc: { a, b, c } }`, arrays over the layers 1 … L + 1; c may be one number.
 * @throws FeatureLearningError `"invalid-argument"`: an exponent that is not finite, arrays of different
 * lengths, fewer than two layers.
 *
 * @example
 * ```ts
 * import { phase } from "feature-learning";
 *
 * const ntk = phase({ abc: { a: [0, 0.5, 0.5, 0.5], b: [0, 0, 0, 0], c: 0 } });
 * console.log(ntk.phase, ntk.r, ntk.hiddenLayers); // kernel 0.5 3
 * const muP = phase({ abc: { a: [-0.5, 0, 0, 0.5], b: [0.5, 0.5, 0.5, 0.5], c: 0 } });
 * console.log(muP.phase, muP.r); // feature-learning 0
 * ```
 */
export function phase(scaling: { readonly abc: AbcExponents }): AbcPhase;
export function phase(scaling: ScalingExponents | { readonly abc: AbcExponents }): Phase | AbcPhase {
  return named("phase", () => {
    // A parametrization carries both languages, and is read as a scaling of the two-layer network.
    const isDeep = attempt(() => Object.hasOwn(scaling, "abc") && !scalingNames.some((name) => name in scaling), false);
    return isDeep
      ? abcPhaseOf(readAbc("abc", readRecord("scaling", scaling, ["abc"]).abc))
      : phaseOf(readExponents("exponents", scaling));
  });
}

/** The phase of exponents that have been read. */
export function phaseOf(exponents: Hyperparameters): Phase {
  const derived = derive(exponents);
  const [r, k, s, a] = [derived.rate, derived.kernel, derived.overlap, derived.angle].map(signOf) as [
    number,
    number,
    number,
    number,
  ];
  const isKernel = k > 0 && s < 0;
  return {
    phase: isKernel ? "kernel" : "feature-learning",
    stability: r > 0 ? "unstable" : r < 0 ? "frozen" : "stable",
    initialKernel: k > 0 ? "dominant" : k < 0 ? "vanishing" : "comparable",
    mechanisms: signOf(exponents.width) > 0 && a > 0 ? "vanishing" : "present",
    exponents: derived,
    margin: marginOf(derived),
    because: reasonOf(derived, k, s),
  };
}

/** The distance of the exponents from the nearest boundary between the two phases. */
export function marginOf({ kernel, overlap }: DerivedExponents): number {
  const toKernel = signOf(kernel) === 0 ? 0 : Math.abs(kernel);
  const toOverlap = signOf(overlap) === 0 ? 0 : Math.abs(overlap);
  return kernel > 0 ? Math.min(toKernel, toOverlap) : toKernel;
}

function reasonOf({ kernel, overlap }: DerivedExponents, k: number, s: number): string {
  const show = (value: number): string => String(Number(value.toPrecision(6)));
  if (k < 0) return `the initial kernel vanishes beside what training makes of it (e_k = ${show(kernel)} < 0)`;
  if (k === 0) return "the kernel changes by O(1) relative to its initial value (e_k = 0)";
  if (s === 0)
    return `the initial overlap is as large as the kernel (e_s = 0, with e_k = ${show(kernel)} > 0): its loss changes the kernel`;
  return `the initial kernel outgrows what training changes (e_k = ${show(kernel)} > 0), the initial overlap does not (e_s = ${show(overlap)} < 0)`;
}
