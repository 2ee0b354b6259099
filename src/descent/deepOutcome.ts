/** The outcome of descent with a step size, for any number of layers that are matrices. */
import { deepCurvature } from "../matrix/deepCurvature.ts";
import { snapshotOfLayers } from "../matrix/deepState.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import { normOf } from "../numerics/norm.ts";
import { beginDeep } from "./deepDescent.ts";
import type { Plan } from "./descentOptions.ts";
import type { DescentOutcome } from "./outcome.ts";
import { outcomeOfSteps } from "./vanishingSteps.ts";

export function deepOutcome(problem: DeepMatrixProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const { state, gradient, walk } = beginDeep(problem, plan);
  const { network, objective, rates } = state;
  const weights = walk.state;
  const layers = () => gradient.matricesOf(weights);
  const kernelSize = (): number => snapshotOfLayers(state, 0, layers()).kernelSize;
  const kernelBefore = kernelSize();
  const decay = network.weightDecay / 2;
  return outcomeOfSteps(
    {
      stepSize: plan.stepSize,
      weights,
      advance: (n) => walk.advance(n),
      loss: () => objective.loss(gradient.outputOf(weights)),
      penalty: () => (decay > 0 ? decay * normOf(weights) ** 2 : 0),
      rounding: () => 2 ** -50 * normOf(weights),
      curvature: () => deepCurvature(state, layers(), rates),
      // At depth 3 and above a step may round to nothing at a saddle.
      restsAnywhere: false,
      kernelRatio: () => (kernelBefore > 0 ? kernelSize() / kernelBefore : 1),
    },
    maxSteps,
  );
}
