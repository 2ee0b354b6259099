/** The integrated flow of a problem of several inputs and outputs. */
import { unmet } from "../door/arguments.ts";
import { matrixState } from "../matrix/matrixState.ts";
import { weightsInForm } from "../model/matrixForm.ts";
import { notesOf } from "../model/notes.ts";
import { matrices, steps as stepTimes } from "../model/protocol.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { atTime } from "../model/snapshot.ts";
import { checkBounded, checkTime, finished, noteOnGrowth, reachesEnd } from "./failure.ts";
import type { IntegratedMatrixFlow } from "./integrated.ts";
import { integrate, type StopEvent } from "./method/integrate.ts";
import { breaksOf, type ReadOptions } from "./options.ts";
import { type ManyOutputs, manyOutputs } from "./reductions/manyOutputs.ts";

/** The integrated flow of a checked problem. */
export function matrixFlow(problem: MatrixProblem, read: ReadOptions): IntegratedMatrixFlow {
  const { power } = problem.network;
  if (power !== 1) unmet(`a power activation (${power}) is for inputs along one direction`, "pass weights { u, w }");
  const reduction = manyOutputs(problem, matrixState(problem), read.schedules);
  const integration = integrate(reduction.system, reduction.initial, {
    ...read,
    converge: true,
    escapes: reduction.escapes,
    creeps: reduction.creeps,
    waits: reduction.waits,
    breaks: breaksOf(read),
    events: eventsOf(reduction, read),
  });
  const { status, end, steps, rejected, evaluations } = integration;
  const until = reachesEnd(integration) ? read.until : end;
  const state = reduction.initial.slice();
  /**
   * Updates `state` to time t, or to the earlier time at which the flow came to rest, and returns that time.
   */
  const moveTo = (where: string, t: number): number => {
    checkTime(where, until, t);
    checkBounded(where, integration, t);
    const reached = Math.min(t, end);
    integration.read(reached, state);
    return reached;
  };
  const { layers } = reduction;
  const layersAt = (t: number): ReturnType<NonNullable<ManyOutputs["layers"]>> => {
    moveTo("weights", t);
    // Weights outside the inputs' span continue to decay after the flow has converged.
    return layers!(t, state);
  };
  const flow = {
    method: "integrated",
    because: reduction.because,
    problem: problem.given,
    ...notesOf(problem.task, noteOnGrowth(integration, problem.network)),
    from: 0,
    until,
    status,
    work: { steps, rejected, evaluations },
    at: (t: number) => atTime(reduction.snapshot(moveTo("at", t), state), t),
    ...(layers === undefined ? {} : { weights: weightsInForm(problem, layersAt) }),
    [stepTimes]: integration.times,
    [matrices]: problem,
  };
  return finished(flow as IntegratedMatrixFlow, integration, read, reduction.system.rough !== true);
}

function eventsOf(reduction: ManyOutputs, { lossBelow, normAbove }: ReadOptions): StopEvent[] {
  const events: StopEvent[] = [];
  if (lossBelow !== undefined) events.push({ status: "loss-below", value: (_t, y) => reduction.loss(y) - lossBelow });
  if (normAbove !== undefined) events.push({ status: "out-of-range", value: (_t, y) => normAbove - reduction.largestNorm(y) });
  return events;
}
