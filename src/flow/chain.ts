/**
 * A sequence of tasks, each exact: the flow is a semigroup, so that every stage starts where the one before
 * it ended. A stage passes on the overlap S, the residual and the conserved √I, area and balance, from which
 * P, Q = √(I + 4h²S²) ± 2hS follow. It never passes on rounded weights: from those the network would escape a
 * plateau at the wrong time. The weights at any time follow from S and the given weights, so that rounding
 * does not add up over the stages.
 */

import { isList, readRecord, refuse, requireTime } from "../door/arguments.ts";
import { FeatureLearningError, named } from "../door/error.ts";
import { requireExact } from "../exact/oneDirection/applicability.ts";
import { checkTime, flowOf, type SolvedFlow, solved, turn } from "../exact/oneDirection/oneDirectionFlow.ts";
import { endsAtZero, rotationAt, rotationTo } from "../exact/oneDirection/rotation.ts";
import { whenMet } from "../exact/oneDirection/whenMet.ts";
import { moveTo, type Solution, solution } from "../exact/riccati/solution.ts";
import { scaleLayers } from "../layers/layerSums.ts";
import { type Start, startFrom } from "../layers/start.ts";
import { modesIfNeeded, type Transfer } from "../layers/transfer.ts";
import type { ExactFlow, Flow, Target } from "../model/flow.ts";
import type { Network } from "../model/network.ts";
import { type BulkFlow, crossings, fill, type InvertibleFlow, turns } from "../model/protocol.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import { readProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { type Snapshot, snapshotFields } from "../model/snapshot.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";
import { wideDifferenceOfProducts } from "../numerics/exactProduct.ts";
import { absolute, product, quotient, squareRoot, sum, type Wide, wide, wideHypot, ZERO } from "../numerics/wide.ts";

/** One task of a {@link chain}, and for how long it is trained. */
export interface Stage {
  readonly task: Task;
  /** Training time, ≥ 0; the last stage's may be left out, which is for ever. */
  readonly duration?: number;
}

/** What {@link chain} takes. */
export interface ChainProblem<Start extends WeightsLike | OrderParameters = WeightsLike | OrderParameters> {
  readonly network: Network;
  readonly initial: Start;
  readonly stages: readonly Stage[];
}

/** A stage as it was solved. */
export interface SolvedStage {
  /** When it begins. */
  readonly from: number;
  /** When it ends. */
  readonly until: number;
  /** Its flow, in its own time from 0 on. */
  readonly flow: ExactFlow;
}

/**
 * An exact flow through several tasks. `problem` is that of the first stage; loss and residual are those of
 * the stage at that time.
 */
export interface ChainFlow extends Flow {
  readonly method: "exact";
  readonly stages: readonly SolvedStage[];
  /** The network at the end. */
  readonly limit: Snapshot;
}

/** A chain that started from weights. */
export interface WeightChainFlow extends ChainFlow {
  weights(t: number, out?: Weights): Weights;
}

/**
 * Training on one task after another (a curriculum, a task switch), each piece in closed form. At a time
 * where one stage ends the next one's task counts.
 *
 * `weights(t)` agrees with `at(t)` to rounding after any number of tasks. To continue training by hand, pass
 * a snapshot, `flow.at(t)`, as `initial`, not `flow.weights(t)`: trained weights, rounded to doubles, lose
 * the little that is left of the mode which shrank, and the network would leave the next plateau at the wrong
 * time.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no stages, a part that cannot be, an endless stage
 * before the last; `"assumption"`: a task whose inputs have no single direction.
 *
 * @example
 * ```ts
 * import { chain, network, taskFromMoments } from "feature-learning";
 *
 * const flow = chain({
 *   network: network(),
 *   initial: { uu: 1, ww: 1, uw: 0 },
 *   stages: [
 *     { task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), duration: 50 },
 *     { task: taskFromMoments({ xx: 1, xy: -1, yy: 1 }) },
 *   ],
 * });
 * console.log(flow.at(49).output.toFixed(6), flow.limit.output); // 1.000000 -1
 * ```
 */
export function chain(problem: ChainProblem<WeightsLike>): WeightChainFlow;
export function chain(problem: ChainProblem): ChainFlow;
export function chain(problem: ChainProblem): ChainFlow {
  return named("chain", () => chainOf(problem));
}

function chainOf(problem: ChainProblem): ChainFlow {
  const { network, initial, tasks, durations } = readChain(problem);
  const stages = solveStages(network, initial, tasks, durations);
  const last = stages[stages.length - 1]!;
  const { from } = stages[0]!.flow;
  const { until } = last;
  const stageAt = (t: number): Solved => {
    requireTime("at", t);
    if (t > until) throw new FeatureLearningError("out-of-range", `at: t is ${t}; the chain ends at ${until}.`);
    return t < 0 ? stages[0]! : stages.findLast((stage) => stage.from <= t)!;
  };
  const at = (t: number): Snapshot => {
    const stage = stageAt(t);
    return { ...stage.flow.at(t - stage.from), t };
  };
  const flow: ChainFlow & BulkFlow & InvertibleFlow & { readonly [turns]: readonly number[] } = {
    method: "exact",
    because: `${last.flow.because}, task by task`,
    problem: stages[0]!.flow.problem,
    from,
    until,
    stages,
    limit: at(until),
    at,
    [turns]: stages.slice(1).map((stage) => stage.from),
    [fill](times, values) {
      for (let i = 0; i < times.length; i++) {
        const snapshot = at(times[i]!);
        for (const [f, field] of snapshotFields.entries()) values[f * times.length + i] = snapshot[field]!;
      }
    },
    [crossings]: (target: Target) => stages.flatMap((stage) => crossingsOf(stage, target, stages[0]!, stage === last)),
  };
  return isWeights(initial) ? ({ ...flow, ...weightsOf(initial, stages, stageAt) } as WeightChainFlow) : flow;
}

