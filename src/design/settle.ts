/**
 * Finds the shape, rate and balance that meet the target. Four numbers determine a network up to the units of
 * its layers: the overlap s, the end e, the rate ρ, and the share δ'/B₀, the relative difference of the two
 * layers' parts of the kernel. A kernel ratio determines e, a time ρ, a second time another number of the
 * shape, and a balance the share. Numbers that the target does not fix are determined by the given values, or
 * else by the defaults.
 */
import { reject } from "../door/arguments.ts";
import type { Brief } from "./brief.ts";
import { endAtGrowth, endAtTime, endAtTimes, startAtTimes } from "./meet.ts";
import { rateToMeet, type Shape, startOf } from "./shape.ts";
import { admitShare, rateAt, strengthAt, third, type Units } from "./units.ts";

/** A network up to the units of its layers. */
export interface Settled {
  readonly shape: Shape;
  /** H = |γ|h, which together with the shape determines ρ. */
  readonly strength: number;
  /** δ'/B₀. */
  readonly share: number;
  /** The targets or defaults that determined the shape and the rate. */
  readonly by: { readonly shape: string; readonly rate: string };
}

/** The kernel ratio that is used if a plateau is the only target. */
export const LONG_WAIT = 100;

export function settle({ goals, given }: Brief, units: Units): Settled {
  const { growth, kernel, learningTime, learning, plateau, balance } = goals;
  const { scale, width } = given;
  const gamma = given.outputScale === undefined ? undefined : Math.abs(given.outputScale);
  const free = [gamma, given.learningRates, scale].filter((value) => value === undefined).length;
  if (free === 0) reject("given has outputScale, learningRates and scale; leave out the one to be found");

  const timed = learningTime !== undefined || plateau !== undefined;
  const bothTimes = learningTime !== undefined && plateau !== undefined;
  const overlaps = given.overlap === undefined && growth !== undefined && bothTimes && free > 1;
  const start = overlaps ? startAtTimes(goals) : startOf(given.overlap ?? 0);

  // H·T is the same for all common learning rates, so that unknown ones may be set to 1.
  const rates = given.learningRates ?? { u: 1, w: 1 };
  const findsRates = timed && given.learningRates === undefined;
  const H = (gamma ?? 1) * Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const norms = scale === undefined ? { u: 1, w: 1 } : { u: width * scale.u * scale.u, w: width * scale.w * scale.w };
  const T = norms.u / rates.u + norms.w / rates.w;
  // If the balance is at most half of T, both layers contribute to the kernel.
  const least = balance === undefined ? 0 : (2 * Math.abs(balance)) / start.across;

  const [end, decidedBy] = endToMeet();
  const shape = { ...start, end };
  const decided = growth !== undefined || bothTimes;
  const byTime = timed && (findsRates || (decided && gamma === undefined && scale === undefined));
  const strength = byTime ? strengthAt(rateToMeet(goals, shape), shape, units) : strengthAsGiven();
  const by = {
    shape: decidedBy,
    rate: !byTime ? "the given values and the defaults" : learningTime === undefined ? "plateau" : learning,
  };
  return { shape, strength, share: shareOf(third(strength * shape.end, units)), by };

  function endToMeet(): readonly [end: number, by: string] {
    if (gamma !== undefined && scale !== undefined) return [third(H * T, units), "outputScale and scale"];
    if (growth !== undefined) return [endAtGrowth(growth, start), overlaps ? `${kernel} and plateau` : kernel];
    if (bothTimes) return [endAtTimes(goals, start), `plateau and ${learning}`];
    if (findsRates && plateau !== undefined)
      return [endAtGrowth(LONG_WAIT - 1, start), `kernelRatio ${LONG_WAIT}, the default for a plateau`];
    if (findsRates || !timed) {
      const room = scale === undefined && !timed ? Math.max(T, least) : T;
      return [third(H * room, units), scale === undefined ? "the default scale" : "scale"];
    }
    const strengthOf = (candidate: Shape): number => (scale === undefined ? H : third(candidate.end * T, units));
    const end = endAtTime(goals, start, (one) => rateAt(strengthOf(one), one, units));
    return [end, plateau === undefined ? learning : "plateau"];
  }

  function strengthAsGiven(): number {
    if (gamma !== undefined) return H;
    return scale === undefined ? Math.min(H, third(shape.end * least, units)) : third(shape.end * T, units);
  }

  function shareOf(mass: number): number {
    // Given layers determine the share, unless the learning rates are free to differ.
    const fixed = scale !== undefined && !(findsRates && gamma === undefined && balance !== undefined);
    if (!fixed) {
      const remedy = "pass a smaller balance, a smaller kernelRatio or a longer time";
      return admitShare(balance === undefined ? 0 : balance / mass, mass, shape, remedy);
    }
    const share = (norms.u / rates.u - norms.w / rates.w) / T;
    return admitShare(share, mass, shape, "leave scale out, or pass an overlap nearer to 0");
  }
}
