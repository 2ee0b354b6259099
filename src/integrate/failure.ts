import { requireTime } from "../door/arguments.ts";
import { FeatureLearningError, failure } from "../door/error.ts";
import type { Network } from "../model/network.ts";
import { growingLayer } from "../model/weightDecay.ts";
import type { Integration, IntegrationStatus } from "./method/integrate.ts";
import type { ReadOptions } from "./options.ts";

/** The advice for a failed integration; undefined for one that ended regularly. */
function adviceOf(status: IntegrationStatus): string | undefined {
  switch (status) {
    case "max-steps":
      return "which is maxSteps: pass an earlier until, a larger rtol or more maxSteps";
    case "not-finite":
      return "where the flow is singular or overflows double precision: pass an earlier until, or rescale the problem";
    case "step-too-small":
      return "where no step is small enough: the flow is singular there, pass an earlier until";
    case "sliding":
      return "where the slope of the loss jumps and holds the flow: pass an earlier until, or a loss with a continuous slope";
    default:
      return undefined;
  }
}

/** Whether an integration covers all requested times, although it may have ended earlier. */
export function reachesEnd({ status }: Integration): boolean {
  return status === "converged" || status === "unbounded";
}

/** What a user should know of a flow in which one layer grows for ever because the other one alone decays. */
export function noteOnGrowth({ status, end }: Integration, network: Network): { readonly notes?: readonly string[] } {
  const growing = growingLayer(network);
  if (status !== "unbounded" || growing === undefined) return {};
  const shrinking = growing === "u" ? "w" : "u";
  return {
    notes: [
      `only ${shrinking} decays, so ${growing} grows without bound while the network keeps its fit; the flow is known to t = ${end.toPrecision(3)}`,
    ],
  };
}

/** Refuses times after the end of an integration whose weights grow without bound. `instead` is what to pass. */
export function checkBounded(where: string, { status, end }: Integration, t: number, instead = "an earlier time"): void {
  if (status !== "unbounded" || t <= end) return;
  const why = `the weights grow without bound, and the flow was integrated to ${end}`;
  throw new FeatureLearningError("out-of-range", `${where}: t is ${t}; ${why}. Pass ${instead}.`);
}

/** Refuses a time that is not a number, or outside of the integrated interval. */
export function checkTime(where: string, until: number, t: unknown): void {
  requireTime(where, t);
  if (t < 0 || t > until) {
    throw new FeatureLearningError("out-of-range", `${where}: t is ${t}; the flow was integrated from 0 to ${until}.`);
  }
}

/** Returns the flow, or throws its failure. */
export function finished<F extends { readonly until: number }>(
  flow: F,
  { status, end, steps }: Integration,
  { throws }: ReadOptions,
): F {
  const advice = adviceOf(status);
  if (advice === undefined || !throws) return flow;
  const message = `stopped at t = ${end} after ${steps} steps, ${advice}; or pass { onFailure: "return" } for the flow up to that time.`;
  throw failure("not-converged", message, { status, partial: flow });
}
