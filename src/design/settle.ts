/**
 * Which shape, rate and balance meet the target. Four numbers decide a network up to the units of its layers:
 * the overlap s, the end e, the rate ρ, and δ'/B₀, the share by which one layer's kernel exceeds the other's.
 * A kernel ratio decides e, a time ρ, a second time another number of the shape, a balance the share; what
 * the target leaves open is decided by what is given, and else by the defaults.
 */
import { reject } from "../door/arguments.ts";
import type { Brief } from "./brief.ts";
import { endAtGrowth, endAtTime, endAtTimes, startAtTimes } from "./meet.ts";
import { rateToMeet, type Shape, startOf } from "./shape.ts";
import { admitShare, rateAt, strengthAt, third, type Units } from "./units.ts";

/** A network up to the units of its layers. */
export interface Settled {
  readonly shape: Shape;
  /** H = |γ|h, which with the shape decides ρ. */
  readonly strength: number;
  /** δ'/B₀. */
  readonly share: number;
  /** What decided the shape, and what the rate. */
  readonly by: { readonly shape: string; readonly rate: string };
}

/** What a plateau alone is met with: a kernel that grows a hundredfold. */
export const LONG_WAIT = 100;

export function settle({ goals, given }: Brief, units: Units): Settled {
  const { growth, kernel, learningTime, learning, plateau, balance } = goals;
  const { scale, width } = given;
  const gamma = given.outputScale === undefined ? undefined : Math.abs(given.outputScale);
  const free = [gamma, given.learningRates, scale].filter((one) => one === undefined).length;
  if (free === 0) reject("given has outputScale, learningRates and scale; leave one out, to be found");

  const timed = learningTime !== undefined || plateau !== undefined;
  const bothTimes = learningTime !== undefined && plateau !== undefined;
  const overlaps = given.overlap === undefined && growth !== undefined && bothTimes && free > 1;
  const start = overlaps ? startAtTimes(goals) : startOf(given.overlap ?? 0);

  // H·T is the same for all common rates, so that those still to be found may be 1 in it.
  const rates = given.learningRates ?? { u: 1, w: 1 };
  const found = timed && given.learningRates === undefined;
  const H = (gamma ?? 1) * Math.sqrt(rates.u) * Math.sqrt(rates.w);
  const norms = scale === undefined ? { u: 1, w: 1 } : { u: width * scale.u * scale.u, w: width * scale.w * scale.w };
  const T = norms.u / rates.u + norms.w / rates.w;
  // A balance at most half of T leaves both layers a kernel.
  const least = balance === undefined ? 0 : (2 * Math.abs(balance)) / start.across;

  const [end, decidedBy] = endToMeet();
  const shape = { ...start, end };
  const decided = growth !== undefined || bothTimes;
  const byTime = timed && (found || (decided && gamma === undefined && scale === undefined));
  const strength = byTime ? strengthAt(rateToMeet(goals, shape), shape, units) : strengthAsGiven();
  const by = {
    shape: decidedBy,
    rate: !byTime ? "what is given and default" : learningTime === undefined ? "plateau" : learning,
  };
  return { shape, strength, share: shareOf(third(strength * shape.end, units)), by };

  function endToMeet(): readonly [end: number, by: string] {
    if (gamma !== undefined && scale !== undefined) return [third(H * T, units), "outputScale and scale"];
    if (growth !== undefined) return [endAtGrowth(growth, start), overlaps ? `${kernel} and plateau` : kernel];
    if (bothTimes) return [endAtTimes(goals, start), `plateau and ${learning}`];
    if (found && plateau !== undefined)
      return [endAtGrowth(LONG_WAIT - 1, start), `kernelRatio ${LONG_WAIT}, the default for a plateau`];
    if (found || !timed) {
      const room = scale === undefined && !timed ? Math.max(T, least) : T;
      return [third(H * room, units), scale === undefined ? "the default scale" : "scale"];
    }
    const strengthOf = (one: Shape): number => (scale === undefined ? H : third(one.end * T, units));
    const end = endAtTime(goals, start, (one) => rateAt(strengthOf(one), one, units));
    return [end, plateau === undefined ? learning : "plateau"];
  }

  function strengthAsGiven(): number {
    if (gamma !== undefined) return H;
    return scale === undefined ? Math.min(H, third(shape.end * least, units)) : third(shape.end * T, units);
  }

  function shareOf(mass: number): number {
    // Layers that are given have the share that they have, unless the rates may still differ.
    const fixed = scale !== undefined && !(found && gamma === undefined && balance !== undefined);
    if (!fixed) {
      const remedy = "ask for a smaller balance, a smaller kernelRatio or a longer time";
      return admitShare(balance === undefined ? 0 : balance / mass, mass, shape, remedy);
    }
    const share = (norms.u / rates.u - norms.w / rates.w) / T;
    return admitShare(share, mass, shape, "leave scale out, or take overlap nearer to 0");
  }
}
