/**
 * Internal methods of flows, under symbols: evaluation in bulk, the inverse, and the problem in the form that
 * solvers use.
 */
import type { AnyFlow, DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow, Target } from "./flow.ts";
import type { DeepMatrixProblem, DepthProblem, HalfLineProblem, MatrixProblem } from "./readProblem.ts";
import type { Schedule } from "./schedule.ts";

export const fill: unique symbol = Symbol.for("feature-learning/fill");
export const crossings: unique symbol = Symbol.for("feature-learning/crossings");

/** The problem of a flow of matrices, in the form that solvers use. */
export const matrices: unique symbol = Symbol.for("feature-learning/matrices");
/** The problem of a flow of a network with a kink at 0, in the form that solvers use. */
export const halfLines: unique symbol = Symbol.for("feature-learning/half-lines");
/**
 * Marks one side of a network with a kink at 0 whose neurons change at events, or count on both sides. It has
 * no closed form of one direction.
 */
export const oneSide: unique symbol = Symbol.for("feature-learning/one-side");
/** The problem of a flow of any depth, in the form that solvers use. */
export const depths: unique symbol = Symbol.for("feature-learning/depth");
/** The problem of a flow of layers that are matrices, of any number, as solvers have read it. */
export const deepMatrices: unique symbol = Symbol.for("feature-learning/deep-matrices");
/** The times at which a flow that consists of several flows should be evaluated. */
export const looks: unique symbol = Symbol.for("feature-learning/looks");
export const steps: unique symbol = Symbol.for("feature-learning/steps");
export const turns: unique symbol = Symbol.for("feature-learning/turns");
/** The flow under a schedule, and the schedule. */
export const clock: unique symbol = Symbol.for("feature-learning/clock");

/** The flow without its schedule, and the schedule; undefined for flows without a schedule. */
export function clockOf(flow: object): { readonly flow: AnyFlow; readonly schedule: Schedule } | undefined {
  return (flow as { readonly [clock]?: { readonly flow: AnyFlow; readonly schedule: Schedule } })[clock];
}

/** A flow that was integrated in steps: the beginning of each step, and the end. */
export interface Stepped {
  readonly [steps]: Float64Array;
}

export function isStepped<F extends object>(flow: F): flow is F & Stepped {
  return steps in flow;
}

/** Whether the flow has several inputs or outputs. */
export function isMatrixFlow(flow: object): flow is MatrixFlow & { readonly [matrices]: MatrixProblem } {
  return matrices in flow;
}

/** Whether the flow is that of a network with a kink at 0. */
export function isHalfLineFlow(flow: object): flow is HalfLineFlow & { readonly [halfLines]: HalfLineProblem } {
  return halfLines in flow;
}

/** Whether the flow is that of a network of any depth, whose layers are numbers. */
export function isDepthFlow(flow: object): flow is DepthFlow & { readonly [depths]: DepthProblem } {
  return depths in flow;
}

/** Whether it is a flow of layers that are matrices, of any number. */
export function isDeepMatrixFlow(flow: object): flow is DeepMatrixFlow & { readonly [deepMatrices]: DeepMatrixProblem } {
  return deepMatrices in flow;
}

/**
 * A flow that writes many snapshots at once: field f of the snapshot at times[i] goes to
 * values[f·times.length + i].
 */
export interface BulkFlow extends Flow {
  [fill](times: Float64Array, values: Float64Array): void;
}

/** A flow with an inverse: all times from 0 on at which it reaches a target, in order. */
export interface Invertible {
  [crossings](target: Target): number[];
}

export function isBulk(flow: AnyFlow): flow is BulkFlow {
  return fill in flow;
}

/** The times inside a closed form at which the overlap may turn back: where one task follows another. */
export function turnsOf(flow: object): readonly number[] {
  return (flow as { readonly [turns]?: readonly number[] })[turns] ?? [];
}

/** The last step of a flow whose weights grow without end; undefined for every other flow. */
export function lastFiniteTime(flow: object): number | undefined {
  const {
    status,
    [steps]: stepped,
    [looks]: own,
  } = flow as {
    readonly status?: string;
    readonly [steps]?: Float64Array;
    readonly [looks]?: (count: number) => Float64Array;
  };
  return status === "unbounded" ? (stepped ?? own?.(2))?.findLast(Number.isFinite) : undefined;
}

/**
 * The reason why a training has no verdict, from the `status` of its flow or descent: it diverged, or it
 * stopped early. Undefined if there is a verdict. With `ofPart`, an unfinished training counts as finished.
 */
export function noVerdict(training: object, ofPart = false): string | undefined {
  const { status } = training as { readonly status?: string };
  if (status === "diverged") return "the training diverged, so its last rows do not show what it would learn";
  const unfinished = ["aborted", "max-steps", "not-finite", "step-too-small", "sliding", "saddle"].includes(status ?? "");
  return unfinished && !ofPart ? `the training was not finished (${status})` : undefined;
}
