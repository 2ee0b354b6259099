/**
 * The two sides of 0 on a line of inputs. A network with a kink at 0 fits each side with a separate slope,
 * from the moments of the data on that side,
 *
 *     xx± = E[x² 1(±x > 0)]      xy± = E[xy 1(±x > 0)]      min L = k(yy − Σ± xy±²/xx±)
 */
import { reject, unmet } from "../door/arguments.ts";
import { meanProduct } from "../numerics/meanProduct.ts";
import { DECIMAL_ROUNDING } from "../numerics/rounding.ts";
import type { Halves } from "./halves.ts";
import { lossPrefactor, type Network } from "./network.ts";
import { type HalfMoments, readHalf, type Task } from "./task.ts";

/** The moments of samples on either side of 0. */
export function halfMomentsOf(x: Float64Array, y: Float64Array): Halves<HalfMoments> {
  const side = (inside: Float64Array): HalfMoments => ({ xx: meanProduct(inside, inside), xy: meanProduct(inside, y) });
  return { positive: side(x.map((value) => Math.max(value, 0))), negative: side(x.map((value) => Math.min(value, 0))) };
}

/** The moments of a task on either side of 0, checked. */
export function halvesOfTask({ positive, negative, samples, yy }: Task): Halves<HalfMoments> {
  const known = positive !== undefined && negative !== undefined;
  const halves = known
    ? { positive: readHalf("task.positive", positive), negative: readHalf("task.negative", negative) }
    : samples && halfMomentsOf(samples.x, samples.y);
  if (halves === undefined)
    unmet(
      "the moments of the task do not separate the data with x > 0 from those with x < 0",
      "pass { positive, negative, yy } to taskFromMoments, or samples to taskFromSamples",
    );
  for (const [name, { xx, xy }] of Object.entries(halves))
    if (xx === 0 && xy !== 0) reject(`task.${name} has xy = ${xy} with xx = 0; pass the means of x² and xy on that side`);
  const explained = explainedBy(halves.positive) + explainedBy(halves.negative);
  if (explained > yy * (1 + DECIMAL_ROUNDING))
    reject(`task has yy = ${yy}, less than the ${explained} that its two slopes explain; pass the means of x², xy and y²`);
  return halves;
}

/**
 * The moments of the best even fit s|x| to the data, s = (xy₊ − xy₋)/(xx₊ + xx₋), in place of the data's own.
 * A network of |x| learns from them as from the data, and its least loss is that of this fit.
 */
export function evenPart({ positive, negative }: Halves<HalfMoments>): Halves<HalfMoments> {
  const spread = positive.xx + negative.xx;
  const slope = spread === 0 ? 0 : (positive.xy - negative.xy) / spread;
  return {
    positive: { xx: positive.xx, xy: slope * positive.xx },
    negative: { xx: negative.xx, xy: -slope * negative.xx },
  };
}

/** The least loss that two slopes reach: k(yy − Σ± xy±²/xx±). */
export function leastLossOfSlopes(network: Network, yy: number, { positive, negative }: Halves<HalfMoments>): number {
  return lossPrefactor(network) * Math.max(0, yy - explainedBy(positive) - explainedBy(negative));
}

/** The loss of two slopes, k Σ± g±²/xx± plus the least loss. */
export function lossOfSlopes(
  network: Network,
  yy: number,
  halves: Halves<HalfMoments>,
  { positive, negative }: Halves<number>,
): number {
  const excess = ({ xx, xy }: HalfMoments, slope: number): number => (xx === 0 ? 0 : ((xy - xx * slope) / Math.sqrt(xx)) ** 2);
  const above = excess(halves.positive, positive) + excess(halves.negative, negative);
  return leastLossOfSlopes(network, yy, halves) + lossPrefactor(network) * above;
}

/** xy²/xx, the mean square that the best slope explains. */
export function explainedBy({ xx, xy }: HalfMoments): number {
  return xx === 0 ? 0 : (xy / Math.sqrt(xx)) ** 2;
}
