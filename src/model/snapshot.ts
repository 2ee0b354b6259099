import type { OrderParameters } from "./weights.ts";

/** The network at one time: its order parameters and every observable that follows from them. */
export interface Snapshot extends OrderParameters {
  /** Time, in the flow's time: a discrete step of size s advances it by s. */
  readonly t: number;
  /** √Γ = √(uu·ww − uw²) = |u||w||sin ζ|; conserved by the flow. */
  readonly area: number;
  /** δ = uu/η_u − ww/η_w; conserved by the flow. ±Infinity with one frozen layer that is not zero. */
  readonly balance: number;
  /** The coefficient of the fitted function: f(x) = output·x, output = γ·uw. */
  readonly output: number;
  /** Residual correlation g = E[x(y − f(x))] = xy − γ·xx·uw. */
  readonly residual: number;
  /** L = k·E[(f(x) − y)²]. */
  readonly loss: number;
  /** The part of the loss that training can remove, k·g²/xx. */
  readonly excessLoss: number;
  /** γ²B = γ²(η_w·uu + η_u·ww): the neural tangent kernel is K(x, x') = kernel·x·x'. */
  readonly kernel: number;
  /** cos ζ = uw/√(uu·ww), in [−1, 1]; of a zero layer its limit t → 0⁺, and 0 if nothing moves. */
  readonly alignment: number;
  /** ζ, the angle between the two layers, in [0, π]. */
  readonly angle: number;
  /** |u||w|. */
  readonly normProduct: number;
  /**
   * The top eigenvalue of the Hessian of what is trained, with respect to all weights; absent where it is not
   * known.
   */
  readonly sharpness?: number;
}

/** The names of a snapshot's fields, in the order in which {@link Bulk} fills them. */
export const snapshotFields: readonly (keyof Snapshot)[] = [
  "t",
  "uu",
  "ww",
  "uw",
  "area",
  "balance",
  "output",
  "residual",
  "loss",
  "excessLoss",
  "kernel",
  "alignment",
  "angle",
  "normProduct",
  "sharpness",
];
