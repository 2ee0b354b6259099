/**
 * The dominant mechanism as a function of initial norms, initial angle and target overlap: the split of a
 * whole training run depends on |u₀||w₀|, ζ₀ and S∞ alone. The target at which each mechanism becomes present
 * has a closed form,
 *
 *     |cos ζ| rises or falls by τ      S∞ = √Γ·c/√(1 − c²), c = |cos ζ₀| ± τ
 *     ln(|u||w|) changes by τ          S∞² = N₀²e^{±2τ} − Γ
 */

import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { courseOf } from "./course.ts";
import { type Dominance, type Mechanism, reportOf } from "./report.ts";

/** A start and its target. */
export interface StartAndTarget {
  /** |u₀||w₀|. */
  readonly normProduct: number;
  /** ζ₀, in [0, π]. */
  readonly angle: number;
  /** S∞ = xy/(γ·xx), the overlap at the end. */
  readonly target: number;
}

/** The dominant mechanism, and the targets from which on each mechanism is present. */
export interface DominantMechanism {
  /** The dominant mechanism. */
  readonly dominant: Dominance;
  /** The mechanisms that are present. */
  readonly present: readonly Mechanism[];
  /** The change of the overlap S by each mechanism. */
  readonly alignment: number;
  readonly disalignment: number;
  readonly rescaling: number;
  /**
   * The sizes of targets, with the sign of the start, at which a mechanism becomes present: alignment above
   * its value, disalignment below its value, rescaling above the one and below the other value. Absent if
   * there is no such target.
   */
  readonly presentFrom: {
    readonly alignment?: number;
    readonly disalignment?: number;
    readonly rescalingAbove: number;
    readonly rescalingBelow?: number;
  };
}

/**
 * The dominant mechanism for a start and a target: one point of the phase diagram over initial scale, initial
 * angle and target.
 *
 * @param start - |u₀||w₀|, the angle ζ₀, and S∞.
 * @param options - `threshold` of presence, as in `mechanisms` (default 0.1, below 1).
 * @throws FeatureLearningError `"invalid-argument"`: a negative norm, an angle outside [0, π], a target that
 * is not finite.
 *
 * @example
 * ```ts
 * import { dominantMechanism } from "feature-learning";
 *
 * const right = Math.PI / 2;
 * console.log(dominantMechanism({ normProduct: 0.01, angle: right, target: 1 }).dominant); // rescaling
 * console.log(dominantMechanism({ normProduct: 1, angle: right, target: 1 }).dominant); // alignment
 * console.log(dominantMechanism({ normProduct: 100, angle: right, target: 1 }).dominant); // none
 * console.log(dominantMechanism({ normProduct: 2, angle: 0.5, target: 0.1 }).dominant); // disalignment
 * ```
 */
export function dominantMechanism(
  start: StartAndTarget,
  options: { readonly threshold?: number | undefined } = {},
): DominantMechanism {
  return named("dominantMechanism", () => {
    const fields = readRecord("start", start, ["normProduct", "angle", "target"]);
    const { threshold: asked = 0.1 } = readRecord("options", options, ["threshold"]);
    const threshold = readNumber("threshold", asked, { above: 0, max: 1 });
    const norms = readNumber("normProduct", fields.normProduct, { min: 0 });
    const angle = readNumber("angle", fields.angle, { min: 0, max: Math.PI });
    const target = readNumber("target", fields.target);
    const area = angle === Math.PI ? 0 : norms * Math.sin(angle);
    const first = norms * Math.cos(angle);
    const ends = [first, target].map((S, t) => ({ t, S, A: area }));
    const { dominant, present, alignment, disalignment, rescaling } = reportOf(courseOf(ends, 0), {
      gamma: 1,
      threshold,
      rounding: 1e-14,
      noise: { turn: 0, stretch: 0 },
      noisy: false,
      basis: "exact",
    });
    return {
      dominant,
      present,
      alignment,
      disalignment,
      rescaling,
      presentFrom: presence(norms, area, Math.abs(Math.cos(angle)), threshold),
    };
  });
}

function presence(norms: number, area: number, cosine: number, threshold: number): DominantMechanism["presentFrom"] {
  const at = (c: number): number => (area * c) / Math.sqrt((1 - c) * (1 + c));
  const [rise, fall] = [cosine + threshold, cosine - threshold];
  const shrunk = norms * Math.exp(-threshold);
  const grown = norms * Math.exp(threshold);
  return {
    ...(area > 0 && rise < 1 ? { alignment: at(rise) } : {}),
    ...(area > 0 && fall > 0 ? { disalignment: at(fall) } : {}),
    rescalingAbove: Math.sqrt((grown - area) * (grown + area)),
    ...(shrunk >= area ? { rescalingBelow: Math.sqrt((shrunk - area) * (shrunk + area)) } : {}),
  };
}
