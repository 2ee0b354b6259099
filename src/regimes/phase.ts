import { attempt, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { type AbcExponents, type AbcPhase, abcPhaseOf, readAbc } from "./abc.ts";
import { type DerivedExponents, derive, readExponents, type ScalingExponents, scalingNames, signOf } from "./exponents.ts";

/** The phase of a scaling and the numbers that decide it. Statements hold in probability as κ → ∞. */
export interface Phase {
  /** `"kernel"`: the neural tangent kernel does not change. `"feature-learning"`: it does. */
  readonly phase: "kernel" | "feature-learning";
  /**
   * `"unstable"`: the learning time goes to zero, and steps of order 1 diverge; `"frozen"`: nothing is
   * learned in a time of order 1.
   */
  readonly stability: "stable" | "frozen" | "unstable";
  /**
   * The initial kernel relative to the smallest kernel that can fit the target. If it vanishes, learning
   * begins with an escape from a saddle.
   */
  readonly initialKernel: "dominant" | "comparable" | "vanishing";
  /**
   * Whether the layers' angle and norms change. They can change even with a constant kernel, if a small layer
   * turns.
   */
  readonly mechanisms: "present" | "vanishing";
  /** r, e_k, e_s, o and e_a. */
  readonly exponents: DerivedExponents;
  /**
   * The distance of the exponents from the nearest phase boundary: min(|e_k|, |e_s|) if e_k > 0, otherwise
   * |e_k|.
   */
  readonly margin: number;
  /** The decisive condition, in words. */
  readonly because: string;
}

/**
 * The phase in which two-layer networks of a scaling learn, as their size κ → ∞: kernel iff e_k > 0 and
 * e_s < 0. Stability is reported separately, because it concerns only the time scale. Exponents of size up to
 * 10⁻¹² count as 0.
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
 * console.log(ntk.because); // the initial kernel is large relative to its change in training (e_k = 0.5 > 0), and the initial overlap is small relative to it (e_s = -0.5 < 0)
 * ```
 */
export function phase(exponents: ScalingExponents): Phase;
/**
 * The phase in which networks of any depth learn, as their width n → ∞, from the exponents of multipliers,
 * initial weights and learning rates. [YangHu2021]
 *
 * With one hidden layer this verdict differs from that on the two-layer scaling in three cases
 * (docs/phases.md), because feature learning here means that the hidden layer changes, and there that the
 * kernel changes.
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
    // A parametrization has both kinds of exponents, and is read as a scaling of the two-layer network.
    const isDeep = attempt(() => Object.hasOwn(scaling, "abc") && !scalingNames.some((name) => name in scaling), false);
    return isDeep
      ? abcPhaseOf(readAbc("abc", readRecord("scaling", scaling, ["abc"]).abc))
      : phaseOf(readExponents("exponents", scaling));
  });
}

/** The phase of checked exponents. */
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
  if (k < 0) return `the initial kernel vanishes relative to the kernel after training (e_k = ${show(kernel)} < 0)`;
  if (k === 0) return "the kernel changes by O(1) relative to its initial value (e_k = 0)";
  if (s === 0)
    return `the initial overlap is as large as the kernel (e_s = 0, with e_k = ${show(kernel)} > 0), so removing it changes the kernel`;
  return `the initial kernel is large relative to its change in training (e_k = ${show(kernel)} > 0), and the initial overlap is small relative to it (e_s = ${show(overlap)} < 0)`;
}
