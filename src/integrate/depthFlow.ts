/** The integrated flow of a network of any depth along one direction. */
import { unmet } from "../door/arguments.ts";
import { depthSnapshots } from "../layers/depthSnapshots.ts";
import type { DepthLayers, DepthSnapshot } from "../model/depth.ts";
import { isSquared } from "../model/network.ts";
import { notesOf } from "../model/notes.ts";
import { objectiveOf } from "../model/objective.ts";
import { depths, steps as stepTimes } from "../model/protocol.ts";
import type { DepthProblem } from "../model/readProblem.ts";
import { checkBounded, checkTime, finished, reachesEnd } from "./failure.ts";
import type { IntegratedFlow } from "./integrated.ts";
import { integrate, type StopEvent } from "./method/integrate.ts";
import { breaksOf, type ReadOptions } from "./options.ts";
import { layerNumbers } from "./reductions/layerNumbers.ts";
import { escaping } from "./reductions/reduction.ts";

/** The integrated flow of a checked problem. */
export function integratedDepth(problem: DepthProblem, read: ReadOptions): IntegratedFlow<DepthSnapshot, DepthLayers> {
  if (read.schedules !== undefined)
    unmet("separate schedules are for two layers { u, w }", "call withSchedule for a schedule common to all layers");
  const { network, task } = problem;
  const objective = objectiveOf(network, task);
  const reduction = layerNumbers(problem, objective);
  const integration = integrate(reduction.system, reduction.initial, {
    ...read,
    converge: true,
    ...escaping(objective, network.weightDecay > 0, reduction.outputOf),
    breaks: breaksOf(read),
    events: eventsOf(),
  });
  const { status, end, steps, rejected, evaluations } = integration;
  const until = reachesEnd(integration) ? read.until : end;
  const state = reduction.initial.slice();
  const snapshot = depthSnapshots(problem);
  const moveTo = (where: string, t: number): Float64Array => {
    checkTime(where, until, t);
    checkBounded(where, integration, t);
    integration.read(Math.min(t, end), state);
    return state;
  };
  const flow = {
    method: "integrated" as const,
    because: reduction.because,
    problem: problem.given,
    ...notesOf(task),
    from: 0,
    until,
    status,
    work: { steps, rejected, evaluations },
    at: (t: number) => snapshot(t, reduction.numbersAt(moveTo("at", t))),
    weights(t: number, out?: DepthLayers): DepthLayers {
      const { layers } = reduction.numbersAt(moveTo("weights", t));
      if (out === undefined) return { layers };
      out.layers.set(layers);
      return out;
    },
    [stepTimes]: integration.times,
    [depths]: problem,
  };
  return finished(flow, integration, read, isSquared(network));

  function eventsOf(): StopEvent[] {
    const { lossBelow, normAbove } = read;
    const largest = (y: Float64Array): number =>
      reduction.numbersAt(y).layers.reduce((most, a) => Math.max(most, Math.abs(a)), 0);
    return [
      ...(lossBelow === undefined
        ? []
        : [
            {
              status: "loss-below" as const,
              value: (_t: number, y: Float64Array) => objective.loss(reduction.outputOf(y)) - lossBelow,
            },
          ]),
      ...(normAbove === undefined
        ? []
        : [{ status: "out-of-range" as const, value: (_t: number, y: Float64Array) => normAbove - largest(y) }]),
    ];
  }
}
