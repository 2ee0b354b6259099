import type { Matrix } from "ml-matrix";
import type { Layers } from "../model/layers.ts";
import type { MultiInputProblem } from "./multiInputProblem.ts";

/** A network of several inputs at one time. Its function is f(x) = output·x, a vector times the input. */
export interface MultiInputSnapshot {
  /** Time. */
  readonly t: number;
  /** γ Wᵀu, of length k, of all inputs, whether there are data along them or not. */
  readonly output: Float64Array;
  /** r = −E[x ∂ℓ/∂f]/2k, of length k; for squares E[xy] − E[xxᵀ]·output. */
  readonly residual: Float64Array;
  /** L = E[ℓ(f(x), y)]. */
  readonly loss: number;
  /** The part of the loss that training can remove; absent where the loss is not a square. */
  readonly excessLoss?: number;
  /** |u|². */
  readonly uu: number;
  /** ‖W‖²_F. */
  readonly ww: number;
  /** ‖Wᵀu‖/(|u|‖W‖_F), in [0, 1]: 1 where W is of rank one, along u; 0 for a zero layer. */
  readonly alignment: number;
  /** |u|‖W‖_F. */
  readonly normProduct: number;
  /** γ²(η_u WᵀW + η_w uu·1), k×k: the neural tangent kernel is K(x, x') = xᵀ·kernel·x'. */
  readonly kernel: Matrix;
}

/** A trajectory of a network of several inputs, on [0, until]. */
export interface MultiInputFlow {
  /** How it is evaluated. */
  readonly method: "exact" | "integrated";
  /** Why this method applies; what was integrated, and why no less. */
  readonly because: string;
  /** Which closed form it is; absent when integrated. */
  readonly family?: "modes" | "balanced";
  /** The rates of learning, inverse time, the fastest first; absent when integrated. */
  readonly rates?: Float64Array;
  readonly problem: MultiInputProblem<Layers>;
  readonly from: number;
  readonly until: number;
  /** The network at time `t`. */
  at(t: number): MultiInputSnapshot;
  /** The layers at time `t`. */
  weights(t: number): Layers;
}
