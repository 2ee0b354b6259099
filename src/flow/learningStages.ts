/**
 * Stage-wise learning: the modes of a problem in the order in which they are learned, each at a time of its
 * own in closed form.
 */

import { attempt, isList, refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isSolved } from "../exact/oneDirection/whenMet.ts";
import type { Mode, ModesFlow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { plateauOf } from "./plateau.ts";
import { halfLifeOf } from "./timesTo.ts";

/** A mode, and when it is learned. */
export interface LearningStage {
  readonly mode: Mode;
  /** sₐ, the correlation of the mode's input and target. */
  readonly strength: number;
  /** Its rate ρ, inverse time. */
  readonly rate: number;
  /**
   * How long it waits before it learns, as `plateau` says: Infinity for one on its way into a saddle, 0 for
   * one at rest.
   */
  readonly plateau: number;
  /**
   * When half of the loss that it can remove is gone; Infinity for one that never learns, or has nothing to
   * learn.
   */
  readonly halfLife: number;
}

/**
 * The stages in which a network of several inputs and outputs learns: its modes by their half-lives, the
 * first one first. From a small start the stronger correlation is learned first, after a plateau that grows
 * with the logarithm of the start's size. [SaxeEtAl2014]
 *
 * @param flow - A flow that decouples, as `exactFlow` returns it with `family: "modes"`.
 * @throws FeatureLearningError `"invalid-argument"`: not such a flow.
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
 */
export function learningStages(flow: ModesFlow<MatrixLayers> | ModesFlow<Layers>): LearningStage[] {
  return named("learningStages", () => {
    const modes = attempt(() => flow.modes, undefined);
    if (!isList(modes) || !modes.every((mode) => attempt(() => isSolved(mode.flow), false)))
      refuse("flow", flow, "pass what exactFlow returns with family modes");
    const stages = modes.map((mode) => ({
      mode,
      strength: mode.flow.problem.task.xy,
      rate: mode.flow.rate,
      plateau: plateauOf(mode.flow),
      halfLife: halfLifeOf(mode.flow),
    }));
    // A mode that never learns comes after all that do, in the order of its strength.
    return stages.sort((a, b) => (a.halfLife === b.halfLife ? b.strength - a.strength : a.halfLife - b.halfLife));
  });
}
