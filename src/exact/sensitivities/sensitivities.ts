/**
 * Derivatives of everything that a snapshot shows by everything that a problem is made of: the forward
 * sensitivities of the flow, in closed form as the flow itself is. [XuZiyin2025, §3]
 */

import { refuse } from "../../door/arguments.ts";
import { named } from "../../door/error.ts";
import { startFrom } from "../../layers/start.ts";
import type { Problem, ScalarInitial } from "../../model/problem.ts";
import { readOneDirection } from "../../model/readProblem.ts";
import type { Snapshot } from "../../model/snapshot.ts";
import { type Differential, partOf } from "../../numerics/differential.ts";
import { requireExact } from "../oneDirection/applicability.ts";
import { flowOf } from "../oneDirection/oneDirectionFlow.ts";
import { solution } from "../riccati/solution.ts";
import { flowDuals } from "./flowDuals.ts";
import { observedDifferentials } from "./observedDifferentials.ts";
import { parameters, type SensitivityParameter } from "./startDuals.ts";

/** The partial derivatives of one quantity, by every parameter. */
export type Gradient = { readonly [parameter in SensitivityParameter]: number };

/** The gradient of every number in a {@link Snapshot}, and the snapshot itself. */
export type Sensitivities = { readonly [quantity in Exclude<keyof Snapshot, "t">]-?: Gradient } & { readonly snapshot: Snapshot };

/** What to do where the formulas do not hold. */
const DIFFERENCES = "take central differences of solve(problem), as docs/gradients.md shows";

/**
 * The forward sensitivities of the flow: the partial derivatives of everything that a snapshot shows, at a
 * time t ≥ 0, by everything that the problem is made of. `sensitivities(problem, t).loss.outputScale` is
 * ∂L(t)/∂γ.
 *
 * They are closed forms like the flow itself, not differences: right to about 10⁻¹² of themselves, early and
 * late, down to the smallest normal double (docs/gradients.md says which stand on a scale instead). O(1) at
 * any width.
 *
 * Coordinates: the initial state is (uu, ww, uw), whatever it was given as, and Γ = uu·ww − uw² and the
 * balance move with them; an `area` or `balance` that came along is used for its digits. Weights follow by
 * the chain rule, ∂/∂uᵢ = 2uᵢ ∂/∂uu + wᵢ ∂/∂uw. At a frozen layer, a zero layer, or xx = 0 the derivatives
 * are those towards what is legal. ±Infinity stands where a derivative is infinite (the area of parallel
 * layers) or overflows double precision; 0 for what has no derivative (the alignment of a zero layer, |u||w|
 * where both layers are zero, the balance of a frozen layer that is zero by its rate). At t = ∞: the limits
 * of the derivatives.
 *
 * @param problem - As for {@link exactFlow}: network, task, and initial weights, order parameters or
 * snapshot.
 * @param t - A time ≥ 0, or Infinity.
 * @returns `snapshot`, which is `exactFlow(problem).at(t)`, and for each of its fields but `t` a gradient:
 * ten numbers, each in the field's unit over the parameter's.
 * @throws FeatureLearningError `"invalid-argument"`: not a problem, or not a time ≥ 0; `"assumption"`: a
 * problem without closed form.
 *
 * @example
 * ```ts
 * import { network, sensitivities, taskFromMoments } from "feature-learning";
 *
 * const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 0.01, ww: 0.01, uw: 0 } };
 * const { snapshot, output, loss } = sensitivities(problem, 1);
 * console.log(snapshot.output.toFixed(4), output["learningRates.u"].toFixed(4)); // 0.2160 0.3391
 * console.log(loss.uw.toFixed(4), (-2 * snapshot.residual * output.uw).toFixed(4)); // -26.5836 -26.5836
 * ```
 */
export function sensitivities(problem: Problem<ScalarInitial>, t: number): Sensitivities {
  return named("sensitivities", () => {
    const { network, task, initial } = readOneDirection(problem, DIFFERENCES);
    requireExact(network, task);
    if (typeof t !== "number" || !(t >= 0)) refuse("t", t, "pass a time ≥ 0, or Infinity");
    const found = solution(network, task, startFrom(initial, network.learningRates));
    const snapshot = flowOf(found, { network, task, initial }).at(t);
    const observed = observedDifferentials(found, flowDuals(found, t));
    const gradients = Object.entries(observed).map(([name, differential]) => [name, gradientOf(differential)]);
    return { snapshot, ...Object.fromEntries(gradients) };
  });
}

function gradientOf(differential: Differential): Gradient {
  // + 0: no −0.
  return Object.fromEntries(parameters.map((name, i) => [name, partOf(differential, i) + 0])) as Gradient;
}
