/**
 * A problem of any number of layers that are matrices, restricted to the span of its inputs: W₁ and the
 * correlation in coordinates of the span, and the snapshot of a solver's state.
 */
import { Matrix } from "ml-matrix";
import type { DeepMatrixSnapshot, LayerKernel } from "../model/deepMatrices.ts";
import { layerRatesOf } from "../model/depth.ts";
import { type MatrixObjective, matrixObjectiveOf } from "../model/matrixObjective.ts";
import type { DeepMatrixProblem, DepthNetwork } from "../model/readProblem.ts";
import { frobeniusNorm } from "../numerics/matrices.ts";
import { gramOfColumns, gramOfRows } from "../numerics/products.ts";
import type { Support } from "../numerics/support.ts";
import { product, toNumber } from "../numerics/wide.ts";
import { productsAfter, productsBefore } from "./deepProducts.ts";
import { alongInputs, type Losses, onSpan, outsideOf, rootMeanSquare, spansAll, weightsOnSpan } from "./matrixState.ts";

export interface DeepState {
  readonly network: DepthNetwork;
  readonly support: Support;
  readonly objective: MatrixObjective;
  /** η_1 to η_L. */
  readonly rates: Float64Array;
  /** The layers, W₁ in the coordinates of the inputs' span, d×r. */
  readonly layers: readonly Matrix[];
  /** The part of W₁ outside the inputs' span; undefined if there is none. */
  readonly offSpan: Matrix | undefined;
  /** E[yxᵀ] in the same coordinates, m×r. */
  readonly yx: Matrix;
}

export function deepState({ network, task, initial, support: supportOfInputs }: DeepMatrixProblem): DeepState {
  const support = supportOfInputs();
  const [given, ...others] = initial.layers as readonly [Matrix, ...Matrix[]];
  const first = weightsOnSpan(support, given);
  return {
    network,
    support,
    objective: matrixObjectiveOf(network, task, support),
    rates: layerRatesOf(network),
    layers: [first, ...others],
    offSpan: spansAll(support) ? undefined : outsideOf(given, alongInputs(support, first)),
    yx: onSpan(support, task.yx),
  };
}

/** The state of a network at one time, in coordinates of the inputs' span. */
export interface DeepNumbers {
  /** ‖W_l‖_F. */
  readonly norms: readonly number[];
  /** γ W_L ⋯ W₁, m×r. */
  readonly output: Matrix;
  readonly residual: Matrix;
  readonly kernel: readonly LayerKernel[];
  readonly losses: Losses;
}

export function deepSnapshot(
  { network, support }: DeepState,
  t: number,
  { norms, output, residual, kernel, losses }: DeepNumbers,
): DeepMatrixSnapshot {
  const normProduct = toNumber(product(...norms));
  const whole = toNumber(product(network.outputScale, ...norms));
  const { variances } = support;
  const spread = (gram: Matrix): number => variances.reduce((sum, variance, a) => sum + variance * gram.get(a, a), 0);
  return {
    t,
    ...losses,
    alignment: whole === 0 ? 0 : Math.min(1, frobeniusNorm(output) / Math.abs(whole)),
    normProduct,
    kernelSize: kernel.reduce((total, { inputs, outputs }) => total + outputs.trace() * spread(inputs), 0),
    outputSize: rootMeanSquare(output, support),
    output: alongInputs(support, output),
    residual: alongInputs(support, residual),
    kernel: kernel.map(({ inputs, outputs }) => ({
      inputs: alongInputs(support, alongInputs(support, inputs).transpose()),
      outputs,
    })),
  };
}

/** The snapshot of layers, with W₁ in coordinates of the inputs' span. */
export function snapshotOfLayers(state: DeepState, t: number, layers: readonly Matrix[]): DeepMatrixSnapshot {
  const { network, objective, rates } = state;
  const { outputScale: gamma } = network;
  const { outputs: m, inputs: r } = objective;
  const before = productsBefore(layers, Matrix.eye(r));
  const after = productsAfter(layers, Matrix.eye(m));
  const output = Matrix.mul(before.at(-1)!, gamma);
  const F = Float64Array.from(output.to1DArray());
  const G = new Float64Array(m * r);
  objective.residual(F, G);
  return deepSnapshot(state, t, {
    norms: layers.map(frobeniusNorm),
    output,
    residual: Matrix.from1DArray(m, r, G),
    kernel: layers.map((_, l) => ({
      inputs: gramOfColumns(before[l]!),
      outputs: gramOfRows(after[l + 1]!).mul(gamma * gamma * rates[l]!),
    })),
    losses: { loss: objective.loss(F), excessLoss: objective.excess(F) },
  });
}

/** The layers along all inputs, from their parts on and outside the span. */
export function layersAlongInputs({ support, offSpan }: DeepState, layers: readonly Matrix[], kept = 1): Matrix[] {
  const [first, ...others] = layers as readonly [Matrix, ...Matrix[]];
  const W1 = alongInputs(support, first.clone());
  return [offSpan === undefined ? W1 : W1.add(Matrix.mul(offSpan, kept)), ...others];
}
