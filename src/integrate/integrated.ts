import type { DeepMatrixLayers, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { AnyLayers, Flow, HalfLineFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { AnySnapshot, Snapshot } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import type { IntegrationStatus } from "./method/integrate.ts";

/** An integrated flow, which exists on [0, until]. */
export interface IntegratedFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  readonly method: "integrated";
  readonly family?: never;
  readonly rates?: never;
  /**
   * How the integration ended. After `"converged"` the network changes by less than a tenth of the tolerance;
   * later weight decay has a closed form, which `at` and `weights` include. `"unbounded"`: the loss has no
   * minimum, and the weights grow for ever; `at(Infinity)` returns the infinite limit.
   */
  readonly status: IntegrationStatus;
  /** The work: steps and evaluations. */
  readonly work: { readonly steps: number; readonly rejected: number; readonly evaluations: number };
}

/** An integrated flow of several inputs and outputs. */
export type IntegratedMatrixFlow = IntegratedFlow<MatrixSnapshot, MatrixLayers> | IntegratedFlow<MatrixSnapshot, Layers>;

/** An integrated flow of a network with a kink at 0. */
export interface IntegratedHalfLineFlow extends HalfLineFlow {
  readonly method: "integrated";
  readonly family?: never;
  readonly rates?: never;
  /** As in {@link IntegratedFlow}. */
  readonly status: IntegrationStatus;
  /** The work: steps and evaluations. */
  readonly work: IntegratedFlow["work"];
}

/** An integrated flow of any problem. */
export type AnyIntegratedFlow =
  | IntegratedFlow
  | IntegratedHalfLineFlow
  | IntegratedMatrixFlow
  | IntegratedFlow<DepthSnapshot, DepthLayers>
  | IntegratedFlow<DeepMatrixSnapshot, DeepMatrixLayers>;
