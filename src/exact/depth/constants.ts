/**
 * What decides the training of layers on one direction, found once. With x_l = a_l/√η_l and j the layer with
 * the smallest |x|, training conserves δ_l = x_l² − x_j² ≥ 0, so that one number is left:
 *
 *     f = γ Π a_l     ḟ = 2k g K     g = xy − xx f     K = γ² Σ η_l Π_{m≠l} a_m² = Σ f²/x_l²
 *
 * [AroraEtAl2018] for what is conserved.
 */
import { isWholeDepth, layerRatesOf } from "../../model/depth.ts";
import { lossPrefactor, type Network } from "../../model/network.ts";
import type { DepthProblem } from "../../model/readProblem.ts";
import { compare, difference, ONE, product, quotient, squareRoot, sum, type Wide, wide, ZERO } from "../../numerics/wide.ts";
import { widePower, wideRoot } from "../../numerics/widePower.ts";

export interface DepthConstants {
  readonly problem: DepthProblem;
  /** How many layers are trained, a real number where the depth is. */
  readonly trained: number;
  /** The layers at the start; of a real depth one, of an infinite depth none. */
  readonly layers: Float64Array;
  /** The rates of these layers. */
  readonly rates: Float64Array;
  /** δ_l of the layers that are trained; 0 for the others, and of a real depth. */
  readonly delta: readonly Wide[];
  /** j; −1 where no layer is trained. */
  readonly smallest: number;
  /** x_j². */
  readonly square: Wide;
  /** f(0), f∞ = xy/xx, g(0), K(0). */
  readonly output: Wide;
  readonly target: Wide;
  readonly residual: Wide;
  readonly kernel: Wide;
  /** 2k·xx: K times it is the rate at which g falls. */
  readonly curvature: Wide;
  /** Nothing moves. */
  readonly still: boolean;
}

export function depthConstants(problem: DepthProblem): DepthConstants {
  const { network, task } = problem;
  const { depth = 2 } = network;
  const parts = isWholeDepth(depth) ? ofLayers(problem) : ofCommon(network, problem);
  const { xx, xy } = task;
  const residual = difference(wide(xy), product(xx, parts.output));
  return {
    ...parts,
    problem,
    target: xx > 0 ? quotient(wide(xy), wide(xx)) : ZERO,
    residual,
    curvature: product(2 * lossPrefactor(network), xx),
    still: xx === 0 || residual.m === 0 || parts.kernel.m === 0,
  };
}

type Parts = Pick<DepthConstants, "trained" | "layers" | "rates" | "delta" | "smallest" | "square" | "output" | "kernel">;

/**
 * Balanced layers of a real depth L: K = γ²ηL |s|^{2 − 2/L}; at L = ∞ the rate is that of all layers
 * together.
 */
function ofCommon({ depth = 2, outputScale, learningRates }: Network, { initial }: DepthProblem): Parts {
  const rate = learningRates.w;
  const { layers } = initial;
  const rates = Float64Array.from(layers, () => rate);
  const delta = Array.from(layers, () => ZERO);
  const common = layers[0];
  const output = initial.output === undefined ? product(outputScale, widePower(wide(common!), depth)) : wide(initial.output);
  if (depth === Infinity)
    return { trained: depth, layers, rates, delta, smallest: -1, square: ZERO, output, kernel: product(rate, output, output) };
  const s = quotient(output, wide(outputScale));
  const a = initial.output === undefined ? wide(common!) : wideRoot(s, depth);
  const lever = quotient(output, a);
  const kernel = product(depth, rate, lever, lever);
  return { trained: rate > 0 ? depth : 0, layers, rates, delta, smallest: 0, square: product(a, a), output, kernel };
}

/** Differences of squares within this share of them are rounding, where the rates differ. */
const ROUNDING = 8 * Number.EPSILON;

function ofLayers({ network, initial }: DepthProblem): Parts {
  const { layers, balances } = initial;
  const rates = layerRatesOf(network);
  const all = Array.from(layers.keys());
  const squares = all.map((l) => quotient(product(layers[l]!, layers[l]!), wide(rates[l] || 1)));
  const trains = all.filter((l) => rates[l]! > 0);
  const smallest = trains.reduce((least, l) => (least < 0 || isBelow(l, least) ? l : least), -1);
  const delta = all.map((l) => (rates[l] === 0 || l === smallest ? ZERO : deltaOf(l)));
  const output = initial.output === undefined ? product(network.outputScale, ...layers) : wide(initial.output);
  // Balanced layers are as right as the output that was given; the product of many of them is not.
  const divides = initial.output !== undefined && output.m !== 0;
  const without = divides ? [] : productsWithout(layers);
  const levers = trains.map((l) => (divides ? quotient(output, wide(layers[l]!)) : product(network.outputScale, without[l]!)));
  const kernel = levers.reduce((total, lever, i) => sum(total, product(rates[trains[i]!]!, lever, lever)), ZERO);
  const square = smallest < 0 ? ZERO : squares[smallest]!;
  return { trained: trains.length, layers, rates, delta, smallest, square, output, kernel };

  function isBelow(l: number, least: number): boolean {
    if (balances !== undefined && (balances[l] === 0) !== (balances[least] === 0)) return balances[l] === 0;
    return compare(squares[l]!, squares[least]!) < 0;
  }

  function deltaOf(l: number): Wide {
    if (balances !== undefined) return quotient(wide(balances[l]!), wide(rates[l]!));
    const [a, b] = [Math.abs(layers[l]!), Math.abs(layers[smallest]!)];
    // The difference of two doubles loses nothing.
    if (rates[l] === rates[smallest])
      return quotient(product(difference(wide(a), wide(b)), sum(wide(a), wide(b))), wide(rates[l]!));
    const found = difference(squares[l]!, squares[smallest]!);
    return compare(found, product(ROUNDING, squares[l]!)) <= 0 ? ZERO : found;
  }
}

/** Of each layer the product of all others. */
function productsWithout(layers: Float64Array): Wide[] {
  const products: Wide[] = [];
  let before: Wide = ONE;
  for (const a of layers) {
    products.push(before);
    before = product(before, a);
  }
  let after: Wide = ONE;
  for (let l = layers.length - 1; l >= 0; l--) {
    products[l] = product(products[l]!, after);
    after = product(after, layers[l]!);
  }
  return products;
}

/** Layer l after x_j² has become `square`, its sign that of the start. */
export function layerAt({ rates, delta, layers }: DepthConstants, l: number, square: Wide): Wide {
  if (rates[l] === 0) return wide(layers[l]!);
  return product(Math.sign(layers[l]!), squareRoot(product(rates[l]!, sum(square, delta[l]!))));
}
