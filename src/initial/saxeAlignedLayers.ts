/**
 * Layers aligned to the data: with E[yxᵀ] = Σₐ sₐoₐvₐᵀ, s₁ ≥ s₂ ≥ …, and random orthonormal hidden directions
 * rₐ,
 *
 *     W₂ = Σₐ scale_u oₐrₐᵀ      W₁ = Σₐ scale_w rₐvₐᵀ
 *
 * so that every mode trains alone. [SaxeEtAl2014]
 */

import { type Matrix, SingularValueDecomposition } from "ml-matrix";
import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { randomFrom, type Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { randomOrthonormal } from "../numerics/orthonormal.ts";
import { type LayerScale, readScale } from "./readScale.ts";

/** What {@link saxeAlignedLayers} takes. */
export interface SaxeAlignmentOptions {
  /** The task to whose modes the layers are aligned. */
  readonly task: MatrixTask;
  /** d, the number of hidden neurons: a mode each, the strongest first, as far as they go. */
  readonly width: number;
  /** The size of a mode in each layer; one number for both. */
  readonly scale: LayerScale;
  /** Where the hidden directions come from. */
  readonly seed: Seed;
}

/**
 * Layers in whose hidden neurons every mode of the task's correlation E[yxᵀ] has a direction of its own. If
 * E[xxᵀ] has the same input directions (of whitened inputs it does), every mode learns by itself: `exactFlow`
 * finds them. Modes of equal strength, and those of strength 0, have no directions of their own: theirs are
 * arbitrary among themselves, and are those of E[xxᵀ] for certain only where it is white.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no task, a width that is no integer from 1 on, a
 * negative scale.
 *
 * @example
 * ```ts
 * import { exactFlow, learningStages, matrixTaskFromMoments, network, saxeAlignedLayers } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[2, 1], [-1, 2]], yy: 10 });
 * const initial = saxeAlignedLayers({ task, width: 5, scale: 1e-3, seed: 1 });
 * const flow = exactFlow({ network: network(), task, initial }, { family: "modes" });
 * console.log(learningStages(flow).map(({ strength }) => strength.toFixed(3))); // [ '2.236', '2.236' ]
 * ```
 */
export function saxeAlignedLayers(options: SaxeAlignmentOptions): MatrixLayers {
  return named("saxeAlignedLayers", () => {
    const given = readRecord("options", options, ["task", "width", "scale", "seed"]);
    const { yx } = readMatrixTask("task", given.task);
    const width = readNumber("width", given.width, { min: 1, max: 1e5, integer: true });
    const scale = readScale(given.scale);
    const random = randomFrom(given.seed, "saxeAlignedLayers");
    const { leftSingularVectors: O, rightSingularVectors: V } = new SingularValueDecomposition(yx, { autoTranspose: true });
    const modes = Math.min(width, yx.rows, yx.columns);
    const hidden = randomOrthonormal(width, modes, random).transpose();
    const first = (vectors: Matrix): Matrix => vectors.subMatrix(0, vectors.rows - 1, 0, modes - 1);
    return { W2: first(O).mmul(hidden).mul(scale.u), W1: first(V).mmul(hidden).transpose().mul(scale.w) };
  });
}
