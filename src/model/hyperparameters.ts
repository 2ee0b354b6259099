/**
 * The hyperparameters of a network with Gaussian layers; for a scaling, the exponents of the hyperparameters.
 */
export interface Hyperparameters {
  /** d. */
  readonly width: number;
  /** γ. */
  readonly outputScale: number;
  /** σ_u and σ_w, the standard deviations of the initial layers. */
  readonly scale: { readonly u: number; readonly w: number };
  /** η_u and η_w. */
  readonly learningRates: { readonly u: number; readonly w: number };
}
