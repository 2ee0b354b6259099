import type { Network } from "./network.ts";
import type { Task } from "./task.ts";
import type { OrderParameters, WeightsLike } from "./weights.ts";

/** What is trained, on what, from where: everything a solver needs. */
export interface Problem<Initial extends WeightsLike | OrderParameters = WeightsLike | OrderParameters> {
  /** From {@link network}. */
  readonly network: Network;
  /** From {@link taskFromMoments} or {@link taskFromSamples}. */
  readonly task: Task;
  /** Weights in any kind of array, order parameters, or a {@link Snapshot} of another flow to go on from. */
  readonly initial: Initial;
}
