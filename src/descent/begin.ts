import { unmet } from "../door/arguments.ts";
import { type MovedLayers, movedApart, movedTogether } from "../layers/movedLayers.ts";
import { requireRange, type Start, startFrom } from "../layers/start.ts";
import type { Network } from "../model/network.ts";
import { type Objective, objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Initial } from "../model/readInitial.ts";
import type { ScalarProblem } from "../model/readProblem.ts";
import type { Task } from "../model/task.ts";
import { shrinkTogether } from "../model/weightDecay.ts";
import type { Plan } from "./descentOptions.ts";
import { gradientOf } from "./gradients.ts";
import { type Walk, walkOf } from "./walk.ts";

/** A descent of one direction before its first step. */
export interface Begun {
  readonly network: Network;
  readonly task: Task;
  readonly initial: Initial;
  readonly objective: Objective;
  readonly start: Start;
  readonly layers: MovedLayers;
  readonly walk: Walk;
}

export function begin({ network, task, initial }: ScalarProblem, plan: Plan): Begun {
  if (!hasOneDirection(task)) unmet("the inputs have no single direction", "pass { project: true } to taskFromSamples");
  if (network.power !== 1) unmet(`with power ${network.power} every neuron moves differently`, "call integratedFlow");
  const objective = objectiveOf(network, task);
  const rates = network.learningRates;
  const together = plan.together && shrinkTogether(network);
  const start = startFrom(initial, rates);
  requireRange(start);
  const layers = (together ? movedTogether : movedApart)(network, objective, start, initial);
  const gradient = gradientOf(network, objective, task, plan);
  return { network, task, initial, objective, start, layers, walk: walkOf(network, objective, layers, together, gradient, plan) };
}
