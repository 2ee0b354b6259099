import type { Network } from "../../model/network.ts";
import type { Weights } from "../../model/weights.ts";
import type { StopEvent } from "../method/integrate.ts";
import { largestOf, type System } from "../method/stepper.ts";

/** A training problem as the few numbers that are integrated, and the way back from them. */
export interface Reduction {
  /** What is left to integrate, and why no less. */
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  /** Whether the derivative is free of t, so that a flow can be seen to have converged. */
  readonly autonomous: boolean;
  /** Whether layers still depend on t itself after the state has come to rest. */
  readonly usesTime?: boolean;
  /** Where the numbers would leave the doubles. */
  readonly bounds: readonly StopEvent[];
  /** Writes the snapshot in state y: field f goes to values[offset + f·stride]. */
  record(t: number, y: Float64Array, values: Float64Array, offset: number, stride: number): void;
  /** Fills `out` with the weights in state y, where the flow started from weights. */
  readonly weights: ((t: number, y: Float64Array, out: Weights) => void) | undefined;
}

/**
 * What errors are relative to where weights decay: the largest |yᵢ|, but no less than a floor far below the start. Weights that decay to zero
 * pass it, and the flow has converged there, before their squares and tolerances underflow.
 */
export function sizeAboveFloor(initial: Float64Array): (y: Float64Array) => number {
  const floor = Math.max(2 ** -1010, Math.min(2 ** -960, 2 ** -40 * largestOf(initial)));
  return (y) => Math.max(largestOf(y), floor);
}

/** The rate at which weight decay alone relaxes the slower of the layers that move. */
export function slowestDecay({ learningRates: { u, w }, weightDecay }: Network): number {
  return weightDecay * Math.min(u || Infinity, w || Infinity);
}
