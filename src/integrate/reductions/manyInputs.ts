/**
 * A linear network of k inputs of any covariance and one output, f(x) = γ uᵀW x: layers W₂ = uᵀ, W₁ = W, and
 * what the data mean to the output vector v = γWᵀu,
 *
 *     r = −E[x ∂ℓ/∂f]/2k, for squares E[xy] − E[xxᵀ]v
 */
import { Matrix } from "ml-matrix";
import { unmet } from "../../door/arguments.ts";
import type { Rows } from "../../door/arrays.ts";
import type { MultiInputSnapshot } from "../../matrix/multiInputFlow.ts";
import { inputMoments, inputSupport, inputsOf } from "../../matrix/multiInputProblem.ts";
import { fallsForEver } from "../../model/endless.ts";
import type { Layers } from "../../model/layers.ts";
import { isSquared, lossPrefactor, type Network } from "../../model/network.ts";
import { checkLabels, hasKinks, lossFunction } from "../../model/objective.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import type { Task } from "../../model/task.ts";
import { matrixFrom } from "../../numerics/matrices.ts";
import { explained } from "../../numerics/support.ts";
import type { System } from "../method/stepper.ts";
import { type LinearData, linearLayers } from "./linearLayers.ts";

export interface ManyInputs {
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  readonly escapes: ((y: Float64Array, share: number) => boolean) | undefined;
  snapshot(t: number, y: Float64Array): MultiInputSnapshot;
  layers(t: number, y: Float64Array): Layers;
}

export function manyInputs(
  network: Network,
  task: Task,
  initial: { readonly u: Float64Array; readonly W: Rows },
  schedules: LayerSchedules | undefined,
): ManyInputs {
  if (network.power !== 1) {
    const why = `a power activation (${network.power}) is for inputs along one direction`;
    unmet(why, "pass weights { u, w }");
  }
  const { u, W } = initial;
  const k = W.columns;
  const data = isSquared(network) ? squares(network, task, k) : otherLoss(network, task, k);
  const { outputScale: gamma, learningRates: rates } = network;
  const linear = linearLayers(network, data, { W2: Matrix.rowVector(Array.from(u)), W1: matrixFrom(W) }, schedules);
  const { width: d, system, output, residual } = linear;
  return {
    because: `a linear network of ${k} inputs stays in the span of its initial layers: it is integrated at width ${d}`,
    system,
    initial: linear.initial,
    escapes: linear.escapes,
    layers(t, y) {
      const { W2, W1 } = linear.layers(t, y);
      return { u: Float64Array.from(W2.to1DArray()), W: W1 };
    },
    snapshot(t, y) {
      linear.read(y);
      const uu = squareOf(y, 0, d);
      const ww = squareOf(y, d, y.length);
      const W1 = linear.inSpan(y).W1;
      const kernel = W1.transpose()
        .mmul(W1)
        .mul(gamma * gamma * rates.u);
      for (let a = 0; a < k; a++) kernel.set(a, a, kernel.get(a, a) + gamma * gamma * rates.w * uu);
      const normProduct = Math.sqrt(uu) * Math.sqrt(ww);
      const overlap = gamma === 0 ? overlapOf(y, d, k) : Math.sqrt(squareOf(output, 0, k)) / Math.abs(gamma);
      const excess = data.excess?.(residual);
      return {
        t,
        output: output.slice(),
        residual: residual.slice(),
        loss: data.loss(output, excess),
        ...(excess === undefined ? {} : { excessLoss: excess }),
        uu,
        ww,
        alignment: normProduct > 0 ? Math.min(1, overlap / normProduct) : 0,
        normProduct,
        kernel,
      };
    },
  };
}

function squareOf(y: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += y[i]! * y[i]!;
  return sum;
}

/** ‖Wᵀu‖. */
function overlapOf(y: Float64Array, d: number, k: number): number {
  let sum = 0;
  for (let j = 0; j < k; j++) {
    let v = 0;
    for (let i = 0; i < d; i++) v += y[i]! * y[d + i * k + j]!;
    sum += v * v;
  }
  return Math.sqrt(sum);
}

/** What the data mean to the output vector v. */
interface Data extends LinearData {
  loss(output: Float64Array, excess: number | undefined): number;
  readonly excess: ((residual: Float64Array) => number) | undefined;
}

function squares(network: Network, task: Task, k: number): Data {
  const { sigma, xy } = inputMoments(task, k);
  const prefactor = lossPrefactor(network);
  const { variances, directions } = inputSupport(task, Matrix.from1DArray(k, k, sigma));
  const explainedBy = (vector: Float64Array): number => {
    const row = Matrix.from1DArray(1, k, vector);
    return explained(directions === undefined ? row : row.mmul(directions), variances);
  };
  const floor = prefactor * Math.max(0, task.yy - explainedBy(xy));
  return {
    residual(output, out) {
      for (let a = 0; a < k; a++) {
        let fitted = 0;
        for (let b = 0; b < k; b++) fitted += sigma[a * k + b]! * output[b]!;
        out[a] = xy[a]! - fitted;
      }
    },
    loss: (_output, excess) => floor + excess!,
    excess: (residual) => prefactor * explainedBy(residual),
    rough: false,
    endless: false,
  };
}

function otherLoss(network: Network, task: Task, k: number): Data {
  const rows = inputsOf(task, k);
  if (rows === undefined) {
    unmet("this loss needs the samples themselves", "pass a task from taskFromSamples");
  }
  const { data, targets } = rows;
  checkLabels(network.loss, targets);
  const { value, derivative } = lossFunction(network.loss);
  const n = targets.length;
  const predict = (output: Float64Array, j: number): number => {
    let f = 0;
    for (let a = 0; a < k; a++) f += output[a]! * data[j * k + a]!;
    return f;
  };
  return {
    residual(output, out) {
      out.fill(0);
      for (let j = 0; j < n; j++) {
        const slope = derivative(predict(output, j), targets[j]!) / (2 * n);
        for (let a = 0; a < k; a++) out[a]! -= slope * data[j * k + a]!;
      }
    },
    loss(output) {
      let total = 0;
      for (let j = 0; j < n; j++) total += value(predict(output, j), targets[j]!);
      return total / n;
    },
    excess: undefined,
    rough: hasKinks(network.loss),
    endless: fallsForEver(network.loss, data, targets, k),
  };
}
