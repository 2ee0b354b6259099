/**
 * The times at which a flow meets a target: by the inverse of the closed form of one direction, by the
 * crossings of the parts of a composed flow, or otherwise by sampling.
 */
import { isSolved, whenSolvedMeets } from "../exact/oneDirection/whenMet.ts";
import type { AnyFlow, Target } from "../model/flow.ts";
import { crossings, type Invertible, turns } from "../model/protocol.ts";
import { crossingsOf } from "./crossings.ts";
import { lookTimes } from "./lookTimes.ts";

/** All times from 0 on at which the flow meets the target, in order. */
export function whenMet(flow: AnyFlow, target: Target): number[] {
  if (isSolved(flow)) return whenSolvedMeets(flow, target);
  if (crossings in flow) return (flow as unknown as Invertible)[crossings](target);
  return crossingsOf((t) => flow.at(t), lookTimes(flow).filter(Number.isFinite), target);
}

/** The first of these times; Infinity if there is none. */
export function firstMet(flow: AnyFlow, target: Target): number {
  return whenMet(flow, target)[0] ?? Infinity;
}

/**
 * Whether a flow is the closed form of one direction, for one task or several, with or without a schedule.
 */
export function isClosedForm(flow: AnyFlow): boolean {
  return isSolved(flow) || turns in flow;
}
