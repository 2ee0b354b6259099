/**
 * What flows of layers that are matrices have in common, once they are reduced: their integration, and how it
 * is looked at.
 */
import { steps as stepTimes } from "../model/protocol.ts";
import { checkBounded, checkTime, reachesEnd } from "./failure.ts";
import { type Integration, type IntegrationStatus, integrate, type StopEvent } from "./method/integrate.ts";
import type { System } from "./method/stepper.ts";
import { breaksOf, type ReadOptions } from "./options.ts";

/** A reduced problem, seen as snapshots S. */
export interface LayersReduction<S> {
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  /** Whether a state is on its way to infinity, for a loss without a minimum. */
  readonly escapes: ((y: Float64Array, share: number) => boolean) | undefined;
  snapshot(t: number, y: Float64Array): S;
}

/** A flow but for its problem and its layers. */
export interface LayersFlow<S> {
  readonly method: "integrated";
  readonly because: string;
  readonly from: number;
  readonly until: number;
  readonly status: IntegrationStatus;
  readonly work: { readonly steps: number; readonly rejected: number; readonly evaluations: number };
  at(t: number): S;
  readonly [stepTimes]: Float64Array;
}

/**
 * Integrates a reduction; `norm` is that of the larger layer, `stateAt` gives the state at a time that was
 * asked for, and when it was reached.
 */
export function integrateLayers<S extends { readonly t: number; readonly loss: number }>(
  reduction: LayersReduction<S>,
  norm: (snapshot: S) => number,
  read: ReadOptions,
): {
  readonly integration: Integration;
  readonly flow: LayersFlow<S>;
  stateAt(where: string, t: number): [number, Float64Array];
  /**
   * The state at a time that was asked for, with that time itself: for what goes on after the flow has
   * converged.
   */
  timedState(where: string, t: number): [number, Float64Array];
} {
  const { lossBelow, normAbove } = read;
  const events: StopEvent[] = [];
  if (lossBelow !== undefined) events.push({ status: "loss-below", value: (t, y) => reduction.snapshot(t, y).loss - lossBelow });
  if (normAbove !== undefined)
    events.push({ status: "out-of-range", value: (t, y) => normAbove - norm(reduction.snapshot(t, y)) });
  const integration = integrate(reduction.system, reduction.initial, {
    ...read,
    converge: true,
    escapes: reduction.escapes,
    breaks: breaksOf(read),
    events,
  });
  const { status, end, steps, rejected, evaluations } = integration;
  const until = reachesEnd(integration) ? read.until : end;
  const state = reduction.initial.slice();
  const stateAt = (where: string, t: number): [number, Float64Array] => {
    checkTime(where, until, t);
    checkBounded(where, integration, t);
    // A flow that has converged stays where it is.
    const seen = Math.min(t, end);
    integration.read(seen, state);
    return [seen, state];
  };
  const flow: LayersFlow<S> = {
    method: "integrated",
    because: reduction.because,
    from: 0,
    until,
    status,
    work: { steps, rejected, evaluations },
    at: (t) => ({ ...reduction.snapshot(...stateAt("at", t)), t }),
    [stepTimes]: integration.times,
  };
  return { integration, flow, stateAt, timedState: (where, t) => [t, stateAt(where, t)[1]] };
}
