import type { Matrix } from "ml-matrix";
import type { ExactFlow } from "./flow.ts";
import type { MatrixLayers, MatrixLayersLike, MatrixOrderParameters, MatrixOrderParametersLike } from "./matrixLayers.ts";
import type { MatrixTask } from "./matrixTask.ts";
import type { Network } from "./network.ts";

/**
 * A problem of several inputs and outputs. The rate `learningRates.u` is that of W₂, `learningRates.w` that
 * of W₁.
 */
export interface MatrixProblem<
  Initial extends MatrixLayersLike | MatrixOrderParametersLike = MatrixLayersLike | MatrixOrderParametersLike,
> {
  /** From `network`, with a squared loss. */
  readonly network: Network;
  /** From `matrixTaskFromMoments` or `matrixTaskFromSamples`. */
  readonly task: MatrixTask;
  /**
   * Layers { W2, W1 }, order parameters { uu, ww, uw }, or a {@link MatrixSnapshot} of another flow to go on
   * from. Order parameters know what is small in them to rounding of what is large: where a small mode must
   * go on to all digits, pass the flow's `weights(t)`.
   */
  readonly initial: Initial;
}

/**
 * A network of several inputs and outputs at one time, as its data see it: where the inputs do not span all k
 * dimensions, `ww`, `uw` and `output` are those of the inputs' span. Its function is f(x) = output·x.
 */
export interface MatrixSnapshot extends MatrixOrderParameters {
  /** Time. */
  readonly t: number;
  /** γ W₂W₁, m×k. */
  readonly output: Matrix;
  /** G = E[yxᵀ] − output·E[xxᵀ], m×k. */
  readonly residual: Matrix;
  /** L = k·E[|f(x) − y|²]. */
  readonly loss: number;
  /** The part of the loss that training can remove. */
  readonly excessLoss: number;
  /** ‖W₂W₁‖_F/(‖W₂‖_F‖W₁‖_F), in [0, 1]: 1 for layers of rank one along each other; 0 for a zero layer. */
  readonly alignment: number;
  /** ‖W₂‖_F‖W₁‖_F. */
  readonly normProduct: number;
  /**
   * The neural tangent kernel, an m×m matrix for two inputs: K(x, x') = (xᵀ·inputs·x') 1 + (xᵀx')·outputs.
   */
  readonly kernel: {
    /** γ²η_u W₁ᵀW₁, k×k. */
    readonly inputs: Matrix;
    /** γ²η_w W₂W₂ᵀ, m×m. */
    readonly outputs: Matrix;
  };
}

/** A trajectory of a network of several inputs and outputs, whichever way it was solved. */
export interface MatrixFlow {
  /** How it is evaluated. */
  readonly method: "exact" | "integrated";
  /** Why this method applies, in one sentence. */
  readonly because: string;
  readonly problem: MatrixProblem<MatrixLayers | MatrixOrderParameters>;
  /** The first time at which it exists: 0 but for modes, which can be followed back. */
  readonly from: number;
  /** The last time at which it exists; Infinity when exact. */
  readonly until: number;
  /** The network at time `t`. */
  at(t: number): MatrixSnapshot;
  /** The layers at time `t`, where the flow started from layers and knows them. */
  weights?(t: number): MatrixLayers;
}

/** A flow of several inputs and outputs in closed form. */
export interface ExactMatrixFlow extends MatrixFlow {
  readonly method: "exact";
  /**
   * `"modes"`: a direct sum of one-dimensional problems; `"balanced"`: λ-balanced layers on whitened inputs.
   */
  readonly family: "modes" | "balanced";
  /** The rates of learning, inverse time, the fastest first. */
  readonly rates: Float64Array;
  /** The network at t = ∞. */
  readonly limit: MatrixSnapshot;
}

/** One mode of a problem that decouples: a problem of one direction, solved by its own flow. */
export interface Mode {
  /** vₐ, unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, unit vector of m outputs. */
  readonly output: Float64Array;
  /**
   * The mode's training, to be asked for anything that a flow of one direction can be. Its task is { xx:
   * E[(vₐ·x)²], xy: E[(oₐ·y)(vₐ·x)] }, with as yy what the mode explains: its loss is its excess loss.
   */
  readonly flow: ExactFlow;
}

/** A flow that is the direct sum of its modes'. */
export interface ModesFlow extends ExactMatrixFlow {
  readonly family: "modes";
  /** The modes, the strongest correlation first. */
  readonly modes: readonly Mode[];
}

/** A flow of λ-balanced layers on whitened inputs. */
export interface BalancedFlow extends ExactMatrixFlow {
  readonly family: "balanced";
  /** λ in W₂ᵀW₂/η_u − W₁W₁ᵀ/η_w = λ1, conserved. */
  readonly lambda: number;
}
