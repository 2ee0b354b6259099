/**
 * Makes a report from a course. |cos ζ| and ln(|u||w|) are divided into legs. All turning of a leg of |cos ζ|
 * counts in the direction of its net change. A mechanism is present if one of its legs is at least as high as
 * the tolerance,
 *
 *     tolerance = max(rounding, noise, threshold)
 *
 * Presence, shares, dominance and intervals are all decided over these legs.
 */
import type { Course, Point } from "./course.ts";
import { type Leg, legsOf } from "./legs.ts";
import { type Oscillation, oscillationOf } from "./noise.ts";

/** A mechanism of learning. */
export type Mechanism = "alignment" | "disalignment" | "rescaling";

/**
 * All mechanisms, in the order in which they are reported.
 *
 * @example
 * ```ts
 * import { exactFlow, mechanismNames, mechanisms, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const learned = mechanisms(exactFlow({ network: network(), task, initial: { uu: 0.1, ww: 0.1, uw: 0 } }));
 * console.log(mechanismNames.filter((name) => !learned.present.includes(name))); // [ 'disalignment' ]
 * ```
 */
export const mechanismNames: readonly Mechanism[] = ["alignment", "disalignment", "rescaling"];

/**
 * The dominant mechanism. `"mixed"`: two shares are within 0.1 of each other; `"none"`: no mechanism is
 * present; `"static"`: nothing moves; `"oscillating"`: the layers oscillate from sample to sample, so that
 * the samples do not determine a mechanism; `"undetermined"`: the training diverged or was not finished.
 */
export type Dominance = Mechanism | "mixed" | "none" | "static" | "oscillating" | "undetermined";

/** The mechanisms by which an output changed. */
export interface Mechanisms {
  /** The change of the output. */
  readonly change: number;
  /** The contribution of each mechanism to the output; the three add up to `change`. */
  readonly alignment: number;
  readonly disalignment: number;
  readonly rescaling: number;
  /** The mechanisms with a leg on which |cos ζ|, or ln(|u||w|), changes by at least the tolerance. */
  readonly present: readonly Mechanism[];
  /**
   * The contribution of each over its legs, in absolute value, as a share of all contributions; 0 for a
   * mechanism that is not present.
   */
  readonly share: { readonly [Name in Mechanism]: number };
  /** The mechanism with the largest share, or the reason why there is none. */
  readonly dominant: Dominance;
  /**
   * The time interval in which each acted: from 5 % to 95 % of its contribution over its legs. Absent for a
   * mechanism that is not present.
   */
  readonly intervals: { readonly [Name in Mechanism]?: readonly [number, number] };
  /** The largest rise and fall of |cos ζ| on a leg. */
  readonly turn: { readonly rise: number; readonly fall: number };
  /** The largest change of ln(|u||w|) on a leg; Infinity from or to a zero layer. */
  readonly stretch: number;
  /** The verdict in words. */
  readonly because: string;
  readonly threshold: number;
  /**
   * The change of |cos ζ| and of ln(|u||w|) that counts: the threshold, or the noise of the samples if that
   * is larger.
   */
  readonly tolerance: { readonly turn: number; readonly stretch: number };
  /** `"exact"`: closed form; `"sampled"`: from steps or rows. */
  readonly basis: "exact" | "sampled";
}

/** The settings for the evaluation of a course. */
export interface Judgement {
  /** The ratio of output to S. */
  readonly gamma: number;
  readonly threshold: number;
  /** The effect of rounding and noise on |cos ζ| and ln(|u||w|). */
  readonly rounding: number;
  readonly noise: { readonly turn: number; readonly stretch: number };
  /**
   * Whether amounts are computed over legs with the tolerance, too; otherwise they are computed between all
   * turning points of the course.
   */
  readonly noisy: boolean;
  readonly basis: "exact" | "sampled";
  /** The reason, if there is no verdict. */
  readonly undetermined?: string | undefined;
  /** The time at which a share of step i is completed; by default linear in time. */
  readonly timeWithin?: ((part: "turn" | "rescale", i: number, share: number) => number) | undefined;
}

/** The contribution of each mechanism to S on every step. */
export interface Amounts {
  readonly alignment: number;
  readonly disalignment: number;
  readonly rescaling: number;
}

/** Two shares that differ by less than this are mixed. */
const MIXED = 0.1;

/** Oscillations from sample to sample below this are ignored. */
const LEAST_OSCILLATION = 1e-3;

