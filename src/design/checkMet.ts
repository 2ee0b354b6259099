import { unmet } from "../door/arguments.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import type { Shape } from "./shape.ts";
import type { DesignTarget } from "./target.ts";

/** The targets, measured on a design's flow. */
export type DesignAchieved = { readonly [Name in keyof Omit<DesignTarget, "lossAt">]-?: number } & Pick<DesignTarget, "lossAt">;

/** A target that the others have decided, or that a jump passes by, is met by chance or not at all. */
export function checkMet(
  target: DesignTarget,
  achieved: DesignAchieved,
  flow: OneDirectionFlow,
  { start, end }: Shape,
  tolerance: number,
): void {
  const { uu, ww } = flow.at(0);
  const { u, w } = flow.problem.network.learningRates;
  // What rounding leaves of the small difference of large numbers that a concrete start may have.
  const rounding = tolerance < ROUNDING_OF_GOALS ? 8 * Number.EPSILON : 0;
  const slacks = {
    kernelRatio: 0,
    kernelChange: rounding * (start * start + end * end),
    learningTime: 0,
    // A plateau is a difference of two times of the size of the learning time.
    plateau: tolerance * achieved.learningTime,
    balance: rounding * (uu / u + ww / w),
  };
  for (const name of Object.keys(slacks) as (keyof typeof slacks)[]) check(name, achieved[name], target[name], slacks[name]);
  if (target.lossAt !== undefined) check("lossAt.loss", achieved.lossAt!.loss, target.lossAt.loss, 0);

  function check(name: string, found: number, wanted: number | undefined, slack: number): void {
    if (Number.isNaN(found)) unmet(`the answer's ${name} overflows double precision`, "ask for or give less extreme numbers");
    if (wanted === undefined || found === wanted || Math.abs(found - wanted) <= slack + tolerance * Math.abs(wanted)) return;
    unmet(`${name} ${wanted} is not free: what else is asked and given makes it ${found}`, "leave one of these out");
  }
}

/**
 * By how much a met goal may differ, relative to it: far above the rounding of a closed form, far below a
 * difference that matters.
 */
export const ROUNDING_OF_GOALS = 1e-9;
/** The same where a concrete start is given. */
export const CLOSE = 1e-12;
