import type { NdArray } from "ndarray";
import type { Snapshot } from "./snapshot.ts";

/** A sampled flow: one column per {@link Snapshot} field, under the same name, each of one value per time. */
export type Trajectory = { readonly [Field in Exclude<keyof Snapshot, "sharpness">]-?: Float64Array } & {
  /** Absent where the flow does not know it. */
  readonly sharpness?: Float64Array;
  /** The rows as snapshots, for JSON and for the tables of notebooks. */
  toRows(): Snapshot[];
};

/** A sampled flow together with its weights. */
export type WeightTrajectory = Trajectory & {
  /** uᵢ(t), of shape [times, width]. */
  readonly u: NdArray<Float64Array>;
  /** wᵢ(t), of shape [times, width]. */
  readonly w: NdArray<Float64Array>;
};
