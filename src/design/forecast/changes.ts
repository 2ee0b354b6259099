/**
 * The nearest change of one hyperparameter that changes the verdict. The output scale and
 * the width are changed at an unchanged speed of learning: all rates are multiplied by the factor that keeps
 * the fastest rate at the start. A change of the rates is one at an unchanged time of training.
 */

import { type LeadingData, leadingOf } from "./data.ts";
import type { Described } from "./description.ts";
import { LEAST_WIDTH, trainedCourse } from "./trained.ts";

/** A change of one hyperparameter that changes the verdict. */
export interface ForecastChange {
  readonly parameter: "outputScale" | "width" | "learningRate";
  /** By which the hyperparameter is multiplied; all learning rates together. */
  readonly factor: number;
  /** The hyperparameter after it; of the learning rates the factor. */
  readonly value: number;
  /** The kernel change after it. */
  readonly kernelChange: number;
}

/** Factors beyond this are not tried, nor widths above 10¹⁵. */
const FURTHEST = 1e4;
/** Longer training than this is not tried: a higher rate in the same time is longer training. */
const LONGEST = 32;
/** The factor is found to this share. */
const PRECISION = 0.02;

/** Verdicts differ little with the directions that are left out, and there are many networks to try. */
const DIRECTIONS = 32;

export function changesOf(described: Described, allData: LeadingData): ForecastChange[] {
  const data = leadingOf(allData, DIRECTIONS);
  const base = changeAt(described, data);
  const until = base.until;
  const lazy = base.kernelChange < described.kernelBelow;
  const variants = {
    outputScale: (factor: number): Described => paced({ ...described, outputScale: described.outputScale * factor }),
    width: (factor: number): Described | undefined => {
      const width = Math.max(Math.min(LEAST_WIDTH, described.width), Math.round(described.width * factor));
      return width > 1e15 || width === described.width
        ? undefined
        : paced({ ...described, width, layers: described.layersAt(width) });
    },
    learningRate: (factor: number): Described | undefined =>
      factor > LONGEST ? undefined : rated({ ...described, until, times: undefined }, factor),
  };
  const found = (Object.keys(variants) as (keyof typeof variants)[]).flatMap((parameter) => {
    const changed = nearest(variants[parameter]);
    if (changed === undefined) return [];
    const { factor, described: after, kernelChange } = changed;
    const value = parameter === "learningRate" ? factor : after[parameter];
    return [{ parameter, factor: parameter === "width" ? after.width / described.width : factor, value, kernelChange }];
  });
  return found.sort((a, b) => Math.abs(Math.log(a.factor)) - Math.abs(Math.log(b.factor)));

  /** The same speed at the start as without the change. */
  function paced(changed: Described): Described {
    const unchanged = { ...changed, until, times: undefined };
    const { stableStep } = changeAt({ ...unchanged, times: Float64Array.of(0) }, data);
    return rated(unchanged, stableStep / base.stableStep);
  }

  /** The nearest factor, up or down, at which the verdict is another one. */
  function nearest(variant: (factor: number) => Described | undefined): Changed | undefined {
    // A side on which the kernel change goes the wrong way twice is left.
    const sides = [1, -1].map((side) => ({ side, open: true, away: 0, before: base.kernelChange }));
    for (let step = Math.LN2; step <= Math.log(FURTHEST) + Math.LN2; step += Math.LN2)
      for (const one of sides.filter(({ open }) => open)) {
        const far = changedBy(variant, Math.exp(one.side * step));
        if (far === undefined) {
          one.open = false;
          continue;
        }
        if (differs(far)) return between(variant, one.side, step - Math.LN2, step, far);
        if (far.kernelChange < one.before === lazy) one.away++;
        one.open = one.away < 2;
        one.before = far.kernelChange;
      }
    return undefined;
  }

  function between(
    variant: (factor: number) => Described | undefined,
    side: number,
    from: number,
    to: number,
    found: Changed,
  ): Changed {
    let [before, beyond, best] = [from, to, found];
    while (beyond - before > PRECISION) {
      const middle = (before + beyond) / 2;
      const changed = changedBy(variant, Math.exp(side * middle));
      if (changed !== undefined && differs(changed)) [best, beyond] = [changed, middle];
      else before = middle;
    }
    return best;
  }

  /**
   * Undefined where the change is none, where it diverges, or where half of the loss is no longer learned.
   */
  function changedBy(variant: (factor: number) => Described | undefined, factor: number): Changed | undefined {
    const changed = variant(factor);
    if (changed === undefined) return undefined;
    const { kernelChange, diverged, left } = changeAt(changed, data);
    return diverged || (left > 0.5 && base.left <= 0.5) ? undefined : { factor, described: changed, kernelChange };
  }

  function differs({ kernelChange }: Changed): boolean {
    return kernelChange < described.kernelBelow !== lazy;
  }
}

interface Changed {
  readonly factor: number;
  readonly described: Described;
  readonly kernelChange: number;
}

function rated(described: Described, factor: number): Described {
  const scaled = (width: number) => described.layersAt(width).map(({ deviation, rate }) => ({ deviation, rate: rate * factor }));
  return { ...described, layersAt: scaled, layers: scaled(described.width) };
}

interface Outcome {
  readonly kernelChange: number;
  readonly stableStep: number;
  readonly until: number;
  readonly diverged: boolean;
  /** The share of the excess loss that is left. */
  readonly left: number;
}

function changeAt(described: Described, data: LeadingData): Outcome {
  const { points, status } = trainedCourse(described, data, { count: 12 });
  const last = points.at(-1);
  return {
    kernelChange: points.reduce((most, { kernelDistance }) => Math.max(most, kernelDistance), 0),
    stableStep: points[0]?.stableStep ?? NaN,
    until: last?.t ?? 0,
    diverged: status === "diverged",
    left: (last?.excessLoss ?? 0) / (points[0]?.excessLoss ?? 1),
  };
}
