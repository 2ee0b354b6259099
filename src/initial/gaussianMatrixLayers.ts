/** Independent Gaussian layers of several inputs and outputs: W₂ ~ N(0, scale.u²), W₁ ~ N(0, scale.w²). */
import { readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { drawLayers } from "./independentEntries.ts";
import { type InputsAndOutputs, readLayerShape } from "./layerShape.ts";
import { type LayerScale, readScale } from "./readScale.ts";

/**
 * The options of {@link gaussianMatrixLayers}: a task, or numbers of inputs and outputs; width, scale, seed.
 */
export type GaussianMatrixOptions = InputsAndOutputs & {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /**
   * Standard deviations of the entries of W₂ (u) and W₁ (w), 0 or from 1e-153 to 1e153; one number for both.
   */
  readonly scale: LayerScale;
  /** The seed of the random numbers. */
  readonly seed: Seed;
};

/**
 * Independent Gaussian layers { W2, W1 } of a network of several inputs and outputs. If the task has a
 * constant input, its column in W₁ is drawn like the others.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are not positive integers, more than 2³⁰
 * weights in a layer, a negative scale, no seed.
 *
 * @example
 * ```ts
 * import { gaussianMatrixLayers } from "feature-learning";
 *
 * const { W2, W1 } = gaussianMatrixLayers({ inputs: 3, outputs: 2, width: 8, scale: 0.1, seed: 1 });
 * console.log(W2.rows, W2.columns, W1.rows, W1.columns); // 2 8 8 3
 * ```
 */
export function gaussianMatrixLayers(options: GaussianMatrixOptions): MatrixLayers {
  return named("gaussianMatrixLayers", () => {
    const fields = readRecord("options", options, ["task", "inputs", "outputs", "width", "scale", "seed"]);
    const { bias, inputs, ...shape } = readLayerShape(fields);
    const scale = readScale(fields.scale);
    const normal = (size: number) => () => ({ distribution: "normal", size }) as const;
    const columns = inputs + (bias === undefined ? 0 : 1);
    return drawLayers(
      { purpose: "gaussianMatrixLayers", seed: fields.seed },
      { u: normal(scale.u), w: normal(scale.w) },
      { ...shape, inputs: columns, bias: undefined },
    );
  });
}
