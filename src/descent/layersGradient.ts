/**
 * The residual of a step with several inputs and outputs: of all samples, of a mini-batch, with noise on the
 * targets,
 *
 *     G = −E[∂ℓ/∂f xᵀ]/2k over the batch, m×r for the squared loss E[(y + σε − Fx)xᵀ], ε new in every step
 *
 * Noise on all n samples adds (σ/n) Σⱼ εⱼxⱼᵀ, normal with the covariance σ²E[xxᵀ]/n for each output. In the
 * eigenbasis of E[xxᵀ] its entries are independent, (σ/√n)√varianceₐ times a normal number, and are drawn as
 * such. For a mini-batch, a normal number is drawn for each target, or a single one per output if the inputs
 * have only one direction.
 */
import { unmet } from "../door/arguments.ts";
import type { MatrixState } from "../matrix/matrixState.ts";
import type { MatrixObjective } from "../model/matrixObjective.ts";
import { isSquared, lossPrefactor } from "../model/network.ts";
import { outputLossOf, targetsFor } from "../model/outputLossOf.ts";
import { samplesOnSpan } from "../model/samplesOnSpan.ts";
import { normOf } from "../numerics/norm.ts";
import { overRows, timesRows } from "../numerics/rowProducts.ts";
import { batchesOf } from "./batches.ts";
import type { Plan } from "./descentOptions.ts";

/** Writes G at the output matrix F, m×r, for the next step. */
export type LayersGradient = (F: Float64Array, out: Float64Array) => void;

/** What the residual is made of. */
export interface ResidualData {
  readonly objective: MatrixObjective;
  readonly state: Pick<MatrixState, "network" | "task" | "support">;
}

export function layersGradient({ objective, state }: ResidualData, { batch, noise }: Plan): LayersGradient {
  if (batch === undefined && noise === undefined) return objective.residual;
  const { network, task, support } = state;
  if (noise !== undefined && !isSquared(network))
    unmet("label noise is supported only for squared losses", `pass loss "mse" or "half-mse"`);
  const samples = samplesOnSpan(task, support);
  if (samples === undefined)
    unmet("mini-batches and label noise need the samples themselves", "pass a task from matrixTaskFromSamples");
  const count = samples.y.rows;
  if (batch === undefined) {
    const disturb = noiseOfAll(support.variances, count, noise!);
    return (F, out) => {
      objective.residual(F, out);
      disturb(out);
    };
  }
  const targets = targetsFor(network.loss, samples.y);
  const { slopes } = outputLossOf(network.loss, objective.outputs);
  const scale = -1 / (2 * lossPrefactor(network));
  const { size } = batch;
  const next = batchesOf(count, size, batch.random);
  const [fullBatch, lastBatch] = [roomFor(size, objective), roomFor(count % size, objective)];
  return (F, out) => {
    const chosen = next();
    const { x, y, f, pull } = chosen.length === size ? fullBatch : lastBatch;
    gather(samples.x.data, chosen, x);
    gather(targets, chosen, y);
    timesRows(F, x, objective.inputs, f);
    slopes(f, y, pull);
    const factor = scale / chosen.length;
    for (let i = 0; i < pull.length; i++) pull[i]! *= factor;
    if (noise !== undefined && objective.inputs > 1)
      for (let i = 0; i < pull.length; i++) pull[i]! += (noise.std * noise.random.normal()) / chosen.length;
    overRows(pull, x, objective.inputs, out);
    if (noise !== undefined && objective.inputs === 1)
      for (let o = 0; o < out.length; o++) out[o]! += (noise.std * normOf(x) * noise.random.normal()) / chosen.length;
  };
}

/** Adds the effect of noise on the targets of all samples. */
function noiseOfAll(
  variances: readonly number[],
  count: number,
  { std, random }: NonNullable<Plan["noise"]>,
): (out: Float64Array) => void {
  const sizes = Float64Array.from(variances, (variance) => (std * Math.sqrt(variance)) / Math.sqrt(count));
  return (out) => {
    for (let i = 0; i < out.length; i++) out[i]! += sizes[i % sizes.length]! * random.normal();
  };
}

interface BatchRoom {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Predictions. */
  readonly f: Float64Array;
  /** −∂ℓ/∂f / 2kb, with the noise. */
  readonly pull: Float64Array;
}

function roomFor(size: number, { inputs, outputs }: MatrixObjective): BatchRoom {
  const perOutput = (): Float64Array => new Float64Array(size * outputs);
  return { x: new Float64Array(size * inputs), y: perOutput(), f: perOutput(), pull: perOutput() };
}

/** Copies these rows. */
function gather(rows: Float64Array, chosen: Int32Array, out: Float64Array): void {
  const columns = out.length / chosen.length;
  for (let i = 0; i < chosen.length; i++) {
    const from = chosen[i]! * columns;
    for (let a = 0; a < columns; a++) out[i * columns + a] = rows[from + a]!;
  }
}
