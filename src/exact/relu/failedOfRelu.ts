import { startFromOrderParameters } from "../../layers/start.ts";
import type { Network } from "../../model/network.ts";
import { hasNeurons } from "../../model/readHalfLineInitial.ts";
import type { HalfLineProblem } from "../../model/readProblem.ts";
import type { HalfMoments } from "../../model/task.ts";
import type { OrderParameters } from "../../model/weights.ts";
import { failedOfTraining } from "../oneDirection/failedAssumptions.ts";
import { riccati } from "../riccati/coefficients.ts";

/** What the closed form of ReLU networks assumes, and fails, each in a sentence. */
export function failedOfRelu({ network, initial, halves }: HalfLineProblem): string[] {
  const failed = failedOfTraining(network);
  if (failed.length > 0 || hasNeurons(initial)) return failed;
  for (const side of ["positive", "negative"] as const)
    if (reachesKink(network, initial[side], halves[side]))
      failed.push(`the neurons of the ${side} side reach their kink, w = 0, together: pass weights`);
  return failed;
}

/**
 * Whether order parameters alone tell that neurons reach their kink: parallel layers with η_w|u|² > η_u|w|²,
 * which all do at once where S changes its sign.
 */
function reachesKink(network: Network, order: OrderParameters, { xx, xy }: HalfMoments): boolean {
  const start = startFromOrderParameters(order, network.learningRates);
  if (start.area.m !== 0 || start.delta.m <= 0 || start.S.m === 0) return false;
  const { still, saddle, target } = riccati(network, { xx, xy, yy: 0, offDirection: 0, projected: false }, start);
  return !still && !saddle && target.m * start.S.m <= 0;
}
