/**
 * Finds the ratio of the learning rates, y = √(η_w/η_u), with which a concrete start meets a target. For a
 * given output scale, s and e are both proportional to c = 2/m, so that
 *
 *     (r − 1)(r + 1) = c²(S∞² − S₀²) the decrease of the kernel until S = 0: 1 − √(1 − c²S₀²)
 *
 * determine c for a kernel ratio or change. Times and balances are met by bisection.
 */
import { attempt, unmet } from "../door/arguments.ts";
import { exponentOf, scale } from "../numerics/wide.ts";
import { type ConcreteStart, largestScale, massAt, shareAt } from "./concreteStart.ts";
import { crossing, rangeOn } from "./crossing.ts";
import type { Goals } from "./goals.ts";
import { quotientOf } from "./meet.ts";
import type { Shape } from "./shape.ts";

/** c at which the kernel changes by the target; `end` is |S∞|. */
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
  const why = `for any learning rates, the kernel of this start ${shrinks ? "shrinks" : "grows"} at most by the share ${most.toPrecision(4)} at this output scale`;
  return unmet(why, `pass a smaller change, or leave given.outputScale out${start.uw === 0 ? "" : " or change its sign"}`);

  /** c of (r − 1)(r + 1). */
  function ofSquare(square: number): number {
    if (root > 0 && square !== 0 && square < 0 === shrinks) return Math.sqrt(Math.abs(square)) / root;
    const movement = shrinks ? "shrinks" : root === 0 ? "returns to its initial value" : "grows";
    const remedy = root === 0 ? "" : `, or pass a kernelRatio ${shrinks ? "below" : "above"} 1`;
    return unmet(`at this output scale the kernel of given.initial ${movement}`, `leave given.outputScale out${remedy}`);
  }

  function ofChange(): number {
    // A decrease cannot be 1 or more.
    const loss = growth < 1 ? growth * (2 - growth) : Infinity;
    const ofDip = against ? Math.sqrt(loss) / overlap : Infinity;
    if (!shrinks) return Math.min(ofDip, root === 0 && against ? Infinity : ofSquare(growth * (2 + growth)));
    return against ? ofDip : Math.sqrt(loss) / root;
  }
}

/** The relative excess over the largest possible scale that counts as rounding. */
const ROUNDING_OF_SCALE = 1e-14;

/** c at which plateau and learning time have their target ratio; `end` is |S∞|. */
export function scaleOfTimes(goals: Goals, start: ConcreteStart, end: number, sign: number): number {
  const goal = goals.plateau! / goals.learningTime!;
  const most = Math.min(600, Math.log(largestScale(start)));
  const quotient = (x: number): number => {
    const s = sign * start.uw * Math.exp(x);
    const shape = { start: s, across: Math.sqrt(Math.max(0, (1 - s) * (1 + s))), end: end * Math.exp(x) };
    return attempt(() => quotientOf(shape, goals), NaN);
  };
  const grid = [0, ...Array.from({ length: 70 }, (_, i) => 10 ** (-9 + i / 6))].map((step) => most - step);
  const scale = crossing(quotient, goal, grid);
  if (scale !== undefined) return Math.exp(scale);
  const why = `at this output scale this start has a plateau of ${rangeOn(quotient, grid)} of its learning time, not of ${goal.toPrecision(3)}`;
  return unmet(why, "change plateau or learningTime, or leave given.outputScale out");
}

/**
 * The tilt at which a start with a time target has a balance. `shapeAt` and `T` follow from the other goals.
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
    unmet("a layer of given.initial is zero and the other is not, so the balance is not 0", "pass a balance that is not 0");
  }
  const side = Math.sign(balance);
  const known = new Map<number, number>();
  const balanceAt = (x: number): number => {
    const tilt = Math.exp(x);
    const balanceValue = known.get(x) ?? attempt(() => side * shareAt(start, tilt) * T(shapeAt(tilt)), NaN);
    known.set(x, balanceValue);
    return balanceValue;
  };
  const steps = Array.from({ length: 44 }, (_, i) => 10 ** (-12 + i / 3)).filter((step) => step < 300);
  const grid = Number.isFinite(equal)
    ? [equal, ...steps.map((step) => equal + side * step)]
    : [...steps.map((step) => -step).reverse(), 0, ...steps];
  const solution = crossing(balanceAt, Math.abs(balance), grid);
  if (solution !== undefined) return Math.exp(solution);
  const why = `with the rest of the target the |balance| of this start can be ${rangeOn(balanceAt, grid)}, not ${Math.abs(balance)}`;
  return unmet(why, "change the balance or the time");
}

/**
 * Learning rates that give a start its balance. They are equal if uu and ww differ enough in the right
 * direction. Otherwise they are those with share ±½, so that uu/η_u − ww/η_w does not cancel.
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

/** The share from which on equal learning rates are used. */
const EQUAL = 0.1;

/** If a layer is zero, the balance can have only one sign. */
export function refuseSide(): never {
  return unmet("given.initial has a layer that is zero, so that the balance has the sign of the other one", "change its sign");
}
