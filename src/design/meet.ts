/**
 * Finds the shapes that meet a target. A kernel ratio r has the closed form e = √(r² − 1 + s²). The quotient
 * of two times, or one time at known learning rates, is a function of e (or of s, if the ratio is known), and
 * bisection finds where it meets the goal. No maintained and typed bracketing root finder was found on npm,
 * and bisection to the last bit takes sixty evaluations of a closed form.
 */
import { unmet } from "../door/arguments.ts";
import { crossing, rangeOn } from "./crossing.ts";
import type { Goals } from "./goals.ts";
import { endOf, type Shape, type Start, timesOf } from "./shape.ts";

/**
 * Values of ln e in decreasing order, from very small initialisations to kernel machines. They are denser
 * above 2√2·√(1 − s²), where the plateau jumps from 0. In this order, the first of several solutions has the
 * largest kernel ratio and is far from the jump.
 */
function endsFor({ across }: Start): number[] {
  const [least, most] = [-345, 690];
  const onset = Math.max(least, Math.log(2 * Math.SQRT2 * across));
  const beyond = Array.from({ length: 60 }, (_, i) => onset + 10 ** (-9 + i / 5)).filter((x) => x < most);
  return [most, ...beyond.reverse(), onset, least];
}

/** atanh |s|, for |s| from 0 to 1 − 10⁻¹⁰. */
const OVERLAPS = /* @__PURE__ */ Array.from({ length: 121 }, (_, i) => i / 10);

/** e at this growth of the kernel, r − 1. */
export function endAtGrowth(growth: number, start: Start, layers: "free" | "given" = "free"): number {
  const end = endOf(growth, start);
  if (end > 0 && end !== start.start) return end;
  if (end > 0) unmet(`with an overlap of ${end} and a kernelRatio of 1 the start already is the solution`, "change one of them");
  if (growth === 0) unmet("the kernel of a network that learns without overlap grows", "pass a kernelRatio above 1");
  const least = Math.sqrt(-growth * (2 + growth));
  const why = `a kernelRatio of ${Number((1 + growth).toPrecision(12))} requires an initial overlap larger than that of this start, ${start.start}`;
  const overlap = layers === "free" ? "given.overlap" : "an initial state with an overlap 2hS₀/B₀";
  return unmet(why, `pass ${overlap} above ${least.toPrecision(6)} or below its negative`);
}

/** e at which plateau and learning time have this ratio. */
export function endAtTimes(goals: Goals, start: Start, layers: "free" | "given" = "free"): number {
  const goal = goals.plateau! / goals.learningTime!;
  const quotient = (x: number): number => quotientOf({ ...start, end: Math.exp(x) }, goals);
  const grid = endsFor(start);
  const end = crossing(quotient, goal, grid);
  if (end !== undefined) return Math.exp(end);
  const why = `no network with overlap ${start.start} has a plateau of ${goal.toPrecision(3)} of its learning time, but of ${rangeOn(quotient, grid)}`;
  const overlap = layers === "free" ? "given.overlap" : "an initial state with another overlap";
  const remedy = `change plateau or learningTime, or pass ${overlap}: above 0 it shortens the plateau, below 0 it prolongs it`;
  return unmet(why, remedy);
}

/** The smallest overlap with which both times are met at this kernel ratio. */
export function startAtTimes(goals: Goals): Start {
  const goal = goals.plateau! / goals.learningTime!;
  const quotient = (x: number): number => {
    const start = startAt(x);
    const end = endOf(goals.growth!, start);
    return end > 0 && end !== start.start ? quotientOf({ ...start, end }, goals) : 0;
  };
  const [towards, against] = [OVERLAPS, OVERLAPS.map((x) => -x)];
  const atanhStart = crossing(quotient, goal, towards) ?? crossing(quotient, goal, against);
  if (atanhStart !== undefined) return startAt(atanhStart);
  const range = rangeOn(quotient, [...towards, ...against]);
  const why = `no network of kernelRatio ${Number((1 + goals.growth!).toPrecision(12))} has a plateau of ${goal.toPrecision(3)} of its learning time, but of ${range}`;
  return unmet(why, "change one of kernelRatio, plateau and learningTime");
}

function startAt(x: number): Start {
  return { start: Math.tanh(x), across: 1 / Math.cosh(x) };
}

export function quotientOf(shape: Shape, { shareLeft }: Goals): number {
  const { plateau, learningTime } = timesOf(shape, shareLeft);
  return plateau / learningTime;
}

/** e at which a time is met if ρ is a function of e. */
export function endAtTime(
  { plateau, learningTime, learning, shareLeft }: Goals,
  start: Start,
  rate: (shape: Shape) => number,
): number {
  const name = plateau === undefined ? "learningTime" : "plateau";
  const goal = plateau ?? learningTime!;
  const time = (x: number): number => {
    const shape = { ...start, end: Math.exp(x) };
    return timesOf(shape, shareLeft)[name] / rate(shape);
  };
  const grid = endsFor(start);
  const end = crossing(time, goal, grid);
  if (end !== undefined) return Math.exp(end);
  const why = `with the given values the ${plateau === undefined ? learning : name} can be ${rangeOn(time, grid)}, not ${goal}`;
  return unmet(why, "change it, or leave learningRates out");
}
