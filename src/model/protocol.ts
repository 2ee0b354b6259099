/**
 * What a flow can offer to the functions that take flows, beyond its public face: evaluation in bulk, and its
 * own inverse.
 */
import type { AnyFlow, DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow, Target } from "./flow.ts";
import type { DeepMatrixProblem, DepthProblem, HalfLineProblem, MatrixProblem } from "./readProblem.ts";
import type { Schedule } from "./schedule.ts";

export const fill: unique symbol = Symbol.for("feature-learning/fill");
export const crossings: unique symbol = Symbol.for("feature-learning/crossings");

/** The problem of a flow of matrices, as solvers have read it. */
export const matrices: unique symbol = Symbol.for("feature-learning/matrices");
/** The problem of a flow of a network with a kink at 0, as solvers have read it. */
export const halfLines: unique symbol = Symbol.for("feature-learning/half-lines");
/**
 * Marks one side of a network with a kink at 0 whose neurons change at events, or count on both sides: it has
 * no closed form of one direction of its own.
 */
export const oneSide: unique symbol = Symbol.for("feature-learning/one-side");
/** The problem of a flow of any depth, as solvers have read it. */
export const depths: unique symbol = Symbol.for("feature-learning/depth");
/** The problem of a flow of layers that are matrices, of any number, as solvers have read it. */
export const deepMatrices: unique symbol = Symbol.for("feature-learning/deep-matrices");
/** The times at which a flow that was put together of others is to be looked at. */
export const looks: unique symbol = Symbol.for("feature-learning/looks");
export const steps: unique symbol = Symbol.for("feature-learning/steps");
export const turns: unique symbol = Symbol.for("feature-learning/turns");
/** The flow under a schedule, and the schedule. */
export const clock: unique symbol = Symbol.for("feature-learning/clock");

/** The flow that a scheduled one follows, and its schedule; undefined for every other flow. */
export function clockOf(flow: object): { readonly flow: AnyFlow; readonly schedule: Schedule } | undefined {
  return (flow as { readonly [clock]?: { readonly flow: AnyFlow; readonly schedule: Schedule } })[clock];
}

/** A flow that was made step by step: when each began, and the end. */
export interface Stepped {
  readonly [steps]: Float64Array;
}

export function isStepped<F extends object>(flow: F): flow is F & Stepped {
  return steps in flow;
}

/** Whether it is a flow of several inputs or outputs. */
export function isMatrixFlow(flow: object): flow is MatrixFlow & { readonly [matrices]: MatrixProblem } {
  return matrices in flow;
}

/** Whether it is a flow of a network with a kink at 0. */
export function isHalfLineFlow(flow: object): flow is HalfLineFlow & { readonly [halfLines]: HalfLineProblem } {
  return halfLines in flow;
}

/** Whether it is a flow of a network of any depth, whose layers are numbers. */
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

/** A flow that knows when it reaches a target: all times from 0 on, in order. */
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
 * Why a training has no verdict, by the `status` of its flow or descent: it diverged, or it ended before its
 * end without being asked to. Undefined where it has one. A part of an unfinished training has one: pass
 * `ofPart`.
 */
export function noVerdict(training: object, ofPart = false): string | undefined {
  const { status } = training as { readonly status?: string };
  if (status === "diverged") return "the training diverged: its last rows say nothing about what it would learn";
  const unfinished = ["aborted", "max-steps", "not-finite", "step-too-small", "sliding"].includes(status ?? "");
  return unfinished && !ofPart ? `the training was not finished (${status})` : undefined;
}
