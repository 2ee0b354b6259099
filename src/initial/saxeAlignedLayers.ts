/**
 * Layers aligned to the data: with E[yxᵀ] = Σₐ sₐoₐvₐᵀ, s₁ ≥ s₂ ≥ …, and random orthonormal hidden directions
 * rₐ,
 *
 *     W₂ = Σₐ scale_u oₐrₐᵀ      W₁ = Σₐ scale_w rₐvₐᵀ
 *
 * so that the modes train independently. [SaxeEtAl2014]
 */

import { type Matrix, SingularValueDecomposition } from "ml-matrix";
import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { randomFrom, type Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { randomOrthonormal } from "../numerics/orthonormal.ts";
import { type LayerScale, readScale } from "./readScale.ts";

/** The options of {@link saxeAlignedLayers}. */
export interface SaxeAlignmentOptions {
  /** The task to whose modes the layers are aligned. */
  readonly task: MatrixTask;
  /** d, the number of hidden neurons. Each gets one mode, the strongest first; further neurons get none. */
  readonly width: number;
  /** The size of a mode in each layer; one number for both. */
  readonly scale: LayerScale;
  /** The seed of the random hidden directions. */
  readonly seed: Seed;
}

/**
 * Layers in which every mode of the task's correlation E[yxᵀ] has its own direction among the hidden neurons.
 * If E[xxᵀ] has the same input directions, as for whitened inputs, the modes learn independently, and
 * `exactFlow` finds them. The directions of modes of equal strength, and of strength 0, are not unique; they
 * are guaranteed to be directions of E[xxᵀ] only for whitened inputs.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no task, a width that is not a positive integer, a
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
    const fields = readRecord("options", options, ["task", "width", "scale", "seed"]);
    const { yx } = readMatrixTask("task", fields.task);
    const width = readNumber("width", fields.width, { min: 1, max: 1e5, integer: true });
    const scale = readScale(fields.scale);
    const random = randomFrom(fields.seed, "saxeAlignedLayers");
    const { leftSingularVectors: O, rightSingularVectors: V } = new SingularValueDecomposition(yx, { autoTranspose: true });
    const modes = Math.min(width, yx.rows, yx.columns);
    const hidden = randomOrthonormal(width, modes, random).transpose();
    const first = (vectors: Matrix): Matrix => vectors.subMatrix(0, vectors.rows - 1, 0, modes - 1);
    return { W2: first(O).mmul(hidden).mul(scale.u), W1: first(V).mmul(hidden).transpose().mul(scale.w) };
  });
}
