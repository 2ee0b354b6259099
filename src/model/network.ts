import { readChoice, readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { type Activation, readActivation } from "./activation.ts";
import { type Loss, type LossFunction, lossNames } from "./loss.ts";

/**
 * The network f(x) = γ Σᵢ uᵢ (wᵢx)^β and how it is trained: u̇ = −η_u ∂L/∂u, ẇ = −η_w ∂L/∂w. [XuZiyin2025,
 * §2]
 */
export interface Network {
  /** Output scale γ. */
  readonly outputScale: number;
  /** Layer-wise learning rates η_u, η_w, inverse time. */
  readonly learningRates: { readonly u: number; readonly w: number };
  /**
   * `"mse"`: L = E[|f(x) − y|²], summed over outputs; `"half-mse"`: half of that; `"logistic"`, `"huber"`,
   * `"cross-entropy"` (two outputs or more), or functions of one's own.
   */
  readonly loss: Loss;
  /** β, the power that activates a hidden neuron; 1 is the linear network. */
  readonly power: number;
  /** μ: training descends L + ½μ(|u|² + |w|²). */
  readonly weightDecay: number;
  /** σ in f(x) = γ Σᵢ uᵢσ(wᵢx). */
  readonly activation: Activation;
}

/** A network of rectified linear units, f(x) = γ Σᵢ uᵢ max(0, wᵢx). */
export type ReluNetwork = Network & { readonly activation: "relu" };

/** What {@link network} takes. */
export interface NetworkOptions {
  /** γ, of any sign; 0 is a network that stays as it is. */
  readonly outputScale?: number | undefined;
  /** η_u and η_w ≥ 0, or one number for both; 0 freezes a layer. */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  readonly loss?: Loss | undefined;
  /** β > 0, at most 64. */
  readonly power?: number | undefined;
  /** μ ≥ 0. */
  readonly weightDecay?: number | undefined;
  /** σ; `"linear"` by default. Others go with the power 1, and with inputs along one direction. */
  readonly activation?: Activation | undefined;
}

/**
 * A one-hidden-layer network f(x) = γ Σᵢ uᵢ (wᵢx)^β and how it is trained. Its width comes with the initial
 * weights.
 *
 * @param options - Output scale γ (default 1), layer-wise learning rates (default 1, inverse time), loss
 * (default `"mse"`), the activation's power β (default 1: linear), weight decay μ (default 0; as in PyTorch,
 * μ times the weight joins its gradient), activation (default `"linear"`; `"relu"`, `"abs"`, or
 * `{ leaky: α }`, whose slope is 1 above 0 and α below).
 * @throws FeatureLearningError `"invalid-argument"`: a number that is not finite, a negative rate or decay,
 * an unknown loss or option, an activation together with a power.
 *
 * @example
 * ```ts
 * import { network } from "feature-learning";
 *
 * const narrow = network({ outputScale: 0.5, learningRates: { u: 1, w: 2 } });
 * console.log(narrow.loss, narrow.learningRates.w); // mse 2
 * ```
 */
export function network(options: NetworkOptions & { readonly activation: "relu" }): ReluNetwork;
export function network(options?: NetworkOptions): Network;
export function network(options: NetworkOptions = {}): Network {
  return named("network", () => readAnyNetwork("options", options));
}

const FIELDS = ["outputScale", "learningRates", "loss", "power", "weightDecay", "activation"] as const;

/** A network as it was passed, checked and copied. */
export function readAnyNetwork(argument: string, value: unknown): Network {
  const found = readNetwork(argument, value, readActivation);
  if (found.power === 1 || found.activation === "linear") return found;
  const prefix = argument === "options" ? "" : `${argument}.`;
  return reject(`${prefix}power and ${prefix}activation are both given; pass one`);
}

/** The same of a linear network; what reads other activations is the caller's, who knows what to do with them. */
export function readNetwork(argument: string, value: unknown, readOther?: typeof readActivation): Network {
  const record = readRecord(argument, value, FIELDS);
  const { outputScale = 1, learningRates = 1, loss = "mse", power = 1, weightDecay = 0, activation = "linear" } = record;
  const name = (field: string): string => (argument === "options" ? field : `${argument}.${field}`);
  return {
    outputScale: readNumber(name("outputScale"), outputScale),
    learningRates: readPair(name("learningRates"), learningRates, { min: 0 }),
    loss: readLoss(name("loss"), loss),
    power: readNumber(name("power"), power, { above: 0, max: 64 }),
    weightDecay: readNumber(name("weightDecay"), weightDecay, { min: 0 }),
    activation:
      activation === "linear"
        ? activation
        : (readOther?.(name("activation"), activation) ??
          refuse(name("activation"), activation, 'call exactFlow, or pass "linear"')),
  };
}

function readLoss(argument: string, loss: unknown): Loss {
  if (typeof loss !== "object" || loss === null) return readChoice(argument, loss, lossNames);
  const { secondDerivative, ...required } = readRecord(argument, loss, ["value", "derivative", "secondDerivative"]);
  const functions = secondDerivative === undefined ? required : { ...required, secondDerivative };
  for (const [name, given] of Object.entries(functions)) {
    if (typeof given !== "function") refuse(`${argument}.${name}`, given, "pass a function of prediction and target");
  }
  return functions as unknown as LossFunction;
}

/** Whether L is k·E[(f(x) − y)²]. */
export function isSquared({ loss }: Network): boolean {
  return loss === "mse" || loss === "half-mse";
}

/** k in L = k·E[(f(x) − y)²]; 1 for other losses. */
export function lossPrefactor({ loss }: Network): number {
  return loss === "half-mse" ? 0.5 : 1;
}
