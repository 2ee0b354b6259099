/**
 * When a flow meets a target: the inverse of its solution, if it is the closed form, else what it knows
 * itself. Apart from `exactFlow`, so that a program that asks for no time does not bundle the inverse.
 */
import type { Flow, Target } from "../../model/flow.ts";
import { crossings, type InvertibleFlow } from "../../model/protocol.ts";
import { timesOf } from "../riccati/inverse.ts";
import { type SolvedFlow, solved } from "./oneDirectionFlow.ts";

/** Whether a flow is the closed form itself, of one task and without a schedule. */
export function isSolved(flow: Flow): flow is SolvedFlow {
  return solved in flow;
}

/** Whether a flow knows when it reaches a target. */
export function isInvertible(flow: Flow): flow is InvertibleFlow | SolvedFlow {
  return isSolved(flow) || crossings in flow;
}

/** All times from 0 on at which the flow meets the target, in order. */
export function whenMet(flow: InvertibleFlow | SolvedFlow, target: Target): number[] {
  return isSolved(flow) ? timesOf(flow[solved], target, flow.at(0)) : flow[crossings](target);
}
