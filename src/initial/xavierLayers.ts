/**
 * Xavier (Glorot) initialisation: entries of variance 2·gain²/(fan-in + fan-out), uniform or normal, with
 * standard deviations
 *
 *     W₁: gain·√(2/(k + d))      W₂: gain·√(2/(d + m))      biases 0
 *
 * The bound of a uniform entry is √3 times the standard deviation. [GlorotBengio2010]
 */
import { readChoice, readNumber, readPair, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Task } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { MAX_WIDTH } from "./gaussianWeights.ts";
import { drawLayers, drawWeights, type EntryLaw, type Fans, type LayerLaws } from "./independentEntries.ts";
import { type InputsAndOutputs, readLayerShape } from "./layerShape.ts";

/** The options of {@link xavierWeights}. */
export interface XavierWeightOptions {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /**
   * A task from `taskFromSamples`. The dimension k of its inputs sets the size of the input weights, which
   * are projected onto its direction. Default: one input.
   */
  readonly task?: Task | undefined;
  /** Default "uniform". */
  readonly distribution?: "uniform" | "normal" | undefined;
  /** Multiplies the entries, 0 or from 1e-140 to 1e140; one number for both layers. Default 1. */
  readonly gain?: number | { readonly u: number; readonly w: number } | undefined;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/**
 * The options of {@link xavierLayers}: a task, or the numbers of inputs and outputs; width, distribution and
 * seed.
 */
export type XavierLayerOptions = InputsAndOutputs & Omit<XavierWeightOptions, "task">;

const purpose = "Xavier's layers";

/**
 * Weights { u, w } by Xavier initialisation. The standard deviation is gain·√(2/(d + 1)) for u and
 * gain·√(2/(k + d)) for the k input weights of a neuron. wᵢ is their projection onto the task's direction
 * (k = 1 without a task). With several inputs, the projection of uniform entries is not uniform, but has the
 * same variance.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a width that is not a whole number from 1 to 2³⁰,
 * another distribution, a gain out of range, no seed.
 *
 * @example
 * ```ts
 * import { xavierWeights } from "feature-learning";
 *
 * const { u } = xavierWeights({ width: 5, seed: 1 });
 * console.log(u.every((x) => Math.abs(x) <= 1)); // true
 * ```
 */
export function xavierWeights(options: XavierWeightOptions): Weights {
  return named("xavierWeights", () => {
    const fields = readRecord("options", options, ["width", "task", "distribution", "gain", "seed"]);
    const width = readNumber("width", fields.width, { min: 1, max: MAX_WIDTH, integer: true });
    return drawWeights({ purpose, seed: fields.seed }, lawsOf(fields), width, fields.task);
  });
}

/**
 * Layers { W2, W1 } by Xavier initialisation: standard deviation gain·√(2/(k + d)) in W₁ and gain·√(2/(d +
 * m)) in W₂, uniform or normal. If the task has a constant input (`bias`), the last column of W₁, the biases,
 * is 0, and k does not count it.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are not positive integers, more than 2³⁰
 * weights in a layer, another distribution, a gain out of range, no seed.
 *
 * @example
 * ```ts
 * import { xavierLayers } from "feature-learning";
 *
 * const { W2, W1 } = xavierLayers({ inputs: 3, outputs: 2, width: 8, distribution: "normal", seed: 1 });
 * console.log(W2.rows, W2.columns, W1.rows, W1.columns); // 2 8 8 3
 * ```
 */
export function xavierLayers(options: XavierLayerOptions): MatrixLayers {
  return named("xavierLayers", () => {
    const fields = readRecord("options", options, ["task", "inputs", "outputs", "width", "distribution", "gain", "seed"]);
    return drawLayers({ purpose, seed: fields.seed }, lawsOf(fields), readLayerShape(fields));
  });
}

function lawsOf(fields: Readonly<Partial<Record<"distribution" | "gain", unknown>>>): LayerLaws {
  const distribution = readChoice("distribution", fields.distribution ?? "uniform", ["uniform", "normal"]);
  const gain = readGain(fields.gain ?? 1);
  const law =
    (factor: number) =>
    ({ fanIn, fanOut }: Fans): EntryLaw => ({
      distribution,
      size: factor * Math.sqrt((distribution === "uniform" ? 6 : 2) / (fanIn + fanOut)),
    });
  return { u: law(gain.u), w: law(gain.w) };
}

/** Gains for which the variance of every layer is in the range of doubles. */
function readGain(value: unknown): { readonly u: number; readonly w: number } {
  const gain = readPair("gain", value, { min: 0, max: 1e140 });
  for (const layer of ["u", "w"] as const)
    if (gain[layer] !== 0) readNumber(`gain.${layer}`, gain[layer], { min: 1e-140, max: 1e140 });
  return gain;
}
