/**
 * What a flow can offer to the functions that take flows, beyond its public face: evaluation in bulk, and its own inverse.
 */
import type { Flow, Target } from "./flow.ts";

export const fill: unique symbol = Symbol.for("feature-learning/fill");
export const crossings: unique symbol = Symbol.for("feature-learning/crossings");

export const steps: unique symbol = Symbol.for("feature-learning/steps");

/** A flow that was made step by step: when each began, and the end. */
export interface SteppedFlow extends Flow {
  readonly [steps]: Float64Array;
}

export function isStepped(flow: Flow): flow is SteppedFlow {
  return steps in flow;
}

/** A flow that writes many snapshots at once: field f of the snapshot at times[i] goes to values[f·times.length + i]. */
export interface BulkFlow extends Flow {
  [fill](times: Float64Array, values: Float64Array): void;
}

/** A flow that knows when it reaches a target: all times from 0 on, in order. */
export interface InvertibleFlow extends Flow {
  [crossings](target: Target): number[];
}

export function isBulk(flow: Flow): flow is BulkFlow {
  return fill in flow;
}
