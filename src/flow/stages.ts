/** The stages of a flow of several tasks, with or without a schedule. */
import type { AnyFlow } from "../model/flow.ts";
import { clockOf } from "../model/protocol.ts";

/** The fields of a stage that are used here. */
interface Stage {
  readonly from: number;
  readonly flow: AnyFlow;
}

/** The problem that is trained at time t. For a chain, this is the problem of its stage at that time. */
export function problemAt(flow: AnyFlow, t: number): AnyFlow["problem"] {
  const clock = clockOf(flow);
  if (clock !== undefined) return problemAt(clock.flow, clock.schedule.integral(t));
  const stages = stagesOf(flow);
  return (stages.findLast(({ from }) => from <= t) ?? stages[0])?.flow.problem ?? flow.problem;
}

/** Whether learning rates or the output scale differ between stages. */
export function changesNetwork(flow: AnyFlow): boolean {
  const clock = clockOf(flow);
  if (clock !== undefined) return changesNetwork(clock.flow);
  const { outputScale, learningRates: rates } = flow.problem.network;
  return stagesOf(flow).some(({ flow: { problem } }) => {
    const {
      outputScale: gamma,
      learningRates: { u, w },
    } = problem.network;
    return gamma !== outputScale || u !== rates.u || w !== rates.w;
  });
}

function stagesOf(flow: AnyFlow): readonly Stage[] {
  return (flow as { readonly stages?: readonly Stage[] }).stages ?? [];
}
