/**
 * Stage-wise learning: the modes of a target in the order in which they are learned. Of a flow that decouples each
 * has a time of its own in closed form. Of every other flow the modes are those of the target on the data,
 *
 *     Σ_yx Σ^−½ = Σₐ sₐ oₐvₐᵀ      and the output along one is oₐᵀ F Σ^½ vₐ, which learning takes to sₐ
 */

import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { attempt, isList, readNumber, readRecord, refuse, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isSolved } from "../exact/oneDirection/whenMet.ts";
import type { AnyFlow, Mode, ModesFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { isSquared } from "../model/network.ts";
import { isMatrixFlow, matrices } from "../model/protocol.ts";
import { timesAtLevel } from "./crossings.ts";
import { lookTimes } from "./lookTimes.ts";
import { plateau } from "./plateau.ts";
import { readFlow } from "./readFlow.ts";
import { halfLife, timeTo } from "./timesTo.ts";

/** A mode of the target, and when it is learned. */
export interface TargetStage {
  /**
   * Where it reads the inputs and where it writes: `output` is a unit vector, and of a flow that does not
   * decouple input·x has the mean square 1.
   */
  readonly mode: Pick<Mode, "input" | "output">;
  /** sₐ = E[(output·y)(input·x)], the correlation of the mode's input and target. */
  readonly strength: number;
  /** When the output along the mode first reaches the share `fraction` of the target's; Infinity if never. */
  readonly reached: number;
  /**
   * When half of the loss that it can remove is gone; Infinity for one that never learns, or has nothing to
   * learn.
   */
  readonly halfLife: number;
}

/** A mode of a flow that decouples, and when it is learned. */
export interface LearningStage extends TargetStage {
  readonly mode: Mode;
  /** Its rate ρ, inverse time. */
  readonly rate: number;
  /**
   * How long it waits before it learns, as `plateau` says: Infinity for one on its way into a saddle, 0 for
   * one at rest.
   */
  readonly plateau: number;
}

/** What {@link learningStages} takes. */
export interface StageOptions {
  /** Which share of the target counts as reached, above 0 (default 0.5). */
  readonly fraction?: number;
}

/**
 * The stages in which a network of several inputs and outputs learns: the modes of its target by their half-lives,
 * the first one first. From a small start the stronger correlation is learned first, after a plateau that grows
 * with the logarithm of the start's size. [SaxeEtAl2014]
 *
 * @param flow - A flow of several inputs and outputs under the squared loss. One that decouples, as `exactFlow`
 * returns it with `family: "modes"`, knows its modes in closed form; of any other they are the singular vectors of
 * the target on the data, and the times are found by looking at the flow.
 * @throws FeatureLearningError `"invalid-argument"`: not a flow, a fraction that is not above 0; `"assumption"`: a
 * flow of one direction, which has one mode, another loss, a chain of tasks, or a descent.
 *
 * @example
 * ```ts
 * import { exactFlow, learningStages, matrixTaskFromMoments, network, saxeAlignedLayers } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[1, 0], [0, 4]], yy: 20 });
 * const initial = saxeAlignedLayers({ task, width: 2, scale: 1e-4, seed: 1 });
 * const stages = learningStages(exactFlow({ network: network(), task, initial }, { family: "modes" }));
 * console.log(stages.map(({ strength, halfLife }) => [strength, halfLife.toFixed(3)])); // [ [ 4, '1.183' ], [ 1, '4.385' ] ]
 * ```
 *
 * @example
 * From a random small start, which does not decouple:
 * ```ts
 * import { gaussianMatrixLayers, learningStages, matrixTaskFromMoments, network, solve } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[1, 0], [0, 4]], yy: 20 });
 * const initial = gaussianMatrixLayers({ width: 20, inputs: 2, outputs: 2, scale: 1e-4, seed: 1 });
 * const [first, second] = learningStages(solve({ network: network(), task, initial }));
 * console.log(first!.strength, first!.halfLife < second!.halfLife); // 4 true
 * ```
 */
export function learningStages(flow: ModesFlow<MatrixLayers> | ModesFlow<Layers>, options?: StageOptions): LearningStage[];
export function learningStages(flow: AnyFlow, options?: StageOptions): TargetStage[];
export function learningStages(flow: AnyFlow, options: StageOptions = {}): TargetStage[] {
  return named("learningStages", () => {
    const { fraction: share } = readRecord("options", options, ["fraction"]);
    const fraction = readNumber("fraction", share ?? 0.5, { above: 0 });
    const given = readFlow(flow, "call learningStages(solve(descent.problem))");
    const stages = "modes" in given ? ofModes(given as ModesFlow, fraction) : ofTarget(given, fraction);
    // A mode that never learns comes after all that do, in the order of its strength.
    return stages.sort((a, b) => (a.halfLife === b.halfLife ? b.strength - a.strength : a.halfLife - b.halfLife));
  });
}

function ofModes({ modes }: ModesFlow, fraction: number): LearningStage[] {
  if (!isList(modes) || !modes.every((mode) => attempt(() => isSolved(mode.flow), false)))
    refuse("flow.modes", modes, "pass the flow as exactFlow returned it");
  return modes.map((mode) => {
    const { xx, xy } = mode.flow.problem.task;
    const goal = (fraction * xy) / xx;
    return {
      mode,
      strength: xy,
      rate: mode.flow.rate,
      plateau: plateau(mode.flow),
      reached: mode.flow.at(0).output >= goal ? 0 : timeTo(mode.flow, { output: goal }),
      halfLife: halfLife(mode.flow),
    };
  });
}

/** Correlations below this share of the largest are rounding. */
const ROUNDING = 1e-12;

function ofTarget(flow: AnyFlow, fraction: number): TargetStage[] {
  if (!isMatrixFlow(flow)) unmet("a flow of one direction has one mode", "call plateau and halfLife");
  if ("stages" in flow) unmet("a chain has modes for each of its tasks", "pass the flow of one stage, flow.stages[0].flow");
  const { network, task, support } = flow[matrices];
  if (!isSquared(network)) unmet("the modes are those of the squared loss", "call timesTo with { loss } or { output }");
  const { directions, variances } = support();
  const deviations = variances.map(Math.sqrt);
  const yx = directions === undefined ? task.yx.clone() : task.yx.mmul(directions);
  const { U, V, s } = svdOf(yx.divRowVector(deviations));
  // Coordinates of mean square 1, from inputs and back.
  const basis = directions ?? Matrix.eye(variances.length);
  const [read, weigh] = [basis.clone().divRowVector(deviations), basis.clone().mulRowVector(deviations)];
  const times = lookTimes(flow).filter(Number.isFinite);
  return s
    .map((strength, a): [number, number] => [strength, a])
    .filter(([strength]) => strength > ROUNDING * Math.max(...s))
    .map(([strength, a]) => {
      const output = U.getColumnVector(a);
      const input = V.getColumnVector(a);
      const along = weigh.mmul(input);
      const partAt = (t: number): number => output.dot(flow.at(t).output.mmul(along));
      const first = partAt(0);
      const reach = (level: number): number => timesAtLevel(partAt, times, level)[0] ?? Infinity;
      return {
        mode: {
          input: Float64Array.from(read.mmul(input).to1DArray(), withoutSign),
          output: Float64Array.from(output.to1DArray(), withoutSign),
        },
        strength,
        reached: first >= fraction * strength ? 0 : reach(fraction * strength),
        halfLife: first === strength ? Infinity : reach(strength - (strength - first) * Math.SQRT1_2),
      };
    });
}

function svdOf(matrix: Matrix): { readonly U: Matrix; readonly V: Matrix; readonly s: readonly number[] } {
  const found = new SingularValueDecomposition(matrix, { autoTranspose: true });
  return { U: found.leftSingularVectors, V: found.rightSingularVectors, s: found.diagonal };
}

/** 0 in place of −0. */
const withoutSign = (value: number): number => value + 0;
