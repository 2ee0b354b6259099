/** One network of a sweep: its settings, its start, and the flow from there. */

import { flowOfProblem } from "../exact/oneDirection/oneDirectionFlow.ts";
import type { OneDirectionFlow } from "../model/flow.ts";
import { readInitial } from "../model/readInitial.ts";
import { networkOf, type PlainSettings, type Start, taskOf } from "./settings.ts";

export interface Drawn {
  readonly settings: PlainSettings;
  readonly start: Start;
  /** The flow, once an observable has needed it. */
  solved: OneDirectionFlow | undefined;
}

export function drawnFrom(settings: PlainSettings, start: Start): Drawn {
  return { settings, start, solved: undefined };
}

/** The training of a network, solved once for all observables. */
export function flowOf(drawn: Drawn): OneDirectionFlow {
  const { settings, start } = drawn;
  drawn.solved ??= flowOfProblem({ network: networkOf(settings), task: taskOf(settings), initial: readInitial("start", start) });
  return drawn.solved;
}
