import type { Matrix } from "ml-matrix";
import type { MatrixOrderParameters } from "./matrixLayers.ts";
import type { AnySnapshot } from "./snapshot.ts";

/**
 * The state of a network of several inputs and outputs at one time. Its function is f(x) = output·x. If the
 * inputs do not span all k dimensions, `ww`, `uw` and `output` are restricted to the span of the inputs.
 */
export interface MatrixSnapshot extends AnySnapshot, MatrixOrderParameters {
  /** γ W₂W₁, m×k. */
  readonly output: Matrix;
  /** G = −E[∂ℓ/∂f xᵀ]/2k, m×k; for squares E[yxᵀ] − output·E[xxᵀ]. */
  readonly residual: Matrix;
  /**
   * The neural tangent kernel, an m×m matrix for each pair of inputs: K(x, x') = (xᵀ·inputs·x') 1 +
   * (xᵀx')·outputs.
   */
  readonly kernel: {
    /** γ²η_u W₁ᵀW₁, k×k. */
    readonly inputs: Matrix;
    /** γ²η_w W₂W₂ᵀ, m×m. */
    readonly outputs: Matrix;
  };
}
