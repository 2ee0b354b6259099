/**
 * How far the learning rates of a concrete start must differ, y = √(η_w/η_u), where a target asks for it.
 * With a given output scale s and e are both in proportion to c = 2/m, so that
 *
 *     (r − 1)(r + 1) = c²(S∞² − S₀²)          the dip on the way through 0: 1 − √(1 − c²S₀²)
 *
 * tell c of a kernel ratio or change; times and balances are met by bisection.
 */
import { attempt, unmet } from "../door/arguments.ts";
import { exponentOf, scale } from "../numerics/wide.ts";
import { type ConcreteStart, largestScale, massAt, shareAt } from "./concreteStart.ts";
import { crossing, rangeOn } from "./crossing.ts";
import type { Goals } from "./goals.ts";
import { quotientOf } from "./meet.ts";
import type { Shape } from "./shape.ts";

/** c at which the kernel changes as it is asked to; `end` is |S∞|. */
export function scaleOfKernel({ growth: asked, kernel }: Goals, start: ConcreteStart, end: number, sign: number): number {
  const growth = asked!;
  const overlap = Math.abs(start.uw);
  const against = sign * start.uw < 0;
  const shrinks = end < overlap;
  // √|S∞² − S₀²|
  const root = Math.sqrt(Math.abs(end - overlap)) * Math.sqrt(end + overlap);
  const mostBy = largestScale(start);
  const needed = kernel === "kernelRatio" ? ofSquare(growth * (2 + growth)) : ofChange();
  if (needed <= mostBy * (1 + ROUNDING_OF_SCALE)) return Math.min(needed, mostBy);
  const most = Math.abs(Math.sqrt(Math.max(0, 1 + (shrinks ? -1 : 1) * (root * mostBy) ** 2)) - 1);
  const why = `whatever the learning rates, the kernel of this start ${shrinks ? "loses" : "grows by"} at most ${most.toPrecision(4)} of itself at this output scale`;
  return unmet(why, `ask for less, or leave given.outputScale out${start.uw === 0 ? "" : " or change its sign"}`);

  /** c of (r − 1)(r + 1). */
  function ofSquare(square: number): number {
    if (root > 0 && square !== 0 && square < 0 === shrinks) return Math.sqrt(Math.abs(square)) / root;
    const what = shrinks ? "shrinks" : root === 0 ? "comes back to what it was" : "grows";
    const remedy = root === 0 ? "" : `, or ask for a kernelRatio ${shrinks ? "below" : "above"} 1`;
    return unmet(`at this output scale the kernel of given.initial ${what}`, `leave given.outputScale out${remedy}`);
  }

  function ofChange(): number {
    // A change of 1 or more is no loss.
    const loss = growth < 1 ? growth * (2 - growth) : Infinity;
    const ofDip = against ? Math.sqrt(loss) / overlap : Infinity;
    if (!shrinks) return Math.min(ofDip, root === 0 && against ? Infinity : ofSquare(growth * (2 + growth)));
    return against ? ofDip : Math.sqrt(loss) / root;
  }
}

/** By how much the scale that a goal needs may exceed the largest one, relative to it. */
const ROUNDING_OF_SCALE = 1e-14;

/** c at which plateau and learning time stand in their relation; `end` is |S∞|. */
export function scaleOfTimes(goals: Goals, start: ConcreteStart, end: number, sign: number): number {
  const goal = goals.plateau! / goals.learningTime!;
  const most = Math.min(600, Math.log(largestScale(start)));
  const quotient = (x: number): number => {
    const s = sign * start.uw * Math.exp(x);
    const shape = { start: s, across: Math.sqrt(Math.max(0, (1 - s) * (1 + s))), end: end * Math.exp(x) };
    return attempt(() => quotientOf(shape, goals), NaN);
  };
  const grid = [0, ...Array.from({ length: 70 }, (_, i) => 10 ** (-9 + i / 6))].map((step) => most - step);
  const found = crossing(quotient, goal, grid);
  if (found !== undefined) return Math.exp(found);
  const why = `this start at this output scale waits for ${rangeOn(quotient, grid)} of its learning time, not for ${goal.toPrecision(3)}`;
  return unmet(why, "change plateau or learningTime, or leave given.outputScale out");
}

/**
 * The tilt at which a start that is timed has a balance; `shapeAt` and `T` are what the other goals decide.
 */
export function tiltOfBalance(
  balance: number,
  start: ConcreteStart,
  shapeAt: (tilt: number) => Shape,
  T: (shape: Shape) => number,
): number {
  const equal = Math.log(Math.sqrt(start.ww)) - Math.log(Math.sqrt(start.uu));
  if (balance === 0) {
    if (Number.isFinite(equal)) return Math.exp(equal);
    unmet("a layer of given.initial is zero, and the other one makes a balance", "ask for a balance that is not 0");
  }
  const side = Math.sign(balance);
  const known = new Map<number, number>();
  const balanceAt = (x: number): number => {
    const tilt = Math.exp(x);
    const found = known.get(x) ?? attempt(() => side * shareAt(start, tilt) * T(shapeAt(tilt)), NaN);
    known.set(x, found);
    return found;
  };
  const steps = Array.from({ length: 44 }, (_, i) => 10 ** (-12 + i / 3)).filter((step) => step < 300);
  const grid = Number.isFinite(equal)
    ? [equal, ...steps.map((step) => equal + side * step)]
    : [...steps.map((step) => -step).reverse(), 0, ...steps];
  const found = crossing(balanceAt, Math.abs(balance), grid);
  if (found !== undefined) return Math.exp(found);
  const why = `with the rest of the target the |balance| of this start can be ${rangeOn(balanceAt, grid)}, not ${Math.abs(balance)}`;
  return unmet(why, "change the balance or the time");
}

/**
 * Rates that give a start its balance: equal ones where uu and ww differ enough in its direction, else those
 * at which the share is ±½, so that uu/η_u − ww/η_w does not cancel.
 */
export function ratesOfBalance(balance: number, start: ConcreteStart): { readonly u: number; readonly w: number } {
  const { uu, ww } = start;
  const side = Math.sign(balance);
  if (shareAt(start, 1) * side >= EQUAL) return { u: (uu - ww) / balance, w: (uu - ww) / balance };
  if (uu === 0 || ww === 0) refuseSide();
  const unit = exponentOf(Math.sqrt(uu) * Math.sqrt(ww));
  if (side === 0) return { u: scale(uu, -unit), w: scale(ww, -unit) };
  const tilt = (Math.sqrt(ww) / Math.sqrt(uu)) * Math.sqrt(3) ** side;
  const h = massAt(start, tilt) / (2 * Math.abs(balance));
  return { u: h / tilt, w: h * tilt };
}

/** A share that is large enough for equal rates. */
const EQUAL = 0.1;

/** A layer that is zero leaves only one sign to the balance. */
export function refuseSide(): never {
  return unmet("given.initial has a layer that is zero, so that the balance has the sign of the other one", "change its sign");
}
