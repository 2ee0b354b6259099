/**
 * Networks of any depth along one direction, f(x) = γ a_L ⋯ a₂a₁ x. The layers have rank one and are aligned
 * with each other; a_l is the signed norm of layer l. [SaxeEtAl2014]
 */
import { attempt, isList, readNumber, readRecord, refuse, reject } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { product, quotient, squareRoot, toNumber, wide, ZERO } from "../numerics/wide.ts";
import { wideRoot } from "../numerics/widePower.ts";
import type { Network } from "./network.ts";
import type { AnySnapshot } from "./snapshot.ts";

/** The layers of a deep network, from a_1, which reads the inputs, to a_L. Each is a norm with a sign. */
export interface DepthLayers {
  /** a_l, one number per layer. */
  readonly layers: Float64Array;
}

/**
 * The start of a network of any depth: its layers as numbers, in any kind of array. A snapshot is accepted
 * too.
 */
export interface DepthLayersLike {
  /**
   * a_1 to a_L. If the depth is not an integer, the norm a > 0 that all layers share; the product of the
   * layers is then a^depth.
   */
  readonly layers: VectorLike;
  /**
   * The conserved quantities of a snapshot. The layers alone do not determine them accurately if a layer has
   * shrunk.
   */
  readonly balances?: VectorLike | undefined;
}

/** The start of a network of any depth: balanced layers, given by their output. */
export interface BalancedOutput {
  /** γs, s = Π a_l. Balanced layers have equal a_l²/η_l. */
  readonly output: number;
}

/** The start of a network of any depth. */
export type DepthInitial = DepthLayersLike | BalancedOutput;

/** A network of any depth at one time. Its layers are aligned at all times: `alignment` is 1. */
export interface DepthSnapshot extends AnySnapshot {
  /**
   * a_l, the signed norms, from the layer that reads the inputs to the output layer. If the depth is not an
   * integer, one number, which all layers share; empty at infinite depth.
   */
  readonly layers: readonly number[];
  /**
   * a_l² − η_l·(the smallest a²/η of all layers): the excess of each layer over balanced layers, conserved by
   * training. Empty if the depth is not an integer.
   */
  readonly balances: readonly number[];
  /** The coefficient of the fitted function: f(x) = output·x, output = γs, s = Π a_l. */
  readonly output: number;
  /** Residual correlation g = E[x(y − f(x))]. */
  readonly residual: number;
  /** γ²B, B = Σ η_l (s/a_l)²: the neural tangent kernel is K(x, x') = kernel·x·x'. */
  readonly kernel: number;
}

/** A start in the form that solvers use. */
export interface DepthStart extends DepthLayers {
  readonly balances?: Float64Array;
  /** γs, if it was passed, or if there are too many layers to compute it from them. */
  readonly output?: number;
}

/** Whether the depth is finite and an integer, so that each layer has its own number. */
export function isWholeDepth(depth: number): boolean {
  return Number.isInteger(depth);
}

/** Whether the value is a start of a network of any depth. */
export function isDepthInitial(initial: unknown): boolean {
  if (typeof initial !== "object" || initial === null) return false;
  const has = (key: string): boolean => attempt(() => (initial as Record<string, unknown>)[key] !== undefined, false);
  return has("layers") || (has("output") && !["u", "w", "uu", "ww", "uw", "W", "W1", "W2"].some(has));
}

/** η_1 to η_L of a network whose depth is an integer. */
export function layerRatesOf({ depth = 2, learningRates, layerRates }: Network): Float64Array {
  if (layerRates !== undefined) return Float64Array.from(layerRates);
  const { u, w } = learningRates;
  return Float64Array.from({ length: depth }, (_, l) => (l === depth - 1 && l > 0 ? u : w));
}

/** Checks and copies a start: layers, or the output of balanced layers. */
export function readDepthInitial(network: Network, value: unknown): DepthStart {
  const { depth = 2 } = network;
  if (!isDepthInitial(value)) refuse("initial", value, `pass { layers } or { output }, as the network has depth ${depth}`);
  const { layers, balances, output } = readRecord("initial", value) as Record<string, unknown>;
  if (!isWholeDepth(depth)) return readCommon(network, layers, output);
  if (layers === undefined) return balancedLayers(network, readNumber("initial.output", output));
  const numbers = readVector("initial.layers", layers);
  if (numbers.length !== depth) reject(`initial.layers has ${numbers.length} numbers; pass one per layer, ${depth}`);
  return balances === undefined ? { layers: numbers } : { layers: numbers, balances: readBalances(network, numbers, balances) };
}

/** The start of a network whose depth is not an integer: one number, or the output. */
function readCommon(network: Network, layers: unknown, output: unknown): DepthStart {
  const { depth = 2, outputScale } = network;
  // A snapshot of infinite depth has no layers.
  const isEmpty = layers === undefined || (depth === Infinity && isList(layers) && layers.length === 0);
  const numbers = isEmpty ? new Float64Array() : readVector("initial.layers", layers);
  const [common] = numbers;
  if (common !== undefined && depth < Infinity) {
    if (numbers.length === 1 && common > 0) return { layers: numbers };
    const remedy = "pass the one number above 0 that all layers share, or { output }";
    reject(`initial.layers do not fit depth ${depth}; ${remedy}`);
  }
  const value = readNumber("initial.output", output);
  const s = value / outputScale;
  if (!(s > 0))
    refuse(
      "initial.output",
      value,
      `pass a number with the sign of outputScale, because a product of ${depth} layers cannot be negative`,
    );
  if (depth === Infinity) return { layers: numbers, output: value };
  const layer = toNumber(wideRoot(quotient(wide(value), wide(outputScale)), depth));
  return { layers: Float64Array.of(layer), output: value };
}

/** Balanced layers with this output. The last layer has its sign. */
function balancedLayers(network: Network, output: number): DepthStart {
  const { depth = 2, outputScale: gamma } = network;
  const rates = layerRatesOf(network);
  if (gamma === 0 && output !== 0) refuse("initial.output", output, "pass 0, as the output scale is 0");
  if (rates.some((rate) => rate === 0))
    reject("initial is the output of balanced layers, but a layer is frozen; pass { layers }");
  const s = gamma === 0 ? ZERO : wideRoot(quotient(wide(Math.abs(output)), wide(Math.abs(gamma))), depth);
  const mean = wideRoot(product(...rates), 2 * depth);
  const same = rates.every((rate) => rate === rates[0]);
  const layers = rates.map((rate) => toNumber(same ? s : quotient(product(s, squareRoot(wide(rate))), mean)));
  if (output < 0 !== gamma < 0) layers[depth - 1] = -layers[depth - 1]!;
  return { layers, balances: new Float64Array(depth), output };
}

/** The rounding error of balances that are computed from layers, relative to the squares of the layers. */
const NEAR = 1e-6;

function readBalances(network: Network, layers: Float64Array, value: unknown): Float64Array {
  const balances = readVector("initial.balances", value);
  const rates = layerRatesOf(network);
  const least = layers.reduce((least, a, l) => (rates[l]! > 0 ? Math.min(least, (a * a) / rates[l]!) : least), Infinity);
  const fits = layers.every((a, l) => {
    const balanced = rates[l] === 0 ? 0 : rates[l]! * least;
    return balances[l]! >= 0 && Math.abs(a * a - balanced - balances[l]!) <= NEAR * a * a;
  });
  if (balances.length !== layers.length || !fits)
    reject("initial.balances do not fit initial.layers; pass the balances of a snapshot, or leave them out");
  return balances;
}
