import { Matrix } from "ml-matrix";
import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Layers } from "../model/layers.ts";
import { type InitialisationOptions, MAX_WIDTH, normals, readInitialisation } from "./gaussianWeights.ts";

/** The options of {@link gaussianLayers}. */
export interface LayerOptions extends InitialisationOptions {
  /** k, the number of inputs. */
  readonly inputs: number;
}

/**
 * Independent Gaussian layers of a network of several inputs: u of length d, W of d rows and k columns.
 *
 * @param options - Width d, number of inputs k, standard deviations, seed.
 * @throws FeatureLearningError `"invalid-argument"`: as `gaussianWeights`; a number of inputs that is not a
 * positive integer.
 *
 * @example
 * ```ts
 * import { gaussianLayers } from "feature-learning";
 *
 * const { u, W } = gaussianLayers({ width: 8, inputs: 3, scale: 0.1, seed: 1 });
 * console.log(u.length, W.rows, W.columns); // 8 8 3
 * ```
 */
export function gaussianLayers(options: LayerOptions): Layers {
  return named("gaussianLayers", () => {
    const record = readRecord("options", options, ["width", "inputs", "scale", "seed"]);
    const { width, scale, random } = readInitialisation("gaussianLayers", record);
    const inputs = readNumber("inputs", record.inputs, { min: 1, max: Math.floor(MAX_WIDTH / width), integer: true });
    const u = normals(width, scale.u, random);
    return { u, W: Matrix.from1DArray(width, inputs, normals(width * inputs, scale.w, random)) };
  });
}
