/**
 * The kernel machine of several inputs and outputs. With A = W₂W₂ᵀ and B = W₁ᵀW₁ of the start,
 *
 *     f = F x     F = γ(W₂W₁ + η_u Φ B + η_w A Φ)     Φ = 2kγ ∫R dt     Ṙ = −2kγ²(η_w A R Σ + η_u R B Σ)
 *
 * and the weights change by ΔW₂ = η_u Φ W₁ᵀ and ΔW₁ = η_w W₂ᵀΦ. For each eigenvector o of A, with eigenvalue
 * λ, the row r = oᵀRΣ^−½ obeys ṙ = −rM, M = 2kγ²(η_wλ Σ + η_u Σ^½BΣ^½): one exponential for each eigenvector
 * of M. [JacotEtAl2018, LeeEtAl2019]
 */
import { Matrix } from "ml-matrix";
import { overflows, requireTime, unmet } from "../door/arguments.ts";
import { FeatureLearningError } from "../door/error.ts";
import { failedAssumptions } from "../exact/oneDirection/failedAssumptions.ts";
import { inNeurons, inTheirSpan } from "../matrix/hiddenSpan.ts";
import { layersOf } from "../matrix/layersOf.ts";
import {
  alongInputs,
  type MatrixState,
  matrixSnapshot,
  matrixState,
  rootMeanSquare,
  squareLosses,
} from "../matrix/matrixState.ts";
import type { Flow } from "../model/flow.ts";
import type { Layers } from "../model/layers.ts";
import { weightsInForm } from "../model/matrixForm.ts";
import { isMatrixLayers, type MatrixLayers, orderParametersOf } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import { lossPrefactor } from "../model/network.ts";
import { notesOf } from "../model/notes.ts";
import { looks, matrices } from "../model/protocol.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { timesWide } from "../numerics/matrices.ts";
import { compare, difference, product, quotient, squareRoot, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";
import { type KernelModes, kernelModes, rangeModes, singularModes } from "./kernelModes.ts";

/** A kernel machine of several inputs and outputs, in closed form. */
export interface MatrixKernelFlow<L extends Layers | MatrixLayers = MatrixLayers> extends Flow<MatrixSnapshot, L> {
  readonly method: "exact";
  /** Marks a kernel machine: the kernel does not change. */
  readonly linearised: true;
  /**
   * The rates at which the residual decays (inverse time), the fastest first: one for each pair of an output
   * and an input direction; 0 if the kernel is zero there.
   */
  readonly rates: Float64Array;
  /** The machine at t = ∞. */
  readonly limit: MatrixSnapshot;
}

/** An output direction o of the kernel and the modes along it. */
interface Row {
  /** vᵢ, and W₁Σ^½vᵢ√η_u as images. */
  readonly modes: KernelModes;
  /** oᵀRΣ^−½vᵢ at the start, and the same of E[yxᵀ]. */
  readonly residual: readonly number[];
  readonly target: readonly number[];
  /** oᵀFΣ^½vᵢ at the start. */
  readonly output: readonly number[];
  /** ρᵢ. */
  readonly rates: readonly number[];
  /** 2kγ·residual/ρᵢ: oᵀΦΣ^−½vᵢ at t = ∞. */
  readonly shifts: readonly Wide[];
}

export function matrixKernelMachine(problem: MatrixProblem): MatrixKernelFlow | MatrixKernelFlow<Layers> {
  const { network, initial } = problem;
  const failed = failedAssumptions(network);
  if (failed.length > 0) unmet(failed.join("; "), "call integratedFlow");
  const state = matrixState(problem);
  const { support } = state;
  const { u: rateU, w: rateW } = network.learningRates;
  const [m, r] = [state.yx.rows, state.yx.columns];
  const layers = inTheirSpan(state.layers ?? layersOf(state));
  const deviations = support.variances.map(Math.sqrt);
  const outputs = singularModes(layers.W2.transpose());
  const before = startOf(state);
  const first = before.at(0);
  const rows = r === 0 ? [] : rowsOf(state, layers, outputs, deviations, before);
  const moves = rows.some(({ rates, residual }) => rates.some((rate, i) => rate > 0 && residual[i] !== 0));

  /** Σₐᵢ valueₐᵢ oₐvₐᵢᵀ, with the columns times these factors. */
  const together = (entry: (row: Row, i: number) => number, factors: readonly number[]): Matrix => {
    const along = new Matrix(m, r);
    for (const [a, row] of rows.entries())
      along.setRow(
        a,
        inCoordinates(row.modes, (i) => entry(row, i)),
      );
    return outputs.vectors.mmul(along).mulRowVector([...factors]);
  };

  /** ΔW₂ and ΔW₁ in the layers' hidden span, with W₁ in coordinates of the inputs' span. */
  const changeAt = (t: number): MatrixLayers => {
    const d = layers.W1.rows;
    const ofU = new Matrix(m, d);
    const ofW = new Matrix(m, r);
    for (const [a, row] of rows.entries()) {
      const shifts = row.shifts.map((shift, i) => toNumber(product(shift, learnedAt(row.rates[i]!, t))));
      const { images } = row.modes;
      ofU.setRow(
        a,
        Array.from({ length: d }, (_, h) => shifts.reduce((sum, shift, i) => sum + shift * images.get(h, i), 0)),
      );
      ofW.setRow(
        a,
        inCoordinates(row.modes, (i) => shifts[i]!),
      );
    }
    // The images already contain one square root of the learning rate.
    const W2 = outputs.vectors.mmul(ofU).mul(Math.sqrt(rateU));
    return { W2, W1: outputs.images.mmul(ofW.mulRowVector(deviations)).mul(rateW) };
  };

  const at = (t: number): MatrixSnapshot => {
    checkTime("at", t);
    if (t === 0 || !moves) return before.at(t);
    const residual = together((row, i) => row.residual[i]! * leftAt(row.rates[i]!, t), deviations);
    const output = together(
      (row, i) => outputAt(row, i, t),
      deviations.map((deviation) => 1 / deviation),
    );
    const change = changeAt(t);
    const parameters = orderParametersOf({ W2: Matrix.add(layers.W2, change.W2), W1: Matrix.add(layers.W1, change.W1) });
    const { kernel, kernelSize } = first;
    return {
      ...matrixSnapshot(state, t, parameters, residual, squareLosses(state, residual)),
      output: alongInputs(support, output),
      outputSize: rootMeanSquare(output, support),
      kernel: { inputs: kernel.inputs.clone(), outputs: kernel.outputs.clone() },
      kernelSize,
    };
  };

  const weightsAt = (t: number): MatrixLayers => {
    checkTime("weights", t);
    const { W2, W1 } = initial as MatrixLayers;
    if (t === 0 || !moves) return { W2: W2.clone(), W1: W1.clone() };
    const change = changeAt(t);
    const fullChange = inNeurons(layers.basis, change);
    return { W2: Matrix.add(W2, fullChange.W2), W1: Matrix.add(W1, alongInputs(support, fullChange.W1)) };
  };

  checkRange(first);
  const limit = at(Infinity);
  checkRange(limit);
  const rates = Float64Array.from(rows.flatMap((row) => row.rates))
    .sort()
    .reverse();
  const flow = {
    method: "exact" as const,
    linearised: true as const,
    because:
      "the network is linearised in its weights, so the kernel is constant and each of its eigenvectors decays exponentially",
    problem: problem.given,
    ...notesOf(problem.task),
    from: 0,
    until: Infinity,
    rates,
    limit,
    at,
    [matrices]: problem,
    [looks]: (count: number) => looksAt(rates, count),
  };
  return isMatrixLayers(initial)
    ? ({ ...flow, weights: weightsInForm(problem, weightsAt) } as MatrixKernelFlow)
    : (flow as MatrixKernelFlow);
}

/** The start in coordinates of the inputs' span, and its snapshot with another time. */
interface Before {
  readonly output: Matrix;
  readonly residual: Matrix;
  readonly at: (t: number) => MatrixSnapshot;
}

function startOf(state: MatrixState): Before {
  const { network, objective, start, yx } = state;
  const output = timesWide(start.uw, wide(network.outputScale));
  const G = new Float64Array(yx.rows * yx.columns);
  objective.residual(Float64Array.from(output.to1DArray()), G);
  const residual = Matrix.from1DArray(yx.rows, yx.columns, G);
  return { output, residual, at: (t) => matrixSnapshot(state, t, start, residual.clone(), squareLosses(state, residual)) };
}

function rowsOf(
  { network, yx }: MatrixState,
  { W1 }: MatrixLayers,
  outputs: KernelModes,
  deviations: number[],
  { output, residual }: Before,
): Row[] {
  const { outputScale: gamma, learningRates: rates } = network;
  const k = lossPrefactor(network);
  const L = W1.clone().mulRowVector(deviations).mul(Math.sqrt(rates.u));
  const inner = rangeModes(L);
  const across = outputs.vectors.transpose();
  const rotated = {
    residual: across.mmul(residual).divRowVector(deviations),
    target: across.mmul(yx).divRowVector(deviations),
    output: across.mmul(output).mulRowVector(deviations),
  };
  return outputs.values.map((lambda, a) => {
    const square = product(rates.w, lambda);
    const root = toNumber(squareRoot(square));
    const spectrum = kernelModes(
      deviations.map((deviation) => root * deviation),
      L,
    );
    const modes = { ...spectrum, images: imagesOf(spectrum, inner, square, deviations) };
    const inModes = (name: keyof typeof rotated): number[] => rotated[name].getRowVector(a).mmul(modes.vectors).to1DArray();
    const start = inModes("residual");
    const wideRates = modes.values.map((value) => product(2 * k, gamma, gamma, value));
    return {
      modes,
      residual: start,
      target: inModes("target"),
      output: inModes("output"),
      rates: wideRates.map(toNumber),
      shifts: wideRates.map((rate, i) => (rate.m > 0 ? quotient(product(2 * k, gamma, start[i]!), rate) : ZERO)),
    };
  });
}

/**
 * L·vᵢ from the singular directions nⱼ of L. A slow mode moves the weights far through its small component
 * along a direction of large sⱼ. This component is computed from Mvᵢ = Dᵢvᵢ as nⱼ·vᵢ = −η_wλ nⱼᵀΣvᵢ/(sⱼ² −
 * Dᵢ), because the product of the vectors would be rounding error.
 */
function imagesOf({ vectors, values }: KernelModes, inner: KernelModes, square: Wide, deviations: number[]): Matrix {
  if (inner.values.length === 0) return new Matrix(inner.images.rows, vectors.columns);
  const across = inner.vectors.transpose();
  const shares = across.mmul(vectors);
  const weighted = across.mulRowVector(deviations).mulRowVector(deviations).mmul(vectors);
  for (const [j, large] of inner.values.entries()) {
    for (const [i, value] of values.entries()) {
      if (compare(large, product(4, value)) <= 0) continue;
      shares.set(j, i, -toNumber(quotient(product(square, weighted.get(j, i)), difference(large, value))));
    }
  }
  return inner.images.mmul(shares);
}

/** Σᵢ valueᵢ vᵢ. */
function inCoordinates({ vectors }: KernelModes, entry: (i: number) => number): number[] {
  const values = Matrix.columnVector(Array.from({ length: vectors.columns }, (_, i) => entry(i)));
  return vectors.mmul(values).to1DArray();
}

/** e^−ρt; 1 if the rate is 0, also at t = ∞. */
function leftAt(rate: number, t: number): number {
  return rate > 0 ? Math.exp(-rate * t) : 1;
}

/** 1 − e^−ρt. */
function learnedAt(rate: number, t: number): number {
  return rate > 0 ? -Math.expm1(-rate * t) : 0;
}

/**
 * Logarithmic times from a thousandth of the fastest time scale until the slowest mode has converged, and
 * also 0 and ∞.
 */
function looksAt(rates: Float64Array, count: number): Float64Array {
  const slowest = rates.findLast((rate) => rate > 0);
  if (slowest === undefined) return Float64Array.of(0, Infinity);
  const [from, to] = [Math.log(1e-3) - Math.log(rates[0]!), Math.log(40) - Math.log(slowest)];
  const between = Array.from({ length: count }, (_, i) => Math.exp(from + ((to - from) * i) / (count - 1)));
  return Float64Array.of(0, ...between.filter((t) => t > 0 && t < Infinity), Infinity);
}

/**
 * oᵀFΣ^½v at time t: early from the initial value and its change, late from the target and the remaining
 * difference.
 */
function outputAt({ rates, residual, target, output }: Row, i: number, t: number): number {
  const rate = rates[i]!;
  const g = residual[i]!;
  if (!(rate > 0) || g === 0) return output[i]!;
  const decay = leftAt(rate, t);
  return decay > 0.5 ? output[i]! + g * learnedAt(rate, t) : target[i]! - g * decay;
}

function checkTime(method: string, t: unknown): void {
  requireTime(method, t);
  if (t < 0) throw new FeatureLearningError("out-of-range", `${method}: t is ${t}; a kernel machine starts at t = 0.`);
}

function checkRange({ normProduct, outputSize, kernelSize, residual, loss }: MatrixSnapshot): void {
  const numbers = [normProduct, outputSize, kernelSize, loss, ...residual.to1DArray()];
  if (!numbers.every(Number.isFinite)) overflows("a layer, the kernel or the residual of the kernel machine");
}
