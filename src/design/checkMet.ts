import { unmet } from "../door/arguments.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import type { Shape } from "./shape.ts";
import type { DesignTarget } from "./target.ts";

/** Checks that the flow of a design meets the targets. */
export type DesignAchieved = { readonly [Name in keyof Omit<DesignTarget, "lossAt">]-?: number } & Pick<DesignTarget, "lossAt">;

/** This is needed for a target that the others already determine, or that a jump skips. */
export function checkMet(
  target: DesignTarget,
  achieved: DesignAchieved,
  flow: OneDirectionFlow,
  { start, end }: Shape,
  tolerance: number,
): void {
  const { uu, ww } = flow.at(0);
  const { u, w } = flow.problem.network.learningRates;
  // The rounding error of a small difference of large numbers, which a concrete start may have.
  const rounding = tolerance < ROUNDING_OF_GOALS ? 8 * Number.EPSILON : 0;
  const slacks = {
    kernelRatio: 0,
    kernelChange: rounding * (start * start + end * end),
    learningTime: 0,
    // A plateau is a difference of two times that are as large as the learning time.
    plateau: tolerance * achieved.learningTime,
    balance: rounding * (uu / u + ww / w),
  };
  for (const name of Object.keys(slacks) as (keyof typeof slacks)[]) check(name, achieved[name], target[name], slacks[name]);
  if (target.lossAt !== undefined) check("lossAt.loss", achieved.lossAt!.loss, target.lossAt.loss, 0);

  function check(name: string, measured: number, wanted: number | undefined, slack: number): void {
    if (Number.isNaN(measured))
      unmet(`the answer's ${name} overflows double precision`, "pass less extreme targets or given values");
    if (wanted === undefined || measured === wanted || Math.abs(measured - wanted) <= slack + tolerance * Math.abs(wanted))
      return;
    unmet(`${name} ${wanted} is not free: the other targets and given values make it ${measured}`, "leave one of these out");
  }
}

/**
 * The relative error with which a goal counts as met: far above the rounding of a closed form, and too small
 * to matter.
 */
export const ROUNDING_OF_GOALS = 1e-9;
/** The same for a concrete start. */
export const CLOSE = 1e-12;
