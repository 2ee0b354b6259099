import { attempt } from "../../door/arguments.ts";
import type { Network } from "../../model/network.ts";
import type { Objective } from "../../model/objective.ts";
import type { LayerSchedules, Schedule } from "../../model/schedule.ts";
import { growingLayer, shrinkage } from "../../model/weightDecay.ts";
import type { Weights } from "../../model/weights.ts";
import type { StopEvent } from "../method/integrate.ts";
import type { RestingSystem, System } from "../method/stepper.ts";

/**
 * A training problem reduced to the numbers that are integrated, and the map from these to snapshots and
 * weights.
 */
export interface Reduction {
  /** What is integrated and why, in one sentence. */
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  /** Whether a state goes to infinity, for a loss without a minimum. */
  readonly escapes?: (y: Float64Array, share: number) => boolean;
  /** Whether one layer has grown far beyond the other, which alone decays, with the fit all but reached. */
  readonly creeps?: (t: number, y: Float64Array, isLong: boolean) => boolean;
  /** Whether layers still depend on t after the state has come to rest. */
  readonly usesTime?: boolean;
  /** The bounds beyond which the numbers would overflow double precision. */
  readonly bounds: readonly StopEvent[];
  /** Writes the snapshot in state y: field f goes to values[offset + f·stride]. */
  record(t: number, y: Float64Array, values: Float64Array, offset: number, stride: number): void;
  /** Fills `out` with the weights in state y; present if the flow started from weights. */
  readonly weights: ((t: number, y: Float64Array, out: Weights) => void) | undefined;
}

/**
 * The resting behaviour of weights under gradient flow, with a learning rate per layer and possibly
 * schedules. `layerOf` returns the layer of each component; `derivative` is f with the factors of the
 * schedules as arguments.
 */
export function restOfWeights(
  { learningRates }: Network,
  schedules: LayerSchedules | undefined,
  layerOf: (i: number) => "u" | "w" | undefined,
  derivative: (factors: { readonly u: number; readonly w: number }, y: Float64Array, out: Float64Array) => void,
): RestingSystem {
  const metric: RestingSystem["metric"] = (y, out) => {
    for (let i = 0; i < y.length; i++) {
      const layer = layerOf(i);
      out[i] = layer === undefined ? 0 : learningRates[layer];
    }
  };
  if (schedules === undefined) return { metric };
  const still = { u: 1, w: 1 };
  return {
    metric,
    derivative: (y, out) => derivative(still, y, out),
    left: (t, out) => {
      const remaining = { u: timeLeft(schedules.u, t), w: timeLeft(schedules.w, t) };
      for (let i = 0; i < out.length; i++) out[i] = remaining[layerOf(i) ?? "u"];
    },
  };
}

/** ∫ₜ^∞ s; Infinity if the schedule does not determine it. */
function timeLeft({ integral }: Schedule, t: number): number {
  const total = attempt(() => integral(Infinity), Infinity);
  const remaining = total === Infinity ? Infinity : total - integral(t);
  return remaining >= 0 ? remaining : Infinity;
}

/** The factors of the schedules at time t. */
export function factorsAt(schedules: LayerSchedules | undefined, t: number): { readonly u: number; readonly w: number } {
  return schedules === undefined ? UNSCHEDULED : { u: schedules.u.factor(t), w: schedules.w.factor(t) };
}

const UNSCHEDULED = { u: 1, w: 1 };

/** The residual is this share of what it was, or the shrinking layer of the growing one. */
const FITTED = 1e-7;
const DWARFED = 1e-6;

/** A flow is followed for at least this many decay times of the layer that decays. */
const DECAY_TIMES = 1e6;

/**
 * Whether the shrinking layer has become nothing beside the growing one, or less than it with the network
 * fitted, after its decay has removed what the fit does not need. After a long integration, `isLong`, the fit
 * is enough.
 */
export function hasGrown(
  network: Network,
  [shrinking, growing]: readonly [number, number],
  fits: (share: number) => boolean,
  t: number,
  isLong: boolean,
): boolean {
  const { u, w } = shrinkage(network);
  if (!isLong && !(t * Math.max(u, w) >= DECAY_TIMES)) return false;
  return shrinking <= DWARFED * growing || ((isLong || shrinking < growing) && fits(FITTED));
}

/**
 * Whether a flow has come to where one layer grows, as t^¼ under a squared loss, and the other shrinks as its
 * inverse, so that the output stays: the residual falls as t^−½.
 */
export function creeping(
  network: Network,
  { residual }: Objective,
  outputOf: (y: Float64Array) => number,
  normsOf: (y: Float64Array) => { readonly u: number; readonly w: number },
): Pick<Reduction, "creeps"> {
  const growing = growingLayer(network);
  const first = Math.abs(residual(0));
  if (growing === undefined || first === 0) return {};
  return {
    creeps: (t, y, isLong) => {
      const { u, w } = normsOf(y);
      const fits = (share: number): boolean => Math.abs(residual(outputOf(y))) <= share * first;
      return hasGrown(network, growing === "u" ? [w, u] : [u, w], fits, t, isLong);
    },
  };
}

/**
 * Decides whether a flow goes to infinity: the loss falls for ever, there is no weight decay, and the
 * residual is negligible relative to its initial value.
 */
export function escaping(
  { best, residual }: Objective,
  decays: boolean,
  outputOf: (y: Float64Array) => number,
): Pick<Reduction, "escapes"> {
  if (Number.isFinite(best) || decays) return {};
  const first = Math.abs(residual(0));
  return { escapes: (y, share) => Math.abs(residual(outputOf(y))) <= share * first };
}
