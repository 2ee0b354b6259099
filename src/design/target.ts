import type { LayerScale } from "../initial/readScale.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters, WeightsLike } from "../model/weights.ts";

/** Where a network is wanted: at least one of these. */
export interface DesignTarget {
  /**
   * The largest relative change of the kernel on the way, as `regime` measures it: 0.1 or less for a kernel
   * machine, 0.5 for a network halfway to feature learning. It stands for `kernelRatio`.
   */
  readonly kernelChange?: number | undefined;
  /**
   * The kernel at the end over the initial one, as `regime` measures it: 1 for a kernel machine, above 3 for
   * a plateau without overlap.
   */
  readonly kernelRatio?: number | undefined;
  /**
   * The time after which half of the loss that training can remove is gone (or `excessLossFraction` of it is
   * left), in the flow's time.
   */
  readonly learningTime?: number | undefined;
  /**
   * The loss at a time, above what is left at the end: `{ time: 5, loss: 0.1 }`. It stands for
   * `learningTime`.
   */
  readonly lossAt?: { readonly time: number; readonly loss: number } | undefined;
  /** How long learning waits, as `plateau` measures it, above 0. */
  readonly plateau?: number | undefined;
  /**
   * δ = uu/η_u − ww/η_w, as in a snapshot: conserved, so the initial and the final balance of the layers in
   * one.
   */
  readonly balance?: number | undefined;
}

/** What a design may not choose. */
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
   * 2hS₀/B₀, `start` in a regime's `place`: above −1, at most 1, above 0 where S₀ and S∞ are of one sign
   * (default 0: independent layers).
   */
  readonly overlap?: number | undefined;
  /**
   * A concrete start, in place of scale, width and overlap: weights or order parameters. The output scale,
   * the learning rates, or both are found for it.
   */
  readonly initial?: WeightsLike | OrderParameters | undefined;
}

/** What `design` takes. */
export interface DesignOptions {
  readonly target: DesignTarget;
  /** What is learned (default xx = xy = yy = 1); it must correlate. */
  readonly task?: Task | undefined;
  readonly given?: DesignGiven | undefined;
  readonly loss?: "mse" | "half-mse" | undefined;
  /** The share of the excess loss that is left after the learning time (default ½). */
  readonly excessLossFraction?: number | undefined;
}
