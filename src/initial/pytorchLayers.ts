/**
 * PyTorch's default for `nn.Linear`, kaiming_uniform_ with a = √5: weights and biases are uniform, with a
 * bound of one over the square root of the layer's number of inputs,
 *
 *     W₁, b₁ ~ U[−1/√k, 1/√k)      W₂ ~ U[−1/√d, 1/√d)
 *
 * [PaszkeEtAl2019]
 */
import { readNumber, readRecord } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import type { Seed } from "../door/seeds.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import type { Task } from "../model/task.ts";
import type { Weights } from "../model/weights.ts";
import { MAX_WIDTH } from "./gaussianWeights.ts";
import { drawLayers, drawWeights, type EntryLaw, type Fans } from "./independentEntries.ts";
import { type InputsAndOutputs, readLayerShape } from "./layerShape.ts";

/** The options of {@link pytorchWeights}. */
export interface PytorchWeightOptions {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /**
   * A task from `taskFromSamples`. The dimension k of its inputs sets the size of the input weights, which
   * are projected onto its direction. Default: one input.
   */
  readonly task?: Task | undefined;
  /** The seed of the random numbers. */
  readonly seed: Seed;
}

/** The options of {@link pytorchLayers}: a task, or the numbers of inputs and outputs; width and seed. */
export type PytorchLayerOptions = InputsAndOutputs & {
  /** d, the number of hidden neurons. */
  readonly width: number;
  /** The seed of the random numbers. */
  readonly seed: Seed;
};

const uniform = ({ fanIn }: Fans): EntryLaw => ({ distribution: "uniform", size: 1 / Math.sqrt(fanIn) });
const laws = { u: uniform, w: uniform, bias: uniform };
const purpose = "PyTorch's default layers";

/**
 * Weights { u, w } as PyTorch draws `nn.Linear` by default: uᵢ uniform on ±1/√d, of variance 1/(3d), and wᵢ
 * uniform on ±1 for one input. For a task of k dimensions wᵢ = Wᵢ·n̂ is the projection of k entries uniform
 * on ±1/√k: of variance 1/(3k), but not uniform. They are the weights along the task's direction of
 * {@link pytorchLayers} with the same seed. PyTorch draws other numbers for that seed.
 *
 * @throws FeatureLearningError `"invalid-argument"`: a width that is not a whole number from 1 to 2³⁰, no
 * task, no seed.
 *
 * @example
 * ```ts
 * import { pytorchWeights } from "feature-learning";
 *
 * const { u, w } = pytorchWeights({ width: 64, seed: 1 });
 * console.log(u.every((x) => Math.abs(x) <= 1 / 8), w.every((x) => Math.abs(x) <= 1)); // true true
 * ```
 */
export function pytorchWeights(options: PytorchWeightOptions): Weights {
  return named("pytorchWeights", () => {
    const { width, task, seed } = readRecord("options", options, ["width", "task", "seed"]);
    const d = readNumber("width", width, { min: 1, max: MAX_WIDTH, integer: true });
    return drawWeights({ purpose, seed }, laws, d, task);
  });
}

/**
 * Layers { W2, W1 } as PyTorch draws `nn.Linear` by default: W₁ uniform on ±1/√k, W₂ uniform on ±1/√d. If the
 * task has a constant input (`bias`), the last column of W₁ has the biases, also uniform on ±1/√k, divided by
 * the constant; k does not count the constant.
 *
 * @throws FeatureLearningError `"invalid-argument"`: sizes that are not positive integers, more than 2³⁰
 * weights in a layer, neither a task nor the numbers of inputs and outputs, no seed.
 *
 * @example
 * ```ts
 * import { matrixTaskFromSamples, network, pytorchLayers, solve } from "feature-learning";
 *
 * const x = [[1, 0], [2, 1], [3, 5]];
 * const task = matrixTaskFromSamples(x, [[1, 0], [2, 1], [6, 2]], { bias: true });
 * const initial = pytorchLayers({ task, width: 16, seed: 1 });
 * console.log(initial.W1.columns, initial.W2.rows); // 3 2
 * console.log(solve({ network: network(), task, initial }).at(0).output.rows); // 2
 * ```
 */
export function pytorchLayers(options: PytorchLayerOptions): MatrixLayers {
  return named("pytorchLayers", () => {
    const fields = readRecord("options", options, ["task", "inputs", "outputs", "width", "seed"]);
    return drawLayers({ purpose, seed: fields.seed }, laws, readLayerShape(fields));
  });
}
