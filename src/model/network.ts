import { readChoice, readNumber, readPair, readRecord } from "../numerics/check.ts";

/** The loss that is trained: mean squared error, or half of it. */
export type Loss = "mse" | "half-mse";

/** The network f(x) = γ Σᵢ uᵢ (wᵢx) and how it is trained: u̇ = −η_u ∂L/∂u, ẇ = −η_w ∂L/∂w. [XuZiyin2025, §2] */
export interface Network {
  /** Output scale γ. */
  readonly outputScale: number;
  /** Layer-wise learning rates η_u, η_w, inverse time. */
  readonly learningRates: { readonly u: number; readonly w: number };
  /** `"mse"`: L = E[(f(x) − y)²]; `"half-mse"`: half of that. */
  readonly loss: Loss;
}

/** What {@link network} takes. */
export interface NetworkOptions {
  /** γ, of any sign; 0 is a network that stays as it is. */
  readonly outputScale?: number;
  /** η_u and η_w ≥ 0, or one number for both; 0 freezes a layer. */
  readonly learningRates?: number | { readonly u: number; readonly w: number };
  readonly loss?: Loss;
}

/**
 * A one-hidden-layer linear network f(x) = γ Σᵢ uᵢ (wᵢx) and how it is trained. Its width comes with the initial weights.
 *
 * @param options - Output scale γ (default 1), layer-wise learning rates (default 1, inverse time), loss (default `"mse"`).
 * @throws FeatureLearningError `"invalid-argument"`: a number that is not finite, a negative rate, an unknown loss or option.
 *
 * @example
 * ```ts
 * import { network } from "feature-learning";
 *
 * const narrow = network({ outputScale: 0.5, learningRates: { u: 1, w: 2 } });
 * console.log(narrow.loss, narrow.learningRates.w); // mse 2
 * ```
 */
export function network(options: NetworkOptions = {}): Network {
  return readNetwork("network", "options", options);
}

/** A network as somebody passed it, checked and copied. */
export function readNetwork(where: string, argument: string, value: unknown): Network {
  const {
    outputScale = 1,
    learningRates = 1,
    loss = "mse",
  } = readRecord(where, argument, value, ["outputScale", "learningRates", "loss"]);
  const name = (field: string): string => (argument === "options" ? field : `${argument}.${field}`);
  return {
    outputScale: readNumber(where, name("outputScale"), outputScale),
    learningRates: readPair(where, name("learningRates"), learningRates, { min: 0 }),
    loss: readChoice(where, name("loss"), loss, ["mse", "half-mse"]),
  };
}

/** k in L = k·E[(f(x) − y)²]. */
export function lossPrefactor({ loss }: Network): number {
  return loss === "mse" ? 1 : 0.5;
}
