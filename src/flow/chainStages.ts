/**
 * A chain of any stages. Each is solved as a separate problem that starts from the end of the stage before.
 * With one direction, a stage starts from order parameters with their conserved area and balance. With
 * several, it starts from layers if they are known, and otherwise from order parameters.
 */
import { named } from "../door/error.ts";
import type { ReadOptions } from "../integrate/options.ts";
import type { AnyFlow, Flow, HalfLineFlow, MatrixFlow } from "../model/flow.ts";
import type { Network } from "../model/network.ts";
import { isDeepMatrixFlow, isDepthFlow, isHalfLineFlow, isMatrixFlow } from "../model/protocol.ts";
import { type HalfLineProblem, type ReadProblem, readProblem } from "../model/readProblem.ts";
import type { LayerSchedules, Schedule } from "../model/schedule.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { hasDecay, shrinkTogether } from "../model/weightDecay.ts";
import { solveProblem } from "./solve.ts";

/** A checked stage. */
export interface ReadStage {
  readonly network: Network;
  readonly task: unknown;
  readonly duration: number;
}

/** A solved stage. */
export interface AnyStage {
  readonly from: number;
  readonly until: number;
  readonly flow: AnyFlow;
}

/**
 * Solves the stages; the last one may end early. With `keepsWeights`, stages of one direction start from
 * weights.
 */
export function solveStages(
  initial: unknown,
  stages: readonly ReadStage[],
  options: ReadOptions,
  keepsWeights: boolean,
): AnyStage[] {
  const solvedStages: AnyStage[] = [];
  let state = initial;
  let from = 0;
  let dead: readonly number[] = [];
  for (const [i, { network, task, duration }] of stages.entries()) {
    const flow = named(`chain, stages[${i}]`, () => {
      const read = readProblem({ network, task, initial: state });
      const problem = read.kind === "half lines" ? withDead(read.problem, dead) : read;
      const schedules = options.schedules === undefined ? undefined : laterSchedules(options.schedules, from);
      return solveProblem(problem, { ...options, schedules, until: duration });
    });
    const length = Math.min(duration, flow.until);
    solvedStages.push({ from, until: from + length, flow });
    if (length < duration) break;
    from += duration;
    if (isHalfLineFlow(flow)) dead = deadAfter(flow, dead, duration);
    const next = stages[i + 1];
    if (next !== undefined && duration > 0) state = endOf(flow, duration, network, next.network, keepsWeights);
  }
  return solvedStages;
}

/** The schedules of the layers in the time of a stage that begins at `from`. */
function laterSchedules({ u, w }: LayerSchedules, from: number): LayerSchedules {
  return { u: later(u, from), w: later(w, from) };
}

function later({ factor, integral, inverse, breaks = [] }: Schedule, from: number): Schedule {
  return {
    factor: (t) => factor(from + t),
    integral: (t) => integral(from + t) - integral(from),
    inverse: (tau) => inverse(integral(from) + tau) - from,
    breaks: breaks.filter((time) => time > from).map((time) => time - from),
  };
}

/** The state at the end of a stage, which starts the next one. */
function endOf(
  flow: AnyFlow,
  t: number,
  { learningRates: before, layerRates: ratesBefore }: Network,
  { learningRates: after, layerRates: ratesAfter }: Network,
  keepsWeights: boolean,
): unknown {
  if (isMatrixFlow(flow)) return layersAt(flow, t);
  if (isDeepMatrixFlow(flow)) return flow.weights!(t);
  if (isHalfLineFlow(flow)) {
    const { positive, negative } = flow.halves;
    const of = (half: Flow): unknown =>
      endOf(half, t, { learningRates: before } as Network, { learningRates: after } as Network, false);
    return flow.weights?.(t) ?? { positive: of(positive), negative: of(negative) };
  }
  if (isDepthFlow(flow)) {
    const { layers, balances, output } = flow.at(t);
    if (layers.length === 0) return { output };
    const same = before.u === after.u && before.w === after.w && String(ratesBefore) === String(ratesAfter);
    return same && balances.length > 0 ? { layers, balances } : { layers };
  }
  const scalarFlow = flow as Flow;
  if (keepsWeights && scalarFlow.weights !== undefined) return scalarFlow.weights(t);
  const { uu, ww, uw, area, balance, kernel, output }: Snapshot = scalarFlow.at(t);
  const sameRates = before.u === after.u && before.w === after.w;
  // The balance depends on the learning rates, which are read from the kernel.
  return { uu, ww, uw, area, ...(sameRates ? { balance, kernel, output } : {}) };
}

/** A problem in which these neurons are at w = 0 after an earlier task. */
function withDead(problem: HalfLineProblem, dead: readonly number[]): ReadProblem {
  return { kind: "half lines", problem: { ...problem, dead } };
}

/** The neurons that are at w = 0 after training. */
function deadAfter(flow: HalfLineFlow, before: readonly number[], t: number): readonly number[] {
  if (flow.weights === undefined) return [];
  const { w } = flow.weights(t);
  const died = flow.events.filter((event) => event.kind === "dies" && event.t <= t).map(({ neuron }) => neuron);
  return [...before, ...died].filter((neuron) => w[neuron] === 0);
}

function layersAt(flow: MatrixFlow, t: number): unknown {
  if (flow.weights !== undefined) return flow.weights(t);
  const { uu, ww, uw } = flow.at(t);
  return { uu, ww, uw };
}

/**
 * Whether the weights can be recovered from order parameters passed between stages. This holds if both layers
 * turn by a common angle and shrink by a common factor, with the same learning rates in every stage.
 */
export function turnsTogether(networks: readonly Network[]): boolean {
  const { u, w } = networks[0]!.learningRates;
  return networks.every(
    (network) =>
      network.power === 1 &&
      network.learningRates.u === u &&
      network.learningRates.w === w &&
      (!hasDecay(network) || (u * w > 0 && shrinkTogether(network))),
  );
}
