import type { Problem } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";
import type { OrderParameters, Weights } from "./weights.ts";

/** A trajectory in continuous time, whichever way it was solved. */
export interface Flow {
  /** How the flow is evaluated. */
  readonly method: "exact" | "integrated";
  /** Why this method applies, in one sentence. */
  readonly because: string;
  /** What was solved. */
  readonly problem: Problem<Weights | OrderParameters>;
  /**
   * The first time at which the flow exists: 0, or for an exact flow the (negative) time at which it blows up
   * backwards.
   */
  readonly from: number;
  /** The last time at which the flow exists; Infinity when exact. */
  readonly until: number;
  /** The network at time `t`. */
  at(t: number): Snapshot;
  /** The weights at time `t`, if the flow started from weights; fills `out` where it is given. */
  weights?(t: number, out?: Weights): Weights;
}

/** A flow in closed form. */
export interface ExactFlow extends Flow {
  readonly method: "exact";
  /** The closed form that applies. */
  readonly family: "one-direction";
  /** ρ, inverse time: how fast the network converges (at a saddle: leaves it). */
  readonly rate: number;
  /** The network at t = ∞. */
  readonly limit: Snapshot;
}

/** A flow in closed form that started from weights, and so knows them at every time. */
export interface ExactWeightFlow extends ExactFlow {
  readonly problem: Problem<Weights>;
  weights(t: number, out?: Weights): Weights;
}

/** What a time can be asked for: exactly one of these. */
export type Target =
  /** γ·uw reaches this value. */
  | { readonly output: number }
  /** The excess loss reaches this fraction of the initial one. */
  | { readonly excessLossFraction: number }
  /** cos ζ reaches this value. */
  | { readonly alignment: number }
  /** γ²B reaches this value. */
  | { readonly kernel: number };
