import type { DeepMatrixLayersLike } from "./deepMatrices.ts";
import type { DepthInitial } from "./depth.ts";
import type { LayersLike } from "./layers.ts";
import type { MatrixLayersLike, MatrixOrderParametersLike } from "./matrixLayers.ts";
import type { MatrixTask } from "./matrixTask.ts";
import type { Network } from "./network.ts";
import type { Task } from "./task.ts";
import type { HalfLineOrderParameters, OrderParameters, WeightsLike } from "./weights.ts";

/** The start of a network of one input direction: weights { u, w }, order parameters, or a snapshot. */
export type ScalarInitial = WeightsLike | OrderParameters;

/**
 * The start of a network of several inputs or outputs: layers { W2, W1 }, layers { u, W } for one output (W2
 * = uᵀ, W1 = W), matrix order parameters, or a {@link MatrixSnapshot} of another flow. In order parameters
 * the error of a small mode is the rounding of a large one. To continue with a small mode at full accuracy,
 * pass the flow's `weights(t)`.
 */
export type MatrixInitial = LayersLike | MatrixLayersLike | MatrixOrderParametersLike;

/**
 * The start of a network with a kink at 0: weights { u, w }, or the order parameters of each side's neurons,
 * provided that no neuron reaches w = 0.
 */
export type HalfLineInitial = WeightsLike | HalfLineOrderParameters;

/** The start of any network. */
export type AnyInitial = ScalarInitial | MatrixInitial | DepthInitial | DeepMatrixLayersLike | HalfLineInitial;

/** The type of task that a start can be trained on. */
export type TaskOf<Initial> = [Initial] extends [ScalarInitial | DepthInitial | HalfLineInitial] ? Task : Task | MatrixTask;

/**
 * A training problem: the network, the task and the initial state. With several inputs or outputs,
 * `learningRates.u` is the learning rate of W₂ and `learningRates.w` that of W₁.
 */
export interface Problem<Initial extends AnyInitial = AnyInitial> {
  /** From {@link network}. */
  readonly network: Network;
  /**
   * From {@link taskFromSamples} or {@link taskFromMoments}; from {@link matrixTaskFromSamples} or
   * {@link matrixTaskFromMoments}.
   */
  readonly task: TaskOf<Initial>;
  /** Weights, layers, order parameters, or a snapshot of another flow, which is continued. */
  readonly initial: Initial;
}
