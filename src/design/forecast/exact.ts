/**
 * The course of two linear layers, exactly: the flow that `solve` finds, or gradient descent, from a start
 * that is drawn from its law, or given. Its kernel is K(x, x') = xᵀAx', A = η₁|u|² 1 + η₂ WᵀW up to a factor.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Plan, readPlan } from "../../descent/descentOptions.ts";
import { runLayers } from "../../descent/layersDescent.ts";
import { type Run, stateOf } from "../../descent/run.ts";
import { randomFrom } from "../../door/seeds.ts";
import { solveProblem } from "../../flow/solve.ts";
import { readOptions } from "../../integrate/options.ts";
import { inTheirSpan } from "../../matrix/hiddenSpan.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import { readNetwork } from "../../model/network.ts";
import { type MatrixProblem, readMatrixProblem } from "../../model/readProblem.ts";
import { largestEigenvalue } from "../../numerics/largestEigenvalue.ts";
import { frobeniusNorm, matrixFrom } from "../../numerics/matrices.ts";
import { normOf } from "../../numerics/norm.ts";
import { gramOfRows, timesMatrix } from "../../numerics/products.ts";
import { explained, type Support } from "../../numerics/support.ts";
import { type ForecastCourse, type ForecastPoint, kernelComparer, reportTimes, requireKernel, stepsAt } from "./course.ts";
import type { Described } from "./description.ts";
import { drawNetwork } from "./start.ts";

export function exactCourse(described: Described, support: Support): ForecastCourse {
  const { stepSize, prefactor, task } = described;
  const deviations = Float64Array.from(support.variances, Math.sqrt);
  const problem = problemOf(described, support);
  const measure = measurerOf(described, support, problem, deviations);
  const floor = prefactor * Math.max(0, task.yy - explained(onSpan(support, task.yx), support.variances));
  const first = measure(0, problem.initial as MatrixLayers);
  requireKernel(first);
  const until = described.times?.at(-1) ?? described.until ?? 250 * first.stableStep;
  const times = described.times ?? reportTimes(until);
  if (stepSize === undefined) {
    const flow = solveProblem({ kind: "matrices", problem }, readOptions(until > 0 ? { until } : {}));
    const { weights = (t) => layersOfGrams(flow.at(t) as MatrixSnapshot) } = flow as { weights?: (t: number) => MatrixLayers };
    return { points: Array.from(times, (t) => measure(t, weights(t))), status: "completed", floor };
  }
  const steps = stepsAt(times, stepSize);
  const plan = readPlan({ stepSize, steps: steps.at(-1)! });
  const nextRecord = (step: number): number => steps.find((next) => next > step) ?? steps.at(-1)!;
  const points: ForecastPoint[] = [];
  const { run, layersAt } = descend(problem, { ...plan, nextRecord, rows: steps.length + 1 });
  for (const [row, step] of run.steps.entries()) {
    const point = steps.includes(step) ? measure(step * stepSize, layersAt(row)) : undefined;
    if (point !== undefined && Number.isFinite(point.kernelDistance)) points.push(point);
  }
  return { points, status: run.status === "completed" ? "completed" : "diverged", floor };
}

/** Layers of the same order parameters: rows of Q with QQᵀ = [uu, uw; uwᵀ, ww]. */
function layersOfGrams({ uu, ww, uw }: MatrixSnapshot): MatrixLayers {
  const k = ww.rows;
  const grams = Matrix.zeros(k + 1, k + 1);
  grams.set(0, 0, uu.get(0, 0));
  grams.setSubMatrix(ww, 1, 1);
  grams.setSubMatrix(uw, 0, 1);
  grams.setSubMatrix(uw.transpose(), 1, 0);
  const { realEigenvalues, eigenvectorMatrix: Q } = new EigenvalueDecomposition(grams, { assumeSymmetric: true });
  for (const [i, value] of realEigenvalues.entries()) Q.mulColumn(i, Math.sqrt(Math.max(0, value)));
  return { W2: Q.subMatrix(0, 0, 0, k), W1: Q.subMatrix(1, k, 0, k).transpose() };
}

/** Gradient descent, and its layers at a recorded row. */
function descend(problem: MatrixProblem, plan: Plan): { run: Run; layersAt: (row: number) => MatrixLayers } {
  const { shape, run } = runLayers(problem, plan);
  const layersAt = (row: number): MatrixLayers => {
    const numbers = stateOf(run, row);
    return {
      W2: Matrix.rowVector(Array.from(numbers.subarray(0, shape.d))),
      W1: Matrix.from1DArray(shape.d, shape.r, numbers.subarray(shape.d, shape.d * (1 + shape.r))),
    };
  };
  return { run, layersAt };
}

