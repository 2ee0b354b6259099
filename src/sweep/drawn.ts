/** One network of a sweep: its settings, its start, and the flow from there. */

import { oneDirectionFlow } from "../exact/oneDirection/oneDirectionFlow.ts";
import type { ExactFlow } from "../model/flow.ts";
import { networkOf, type PlainSettings, type Start, taskOf } from "./settings.ts";

export interface Drawn {
  readonly settings: PlainSettings;
  readonly start: Start;
  /** The training of the network. It is solved when an observable first asks for it, and then kept. */
  flow(): ExactFlow;
}

export function drawnFrom(settings: PlainSettings, start: Start): Drawn {
  let solved: ExactFlow | undefined;
  return {
    settings,
    start,
    flow: () => {
      solved ??= oneDirectionFlow({ network: networkOf(settings), task: taskOf(settings), initial: start });
      return solved;
    },
  };
}
