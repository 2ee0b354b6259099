import type { DeepMatrixLayers, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { AnyLayers, Flow, HalfLineFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { AnySnapshot, Snapshot } from "../model/snapshot.ts";
import type { Weights } from "../model/weights.ts";
import type { IntegrationStatus } from "./method/integrate.ts";

/** A flow that was integrated; it exists on [0, until]. */
export interface IntegratedFlow<S extends AnySnapshot = Snapshot, L extends AnyLayers = Weights> extends Flow<S, L> {
  readonly method: "integrated";
  readonly family?: never;
  readonly rates?: never;
  /**
   * How the integration ended. After `"converged"` the network stays where it is, up to a tenth of the
   * tolerance; what weight decay still takes then is known in closed form, and `at` and `weights` go on with
   * it. `"unbounded"`: the loss has no minimum, and the weights grow for ever; `at(Infinity)` has the
   * infinite limit.
   */
  readonly status: IntegrationStatus;
  /** What it took. */
  readonly work: { readonly steps: number; readonly rejected: number; readonly evaluations: number };
}

/** An integrated flow of several inputs and outputs. */
export type IntegratedMatrixFlow = IntegratedFlow<MatrixSnapshot, MatrixLayers> | IntegratedFlow<MatrixSnapshot, Layers>;

/** An integrated flow of a network with a kink at 0. */
export interface IntegratedHalfLineFlow extends HalfLineFlow {
  readonly method: "integrated";
  readonly family?: never;
  readonly rates?: never;
  /** As of {@link IntegratedFlow}. */
  readonly status: IntegrationStatus;
  /** What it took. */
  readonly work: IntegratedFlow["work"];
}

/** An integrated flow of any problem. */
export type AnyIntegratedFlow =
  | IntegratedFlow
  | IntegratedHalfLineFlow
  | IntegratedMatrixFlow
  | IntegratedFlow<DepthSnapshot, DepthLayers>
  | IntegratedFlow<DeepMatrixSnapshot, DeepMatrixLayers>;
