import { isList, readChoice, readNumber, readPair, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { numberOf, withInfinities } from "../door/json.ts";
import { type Activation, readActivation } from "./activation.ts";
import { type Loss, type LossFunction, lossNames } from "./loss.ts";

/**
 * The network f(x) = γ Σᵢ uᵢ (wᵢx)^β and its training by gradient flow: u̇ = −η_u ∂L/∂u, ẇ = −η_w ∂L/∂w.
 * [XuZiyin2025, §2]
 */
export interface Network {
  /** Output scale γ. */
  readonly outputScale: number;
  /** Layer-wise learning rates η_u, η_w, inverse time. */
  readonly learningRates: { readonly u: number; readonly w: number };
  /**
   * `"mse"`: L = E[|f(x) − y|²], summed over outputs; `"half-mse"`: half of that; `"logistic"`, `"huber"`,
   * `"cross-entropy"` (two outputs or more), or user-defined functions.
   */
  readonly loss: Loss;
  /** β, the exponent of the activation z^β; 1 is the linear network. */
  readonly power: number;
  /**
   * μ: training descends L + ½μ(|u|² + |w|²). A pair if the layers decay differently: L + ½μ_u|u|² +
   * ½μ_w|w|².
   */
  readonly weightDecay: number | { readonly u: number; readonly w: number };
  /** L, the number of linear layers; absent if it is 2. */
  readonly depth?: number;
  /** η_1 to η_L, starting with the layer that reads the inputs; present if they are not a pair. */
  readonly layerRates?: readonly number[];
  /** σ in f(x) = γ Σᵢ uᵢσ(wᵢx); absent if it is linear. */
  readonly activation?: Activation;
}

/** A network of rectified linear units, f(x) = γ Σᵢ uᵢ max(0, wᵢx). */
export type ReluNetwork = Network & { readonly activation: "relu" };

/**
 * A network with a kink at 0. `{ leaky: 1 }` is excluded, because it is linear: {@link network} then returns
 * a linear network.
 */
export type KinkedNetwork = Network & { readonly activation: Exclude<Activation, "linear"> };

/** The options of {@link network}. */
export interface NetworkOptions {
  /** γ, of any sign. With 0 the network does not train. */
  readonly outputScale?: number | undefined;
  /**
   * η_u and η_w ≥ 0, or one number for both; 0 freezes a layer. With `depth`, one number for all layers, or
   * η_1 to η_L, starting with the layer that reads the inputs. At infinite depth, the sum over all layers.
   */
  readonly learningRates?: number | readonly number[] | { readonly u: number; readonly w: number } | undefined;
  readonly loss?: Loss | undefined;
  /** β > 0, at most 64. */
  readonly power?: number | undefined;
  /** μ ≥ 0, or { u, w } with a separate decay for each layer. */
  readonly weightDecay?: number | { readonly u: number; readonly w: number } | undefined;
  /**
   * L from 1 to 100,000, the number of linear layers (default 2), or Infinity; see `initial: { layers }`. A
   * depth that is not an integer means balanced layers with one learning rate. It cannot be combined with a
   * power.
   */
  readonly depth?: number | undefined;
  /** The learning rates as `network` returns them. Pass `learningRates` instead. */
  readonly layerRates?: readonly number[] | undefined;
  /** σ; `"linear"` by default. The others require power 1, two layers, and inputs along one direction. */
  readonly activation?: Activation | undefined;
}

/**
 * A network with one hidden layer, f(x) = γ Σᵢ uᵢ (wᵢx)^β, and its training. The width is that of the initial
 * weights.
 *
 * @param options - Output scale γ (default 1), layer-wise learning rates (default 1, inverse time), loss
 * (default `"mse"`), the activation's power β (default 1: linear), weight decay μ, or { u, w } for each layer
 * (default 0; as in PyTorch, μ times the weight is added to its gradient), depth (default 2), activation
 * (default `"linear"`; `"relu"`, `"abs"`, or `{ leaky: α }`, whose slope is 1 above 0 and α below).
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
export function network(options: NetworkOptions & { readonly activation: Exclude<Activation, "linear"> }): KinkedNetwork;
export function network(options?: NetworkOptions): Network;
export function network(options: NetworkOptions = {}): Network {
  return named("network", () => readAnyNetwork("options", options));
}

const FIELDS = ["outputScale", "learningRates", "loss", "power", "weightDecay"] as const;

/** Checks and copies a network of two layers. */
export function readNetwork(argument: string, value: unknown): Network {
  return readFields(argument, readRecord(argument, value, FIELDS));
}

/** Checks and copies a network of any depth and activation. */
export function readAnyNetwork(argument: string, value: unknown): Network {
  const { activation: givenActivation = "linear", ...fields } = readRecord(argument, value, allFields());
  const prefix = argument === "options" ? "" : `${argument}.`;
  const activation = readActivation(`${prefix}activation`, givenActivation);
  const network = readDeep(argument, fields);
  if (activation === "linear") return network;
  for (const [name, otherwise] of [
    ["power", 1],
    ["depth", 2],
  ] as const)
    if ((network[name] ?? otherwise) !== otherwise) reject(`${prefix}${name} and ${prefix}activation are both given; pass one`);
  return { ...network, activation };
}

const allFields = () => [...FIELDS, "depth", "layerRates", "activation"] as const;

type Fields = Readonly<Partial<Record<ReturnType<typeof allFields>[number], unknown>>>;

/** Reads a linear network of any depth, or a network with a power. */
function readDeep(argument: string, { depth: depthField, layerRates, ...others }: Omit<Fields, "activation">): Network {
  const name = (field: string): string => (argument === "options" ? field : `${argument}.${field}`);
  const requested = depthField === undefined ? 2 : numberOf(depthField);
  const depth = requested === Infinity ? Infinity : readNumber(name("depth"), requested, { min: 1, max: 1e5 });
  const listed = layerRates ?? (isRateList(others.learningRates) ? others.learningRates : undefined);
  if (listed === undefined) {
    const network = readFields(argument, others);
    return depth === 2 ? network : ofDepth(argument, { ...network, depth });
  }
  const rates = readVector(name("learningRates"), listed);
  for (const rate of rates) readNumber(name("learningRates"), rate, { min: 0 });
  if (rates.length !== depth) refuse(name("learningRates"), listed, `pass one number, or one per layer, ${depth}`);
  const network = readFields(argument, { ...others, learningRates: { u: rates.at(-1), w: rates[0] } });
  return depth === 2 ? network : ofDepth(argument, { ...network, depth, layerRates: Array.from(rates) });
}

function isRateList(rates: unknown): boolean {
  return isList(rates) || ArrayBuffer.isView(rates);
}

/** Two learning rates, or a power, require two layers. */
function ofDepth(argument: string, network: Network): Network {
  const { depth, power, learningRates, layerRates, weightDecay } = network;
  const name = argument === "options" ? "" : `${argument}.`;
  if (power !== 1) reject(`${name}power is ${power} and depth ${depth}; a power is for two layers, so leave one of them out`);
  if (typeof weightDecay !== "number")
    refuse(`${name}weightDecay`, weightDecay, `pass one number, as all layers of a network of depth ${depth} decay alike`);
  if (layerRates === undefined && learningRates.u !== learningRates.w)
    refuse(`${name}learningRates`, learningRates, `pass one number, or one per layer, as the depth is ${depth}`);
  return withInfinities(network);
}

function readFields(argument: string, record: Readonly<Partial<Record<(typeof FIELDS)[number], unknown>>>): Network {
  const { outputScale = 1, learningRates = 1, loss = "mse", power = 1, weightDecay = 0 } = record;
  const name = (field: string): string => (argument === "options" ? field : `${argument}.${field}`);
  return {
    outputScale: readNumber(name("outputScale"), outputScale),
    learningRates: readPair(name("learningRates"), learningRates, { min: 0 }),
    loss: readLoss(name("loss"), loss),
    power: readNumber(name("power"), power, { above: 0, max: 64 }),
    weightDecay: readDecay(name("weightDecay"), weightDecay),
  };
}

/** One number if both layers decay equally. */
function readDecay(argument: string, weightDecay: unknown): Network["weightDecay"] {
  const pair = readPair(argument, weightDecay, { min: 0 });
  return pair.u === pair.w ? pair.u : pair;
}

function readLoss(argument: string, loss: unknown): Loss {
  if (typeof loss !== "object" || loss === null) return readChoice(argument, loss, lossNames);
  const { secondDerivative, ...required } = readRecord(argument, loss, ["value", "derivative", "secondDerivative"]);
  const functions = secondDerivative === undefined ? required : { ...required, secondDerivative };
  for (const [name, lossFunction] of Object.entries(functions)) {
    if (typeof lossFunction !== "function")
      refuse(`${argument}.${name}`, lossFunction, "pass a function of prediction and target");
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
