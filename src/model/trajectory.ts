import type { DepthSnapshot } from "./depth.ts";
import type { MatrixSnapshot } from "./matrixSnapshot.ts";
import type { AnySnapshot, Snapshot } from "./snapshot.ts";
import type { Strided } from "./strided.ts";

/**
 * A sampled flow. It has one column per {@link Snapshot} field, under the same name, with one value per time.
 */
export type Trajectory = { readonly [Field in Exclude<keyof Snapshot, "sharpness">]-?: Float64Array } & {
  /** Absent if the flow does not have it. */
  readonly sharpness?: Float64Array;
  /** The rows as snapshots, for JSON and for the tables of notebooks. */
  toRows(): Snapshot[];
};

/**
 * A trajectory as functions accept it: sampled from a flow, from a descent, or from a log, also after
 * structuredClone or JSON. Columns are arrays of any kind with one number per row, under the names of
 * {@link Trajectory}.
 */
export interface TrajectoryLike {
  readonly t: ArrayLike<number>;
  readonly alignment: ArrayLike<number>;
  readonly normProduct: ArrayLike<number>;
}

/** A sampled flow together with its weights. */
export type WeightTrajectory = Trajectory & {
  /** uᵢ(t), of shape [times, width]. */
  readonly u: Strided;
  /** wᵢ(t), of shape [times, width]. */
  readonly w: Strided;
};

/** Columns of the numbers that every network has. */
export type Columns = { readonly [Field in Exclude<keyof AnySnapshot, "sharpness">]-?: Float64Array } & {
  /** Absent if the flow does not have it. */
  readonly sharpness?: Float64Array;
};

/** A sampled flow of a network of any depth: columns of numbers, and the layers of shape [times, depth]. */
export type DepthTrajectory = Columns & {
  /** γs: f(x) = output·x. */
  readonly output: Float64Array;
  /** g. */
  readonly residual: Float64Array;
  /** γ²B. */
  readonly kernel: Float64Array;
  /**
   * a_l, [times, depth]. The shape is [times, 1] if the depth is not an integer, and [times, 0] if it is
   * infinite.
   */
  readonly layers: Strided;
  /** The conserved excess over balanced layers, [times, depth]. */
  readonly balances: Strided;
  /** The rows as snapshots. */
  toRows(): DepthSnapshot[];
};

/**
 * A sampled flow of several inputs and outputs: columns of numbers, and matrices of shape [times, rows,
 * columns].
 */
export type MatrixTrajectory = Columns & {
  /** γW₂W₁, [times, outputs, inputs]: f(x) = output·x. */
  readonly output: Strided;
  /** G, [times, outputs, inputs]. */
  readonly residual: Strided;
  /**
   * W₂W₂ᵀ, [times, outputs, outputs]; left out, like `ww` and `uw`, if the three have more than 2²⁵ numbers
   * together.
   */
  readonly uu?: Strided;
  /** W₁ᵀW₁, [times, inputs, inputs]. */
  readonly ww?: Strided;
  /** W₂W₁, [times, outputs, inputs]. */
  readonly uw?: Strided;
  /** The rows as snapshots, without the kernel. */
  toRows(): Partial<MatrixSnapshot>[];
};
