/**
 * What flows of networks with a kink at 0 have in common: one side as a task, and the times that they know.
 */
import { requireTime } from "../../door/arguments.ts";
import { FeatureLearningError } from "../../door/error.ts";
import { explainedBy } from "../../model/halfLines.ts";
import type { HalfMoments, Task } from "../../model/task.ts";

/** One side as a task of its own: as yy what its slope can explain. */
export function taskOfSide({ xx, xy }: HalfMoments): Task {
  return { xx, xy, yy: explainedBy({ xx, xy }), offDirection: 0, projected: false };
}

/** Refuses a time that is no number, or before the start. */
export function requireTimeFromZero(method: string, t: unknown): void {
  requireTime(method, t);
  if (!(t < 0)) return;
  const why = "backwards in time neurons would return from their kinks";
  const from = "the flow of a network with a kink starts at t = 0";
  throw new FeatureLearningError("out-of-range", `${method}: t is ${t}; ${from}: ${why}.`);
}
