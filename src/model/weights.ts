import type { VectorLike } from "../door/arrays.ts";
import type { Halves } from "./halves.ts";

/**
 * The trained weights, reduced to the latent direction: f(x) = γ Σᵢ uᵢ wᵢ x, `u` and `w` of length d (the
 * width).
 */
export interface Weights {
  /** Output weights uᵢ, one per hidden neuron. */
  readonly u: Float64Array;
  /** Input weights along the latent direction, wᵢ = Wᵢ·n̂, one per hidden neuron. */
  readonly w: Float64Array;
}

/** Weights in any kind of array: {@link Weights} as it may be passed in. */
export interface WeightsLike {
  /** Output weights, one per hidden neuron. */
  readonly u: VectorLike;
  /** Input weights along the latent direction, one per hidden neuron. */
  readonly w: VectorLike;
}

/**
 * The order parameters uu = |u|², ww = |w|², uw = u·w: the three numbers that decide every observable of the
 * network at every time and any width. Two more are conserved by training. They cannot be recovered
 * accurately from the three once a network has trained, so they are stored if they are known.
 *
 * No layers have uw² > uu·ww, but the rounded numbers of a log may. An excess of up to 10⁻⁹ of uu·ww counts
 * as parallel layers, with uu and ww as passed, uw = ±√(uu·ww) and area 0. A larger excess is refused.
 */
export interface OrderParameters {
  /** |u|². */
  readonly uu: number;
  /** |w|². */
  readonly ww: number;
  /** u·w. */
  readonly uw: number;
  /** √(uu·ww − uw²) = |u||w||sin ζ|, the area that the two layers span. */
  readonly area?: number;
  /** uu/η_u − ww/η_w, for the learning rates of the network the numbers were measured in. */
  readonly balance?: number;
}

/**
 * The order parameters of a network with a kink at 0: of the neurons with w > 0, which the data with x > 0
 * train, and of the neurons with w < 0.
 */
export type HalfLineOrderParameters = Halves<OrderParameters>;