/** What is reported of layers: K = η₂(FWᵀ)(FWᵀ)ᵀ + η₁|u|²FFᵀ between the rows of F. */
function measurerOf(
  { layers, probe, prefactor, outputScale }: Described,
  support: Support,
  { task }: MatrixProblem,
  deviations: Float64Array,
): (t: number, layers: MatrixLayers) => ForecastPoint {
  const F = probe === undefined ? Matrix.diag(Array.from(deviations)) : onSpan(support, matrixFrom(probe));
  const FF = gramOfRows(F);
  const compare = kernelComparer();
  const [inner, outer] = [layers[0]!.rate, layers[1]!.rate];
  return (t, { W2, W1 }) => {
    const FW = gramOfRows(timesMatrix(F, W1.transpose()));
    const u = W2.to1DArray();
    const uu = lengthOf(u) ** 2;
    const beta = timesMatrix(W2, W1).to1DArray();
    const K = Float64Array.from(FW.to1DArray());
    const whole = FF.to1DArray();
    for (let i = 0; i < K.length; i++) K[i] = outer * K[i]! + inner * uu * whole[i]!;
    let excess = 0;
    for (const [a, deviation] of deviations.entries())
      excess += (task.yx.get(0, a) / deviation - outputScale * deviation * beta[a]!) ** 2;
    return {
      t,
      excessLoss: prefactor * excess,
      ...compare(K),
      scatter: 0,
      stableStep: 1 / (prefactor * outputScale ** 2 * largestSquare(W1, deviations, outer, inner * uu)),
      pairs: [{ uu, ww: frobeniusNorm(W1) ** 2, uw: lengthOf(beta) }],
    };
  };
}

/** The largest eigenvalue of D(η₂WᵀW + η₁|u|²)D, D the diagonal matrix of the deviations. */
function largestSquare(W1: Matrix, deviations: Float64Array, outer: number, inner: number): number {
  const [d, k] = [W1.rows, W1.columns];
  const W = Float64Array.from(W1.to1DArray());
  if (!W.every(Number.isFinite)) return NaN;
  return largestEigenvalue((v, out) => {
    for (let a = 0; a < k; a++) out[a] = inner * deviations[a]! * v[a]!;
    for (let i = 0; i < d; i++) {
      let along = 0;
      for (let a = 0; a < k; a++) along += W[i * k + a]! * deviations[a]! * v[a]!;
      for (let a = 0; a < k; a++) out[a]! += outer * along * W[i * k + a]!;
    }
    for (let a = 0; a < k; a++) out[a]! *= deviations[a]!;
  }, k).value;
}

/** The problem in the coordinates of the inputs' principal directions. */
function problemOf(described: Described, support: Support): MatrixProblem {
  const { task, outputScale, layers, prefactor, centred, initial: given } = described;
  const { variances } = support;
  // Hidden directions that no layer uses are left out.
  const { W2, W1 } =
    given === undefined ? drawnLayers(described, variances.length) : inTheirSpan({ W2: given.W2, W1: onSpan(support, given.W1) });
  const initial = { W2, W1 };
  const yx = onSpan(support, task.yx).clone();
  let { yy } = task;
  if (centred) {
    // f = α(h − h₀) learns y + αh₀ by αh.
    const start = initial.W2.mmul(initial.W1).mul(outputScale);
    for (const [a, variance] of variances.entries()) {
      const value = start.get(0, a);
      yy += 2 * value * yx.get(0, a) + variance * value * value;
    }
    for (const [a, variance] of variances.entries()) yx.set(0, a, yx.get(0, a) + variance * start.get(0, a));
  }
  return readMatrixProblem({
    network: readNetwork("network", {
      outputScale,
      learningRates: { u: layers[1]!.rate, w: layers[0]!.rate },
      loss: prefactor === 1 ? "mse" : "half-mse",
    }),
    task: { xx: Matrix.diag([...variances]), yx, yy },
    initial,
  });
}

function onSpan({ directions }: Support, rows: Matrix): Matrix {
  return directions === undefined ? rows : timesMatrix(rows, directions);
}

/**
 * Layers of the law of Gaussian ones, in as few neurons as have it: one a direction of the inputs, and one
 * for what of u lies outside of their images.
 */
function drawnLayers({ layers, width, seed }: Described, inputs: number): MatrixLayers {
  const { sizes, weights } = drawNetwork(layers, width, inputs, randomFrom(seed, "forecast"));
  const [W1, W2] = weights as [Float64Array, Float64Array];
  return { W2: Matrix.rowVector(Array.from(W2)), W1: Matrix.from1DArray(sizes[1]!, inputs, W1) };
}

function lengthOf(values: ArrayLike<number>): number {
  return normOf(Float64Array.from(values));
}