type Solved = SolvedStage & { readonly flow: SolvedFlow };

function readChain(problem: unknown): { network: Network; initial: Initial; tasks: Task[]; durations: number[] } {
  const record = readRecord("problem", problem, ["network", "initial", "stages"]);
  const { stages } = record;
  if (!isList(stages) || stages.length === 0) refuse("stages", stages, "pass at least one { task, duration }");
  const tasks: Task[] = [];
  const durations: number[] = [];
  let start: { network: Network; initial: Initial } | undefined;
  for (const [i, stage] of stages.entries()) {
    const { task: given, duration = Infinity } = readRecord(`stages[${i}]`, stage, ["task", "duration"]);
    const { network, initial, task } = readProblem({ ...record, task: given });
    start ??= { network, initial };
    named(`chain, stages[${i}]`, () => requireExact(network, task, "pass { project: true } to taskFromSamples"));
    const endless = duration === Infinity && i === stages.length - 1;
    const legal = typeof duration === "number" && duration >= 0 && (Number.isFinite(duration) || endless);
    if (!legal) refuse(`stages[${i}].duration`, duration, "pass a finite time ≥ 0; only the last stage may be endless");
    tasks.push(task);
    durations.push(duration);
  }
  return { ...start!, tasks, durations };
}

function solveStages(network: Network, initial: Initial, tasks: readonly Task[], durations: readonly number[]): Solved[] {
  const first = startFrom(initial, network.learningRates);
  let start = first;
  let state: Initial = initial;
  let from = 0;
  let reached: Reached | undefined;
  return tasks.map((task, i) => {
    const found = solution(network, task, start);
    const duration = durations[i]!;
    const stage: Solved = { from, until: from + duration, flow: flowOf(found, { network, task, initial: state }) };
    if (i < tasks.length - 1) {
      state = stage.flow.at(duration);
      from = stage.until;
      if (duration > 0 && !found.riccati.still) reached = reachedBy(found, duration);
      if (reached !== undefined) start = startAt(reached, state, first, found.layers.twoH, tasks[i + 1]!);
    }
    return stage;
  });
}

/** Where the last task that moved the network has left it: the overlap, and the residual of that task. */
interface Reached {
  readonly task: Task;
  readonly S: Wide;
  readonly residual: Wide;
}

function reachedBy(found: Solution, t: number): Reached {
  moveTo(found, t);
  const { task, state } = found;
  return { task, S: wide(state.S, state.SExp), residual: wide(state.g, state.gExp) };
}

/** What has been reached as the start of the next task. */
function startAt(reached: Reached, { uu, ww, uw }: OrderParameters, first: Start, twoH: Wide, next: Task): Start {
  const { S } = reached;
  const root = product(squareRoot(first.P), squareRoot(first.Q));
  const lift = product(twoH, S);
  const larger = sum(wideHypot(lift, root), absolute(lift));
  const smaller = larger.m === 0 ? ZERO : quotient(product(root, root), larger);
  const [P, Q] = S.m >= 0 ? [larger, smaller] : [smaller, larger];
  const residual = residualFor(next, reached);
  return { given: { uu, ww, uw }, S, P, Q, area: first.area, delta: first.delta, residual };
}

/** xy − γ·xx·S of the next task as xy − xx·(xy₁ − g₁)/xx₁: S has lost the digits of the last residual g₁. */
function residualFor({ xx, xy }: Task, { task: last, residual }: Reached): Wide {
  const apart = wideDifferenceOfProducts(xy, last.xx, xx, last.xy);
  return quotient(sum(apart, product(xx, residual)), wide(last.xx));
}

/** A stage's crossings, in the chain's time. Loss fractions are of the first stage's initial excess loss. */
function crossingsOf(stage: Solved, target: Target, first: Solved, isLast: boolean): number[] {
  const local = "excessLossFraction" in target ? fractionOf(stage, target.excessLossFraction, first) : target;
  const length = stage.until - stage.from;
  return whenMet(stage.flow, local)
    .filter((t) => t < length || (isLast && t === length))
    .map((t) => stage.from + t);
}

function fractionOf(stage: Solved, fraction: number, first: Solved): Target {
  if (stage === first) return { excessLossFraction: fraction };
  const share = first.flow.at(0).excessLoss / stage.flow.at(0).excessLoss;
  return { excessLossFraction: Number.isFinite(share) ? fraction * share : Infinity };
}

function weightsOf(
  initial: Weights,
  stages: readonly Solved[],
  stageAt: (t: number) => Solved,
): Pick<WeightChainFlow, "weights"> {
  const first = stages[0]!.flow;
  const { network, start } = first[solved];
  const rates = network.learningRates;
  const layers = scaleLayers(initial, rates.u, rates.w);
  const modes = modesIfNeeded(layers, start.P, start.Q);
  return {
    weights(t, out) {
      const stage = stageAt(t);
      checkTime("weights", first.from, t);
      const target = roomFor(initial.u.length, out);
      const found = stage.flow[solved];
      turn(stage.flow === first ? rotationAt(found, t) : rotationIn(found, t - stage.from, start), layers, modes, target);
      return target;
    },
  };
}

/**
 * The rotation from the chain's start to time t of a later stage; undefined where all weights have shrunk to
 * zero.
 */
function rotationIn(found: Solution, t: number, start: Start): Transfer | undefined {
  if (endsAtZero(found, t)) return undefined;
  moveTo(found, t);
  return rotationTo(wide(found.state.S, found.state.SExp), start, found.network.learningRates);
}
