import type { DeepMatrixLayersLike } from "./deepMatrices.ts";
import type { DepthInitial } from "./depth.ts";
import type { LayersLike } from "./layers.ts";
import type { MatrixLayersLike, MatrixOrderParametersLike } from "./matrixLayers.ts";
import type { MatrixTask } from "./matrixTask.ts";
import type { Network } from "./network.ts";
import type { Task } from "./task.ts";
import type { HalfLineOrderParameters, OrderParameters, WeightsLike } from "./weights.ts";

/** Where a network of one input direction starts: weights { u, w } or order parameters, a snapshot too. */
export type ScalarInitial = WeightsLike | OrderParameters;

/**
 * Where a network of several inputs or outputs starts: layers { W2, W1 }, { u, W } of one output (W2 = uᵀ, W1
 * = W), or matrix order parameters, a {@link MatrixSnapshot} of another flow too. Order parameters know what
 * is small in them to rounding of what is large: where a small mode must go on to all digits, pass the flow's
 * `weights(t)`.
 */
export type MatrixInitial = LayersLike | MatrixLayersLike | MatrixOrderParametersLike;

/**
 * Where a network with a kink at 0 starts: weights { u, w }, or the order parameters of either side's
 * neurons, if none of them reaches w = 0.
 */
export type HalfLineInitial = WeightsLike | HalfLineOrderParameters;

/** Where any network starts. */
export type AnyInitial = ScalarInitial | MatrixInitial | DepthInitial | DeepMatrixLayersLike | HalfLineInitial;

/** The tasks that a start can be trained on. */
export type TaskOf<Initial> = [Initial] extends [ScalarInitial | DepthInitial | HalfLineInitial] ? Task : Task | MatrixTask;

/**
 * What is trained, on what, from where: everything a solver needs. Of several inputs and outputs, the rate
 * `learningRates.u` is that of W₂ and `learningRates.w` that of W₁.
 */
export interface Problem<Initial extends AnyInitial = AnyInitial> {
  /** From {@link network}. */
  readonly network: Network;
  /**
   * From {@link taskFromSamples} or {@link taskFromMoments}; from {@link matrixTaskFromSamples} or
   * {@link matrixTaskFromMoments}.
   */
  readonly task: TaskOf<Initial>;
  /** Weights, layers, order parameters, or the snapshot of another flow to go on from. */
  readonly initial: Initial;
}
