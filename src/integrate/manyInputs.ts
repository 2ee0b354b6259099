/**
 * A linear network of k inputs of any covariance, f(x) = γ uᵀW x:
 *
 *     u̇ = η_u (2kγ W r − μu)     Ẇ = η_w (2kγ u rᵀ − μW)     r = E[xy] − γ E[xxᵀ] Wᵀu
 *
 * u and the columns of W stay in the span of their k + 1 initial vectors: a network of any width trains as one of width k + 1, its
 * coordinates in an orthonormal basis of that span. [SaxeEtAl2014] for the decoupled case.
 */
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import type { Layers } from "../model/layers.ts";
import type { MultiInputSnapshot } from "../model/multiInputFlow.ts";
import { isSquared, lossPrefactor, type Network } from "../model/network.ts";
import { checkLabels, lossFunction } from "../model/objective.ts";
import type { LayerSchedules } from "../model/schedule.ts";
import type { Task } from "../model/task.ts";
import type { Rows } from "../numerics/arrays.ts";
import { reject, unmet } from "../numerics/check.ts";
import { slowestDecay } from "./reduction.ts";
import type { System } from "./stepper.ts";

export interface ManyInputs {
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  readonly autonomous: boolean;
  snapshot(t: number, y: Float64Array): MultiInputSnapshot;
  layers(t: number, y: Float64Array): Layers;
}

