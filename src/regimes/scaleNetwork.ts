/**
 * A scaling at a finite size: every quantity is its prefactor times κ to the power of its exponent, with κ =
 * width^{1/c_d}.
 */

import { readNumber, readPair, readRecord, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import type { Loss } from "../model/loss.ts";
import { type Network, readNetwork } from "../model/network.ts";
import { readExponents, type ScalingExponents } from "./exponents.ts";

/** The options of {@link scaleNetwork}. */
export interface ScaleOptions {
  /** κ, for scalings of fixed width, for which it does not follow from the width. */
  readonly kappa?: number | undefined;
  /** Prefactors at κ = 1, each 1 if left out. */
  readonly outputScale?: number | undefined;
  readonly scale?: number | { readonly u: number; readonly w: number } | undefined;
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** The loss (default `"mse"`). */
  readonly loss?: Loss | undefined;
}

/** A network of finite width, with the standard deviations of its initial layers. */
export interface ScaledNetwork {
  /** The width, an integer. */
  readonly width: number;
  /** κ. */
  readonly kappa: number;
  /** The network with its output scale, learning rates and loss. */
  readonly network: Network;
  /** The `scale` for `gaussianWeights` and `gaussianOrderParameters`. */
  readonly scale: { readonly u: number; readonly w: number };
}

/**
 * The network of a scaling at a finite width, for numerical studies of the limit.
 *
 * @param exponents - A scaling, or one of `parametrizations`.
 * @param width - The width, at least 1. κ = width^{1/c_d}, or `kappa` if the width does not grow.
 * @throws FeatureLearningError `"invalid-argument"`: a width below 1, a scaling of fixed width without
 * `kappa`, values that overflow double precision.
 *
 * @example
 * ```ts
 * import { parametrizations, scaleNetwork } from "feature-learning";
 *
 * const { network, scale } = scaleNetwork(parametrizations.muP, 100);
 * console.log(network.learningRates, scale); // { u: 0.01, w: 100 } { u: 0.01, w: 1 }
 * ```
 */
export function scaleNetwork(exponents: ScalingExponents, width: number, options: ScaleOptions = {}): ScaledNetwork {
  return named("scaleNetwork", () => scaledNetwork(readExponents("exponents", exponents), width, options));
}

/** The network of checked exponents. */
export function scaledNetwork(exponents: Hyperparameters, width: unknown, options: unknown): ScaledNetwork {
  const {
    width: d,
    outputScale: gamma,
    scale: { u, w },
    learningRates: { u: etaU, w: etaW },
  } = exponents;
  const fields = readRecord("options", options, ["kappa", "outputScale", "scale", "learningRates", "loss"]);
  const size = readNumber("width", width, { min: 1, max: 1e15, integer: true });
  if (d === 0 && fields.kappa === undefined) reject("the scaling does not change the width; pass { kappa }");
  if (d > 0 && fields.kappa !== undefined) reject("the width determines kappa; leave it out");
  const kappa = d > 0 ? size ** (1 / d) : readNumber("kappa", fields.kappa, { above: 0 });
  const scale = readPair("scale", fields.scale ?? 1, { min: 0 });
  const rates = readPair("learningRates", fields.learningRates ?? 1, { min: 0 });
  const outputScale = readNumber("outputScale", fields.outputScale ?? 1);
  const network = readNetwork("network", {
    outputScale: outputScale * kappa ** gamma,
    learningRates: { u: rates.u * kappa ** etaU, w: rates.w * kappa ** etaW },
    loss: fields.loss ?? "mse",
  });
  return { width: size, kappa, network, scale: { u: scale.u * kappa ** u, w: scale.w * kappa ** w } };
}