export function reportOf(course: Course, judgement: Judgement): Mechanisms {
  const { gamma, threshold, rounding, noise, noisy, basis, undetermined, timeWithin } = judgement;
  const { cosine, logNorms, points, given } = course;
  const tolerance = {
    turn: Math.max(rounding, noise.turn, threshold),
    stretch: Math.max(rounding, noise.stretch, threshold),
  };
  const least = Math.max(threshold, LEAST_OSCILLATION);
  const signed = given.map((i) => Math.sign(points[i]!.S) * cosine[i]!);
  const swings = {
    turn: oscillationOf(signed, least),
    stretch: oscillationOf(
      given.map((i) => logNorms[i]!),
      least,
    ),
  };
  const turns = legsOf(cosine, tolerance.turn);
  const stretches = legsOf(logNorms, tolerance.stretch);
  const counted = {
    turn: swings.turn === undefined ? turns.filter(({ height }) => height >= tolerance.turn) : [],
    stretch: swings.stretch === undefined ? stretches.filter(({ height }) => height >= tolerance.stretch) : [],
  };
  const legs: { readonly [Name in Mechanism]: readonly Leg[] } = {
    alignment: undetermined === undefined ? counted.turn.filter(({ rises }) => rises) : [],
    disalignment: undetermined === undefined ? counted.turn.filter(({ rises }) => !rises) : [],
    rescaling: undetermined === undefined ? counted.stretch : [],
  };
  const gross = (name: Mechanism): number => legs[name].reduce((sum, leg) => sum + Math.abs(doneOn(course, name, leg)), 0);
  const sizes = { alignment: gross("alignment"), disalignment: gross("disalignment"), rescaling: gross("rescaling") };
  const total = sizes.alignment + sizes.disalignment + sizes.rescaling;
  const share = (name: Mechanism): number => (total > 0 ? sizes[name] / total : 0);
  const shares = { alignment: share("alignment"), disalignment: share("disalignment"), rescaling: share("rescaling") };
  const present = mechanismNames.filter((name) => legs[name].length > 0);
  const { alignment, disalignment, rescaling } = amountsOf(course, noisy ? turns : legsOf(cosine, 0));
  const highest = (chosenLegs: readonly Leg[]): number => chosenLegs.reduce((most, { height }) => Math.max(most, height), 0);
  const heights = {
    rise: highest(turns.filter(({ rises }) => rises)),
    fall: highest(turns.filter(({ rises }) => !rises)),
    stretch: highest(stretches),
  };
  const still = Math.max(heights.rise, heights.fall, heights.stretch) <= rounding;
  const dominant =
    undetermined !== undefined
      ? "undetermined"
      : still
        ? "static"
        : swings.turn !== undefined || swings.stretch !== undefined
          ? "oscillating"
          : present.length > 0
            ? dominantOf(shares, present)
            : "none";
  // Turns −0 into 0.
  return {
    change: gamma * (points.at(-1)!.S - points[0]!.S) + 0,
    alignment: gamma * alignment + 0,
    disalignment: gamma * disalignment + 0,
    rescaling: gamma * rescaling + 0,
    present,
    share: shares,
    dominant,
    intervals: Object.fromEntries(present.map((name) => [name, intervalOf(course, name, legs[name], timeWithin)])),
    turn: { rise: heights.rise, fall: heights.fall },
    stretch: heights.stretch,
    because: undetermined ?? reasonOf(dominant, present, heights, tolerance, threshold, swings),
    threshold,
    tolerance,
    basis,
  };
}

function dominantOf(shares: Amounts, present: readonly Mechanism[]): Dominance {
  const [first, second] = [...present].sort((a, b) => shares[b] - shares[a]);
  return second !== undefined && shares[first!] - shares[second] <= MIXED ? "mixed" : first!;
}

const partOf = (name: Mechanism): "turn" | "rescale" => (name === "rescaling" ? "rescale" : "turn");

function doneOn({ steps }: Course, name: Mechanism, { first, last }: Leg): number {
  let sum = 0;
  for (let i = first; i < last; i++) sum += steps[i]![partOf(name)];
  return sum;
}

/** All turning of a leg counts in the direction of its net change. Rescaling is the remaining change. */
function amountsOf(course: Course, turns: readonly Leg[]): Amounts {
  let [alignment, disalignment] = [0, 0];
  for (const leg of turns) {
    const amount = doneOn(course, "alignment", leg);
    if (leg.rises) alignment += amount;
    else disalignment += amount;
  }
  let rescaling = 0;
  for (const step of course.steps) rescaling += step.rescale;
  return { alignment, disalignment, rescaling };
}

