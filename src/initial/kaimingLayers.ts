/**
 * Kaiming (He) initialisation: entries of standard deviation gain/√fan, where fan is the layer's number of
 * inputs or outputs, and the gain depends on the nonlinearity,
 *
 *     relu: √2      linear: 1      leaky relu of slope a: √(2/(1 + a²))      biases 0
 *
 * The bound of a uniform entry is √3 times the standard deviation. [HeEtAl2015]
 */
import { readChoice, readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Task } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { MAX_WIDTH } from "./gaussianWeights.ts";
import { drawLayers, drawWeights, type EntryLaw, type Fans, type LayerLaws } from "./independentEntries.ts";
import { type InputsAndOutputs, readLayerShape } from "./layerShape.ts";

/** The options of {@link kaimingWeights}. */
export interface KaimingWeightOptions {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /**
   * A task from `taskFromSamples`. The dimension k of its inputs sets the size of the input weights, which
   * are projected onto its direction. Default: one input.
   */
  readonly task?: Task | undefined;
  /** Default "normal". */
  readonly distribution?: "uniform" | "normal" | undefined;
  /** The fan of a layer: its number of inputs (default), or of outputs. */
  readonly mode?: "fan_in" | "fan_out" | undefined;
  /** Sets the gain of both layers: "relu" √2 (default), "linear" 1, { leaky: a } √(2/(1 + a²)). */
  readonly nonlinearity?: "relu" | "linear" | { readonly leaky: number } | undefined;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/**
 * The options of {@link kaimingLayers}: a task, or the numbers of inputs and outputs; width, distribution and
 * seed.
 */
export type KaimingLayerOptions = InputsAndOutputs & Omit<KaimingWeightOptions, "task">;

const purpose = "Kaiming's layers";

/**
 * Weights { u, w } by Kaiming initialisation. The standard deviation is gain/√d for u and gain/√k for the k
 * input weights of a neuron. wᵢ is their projection onto the task's direction (k = 1 without a task). With
 * `mode: "fan_out"` it is gain for u and gain/√d for the input weights. With several inputs, the projection
 * of uniform entries is not uniform, but has the same variance.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a width that is not a whole number from 1 to 2³⁰, an
 * unknown distribution, mode or nonlinearity, no seed.
 *
 * @example
 * ```ts
 * import { kaimingWeights } from "feature-learning";
 *
 * const { u, w } = kaimingWeights({ width: 4, distribution: "uniform", nonlinearity: "linear", seed: 1 });
 * console.log(u.every((x) => Math.abs(x) <= Math.sqrt(3 / 4)), w.length); // true 4
 * ```
 */
export function kaimingWeights(options: KaimingWeightOptions): Weights {
  return named("kaimingWeights", () => {
    const fields = readRecord("options", options, ["width", "task", "distribution", "mode", "nonlinearity", "seed"]);
    const width = readNumber("width", fields.width, { min: 1, max: MAX_WIDTH, integer: true });
    return drawWeights({ purpose, seed: fields.seed }, lawsOf(fields), width, fields.task);
  });
}

/**
 * Layers { W2, W1 } by Kaiming's rule: standard deviation gain/√k in W₁ and gain/√d in W₂, or with `mode:
 * "fan_out"` gain/√d and gain/√m. LeCun's initialisation is that of nonlinearity "linear". If the task has a
 * constant input (`bias`), the last column of W₁, the biases, is 0, and k does not count it.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are not positive integers, more than 2³⁰
 * weights in a layer, an unknown distribution, mode or nonlinearity, no seed.
 *
 * @example
 * ```ts
 * import { kaimingLayers } from "feature-learning";
 *
 * const { W2, W1 } = kaimingLayers({ inputs: 3, outputs: 2, width: 8, mode: "fan_out", seed: 1 });
 * console.log(W2.rows, W2.columns, W1.rows, W1.columns); // 2 8 8 3
 * ```
 */
export function kaimingLayers(options: KaimingLayerOptions): MatrixLayers {
  return named("kaimingLayers", () => {
    const fields = readRecord("options", options, [
      "task",
      "inputs",
      "outputs",
      "width",
      "distribution",
      "mode",
      "nonlinearity",
      "seed",
    ]);
    return drawLayers({ purpose, seed: fields.seed }, lawsOf(fields), readLayerShape(fields));
  });
}

function lawsOf(fields: Readonly<Partial<Record<"distribution" | "mode" | "nonlinearity", unknown>>>): LayerLaws {
  const distribution = readChoice("distribution", fields.distribution ?? "normal", ["normal", "uniform"]);
  const mode = readChoice("mode", fields.mode ?? "fan_in", ["fan_in", "fan_out"]);
  // Variances, so that a bound √(3·variance) is rounded once.
  const gain2 = squaredGain(fields.nonlinearity ?? "relu") * (distribution === "uniform" ? 3 : 1);
  const law = ({ fanIn, fanOut }: Fans): EntryLaw => ({
    distribution,
    size: Math.sqrt(gain2 / (mode === "fan_in" ? fanIn : fanOut)),
  });
  return { u: law, w: law };
}

function squaredGain(nonlinearity: unknown): number {
  if (typeof nonlinearity !== "object" || nonlinearity === null)
    return readChoice("nonlinearity", nonlinearity, ["relu", "linear"]) === "relu" ? 2 : 1;
  const { leaky } = readRecord("nonlinearity", nonlinearity, ["leaky"]);
  const slope = readNumber("nonlinearity.leaky", leaky, { min: -1e100, max: 1e100 });
  return 2 / (1 + slope * slope);
}
