/**
 * When the closed form meets a target: the inverse of its solution. Apart from `oneDirectionFlow`, so that a
 * program that asks for no time does not bundle the inverse.
 */
import type { Target } from "../../model/flow.ts";
import { timesOf } from "../riccati/inverse.ts";
import { type SolvedFlow, solved } from "./oneDirectionFlow.ts";

/** Whether a flow is the closed form itself, of one task and without a schedule. */
export function isSolved(flow: object): flow is SolvedFlow {
  return solved in flow;
}

/** All times from 0 on at which the closed form meets the target, in order. */
export function whenSolvedMeets(flow: SolvedFlow, target: Target): number[] {
  return timesOf(flow[solved], target, flow.at(0));
}
