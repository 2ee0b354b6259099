/**
 * Numbers of steps as quotients of times: 0.3/0.1 is 2.9999999999999996 in floating point, and three steps
 * are meant. Times and steps are known to half a unit in the last place each, and so is their quotient to a
 * few.
 */
import { readNumber } from "../door/arguments.ts";

/** How far a quotient of two rounded numbers can be off, relative to itself. */
const ROUNDING_OF_QUOTIENT: number = 4 * Number.EPSILON;

/** The whole number that rounding has moved to `quotient`, if there is one; else `quotient` itself. */
export function snapped(quotient: number, rounding: number = ROUNDING_OF_QUOTIENT): number {
  const nearest = Math.round(quotient);
  return Math.abs(quotient - nearest) <= rounding * nearest ? nearest : quotient;
}

/** How many steps fit into a time. */
export function stepsWithin(time: number, stepSize: number): number {
  return Math.floor(snapped(time / stepSize));
}

/** A number of steps as it was passed: whole, but for rounding. */
export function readSteps(steps: unknown): number {
  const count = typeof steps === "number" && Number.isFinite(steps) ? snapped(steps) : steps;
  return readNumber("steps", count, { min: 0, max: 2 ** 53 - 1, integer: true });
}
