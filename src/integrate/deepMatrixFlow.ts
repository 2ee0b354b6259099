/** The integrated flow of any number of layers that are matrices. All weights are integrated. */
import type { Matrix } from "ml-matrix";
import { unmet } from "../door/arguments.ts";
import { deepGradient } from "../matrix/deepGradient.ts";
import { deepState, layersAlongInputs, snapshotOfLayers } from "../matrix/deepState.ts";
import { type DeepMatrixLayers, type DeepMatrixSnapshot, filledLayers } from "../model/deepMatrices.ts";
import { notesOf } from "../model/notes.ts";
import { deepMatrices, steps as stepTimes } from "../model/protocol.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import { atTime } from "../model/snapshot.ts";
import { normOf } from "../numerics/norm.ts";
import { checkBounded, checkTime, finished, reachesEnd } from "./failure.ts";
import type { IntegratedFlow } from "./integrated.ts";
import { integrate, type StopEvent, type Waits } from "./method/integrate.ts";
import { breaksOf, type ReadOptions } from "./options.ts";
import { saddleOf } from "./saddle.ts";

/** The integrated flow of a checked problem. */
export function integratedDeepMatrices(
  problem: DeepMatrixProblem,
  read: ReadOptions,
): IntegratedFlow<DeepMatrixSnapshot, DeepMatrixLayers> {
  if (read.schedules !== undefined)
    unmet("schedules of their own are for two layers { u, w }", "call withSchedule for one that is common to all layers");
  const state = deepState(problem);
  const { network, objective, rates, layers } = state;
  const gradient = deepGradient(state, objective.residual);
  const { initial } = gradient;
  const isSaddle = saddleOf(state, Array.from(rates), layers);
  const decays = network.weightDecay > 0;
  const integration = integrate(
    {
      dimension: initial.length,
      derivative: (_t, y, out) => gradient.pull(y, out),
      rough: objective.rough,
      rest: {
        metric: (_y, out) => {
          for (const [l, rate] of rates.entries()) gradient.layer(out, l).fill(rate);
        },
      },
    },
    initial,
    { ...read, converge: true, ...escapes(), waits: waits(), breaks: breaksOf(read), events: eventsOf() },
  );
  const { status, end, steps, rejected, evaluations } = integration;
  const until = reachesEnd(integration) ? read.until : end;
  const y = initial.slice();
  /** Updates y to time t, or to the earlier time at which the flow came to rest. */
  const moveTo = (where: string, t: number): Matrix[] => {
    checkTime(where, until, t);
    checkBounded(where, integration, t);
    integration.read(Math.min(t, end), y);
    return gradient.matricesOf(y);
  };
  /** Weights outside the inputs' span only decay. */
  const kept = (t: number): number => (decays && rates[0]! > 0 ? Math.exp(-rates[0]! * network.weightDecay * t) : 1);
  const flow = {
    method: "integrated" as const,
    because: `layers that are matrices at depth ${layers.length} are integrated weight by weight, ${initial.length} numbers`,
    problem: problem.given,
    ...notesOf(problem.task),
    from: 0,
    until,
    status,
    work: { steps, rejected, evaluations },
    at: (t: number) => {
      const now = moveTo("at", t);
      return atTime(snapshotOfLayers(state, Math.min(t, end), now), t);
    },
    weights(t: number, out?: DeepMatrixLayers): DeepMatrixLayers {
      const now = moveTo("weights", t);
      const all = t === 0 ? problem.initial.layers.map((layer) => layer.clone()) : layersAlongInputs(state, now, kept(t));
      return filledLayers(all, out);
    },
    [stepTimes]: integration.times,
    [deepMatrices]: problem,
  };
  return finished(flow, integration, read, !objective.rough);

  /** If the loss falls for ever, the weights grow for ever. */
  function escapes(): { readonly escapes?: (y: Float64Array, share: number) => boolean } {
    if (decays || !objective.endless) return {};
    const [zero, G] = [
      new Float64Array(objective.outputs * objective.inputs),
      new Float64Array(objective.outputs * objective.inputs),
    ];
    objective.residual(zero, G);
    const first = normOf(G);
    return {
      escapes: (now, share) => {
        objective.residual(gradient.outputOf(now), G);
        return normOf(G) <= share * first;
      },
    };
  }

  /** With weight decay, a small mode may be at its minimum at 0. */
  function waits(): Waits | undefined {
    if (decays || isSaddle === undefined) return undefined;
    return (y, still = false) => isSaddle(gradient.matricesOf(y), gradient.outputOf(y), still);
  }

  function eventsOf(): StopEvent[] {
    const { lossBelow, normAbove } = read;
    const largest = (now: Float64Array): number => Math.max(...layers.map((_, l) => normOf(gradient.layer(now, l))));
    const events: StopEvent[] = [];
    if (lossBelow !== undefined)
      events.push({ status: "loss-below", value: (_t, now) => objective.loss(gradient.outputOf(now)) - lossBelow });
    if (normAbove !== undefined) events.push({ status: "out-of-range", value: (_t, now) => normAbove - largest(now) });
    return events;
  }
}
