import type { Task } from "./task.ts";

/**
 * √ of the share off the direction that rounding leaves on data of one direction, with room for their own
 * rounding.
 */
const ROUNDING_OFF_DIRECTION = 1e-12;

/** Whether the inputs lie on one direction, or count as projected onto it. */
export function hasOneDirection({ offDirection, projected }: Pick<Task, "offDirection" | "projected">): boolean {
  return projected || Math.sqrt(offDirection) <= ROUNDING_OFF_DIRECTION;
}
