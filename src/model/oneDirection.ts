import type { Task } from "./task.ts";

/**
 * The square root of the share off the direction that rounding can cause, with a margin for the rounding of
 * the data.
 */
const ROUNDING_OFF_DIRECTION = 1e-12;

/** Whether the inputs lie on one direction, or count as projected onto it. */
export function hasOneDirection({ offDirection, projected }: Pick<Task, "offDirection" | "projected">): boolean {
  return projected || Math.sqrt(offDirection) <= ROUNDING_OFF_DIRECTION;
}