/** The cumulative contribution of each mechanism to S up to each point. */
export function amountsUntil(course: Course, tolerance: number): Amounts[] {
  const rising = new Uint8Array(course.points.length);
  for (const { first, last, rises } of legsOf(course.cosine, tolerance)) if (rises) rising.fill(1, first, last);
  let [alignment, disalignment, rescaling] = [0, 0, 0];
  return course.points.map((_, i) => {
    if (i > 0) {
      const { turn, rescale } = course.steps[i - 1]!;
      if (rising[i - 1] === 1) alignment += turn;
      else disalignment += turn;
      rescaling += rescale;
    }
    return { alignment, disalignment, rescaling };
  });
}

/** The interval from 5 % to 95 % of a mechanism's contribution over its legs, each with its net amount. */
function intervalOf(
  course: Course,
  name: Mechanism,
  legs: readonly Leg[],
  timeWithin: Judgement["timeWithin"],
): [number, number] {
  const part = partOf(name);
  const { points, steps } = course;
  const total = legs.reduce((sum, leg) => sum + Math.abs(doneOn(course, name, leg)), 0);
  const timeAt = (share: number): number => {
    let before = 0;
    for (const leg of legs) {
      const net = doneOn(course, name, leg);
      // Noise can reverse part of it, so progress is the maximum so far.
      let [done, most] = [0, 0];
      for (let i = leg.first; i < leg.last; i++) {
        done += Math.sign(net) * steps[i]![part];
        if (done > most && before + done >= share * total) {
          const within = Math.min(1, Math.max(0, (share * total - before - most) / (done - most)));
          return timeWithin?.(part, i, within) ?? between(points[i]!, points[i + 1]!, within);
        }
        most = Math.max(most, done);
      }
      before += Math.abs(net);
    }
    return points[legs.at(-1)!.last]!.t;
  };
  return total > 0 ? [timeAt(0.05), timeAt(0.95)] : [points[legs[0]!.first]!.t, points[legs.at(-1)!.last]!.t];
}

function between(a: Point, b: Point, share: number): number {
  return Number.isFinite(b.t) ? a.t + share * (b.t - a.t) : a.t;
}

const percent = (x: number): string => (Number.isFinite(x) ? Number(x.toPrecision(2)).toString() : "∞");

function reasonOf(
  dominant: Dominance,
  present: readonly Mechanism[],
  heights: { readonly rise: number; readonly fall: number; readonly stretch: number },
  tolerance: Mechanisms["tolerance"],
  threshold: number,
  swings: { readonly turn: Oscillation | undefined; readonly stretch: Oscillation | undefined },
): string {
  if (dominant === "static") return "the layers do not move";
  const turn = Math.max(heights.rise, heights.fall);
  const noisy = [
    ...(swings.turn === undefined && tolerance.turn > threshold && turn < tolerance.turn
      ? [`turns below ${percent(tolerance.turn)} cannot be resolved in the noise of these samples`]
      : []),
    ...(swings.stretch === undefined && tolerance.stretch > threshold && heights.stretch < tolerance.stretch
      ? [`changes of ln(|u||w|) below ${percent(tolerance.stretch)} cannot be resolved in the noise of these samples`]
      : []),
  ];
  const swinging = (["turn", "stretch"] as const).flatMap((part) => {
    const swing = swings[part];
    const quantity = part === "turn" ? "|cos ζ|" : "ln(|u||w|)";
    return swing === undefined ? [] : [`${quantity} oscillates from sample to sample by ${percent(swing.amplitude)}`];
  });
  const said = {
    alignment: `|cos ζ| rises by ${percent(heights.rise)}`,
    disalignment: `|cos ζ| falls by ${percent(heights.fall)}`,
    rescaling: `ln(|u||w|) changes by ${percent(heights.stretch)}`,
  };
  const doubts = [...swinging, ...noisy];
  if (present.length > 0) return [present.map((name) => said[name]).join(", "), ...doubts].join("; ");
  if (doubts.length > 0) return doubts.join("; ");
  return `|cos ζ| changes by ${percent(turn)} and ln(|u||w|) by ${percent(heights.stretch)}, both below ${percent(threshold)}: as in the kernel phase, no mechanism acts`;
}
