/**
 * The outcome of descent with a step size, found by taking the steps, which are cheap in order parameters. In
 * a catapult the loss first rises above its initial value while the kernel decreases until the step is
 * stable, and then training converges. [LewkowyczEtAl2020]
 */

import { readNumber, readRecord, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { matrixTaskOf } from "../model/matrixTaskOf.ts";
import type { Objective } from "../model/objective.ts";
import type { Problem } from "../model/problem.ts";
import { type DepthProblem, readMatrixProblem, readProblem, type ScalarProblem } from "../model/readProblem.ts";
import { FIELDS, snapshotFields } from "../model/snapshot.ts";
import { hasDecay } from "../model/weightDecay.ts";
import { begin } from "./begin.ts";
import { deepOutcome } from "./deepOutcome.ts";
import { beginDepth } from "./depthDescent.ts";
import { type Plan, readPlan } from "./descentOptions.ts";
import { kinkedOutcome } from "./kinkedOutcome.ts";
import { layersOutcome } from "./layersOutcome.ts";
import type { DescentOutcome } from "./outcome.ts";
import type { MomentumOptions } from "./stability.ts";
import { DIVERGES, MOVES, RESTS, type Walk } from "./walk.ts";

/** The options of {@link descentOutcome}. */
export interface OutcomeOptions extends MomentumOptions {
  /** The step size, above 0. */
  readonly stepSize: number;
  /** The largest number of steps (default 10⁶). */
  readonly maxSteps?: number | undefined;
}

/**
 * The residual, relative to the initial one, that counts as zero, and the number of consecutive steps for
 * which it must not be exceeded.
 */
const NONE = 1e-12;
const IN_A_ROW = 100;

/**
 * Whether gradient descent with this step converges, catapults (its loss rises, its kernel decreases, then it
 * converges) or diverges. At any width a step costs as much as in `gradientDescent`; for losses other than
 * the squared loss it takes two passes over the samples.
 * Layers that are numbers may start so small that a step changes no digit of them. The outcome is then
 * `"undecided"`, and `plateau` of the exact flow tells how long they wait.
 *
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or option;
 * `"assumption"`: as `gradientDescent`.
 *
 * @example
 * ```ts
 * import { descentOutcome, network, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 0, yy: 0 });
 * const problem = { network: network({ loss: "half-mse" }), task, initial: { uu: 1, ww: 1, uw: 0.01 } };
 * const outcomes = [0.5, 1.5, 2.5].map((stepSize) => descentOutcome(problem, { stepSize }).outcome);
 * console.log(outcomes); // [ 'converges', 'catapults', 'diverges' ]
 * ```
 */
export function descentOutcome(problem: Problem, options: OutcomeOptions): DescentOutcome {
  return named("descentOutcome", () => {
    const { maxSteps: most, ...momentumOptions } = readRecord("options", options, [
      "stepSize",
      "momentum",
      "nesterov",
      "maxSteps",
    ]);
    const maxSteps = readNumber("maxSteps", most ?? 1e6, { min: 1, integer: true });
    const plan = readPlan({ ...momentumOptions, steps: maxSteps });
    const read = readProblem(problem);
    if (read.kind === "half lines") return kinkedOutcome(read.problem, plan, maxSteps);
    if (read.kind === "deep matrices") return deepOutcome(read.problem, plan, maxSteps);
    if (read.kind === "depth") return ofDepth(read.problem, plan, maxSteps);
    return read.kind === "matrices" ? layersOutcome(read.problem, plan, maxSteps) : ofOneDirection(read.problem, plan, maxSteps);
  });
}

function ofOneDirection(problem: ScalarProblem, plan: Plan, maxSteps: number): DescentOutcome {
  const { network, task, start, walk, layers, objective } = begin(problem, plan);
  // With decay the residual at the minimum is not zero.
  if (hasDecay(network) && task.xx > 0) {
    const { uu, ww, uw } = start.given;
    const { inputs: _, ...alongDirection } = task;
    const initial = { uu: [[uu]], ww: [[ww]], uw: [[uw]] };
    const matrices = readMatrixProblem({ network, task: matrixTaskOf(alongDirection, 1), initial });
    return layersOutcome(matrices, plan, maxSteps);
  }
  const kernel = (n: number): number => {
    const row = new Float64Array(FIELDS);
    layers.record(n, walk.state, row, 0, 1);
    return row[snapshotFields.indexOf("kernel")]!;
  };
  const stands = (): boolean => kernel(0) === 0;
  return outcomeOf({ objective, advance: walk.advance, output: () => walk.output, kernel, stands }, maxSteps);
}

function ofDepth(problem: DepthProblem, plan: Plan, maxSteps: number): DescentOutcome {
  if (problem.network.weightDecay > 0)
    unmet("with weight decay the residual does not vanish at the minimum, so the end cannot be detected", "call gradientDescent");
  const { objective, walk, snapshotAt } = beginDepth(problem, plan);
  const kernel = (n: number): number => snapshotAt(n * plan.stepSize, walk.state).kernel;
  return outcomeOf({ objective, advance: walk.advance, output: walk.output, kernel, stands: walk.stands }, maxSteps);
}

/** The functions of a descent whose end is detected by its residual. */
interface Watched {
  readonly objective: Objective;
  readonly advance: Walk["advance"];
  readonly output: () => number;
  /** γ²B after n steps. */
  readonly kernel: (n: number) => number;
  /** Whether the layers stay as they are whatever the residual is. */
  readonly stands: () => boolean;
}

/** Steps that end in rounding above this share of the initial residual have not arrived. */
const ARRIVED = 1e-6;

function outcomeOf({ objective, advance, output, kernel, stands }: Watched, maxSteps: number): DescentOutcome {
  const first = objective.loss(output());
  const { residual } = objective;
  // The rounding error of the residual, which is a difference.
  const rounding = (): number => 2 ** -48 * (Math.abs(residual(0)) + Math.abs(residual(0) - residual(output())));
  const initial = Math.abs(residual(output()));
  const small = NONE * initial;
  const before = kernel(0);
  let highest = first;
  let quiet = 0;
  let n = 0;
  let pace: number = MOVES;
  while (n < maxSteps && pace === MOVES && quiet < IN_A_ROW) {
    pace = advance(n);
    if (pace === DIVERGES) break;
    n++;
    highest = Math.max(highest, objective.loss(output()));
    quiet = Math.abs(residual(output())) <= Math.max(small, rounding()) ? quiet + 1 : 0;
  }
  // A step that rounds to nothing is no end: in exact arithmetic a small start leaves its saddle.
  const rests =
    pace === RESTS && (stands() || Math.abs(residual(output())) <= ARRIVED * Math.max(initial, Math.abs(residual(0))));
  const ends = rests || quiet === IN_A_ROW;
  const rose = highest > first * (1 + 1e-9);
  return {
    outcome: pace === DIVERGES ? "diverges" : !ends ? "undecided" : rose ? "catapults" : "converges",
    steps: ends ? n - quiet : n,
    lossRise: first > 0 ? highest / first : 1,
    kernelRatio: before > 0 ? kernel(n) / before : 1,
  };
}
