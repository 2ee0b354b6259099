/**
 * The course of two linear layers, exactly: the flow that `solve` finds, or gradient descent, from a start
 * that is drawn from its law, or given. Its kernel of two inputs is K(x, x') = xᵀAx', A = α²(η₁|u|² 1 + η₂ WᵀW).
 */
import { Matrix } from "ml-matrix";
import { readPlan } from "../../descent/descentOptions.ts";
import { layersDescent } from "../../descent/layersDescent.ts";
import type { Rows } from "../../door/arrays.ts";
import { randomFrom } from "../../door/seeds.ts";
import { solveProblem } from "../../flow/solve.ts";
import { readOptions } from "../../integrate/options.ts";
import { alongInputs } from "../../matrix/matrixState.ts";
import type { MatrixLayers } from "../../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import type { MatrixTask } from "../../model/matrixTask.ts";
import { readNetwork } from "../../model/network.ts";
import { type MatrixProblem, readMatrixProblem } from "../../model/readProblem.ts";
import { largestEigenvalue } from "../../numerics/largestEigenvalue.ts";
import { explained, type Support } from "../../numerics/support.ts";
import { type ForecastCourse, type ForecastPoint, kernelComparer, reportTimes, sandwich, stepsAt } from "./course.ts";
import type { Described } from "./description.ts";
import { drawStart } from "./start.ts";

export function exactCourse(described: Described, support: Support): ForecastCourse {
  const { stepSize, prefactor, outputScale, layers, task, probe } = described;
  const problem = problemOf(described, support);
  const k = task.xx.rows;
  const root = rootOf(support, k);
  const rows = probe ?? root;
  const compare = kernelComparer();
  const kernelOf = (uu: number, ww: Float64Array): Float64Array => {
    const A = ww.map((value) => value * layers[1]!.rate);
    for (let a = 0; a < k; a++) A[a * (k + 1)]! += layers[0]!.rate * uu;
    return A;
  };
  const stableStepOf = (A: Float64Array): number => 1 / (prefactor * outputScale ** 2 * largestRate(A, root));
  const pointOf = (t: number, excessLoss: number, { uu, ww, uw }: Grams): ForecastPoint => {
    const A = kernelOf(uu, ww);
    let size = 0;
    for (let a = 0; a < k; a++) size += ww[a * (k + 1)]!;
    return { t, excessLoss, ...compare(sandwich(rows.data, A, k)), stableStep: stableStepOf(A), pairs: [{ uu, ww: size, uw }] };
  };
  const floor = prefactor * Math.max(0, task.yy - explainedBy(task, support));
  const until = described.times?.at(-1) ?? described.until ?? 250 * stableStepOf(kernelAtStart());
  const times = described.times ?? reportTimes(until);
  if (stepSize === undefined) {
    const flow = solveProblem({ kind: "matrices", problem }, readOptions(until > 0 ? { until } : {}));
    const points = Array.from(times, (t) => {
      const { excessLoss, uu, ww, uw } = flow.at(t) as MatrixSnapshot;
      const grams = { uu: uu.get(0, 0), ww: Float64Array.from(ww.to1DArray()), uw: Math.hypot(...uw.to1DArray()) };
      return pointOf(t, excessLoss, grams);
    });
    return { points, status: "completed", floor };
  }
  const steps = stepsAt(times, stepSize);
  const plan = readPlan({ stepSize, steps: steps.at(-1)! });
  const nextRecord = (step: number): number => steps.find((next) => next > step) ?? steps.at(-1)!;
  const descent = layersDescent(problem, { ...plan, nextRecord, rows: steps.length + 1 });
  const points: ForecastPoint[] = [];
  for (const [row, step] of descent.step.entries()) {
    if (!steps.includes(step) || !Number.isFinite(descent.loss[row]!)) continue;
    const point = pointOf(step * stepSize, descent.excessLoss[row]!, gramsAt(descent, row));
    if (Number.isFinite(point.kernelDistance)) points.push(point);
  }
  return { points, status: descent.status === "completed" ? "completed" : "diverged", floor };

  function kernelAtStart(): Float64Array {
    const { W2, W1 } = problem.initial as MatrixLayers;
    return kernelOf(W2.mmul(W2.transpose()).get(0, 0), Float64Array.from(W1.transpose().mmul(W1).to1DArray()));
  }
}

