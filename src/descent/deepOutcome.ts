/**
 * The outcome of descent with a step size, for any number of layers that are matrices. As for two layers,
 * convergence means that the steps stay below 10⁻¹² of the largest one, or below rounding. At a saddle they
 * must do so for as long as the least curvature −κ < 0 takes to bring the smallest double to size 1.
 */
import { deepCurvature } from "../matrix/deepCurvature.ts";
import { snapshotOfLayers } from "../matrix/deepState.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import { normOf } from "../numerics/norm.ts";
import { beginDeep } from "./deepDescent.ts";
import type { Plan } from "./descentOptions.ts";
import type { DescentOutcome } from "./outcome.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/**
 * The share of the largest step that counts as zero, and the number of consecutive steps for which it must
 * not be exceeded.
 */
const NONE = 1e-12;
const IN_A_ROW = 100;
/** −ln of the smallest number. */
const SMALLEST = 750;
/** A negative curvature of a smaller share of the largest one is rounding error. */
const SADDLE = 1e-9;

export function deepOutcome(problem: DeepMatrixProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const { state, gradient, walk } = beginDeep(problem, plan);
  const { network, objective, rates } = state;
  const decay = network.weightDecay / 2;
  const y = walk.state;
  const trained = (): number => objective.loss(gradient.outputOf(y)) + (decay > 0 ? decay * normOf(y) ** 2 : 0);
  const kernelSize = (): number => snapshotOfLayers(state, 0, gradient.matricesOf(y)).kernelSize;
  const [first, firstLoss, kernelBefore] = [trained(), objective.loss(gradient.outputOf(y)), kernelSize()];
  const before = y.slice();
  let [highest, highestLoss, largest, quiet, n] = [first, firstLoss, 0, 0, 0];
  let patience = IN_A_ROW;
  let pace: number = MOVES;
  while (n < maxSteps && pace === MOVES && quiet < patience) {
    before.set(y);
    pace = walk.advance(n);
    if (pace === DIVERGES) break;
    n++;
    highest = Math.max(highest, trained());
    highestLoss = Math.max(highestLoss, objective.loss(gradient.outputOf(y)));
    for (let i = 0; i < y.length; i++) before[i]! -= y[i]!;
    const moved = normOf(before);
    largest = Math.max(largest, moved);
    quiet = moved <= Math.max(NONE * largest, 2 ** -50 * normOf(y)) ? quiet + 1 : 0;
    if (quiet === IN_A_ROW) patience = patienceNow();
  }
  const ends = (pace === RESTS && patienceNow() === IN_A_ROW) || (quiet > 0 && quiet === patience);
  const rose = highest > first * (1 + 1e-9);
  return {
    outcome: pace === DIVERGES ? "diverges" : !ends ? "undecided" : rose ? "catapults" : "converges",
    steps: ends ? n - quiet : n,
    lossRise: firstLoss > 0 ? highestLoss / firstLoss : 1,
    kernelRatio: kernelBefore > 0 ? kernelSize() / kernelBefore : 1,
  };

  /** The number of consecutive small steps that prove convergence. */
  function patienceNow(): number {
    const curvature = deepCurvature(state, gradient.matricesOf(y), rates);
    if (curvature === undefined) return IN_A_ROW;
    const fall = -curvature.least();
    if (!(fall > SADDLE * curvature.top)) return IN_A_ROW;
    return Math.max(IN_A_ROW, Math.ceil(SMALLEST / Math.log1p(plan.stepSize * fall)));
  }
}
