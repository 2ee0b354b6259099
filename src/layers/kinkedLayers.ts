/**
 * The function of a network with a kink at 0: f(x) = γS₊x for x > 0, γS₋x for x < 0. With 𝒫 the neurons with
 * w > 0, 𝒩 those with w < 0 and α the slope of the activation below 0,
 *
 *     S₊ = S_𝒫 + αS_𝒩     S₋ = S_𝒩 + αS_𝒫     g± = xy± − γ xx± S±     K = γ²(B_𝒫 + α²B_𝒩)xx' for x, x' > 0
 *
 * In |u|², |w|² and u·w of a side, the neurons of the other class count with weight |α|. So the positive side
 * is 𝒫 alone for ReLU, and the whole network for α = 1. Neurons with w = 0 are on neither side.
 */
import { slopeBelow } from "../model/activation.ts";
import type { HalfLineSnapshot } from "../model/halfLineSnapshot.ts";
import type { Halves } from "../model/halves.ts";
import { lossPrefactor, type Network } from "../model/network.ts";
import type { HalfLineProblem } from "../model/readProblem.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { HalfMoments } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { hypot, product, toNumber } from "../numerics/wide.ts";

/** |u|², |w|² and u·w of a class of neurons. */
export interface ClassSums {
  uu: number;
  ww: number;
  uw: number;
}

/** The sums over the neurons with w > 0, w < 0 and w = 0. */
export interface KinkedSums extends Halves<ClassSums> {
  /** |u|² of the neurons with w = 0. */
  readonly silent: number;
}

export function sumKinked({ u, w }: Weights): KinkedSums {
  const positive = { uu: 0, ww: 0, uw: 0 };
  const negative = { uu: 0, ww: 0, uw: 0 };
  let silent = 0;
  for (let i = 0; i < u.length; i++) {
    const [a, b] = [u[i]!, w[i]!];
    if (b === 0) silent += a * a;
    else {
      const sums = b > 0 ? positive : negative;
      sums.uu += a * a;
      sums.ww += b * b;
      sums.uw += a * b;
    }
  }
  return { positive, negative, silent };
}

/** The snapshots of the two sides at time t. */
export function sidesOf(network: Network, halves: Halves<HalfMoments>, sums: KinkedSums, t: number): Halves<Snapshot> {
  const { positive, negative } = sums;
  return {
    positive: sideOf(network, halves.positive, positive, negative, t),
    negative: sideOf(network, halves.negative, negative, positive, t),
  };
}

function sideOf(network: Network, { xx, xy }: HalfMoments, own: ClassSums, other: ClassSums, t: number): Snapshot {
  const { outputScale: gamma, learningRates: rates } = network;
  const alpha = slopeBelow(network.activation);
  const share = Math.abs(alpha);
  const uu = own.uu + share * other.uu;
  const ww = own.ww + share * other.ww;
  const uw = own.uw + alpha * other.uw;
  const norms = Math.sqrt(uu) * Math.sqrt(ww);
  const area = Math.sqrt(Math.max(0, norms - Math.abs(uw))) * Math.sqrt(norms + Math.abs(uw));
  const kernelOf = (sums: ClassSums): number => rates.w * sums.uu + rates.u * sums.ww;
  const kernel = gamma * gamma * (kernelOf(own) + alpha * alpha * kernelOf(other));
  const output = gamma * uw;
  const residual = xy - xx * output;
  const excessLoss = xx === 0 ? 0 : lossPrefactor(network) * (residual / Math.sqrt(xx)) ** 2;
  return {
    t,
    uu,
    ww,
    uw,
    area,
    balance: balanceOf(uu, rates.u) - balanceOf(ww, rates.w),
    output,
    residual,
    loss: excessLoss,
    excessLoss,
    kernel,
    alignment: norms > 0 ? Math.max(-1, Math.min(1, uw / norms)) : 0,
    angle: norms > 0 ? Math.atan2(area, uw) : Math.PI / 2,
    normProduct: norms,
    kernelSize: kernel * xx,
    outputSize: Math.abs(output) * Math.sqrt(xx),
  };
}

function balanceOf(square: number, rate: number): number {
  return square === 0 ? 0 : square / rate;
}

/** The snapshot of the network, from those of its sides and from |u|² and |w|² over all neurons. */
export function wholeOf(
  { positive, negative }: Halves<Snapshot>,
  { uu, ww }: { readonly uu: number; readonly ww: number },
  floor: number,
): HalfLineSnapshot {
  const excessLoss = positive.excessLoss + negative.excessLoss;
  return {
    t: positive.t,
    loss: floor + excessLoss,
    excessLoss,
    alignment: (negative.kernelSize > positive.kernelSize ? negative : positive).alignment,
    normProduct: Math.sqrt(uu) * Math.sqrt(ww),
    kernelSize: positive.kernelSize + negative.kernelSize,
    outputSize: Math.hypot(positive.outputSize, negative.outputSize),
    uu,
    ww,
    slopes: { positive: positive.output, negative: negative.output },
  };
}

/**
 * The snapshot of the network of a closed form. |u||w| is from the weights where |u|² or |w|² leaves the
 * range.
 */
export function wholeOfWeights(
  sides: Halves<Snapshot>,
  squares: { readonly uu: number; readonly ww: number },
  floor: number,
  weights: ((t: number) => Weights) | undefined,
): HalfLineSnapshot {
  const whole = wholeOf(sides, squares, floor);
  if (weights === undefined || (isInRange(squares.uu) && isInRange(squares.ww))) return whole;
  const { u, w } = weights(whole.t);
  return { ...whole, normProduct: toNumber(product(u.reduce(hypot, 0), w.reduce(hypot, 0))) };
}

function isInRange(square: number): boolean {
  return square > 1e-280 && square < Infinity;
}

/** The snapshot of weights at time t; `floor` is the least loss. */
export function kinkedSnapshot(
  { network, halves }: Pick<HalfLineProblem, "network" | "halves">,
  weights: Weights,
  t: number,
  floor: number,
): HalfLineSnapshot {
  const sums = sumKinked(weights);
  const { positive, negative, silent } = sums;
  const all = { uu: positive.uu + negative.uu + silent, ww: positive.ww + negative.ww };
  return wholeOf(sidesOf(network, halves, sums, t), all, floor);
}

/** γS₊ and γS₋. */
export function slopesOfSums({ outputScale: gamma, activation }: Network, { positive, negative }: KinkedSums): Halves<number> {
  const alpha = slopeBelow(activation);
  return { positive: gamma * (positive.uw + alpha * negative.uw), negative: gamma * (negative.uw + alpha * positive.uw) };
}

/** The forces of the data on the neurons of each class: g₊ + αg₋ and g₋ + αg₊. */
export function pullsOf(network: Network, halves: Halves<HalfMoments>, { positive, negative }: Halves<number>): Halves<number> {
  const alpha = slopeBelow(network.activation);
  const gamma = network.outputScale;
  const above = halves.positive.xy - gamma * halves.positive.xx * (positive + alpha * negative);
  const below = halves.negative.xy - gamma * halves.negative.xx * (negative + alpha * positive);
  return { positive: above + alpha * below, negative: below + alpha * above };
}
