import type { LayerScale } from "../initial/readScale.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";

/** The target of a design; pass at least one of these. */
export interface DesignTarget {
  /**
   * The largest relative change of the kernel during training, as in `regime`: 0.1 or less for a kernel
   * machine, 0.5 for a network between both regimes. It replaces `kernelRatio`.
   */
  readonly kernelChange?: number | undefined;
  /**
   * The kernel at the end divided by the initial one, as in `regime`: 1 for a kernel machine, above 3 for a
   * plateau without overlap.
   */
  readonly kernelRatio?: number | undefined;
  /**
   * The time at which half of the excess loss remains (or `excessLossFraction` of it), in the flow's time.
   */
  readonly learningTime?: number | undefined;
  /** The loss at a time, above the loss at the end: `{ time: 5, loss: 0.1 }`. It replaces `learningTime`. */
  readonly lossAt?: { readonly time: number; readonly loss: number } | undefined;
  /** The length of the initial plateau, as in `plateau`, above 0, in the flow's time. */
  readonly plateau?: number | undefined;
  /**
   * δ = uu/η_u − ww/η_w, as in a snapshot. It is conserved, so the initial and the final balance are equal.
   */
  readonly balance?: number | undefined;
}

/** The quantities that are fixed in a design. */
export interface DesignGiven {
  /** γ, not 0. */
  readonly outputScale?: number | undefined;
  /** η_u and η_w, or one number for both, inverse time. */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** Standard deviations σ_u and σ_w of the initial layers, or one number for both. */
  readonly scale?: LayerScale | undefined;
  /** The number of hidden neurons (default 1000); uu = width·σ_u² and ww = width·σ_w². */
  readonly width?: number | undefined;
  /**
   * 2hS₀/B₀, which is `start` in a regime's `place`: above −1, at most 1, positive if S₀ and S∞ have the same
   * sign (default 0: independent layers).
   */
  readonly overlap?: number | undefined;
  /**
   * A concrete start, weights or order parameters, instead of scale, width and overlap. The output scale, the
   * learning rates, or both are found for it.
   */
  readonly initial?: WeightsLike | OrderParameters | undefined;
}

/** The options of `design`. */
export interface DesignOptions {
  /** The target: at least one quantity. */
  readonly target: DesignTarget;
  /** The task (default xx = xy = yy = 1). Its xy must not be 0. */
  readonly task?: Task | undefined;
  /** The fixed hyperparameters, or a fixed start. */
  readonly given?: DesignGiven | undefined;
  readonly loss?: "mse" | "half-mse" | undefined;
  /** The share of the excess loss that remains at the learning time (default ½). */
  readonly excessLossFraction?: number | undefined;
}
