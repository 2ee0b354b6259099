/**
 * Layers of any number aligned with the data and with each other: with E[yxᵀ] = Σₐ sₐoₐvₐᵀ, s₁ ≥ s₂ ≥ …, and
 * random orthonormal directions h_{l,a} of every hidden layer, h_0 = v and h_L = o,
 *
 *     W_l = Σₐ scale_l h_{l,a} h_{l−1,a}ᵀ
 *
 * so that every mode trains alone. [SaxeEtAl2014]
 */
import { SingularValueDecomposition } from "ml-matrix";
import { isList, readNumber, readRecord, reject } from "../door/arguments.ts";
import { readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { randomFrom, type Seed } from "../door/seeds.ts";
import type { DeepMatrixLayers } from "../model/deepMatrices.ts";
import { type MatrixTask, readMatrixTask } from "../model/matrixTask.ts";
import { randomOrthonormal } from "../numerics/orthonormal.ts";
import { MAX_WIDTH } from "./gaussianWeights.ts";

/** What {@link alignedLayers} takes. */
export interface AlignedLayersOptions {
  /** The task to whose modes the layers are aligned. */
  readonly task: MatrixTask;
  /** L, the number of layers. */
  readonly depth: number;
  /** The number of neurons of every hidden layer: a mode each, the strongest first, as far as they go. */
  readonly width: number;
  /** The size of every mode in each layer: one number for all layers, or one a layer, W_1 first. */
  readonly scale: number | VectorLike;
  /** Where the hidden directions come from. */
  readonly seed: Seed;
}

/**
 * Layers through all of which every mode of the task's correlation E[yxᵀ] has a direction of its own. If
 * E[xxᵀ] has the same input directions (of whitened inputs it does), every mode is a network of numbers that
 * learns by itself, which `exactFlow` finds. Modes of equal strength, and those of strength 0, have arbitrary
 * directions among themselves.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no task, a depth or width that is no integer from 1 on,
 * a negative scale, or not one for each layer.
 *
 * @example
 * ```ts
 * import { alignedLayers, exactFlow, learningStages, matrixTaskFromMoments, network } from "feature-learning";
 *
 * const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[2, 1], [-1, 1]], yy: 10 });
 * const initial = alignedLayers({ task, depth: 3, width: 20, scale: 0.1, seed: 1 });
 * const flow = exactFlow({ network: network({ depth: 3 }), task, initial });
 * console.log(flow.family, learningStages(flow).map(({ halfLife }) => halfLife.toFixed(2))); // deep-modes [ '1.96', '3.40' ]
 * ```
 */
export function alignedLayers(options: AlignedLayersOptions): DeepMatrixLayers {
  return named("alignedLayers", () => {
    const given = readRecord("options", options, ["task", "depth", "width", "scale", "seed"]);
    const { yx } = readMatrixTask("task", given.task);
    const depth = readNumber("depth", given.depth, { min: 1, max: 1e3, integer: true });
    const width = readNumber("width", given.width, { min: 1, max: Math.floor(Math.sqrt(MAX_WIDTH)), integer: true });
    const scales = readScales(given.scale, depth);
    const random = randomFrom(given.seed, "alignedLayers");
    const { leftSingularVectors: O, rightSingularVectors: V } = new SingularValueDecomposition(yx, { autoTranspose: true });
    const modes = Math.min(yx.rows, yx.columns, ...(depth > 1 ? [width] : []));
    const first = (vectors: typeof O): typeof O => vectors.subMatrix(0, vectors.rows - 1, 0, modes - 1);
    const hidden = Array.from({ length: depth - 1 }, () => randomOrthonormal(width, modes, random));
    const vectors = [first(V), ...hidden, first(O)];
    const layers = Array.from(scales, (scale, l) => vectors[l + 1]!.mmul(vectors[l]!.transpose()).mul(scale));
    return { layers };
  });
}

function readScales(value: unknown, depth: number): Float64Array {
  const isOne = !isList(value) && !ArrayBuffer.isView(value);
  const scales = isOne ? new Float64Array(depth).fill(readNumber("scale", value, { min: 0 })) : readVector("scale", value);
  if (scales.length !== depth) reject(`scale has ${scales.length} numbers; pass one, or one a layer, ${depth}`);
  for (const scale of scales) readNumber("scale", scale, { min: 0 });
  return scales;
}