interface Grams {
  readonly uu: number;
  readonly ww: Float64Array;
  readonly uw: number;
}

/** |u|², WᵀW and |Wᵀu| of a recorded row. */
function gramsAt(descent: ReturnType<typeof layersDescent>, row: number): Grams {
  const { uu, ww, uw } = descent;
  if (uu !== undefined && ww !== undefined && uw !== undefined)
    return { uu: uu.get(row, 0, 0), ww: ww.row(row), uw: Math.hypot(...uw.row(row)) };
  const { W2, W1 } = (descent as unknown as { weights(row: number): MatrixLayers }).weights(row);
  const T = W1.transpose();
  return {
    uu: W2.mmul(W2.transpose()).get(0, 0),
    ww: Float64Array.from(T.mmul(W1).to1DArray()),
    uw: Math.hypot(...W2.mmul(W1).to1DArray()),
  };
}

/** What of E[y²] the inputs explain. */
function explainedBy({ yx }: MatrixTask, { variances, directions }: Support): number {
  return explained(directions === undefined ? yx : yx.mmul(directions), variances);
}

function problemOf(described: Described, support: Support): MatrixProblem {
  const { task, outputScale, layers, prefactor, centred } = described;
  const initial = described.initial ?? drawnLayers(described, support);
  const yx = task.yx.clone();
  let { yy } = task;
  if (centred) {
    // f = α(h − h₀) learns y + αh₀ by αh.
    const start = initial.W2.mmul(initial.W1).mul(outputScale);
    const shift = start.mmul(task.xx);
    yy += 2 * start.mmul(task.yx.transpose()).get(0, 0) + shift.mmul(start.transpose()).get(0, 0);
    yx.add(shift);
  }
  return readMatrixProblem({
    network: readNetwork("network", {
      outputScale,
      learningRates: { u: layers[1]!.rate, w: layers[0]!.rate },
      loss: prefactor === 1 ? "mse" : "half-mse",
    }),
    task: { xx: task.xx, yx, yy },
    initial,
  });
}

/**
 * Layers of the law of Gaussian ones, in as few neurons as have it: one a direction of the inputs, and one
 * for what of u lies outside of their images.
 */
function drawnLayers({ layers, width, seed }: Described, support: Support): MatrixLayers {
  const r = support.variances.length;
  const { factors, last } = drawStart(layers, width, r, randomFrom(seed, "forecast"));
  const { columns, data } = factors[0]!;
  const W1 = Matrix.zeros(columns + 1, r);
  for (let a = 0; a < r; a++) for (let i = 0; i < columns; i++) W1.set(i, a, data[a * columns + i]!);
  return { W2: Matrix.rowVector([...last.along, last.across]), W1: alongInputs(support, W1) };
}

/** Rows R with RᵀR = E[xxᵀ]. */
function rootOf({ variances, directions }: Support, k: number): Rows {
  const data = new Float64Array(variances.length * k);
  for (const [a, variance] of variances.entries())
    for (let j = 0; j < k; j++)
      data[a * k + j] = Math.sqrt(variance) * (directions === undefined ? Number(a === j) : directions.get(j, a));
  return { rows: variances.length, columns: k, data };
}

/** The largest eigenvalue of RARᵀ, R with rows of k numbers. */
function largestRate(A: Float64Array, { rows, columns: k, data }: Rows): number {
  const [x, Ax] = [new Float64Array(k), new Float64Array(k)];
  return largestEigenvalue((v, out) => {
    x.fill(0);
    for (let i = 0; i < rows; i++) for (let a = 0; a < k; a++) x[a]! += data[i * k + a]! * v[i]!;
    for (let a = 0; a < k; a++) {
      let sum = 0;
      for (let b = 0; b < k; b++) sum += A[a * k + b]! * x[b]!;
      Ax[a] = sum;
    }
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let a = 0; a < k; a++) sum += data[i * k + a]! * Ax[a]!;
      out[i] = sum;
    }
  }, rows).value;
}
