/** Gradient descent of a network with a kink at 0, and its recorded rows. */
import { refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { kinkedSnapshot } from "../layers/kinkedLayers.ts";
import { type HalfLineTrajectory, halfLineTrajectory } from "../model/halfLineSnapshot.ts";
import { leastLossOfSlopes } from "../model/halfLines.ts";
import { notesOf } from "../model/notes.ts";
import type { Problem } from "../model/problem.ts";
import type { HalfLineProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import type { Weights } from "../model/weights.ts";
import type { Plan } from "./descentOptions.ts";
import { kinkedWalk } from "./kinkedWalk.ts";
import { type Run, runOf, stateOf } from "./run.ts";

/**
 * A training run of a network with a kink at 0 in discrete steps. It is a trajectory with `step`, the number
 * of each recorded step; `t` is step·stepSize.
 */
export type HalfLineDescent = HalfLineTrajectory & {
  readonly step: Float64Array;
  /** `"diverged"`: the last row is the last step at which the network was finite. */
  readonly status: "completed" | "diverged" | "aborted";
  /** The problem that was trained. */
  readonly problem: Problem<Weights>;
  /** Remarks on the data, one sentence each; absent if there are none. */
  readonly notes?: readonly string[];
  /** The weights at a recorded row. Fills `out` if it is passed. */
  weights(row: number, out?: Weights): Weights;
};

export function kinkedDescent(problem: HalfLineProblem, plan: Plan): HalfLineDescent {
  const run = runOf(kinkedWalk(problem, plan), plan);
  const { network, task, initial } = problem;
  const floor = leastLossOfSlopes(network, task.yy, problem.halves);
  const rowOf = new Map(Array.from(run.steps, (step, row) => [step, row]));
  const trajectory = halfLineTrajectory(run.steps, (step) => ({
    ...kinkedSnapshot(problem, weightsIn(run, rowOf.get(step)!), 0, floor),
    t: step * plan.stepSize,
  }));
  const weights = (row: number, out?: Weights): Weights => {
    const last = run.steps.length - 1;
    if (!Number.isInteger(row) || row < 0 || row > last)
      named("weights", () => refuse("row", row, `pass an integer from 0 to ${last}`));
    const { u, w } = weightsIn(run, row);
    const target = roomFor(u.length, out);
    target.u.set(u);
    target.w.set(w);
    return target;
  };
  const descent = Object.assign(trajectory, {
    step: run.steps,
    status: run.status,
    problem: { network, task, initial },
    ...notesOf(task),
  });
  return Object.defineProperty(descent, "weights", { value: weights }) as unknown as HalfLineDescent;
}

function weightsIn(run: Run, row: number): Weights {
  const state = stateOf(run, row);
  return { u: state.subarray(0, run.size / 2), w: state.subarray(run.size / 2) };
}
