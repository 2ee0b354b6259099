import { named } from "../door/error.ts";
import type { ExactFamily } from "../model/flow.ts";
import type { Problem } from "../model/problem.ts";
import { readProblem } from "../model/readProblem.ts";
import { firstFamily } from "./families.ts";

/** Whether a closed form applies: which and why, or else which assumptions fail, each in a sentence. */
export type Applicability =
  | { readonly applies: true; readonly family: ExactFamily; readonly because: string }
  | { readonly applies: false; readonly failed: readonly string[] };

/**
 * Whether there is a closed form for this problem as it stands, and which. `exactFlow` and `solve` use it.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a problem.
 *
 * @example
 * ```ts
 * import { exactApplies, network, taskFromMoments, taskFromSamples } from "feature-learning";
 *
 * const initial = { uu: 1, ww: 1, uw: 0 };
 * const task = taskFromSamples([[1, 0], [0, 1]], [1, 2]);
 * console.log(exactApplies({ network: network(), task, initial }).applies); // false
 * const one = exactApplies({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial });
 * console.log(one.applies && one.family); // one-direction
 * ```
 */
export function exactApplies(problem: Problem): Applicability {
  return named("exactApplies", () => {
    const found = firstFamily(readProblem(problem));
    if ("failed" in found) return { applies: false, failed: found.failed };
    const { family, because } = found.flow;
    return { applies: true, family: family!, because };
  });
}
