import { requireTime } from "../door/arguments.ts";
import { FeatureLearningError, failure } from "../door/error.ts";
import type { Network } from "../model/network.ts";
import { growingLayer } from "../model/weightDecay.ts";
import type { Integration, IntegrationStatus } from "./method/integrate.ts";
import type { ReadOptions } from "./options.ts";

/** Why an integration failed, and what to do. */
interface Advice {
  readonly cause: string;
  readonly remedy: string;
}

/** The advice for a failed integration; undefined for one that ended regularly. */
function adviceOf(status: IntegrationStatus, flow: EndedFlow, isSmooth: boolean): Advice | undefined {
  switch (status) {
    case "max-steps":
      return { cause: "which is maxSteps", remedy: "pass an earlier until, a larger rtol or more maxSteps" };
    case "not-finite":
      return {
        cause: "where the flow is singular or overflows double precision",
        remedy: "pass an earlier until, or rescale the problem",
      };
    case "step-too-small":
      return isSmooth
        ? {
            cause: "where the flow leaves a plateau so late that it moves within the spacing of double-precision times",
            remedy: "use larger initial weights, or pass an earlier until",
          }
        : { cause: "where no step is small enough: the flow is singular there", remedy: "pass an earlier until" };
    case "sliding":
      // The losses with a name have continuous slopes.
      return typeof flow.problem.network.loss === "string"
        ? {
            cause: "where rounding moves the flow back and forth across a kink in the slope of the loss",
            remedy: "pass an earlier until, or a smaller rtol",
          }
        : {
            cause: "where the slope of the loss jumps and holds the flow",
            remedy: "pass an earlier until, or a loss with a continuous slope",
          };
    case "saddle":
      return {
        cause: `where the flow waits at a saddle with an excess loss of ${flow.at(flow.until).excessLoss.toPrecision(4)}; integration cannot follow the wait`,
        remedy: "use larger initial weights or aligned layers, which have a closed form, or pass an earlier until",
      };
    default:
      return undefined;
  }
}

/** What an error needs of the flow that failed. */
interface EndedFlow {
  readonly until: number;
  readonly problem: { readonly network: Pick<Network, "loss"> };
  at(t: number): { readonly excessLoss: number };
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

/**
 * Refuses times after the end of an integration whose weights grow without bound. `instead` is what to pass.
 */
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

/**
 * Returns the flow, or throws its failure. `isSmooth` if the gradient is smooth, so that the flow is nowhere
 * singular.
 */
export function finished<F extends EndedFlow>(
  flow: F,
  { status, end, steps }: Integration,
  { throws, isInternal = false }: ReadOptions,
  isSmooth = false,
): F {
  if (!throws) return flow;
  const advice = adviceOf(status, flow, isSmooth);
  if (advice === undefined) return flow;
  const { cause, remedy } = advice;
  const stopped = `stopped at t = ${end} after ${steps} steps, ${cause}`;
  const message = isInternal
    ? `stopped before the end of the flow, which is needed here: its integration ${stopped}. Call solve with { onFailure: "return" } for the flow up to that time.`
    : `${stopped}: ${remedy}; or pass { onFailure: "return" } for the flow up to that time.`;
  throw failure("not-converged", message, { status, partial: flow });
}
