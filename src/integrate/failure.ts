import type { IntegrationStatus } from "./integrate.ts";

/** What to do about a failed integration; undefined for one that ended as asked. */
export function adviceOf(status: IntegrationStatus): string | undefined {
  switch (status) {
    case "max-steps":
      return "all it may take: pass an earlier until, a larger rtol or more maxSteps";
    case "not-finite":
      return "where the flow is singular or leaves the doubles: pass an earlier until, or rescale the problem";
    case "step-too-small":
      return "where no step is small enough: the flow is singular there, pass an earlier until";
    default:
      return undefined;
  }
}
