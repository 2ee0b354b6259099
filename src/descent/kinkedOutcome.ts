/**
 * The outcome of descent with a step size, for a network with a kink at 0. Every weight is followed until,
 * for many consecutive steps, no step changes the slopes by more than 10⁻¹² of the largest change, or by more
 * than rounding. Neurons that die in the flow jump back and forth across w = 0 in descent, by steps that
 * vanish with the residuals.
 */
import { kinkedSnapshot } from "../layers/kinkedLayers.ts";
import type { HalfLineSnapshot } from "../model/halfLineSnapshot.ts";
import { leastLossOfSlopes } from "../model/halfLines.ts";
import type { HalfLineProblem } from "../model/readProblem.ts";
import { hypot } from "../numerics/wide.ts";
import type { Plan } from "./descentOptions.ts";
import { kinkedWalk } from "./kinkedWalk.ts";
import type { DescentOutcome } from "./outcome.ts";
import { DIVERGES, MOVES, RESTS } from "./walk.ts";

/**
 * The share of the largest step that counts as zero, and the number of consecutive steps for which it must
 * not be exceeded.
 */
const NONE = 1e-12;
const IN_A_ROW = 100;

export function kinkedOutcome(problem: HalfLineProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const walk = kinkedWalk(problem, plan);
  const n = walk.state.length / 2;
  const weights = { u: walk.state.subarray(0, n), w: walk.state.subarray(n) };
  const floor = leastLossOfSlopes(problem.network, problem.task.yy, problem.halves);
  const first = kinkedSnapshot(problem, weights, 0, floor);
  let current: HalfLineSnapshot = first;
  let highest = first.loss;
  let largest = 0;
  let quiet = 0;
  let steps = 0;
  let pace: number = MOVES;
  while (steps < maxSteps && pace === MOVES && quiet < IN_A_ROW) {
    pace = walk.advance(steps);
    if (pace === DIVERGES) break;
    steps++;
    const before = current.slopes;
    current = kinkedSnapshot(problem, weights, 0, floor);
    highest = Math.max(highest, current.loss);
    const { positive, negative } = current.slopes;
    const moved = hypot(positive - before.positive, negative - before.negative);
    largest = Math.max(largest, moved);
    quiet = moved <= NONE * largest || moved <= 2 ** -50 * hypot(positive, negative) ? quiet + 1 : 0;
  }
  const ends = pace === RESTS || quiet === IN_A_ROW;
  const rose = highest > first.loss * (1 + 1e-9);
  return {
    outcome: pace === DIVERGES ? "diverges" : !ends ? "undecided" : rose ? "catapults" : "converges",
    steps: ends ? steps - quiet : steps,
    lossRise: first.loss > 0 ? highest / first.loss : 1,
    kernelRatio: first.kernelSize > 0 ? current.kernelSize / first.kernelSize : 1,
  };
}