export function manyInputs(
  where: string,
  network: Network,
  task: Task,
  initial: { readonly u: Float64Array; readonly W: Rows },
  schedules: LayerSchedules | undefined,
): ManyInputs {
  if (network.power !== 1) {
    const why = `a power activation (${network.power}) is for inputs along one direction`;
    unmet(where, why, "pass weights { u, w }");
  }
  const { u, W } = initial;
  const k = W.columns;
  const data = isSquared(network) ? squares(where, network, task, k) : otherLoss(where, network, task, k);
  const { outputScale: gamma, learningRates: rates, weightDecay: mu } = network;
  const span = spanOf(u, W);
  const { width: d } = span;
  const drive = 2 * lossPrefactor(network) * gamma;
  const output = new Float64Array(k);
  const residual = new Float64Array(k);

  // y holds u, then W row by row.
  const read = (y: Float64Array): void => {
    output.fill(0);
    for (let i = 0; i < d; i++) {
      const scaled = gamma * y[i]!;
      for (let j = 0; j < k; j++) output[j]! += scaled * y[d + i * k + j]!;
    }
    data.residual(output, residual);
  };
  const system: System = {
    dimension: d * (k + 1),
    derivative: (t, y, out) => {
      read(y);
      const etaU = rates.u * (schedules?.u.factor(t) ?? 1);
      const etaW = rates.w * (schedules?.w.factor(t) ?? 1);
      for (let i = 0; i < d; i++) {
        const ui = y[i]!;
        let pull = 0;
        for (let j = 0; j < k; j++) {
          const at = d + i * k + j;
          pull += y[at]! * residual[j]!;
          out[at] = etaW * (drive * ui * residual[j]! - mu * y[at]!);
        }
        out[i] = etaU * (drive * pull - mu * ui);
      }
    },
    // The slowest direction of the data learns at a rate of at least this.
    slowest: (y) => {
      let uu = 0;
      for (let i = 0; i < d; i++) uu += y[i]! * y[i]!;
      const learning = 2 * lossPrefactor(network) * gamma * gamma * rates.w * uu * data.leastCurvature;
      return mu > 0 ? slowestDecay(network) : learning;
    },
  };
  const fromSpan = (y: Float64Array): Layers => {
    const vectors = Matrix.from1DArray(d, 1, y.subarray(0, d));
    const rows = Matrix.from1DArray(d, k, y.subarray(d));
    const { basis } = span;
    if (basis === undefined) return { u: y.slice(0, d), W: rows };
    return { u: Float64Array.from(basis.mmul(vectors).to1DArray()), W: basis.mmul(rows) };
  };
  const start: Layers = { u: u.slice(), W: Matrix.from1DArray(u.length, k, W.data) };
  return {
    because: `a linear network of ${k} inputs stays in the span of its initial layers: it is integrated at width ${d}`,
    system,
    initial: span.coordinates,
    autonomous: schedules === undefined,
    layers: (t, y) => (t === 0 ? { u: start.u.slice(), W: start.W.clone() } : fromSpan(y)),
    snapshot(t, y) {
      read(y);
      const uu = squareOf(y, 0, d);
      const ww = squareOf(y, d, y.length);
      const kernel = Matrix.zeros(k, k);
      for (let i = 0; i < d; i++) {
        for (let a = 0; a < k; a++) {
          for (let b = 0; b < k; b++) {
            const term = rates.u * y[d + i * k + a]! * y[d + i * k + b]!;
            kernel.set(a, b, kernel.get(a, b) + gamma * gamma * term);
          }
        }
      }
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

interface Span {
  /** The width at which it is integrated. */
  readonly width: number;
  /** u, then W row by row, in the basis. */
  readonly coordinates: Float64Array;
  /** Its columns span the initial layers; undefined where the layers are no wider than that. */
  readonly basis: Matrix | undefined;
}

function spanOf(u: Float64Array, W: Rows): Span {
  const k = W.columns;
  const plain = new Float64Array(u.length * (k + 1));
  plain.set(u);
  plain.set(W.data, u.length);
  if (u.length <= k + 1) return { width: u.length, coordinates: plain, basis: undefined };
  const columns = new Matrix(u.length, k + 1);
  for (let i = 0; i < u.length; i++) {
    columns.set(i, 0, u[i]!);
    for (let j = 0; j < k; j++) columns.set(i, j + 1, W.data[i * k + j]!);
  }
  const { orthogonalMatrix: basis, upperTriangularMatrix: R } = new QrDecomposition(columns);
  const width = k + 1;
  const coordinates = new Float64Array(width * (k + 1));
  for (let i = 0; i < width; i++) {
    coordinates[i] = R.get(i, 0);
    for (let j = 0; j < k; j++) coordinates[width + i * k + j] = R.get(i, j + 1);
  }
  return { width, coordinates, basis };
}

/** What the data mean to the output vector v. */
interface Data {
  residual(output: Float64Array, out: Float64Array): void;
  loss(output: Float64Array, excess: number | undefined): number;
  readonly excess: ((residual: Float64Array) => number) | undefined;
  /** The least curvature of the loss along a direction in which there are data. */
  readonly leastCurvature: number;
}

/** A direction with less than this share of the largest variance has no data: rounding. */
const ROUNDING = 1e-14;

function squares(where: string, network: Network, task: Task, k: number): Data {
  const { sigma, xy } = momentsOf(where, task, k);
  const prefactor = lossPrefactor(network);
  const { realEigenvalues: values, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(Matrix.from1DArray(k, k, sigma), {
    assumeSymmetric: true,
  });
  const largest = Math.max(...values);
  const seen = values.map((value, a) => ({ value, a })).filter(({ value }) => value > ROUNDING * largest);
  const along = (vector: Float64Array, a: number): number => {
    let sum = 0;
    for (let j = 0; j < k; j++) sum += vectors.get(j, a) * vector[j]!;
    return sum;
  };
  const explained = (vector: Float64Array): number =>
    seen.reduce((sum, { value, a }) => sum + along(vector, a) * (along(vector, a) / value), 0);
  const floor = prefactor * Math.max(0, task.yy - explained(xy));
  return {
    residual(output, out) {
      for (let a = 0; a < k; a++) {
        let fitted = 0;
        for (let b = 0; b < k; b++) fitted += sigma[a * k + b]! * output[b]!;
        out[a] = xy[a]! - fitted;
      }
    },
    loss: (_output, excess) => floor + excess!,
    excess: (residual) => prefactor * explained(residual),
    leastCurvature: seen.length === 0 ? 0 : Math.min(...seen.map(({ value }) => value)),
  };
}

/** E[xxᵀ], row by row, and E[xy]. */
function momentsOf(where: string, task: Task, k: number): { sigma: Float64Array; xy: Float64Array } {
  const rows = inputsOf(where, task, k);
  if (rows === undefined) return { sigma: Float64Array.of(task.xx), xy: Float64Array.of(task.xy) };
  const { data, targets } = rows;
  const n = targets.length;
  const sigma = new Float64Array(k * k);
  const xy = new Float64Array(k);
  for (let j = 0; j < n; j++) {
    for (let a = 0; a < k; a++) {
      const x = data[j * k + a]!;
      xy[a]! += (x * targets[j]!) / n;
      for (let b = 0; b < k; b++) sigma[a * k + b]! += (x * data[j * k + b]!) / n;
    }
  }
  return { sigma, xy };
}

/** The inputs as rows, on their leading direction alone where the task is a projection; undefined for a task of moments. */
function inputsOf(where: string, task: Task, k: number): { data: Float64Array; targets: Float64Array } | undefined {
  const { inputs, samples, direction, projected } = task;
  const dimensions = inputs?.columns ?? 1;
  if (dimensions !== k)
    reject(where, `initial.W has ${k} columns and the task inputs of ${dimensions} dimensions; pass one column for each`);
  if (samples === undefined) return undefined;
  if (inputs === undefined) return { data: samples.x, targets: samples.y };
  if (!projected || direction === undefined) return { data: inputs.data, targets: samples.y };
  const data = new Float64Array(inputs.data.length);
  for (let j = 0; j < samples.x.length; j++) {
    for (let a = 0; a < k; a++) data[j * k + a] = samples.x[j]! * direction[a]!;
  }
  return { data, targets: samples.y };
}

function otherLoss(where: string, network: Network, task: Task, k: number): Data {
  const rows = inputsOf(where, task, k);
  if (rows === undefined) {
    unmet(where, "this loss needs the samples themselves", "pass a task from taskFromSamples");
  }
  const { data, targets } = rows;
  checkLabels(where, network.loss, targets);
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
    // Unknown: such a flow runs to the time that it is given.
    leastCurvature: 0,
  };
}
