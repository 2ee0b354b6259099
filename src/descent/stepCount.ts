/**
 * Numbers of steps as quotients of times: 0.3/0.1 is 2.9999999999999996 in floating point, and means three
 * steps. Times and step sizes are accurate to half a unit in the last place, so their quotient is accurate to
 * a few.
 */
import { readNumber } from "../door/arguments.ts";

/** The relative error of a quotient of two rounded numbers. */
const ROUNDING_OF_QUOTIENT: number = 4 * Number.EPSILON;

/** The integer that equals `quotient` up to rounding, if there is one; otherwise `quotient` itself. */
export function snapped(quotient: number, rounding: number = ROUNDING_OF_QUOTIENT): number {
  const nearest = Math.round(quotient);
  return Math.abs(quotient - nearest) <= rounding * nearest ? nearest : quotient;
}

/** The number of steps that fit into a time. */
export function stepsWithin(time: number, stepSize: number): number {
  return Math.floor(snapped(time / stepSize));
}

/** Reads a number of steps, an integer up to rounding. */
export function readSteps(steps: unknown): number {
  const count = typeof steps === "number" && Number.isFinite(steps) ? snapped(steps) : steps;
  return readNumber("steps", count, { min: 0, max: 2 ** 53 - 1, integer: true });
}
