/**
 * A chain whose stages all have the closed form of one direction. The next stage starts from the overlap S,
 * the residual and the conserved √I, area and balance, from which P, Q = √(I + 4h²S²) ± 2hS follow. Rounded
 * weights are not used, because the network would escape a plateau at the wrong time.
 */
import { flowOf, type SolvedFlow, solved } from "../exact/oneDirection/oneDirectionFlow.ts";
import { endsAtZero, rotationAt, rotationTo } from "../exact/oneDirection/rotation.ts";
import { moveTo, type Solution, solution } from "../exact/riccati/solution.ts";
import { type Start, startFrom } from "../layers/start.ts";
import type { Transfer } from "../layers/transfer.ts";
import type { Network } from "../model/network.ts";
import type { Initial } from "../model/readInitial.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters } from "../model/weights.ts";
import { wideDifferenceOfProducts } from "../numerics/exactProduct.ts";
import { absolute, product, quotient, squareRoot, sum, type Wide, wide, wideHypot, ZERO } from "../numerics/wide.ts";

/** A stage solved in closed form. */
export interface ExactStage {
  readonly from: number;
  readonly until: number;
  readonly flow: SolvedFlow;
}

export function exactStages(
  network: Network,
  initial: Initial,
  tasks: readonly Task[],
  durations: readonly number[],
): ExactStage[] {
  const first = startFrom(initial, network.learningRates);
  let start = first;
  let state: Initial = initial;
  let from = 0;
  let reached: Reached | undefined;
  return tasks.map((task, i) => {
    const stageSolution = solution(network, task, start);
    const duration = durations[i]!;
    const stage: ExactStage = { from, until: from + duration, flow: flowOf(stageSolution, { network, task, initial: state }) };
    if (i < tasks.length - 1) {
      state = stage.flow.at(duration);
      from = stage.until;
      if (duration > 0 && !stageSolution.riccati.still) reached = reachedBy(stageSolution, duration);
      if (reached !== undefined) start = startAt(reached, state, first, stageSolution.layers.twoH, tasks[i + 1]!);
    }
    return stage;
  });
}

/** The state after the last task that trained the network: the overlap and the residual of that task. */
interface Reached {
  readonly task: Task;
  readonly S: Wide;
  readonly residual: Wide;
}

function reachedBy(stageSolution: Solution, t: number): Reached {
  moveTo(stageSolution, t);
  const { task, state } = stageSolution;
  return { task, S: wide(state.S, state.SExp), residual: wide(state.g, state.gExp) };
}

/** The reached state as the start of the next task. */
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

/**
 * xy − γ·xx·S of the next task, computed as xy − xx·(xy₁ − g₁)/xx₁, because S does not hold the digits of the
 * last residual g₁.
 */
function residualFor({ xx, xy }: Task, { task: last, residual }: Reached): Wide {
  const apart = wideDifferenceOfProducts(xy, last.xx, xx, last.xy);
  return quotient(sum(apart, product(xx, residual)), wide(last.xx));
}

/** The rotation from the chain's start to time t of a stage; undefined if all weights have shrunk to zero. */
export function rotationIn(stage: ExactStage, t: number, first: ExactStage, start: Start): Transfer | undefined {
  const stageSolution = stage.flow[solved];
  if (stage === first) return rotationAt(stageSolution, t);
  const local = t - stage.from;
  if (endsAtZero(stageSolution, local)) return undefined;
  moveTo(stageSolution, local);
  return rotationTo(wide(stageSolution.state.S, stageSolution.state.SExp), start, stageSolution.network.learningRates);
}
