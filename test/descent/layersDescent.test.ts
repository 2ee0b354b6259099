/** Descent of several inputs and outputs in the reduced layers is descent in all weights. */
import {
  cosineSchedule,
  type DescentOptions,
  gradientDescent,
  type LayersWeightDescent,
  type LossFunction,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { beginLayers } from "../../src/descent/layersBegin.ts";
import { stateOfLayers } from "../../src/descent/layersWalk.ts";
import { randomFrom } from "../../src/door/seeds.ts";
import { readMatrixProblem } from "../../src/model/readProblem.ts";
import { type DrawnDescent, drawDescent } from "../support/descents.ts";
import { gaussian, identity, nothing } from "../support/matrixProblems.ts";
import { expectWithin } from "../support/problems.ts";

const STEPS = 1000;
const PROBLEMS = 200;

type Plain = DrawnDescent["plain"];
type Reduced = LayersWeightDescent<object>;

/** One signature for both forms of layers. */
const reduce = gradientDescent as unknown as (problem: DrawnDescent["problem"], options: DescentOptions) => Reduced;

/** The numbers of layers { W2, W1 } or { u, W }, one array a layer. */
function numbersOf(layers: object): number[][] {
  return Object.values(layers).map((layer: Matrix | Float64Array) => ("to1DArray" in layer ? layer.to1DArray() : [...layer]));
}

/** F·x of all data. */
function fitOf(F: Float64Array, x: DrawnDescent["x"]): number[] {
  const k = x[0]!.length;
  return x.flatMap((row) =>
    Array.from({ length: F.length / k }, (_, o) => row.reduce((sum, value, j) => sum + F[o * k + j]! * value, 0)),
  );
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function expectSame(reduced: Reduced, plain: Plain, x: DrawnDescent["x"]): void {
  expect([reduced.status, [...reduced.step]]).toEqual([plain.status, [...plain.step]]);
  // Rounding is relative to what there has been.
  let [fit, loss, square] = [0, 0, 0];
  for (let i = 0; i < plain.step.length; i++) {
    const at = `at step ${plain.step[i]}`;
    const [expected, found] = [fitOf(plain.output.row(i), x), fitOf(reduced.output.row(i), x)];
    fit = Math.max(fit, largest(expected));
    for (const [j, value] of expected.entries()) expectWithin(Math.abs(found[j]! - value), 1e-10 * fit, `output ${at}`);
    loss = Math.max(loss, plain.loss[i]!);
    expectWithin(Math.abs(reduced.loss[i]! - plain.loss[i]!), 1e-10 * loss, `loss ${at}`);
    square = Math.max(square, largest(plain.uu.row(i)));
    for (const [j, value] of plain.uu.row(i).entries())
      expectWithin(Math.abs(reduced.uu!.row(i)[j]! - value), 1e-10 * square, `uu ${at}`);
  }
  const layers = numbersOf(reduced.weights(reduced.step.length - 1));
  for (const [l, expected] of numbersOf(plain.weights).entries()) {
    const size = largest(expected);
    for (const [i, value] of expected.entries()) expectWithin(Math.abs(layers[l]![i]! - value), 1e-10 * size, "weights");
  }
}

describe("equal to descent on all weights to 1e-10, over a thousand steps", () => {
  test("at every shape and width from 1 to 50, under every loss and option", () => {
    const seen = new Map<string, number>();
    let learned = 0;
    for (let seed = 0; seed < PROBLEMS; seed++) {
      const { problem, options, x, has, plain } = drawDescent(seed, STEPS);
      expectSame(reduce(problem, options), plain, x);
      for (const name of has) seen.set(name, (seen.get(name) ?? 0) + 1);
      if (plain.loss.at(-1)! < 0.8 * plain.loss[0]!) learned++;
    }
    expect(learned).toBeGreaterThan(PROBLEMS / 2);
    const least = { mse: 30, "half-mse": 30, logistic: 10, huber: 10, "cross-entropy": 5, own: 10 };
    const options = { momentum: 60, nesterov: 30, batch: 40, labelNoise: 10, schedule: 50, weightDecay: 50 };
    for (const [name, count] of Object.entries({ ...least, ...options, moments: 10, vector: 30, "low rank": 20, wide: 100 }))
      expect(seen.get(name) ?? 0, name).toBeGreaterThan(count);
  });
});

const random = (seed: number) => randomFrom(seed, "tests of descent");

/** A problem of 3 inputs, one of them without data, and 2 outputs. */
function problemOf(width: number, seed: number) {
  const draws = random(seed);
  const x = Array.from({ length: 12 }, () => [draws.normal(), draws.normal(), 0]);
  const y = x.map(() => [draws.normal(), draws.normal()]);
  const initial = { W2: gaussian(2, width, 0.5 / Math.sqrt(width), draws), W1: gaussian(width, 3, 0.5, draws) };
  return { network: network(), task: matrixTaskFromSamples(x, y), initial };
}

describe("one input and one output are descent of one direction", () => {
  const draws = random(1);
  const x = Array.from({ length: 9 }, draws.normal);
  const y = x.map((value) => value + draws.normal());
  const u = Array.from({ length: 7 }, () => 0.4 * draws.normal());
  const w = Array.from({ length: 7 }, () => 0.4 * draws.normal());
  const runs: readonly [string, Partial<DescentOptions>, number, string][] = [
    ["plain", {}, 0, "mse"],
    ["with momentum and weight decay", { momentum: 0.8 }, 0.05, "half-mse"],
    ["with Nesterov's momentum", { momentum: 0.7, nesterov: true }, 0, "mse"],
    ["under a schedule", { schedule: cosineSchedule({ duration: 2 }) }, 0, "mse"],
    ["in mini-batches", { batch: { size: 4, seed: 3 } }, 0, "huber"],
    ["with noise on all targets", { labelNoise: { std: 0.3, seed: 3 } }, 0, "mse"],
    ["with noise on mini-batches", { batch: { size: 2, seed: 3 }, labelNoise: { std: 0.3, seed: 4 } }, 0, "mse"],
  ];
  test.each(runs)("%s", (_name, more, weightDecay, loss) => {
    const trained = network({ loss: loss as "mse", weightDecay, outputScale: -0.7, learningRates: { u: 1, w: 2 } });
    const options = { stepSize: 0.01, steps: 300, ...more };
    const one = gradientDescent({ network: trained, task: taskFromSamples(x, y), initial: { u, w } }, options);
    const layers = { W2: [u], W1: w.map((value) => [value]) };
    const task = matrixTaskFromSamples(
      x.map((value) => [value]),
      y,
    );
    for (const run of [
      gradientDescent({ network: trained, task, initial: layers }, options),
      gradientDescent({ network: trained, task: taskFromSamples(x, y), initial: { u, W: layers.W1 } }, options),
    ]) {
      for (let n = 0; n <= 300; n++) {
        expectWithin(Math.abs(run.output.get(n, 0, 0) - one.output[n]!), 1e-13, "output");
        expectWithin(Math.abs(run.loss[n]! - one.loss[n]!), 1e-13, "loss");
        expectWithin(Math.abs(run.excessLoss[n]! - one.excessLoss[n]!), 1e-13, "excess loss");
        expectWithin(Math.abs(run.alignment[n]! - Math.abs(one.alignment[n]!)), 1e-13, "alignment");
        expectWithin(Math.abs(run.normProduct[n]! - one.normProduct[n]!), 1e-13, "norm product");
        expectWithin(Math.abs(run.uu!.get(n, 0, 0) - one.uu[n]!), 1e-13, "uu");
        const xx = x.reduce((sum, value) => sum + value * value, 0) / x.length;
        expectWithin(Math.abs(run.kernelSize[n]! - one.kernel[n]! * xx), 1e-12, "kernel");
        expectWithin(Math.abs(run.outputSize[n]! - Math.abs(one.output[n]!) * Math.sqrt(xx)), 1e-13, "output size");
      }
    }
  });
});

test("a step moves as many numbers at width 20,000 as at the width of inputs and outputs together", () => {
  const moved = (width: number): number => stateOfLayers(beginLayers(readMatrixProblem(problemOf(width, 2))).reduced).length;
  // 2 outputs and the 2 inputs with data, in as many hidden directions, and what is left of the third input.
  expect([moved(4), moved(20_000)]).toEqual([4 * 4 + 1, 4 * 4 + 1]);
});

describe("momentum on a parabola", () => {
  // W₂ = 1 is frozen, so that the output is W₁ and the loss a parabola of curvature 2 varianceₐ along input
  // a.
  const variances = [1, 0.3];
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 0.3],
    ],
    yx: [
      [0.5, 0.1],
      [-0.2, 0.3],
    ],
    yy: 2,
  });
  const initial = {
    W2: [
      [1, 0],
      [0, 1],
    ],
    W1: [
      [0.1, 0.2],
      [0.3, -0.4],
    ],
  };
  const problem = { network: network({ learningRates: { u: 0, w: 1 } }), task, initial };

  test("obeys its recurrence of second order", () => {
    const [stepSize, momentum] = [0.2, 0.7];
    const { output } = gradientDescent(problem, { stepSize, steps: 50, momentum });
    for (let n = 1; n < 50; n++) {
      for (const [o, a] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const [before, now, after] = [n - 1, n, n + 1].map((row) => output.get(row, o, a)) as [number, number, number];
        const pull = 2 * (task.yx.get(o, a) - variances[a]! * now);
        expectWithin(Math.abs(after - now - momentum * (now - before) - stepSize * pull), 1e-14, "recurrence");
      }
    }
  });

  test.each([
    [false, (mu: number) => 2 * (1 + mu)],
    [true, (mu: number) => (2 * (1 + mu)) / (1 + 2 * mu)],
  ] as const)("converges below the stable step and not above it (Nesterov: %s)", (nesterov, limit) => {
    for (const momentum of [0.3, 0.9]) {
      const run = (share: number) =>
        gradientDescent(problem, { stepSize: (share * limit(momentum)) / 2, steps: 4000, momentum, nesterov, recordEvery: 4000 });
      expect(run(0.98).excessLoss.at(-1)).toBeLessThan(1e-20);
      expect(run(1.02).excessLoss.at(-1)).toBeGreaterThan(1);
    }
  });
});

describe("what a descent records", () => {
  test("weights(row) have the recorded output and order parameters, and row 0 is what was given", () => {
    const problem = problemOf(9, 4);
    const run = gradientDescent(problem, { stepSize: 0.05, steps: 40, momentum: 0.5, recordEvery: 7 });
    expect([...run.step]).toEqual([0, 7, 14, 21, 28, 35, 40]);
    for (let row = 0; row < run.step.length; row++) {
      const { W2, W1 } = run.weights(row);
      // The third input has no data: it is no part of what the data see, and does not move.
      const seen = W1.clone().mulColumn(2, 0);
      const grams = [W2.mmul(seen), W2.mmul(W2.transpose()), seen.transpose().mmul(seen), W2.mmul(seen)];
      for (const [i, recorded] of [run.output, run.uu!, run.ww!, run.uw!].entries())
        for (const [j, value] of grams[i]!.to1DArray().entries())
          expectWithin(Math.abs(recorded.row(row)[j]! - value), 1e-13, "gram");
      for (let h = 0; h < 9; h++) expectWithin(Math.abs(W1.get(h, 2) - problem.initial.W1.get(h, 2)), 1e-15, "unseen weight");
      const norms = W2.norm("frobenius") * seen.norm("frobenius");
      expectWithin(Math.abs(run.normProduct[row]! - norms), 1e-13, "norm product");
      expectWithin(Math.abs(run.alignment[row]! - W2.mmul(seen).norm("frobenius") / norms), 1e-13, "alignment");
      const { xx } = problem.task;
      const spread = W2.mmul(W2.transpose()).trace() * xx.trace() + 2 * seen.mmul(xx).mmul(seen.transpose()).trace();
      expectWithin(Math.abs(run.kernelSize[row]! - spread), 1e-12, "kernel size");
    }
    expect(run.weights(0).W1.to2DArray()).toEqual(problem.initial.W1.to2DArray());
    expect(() => run.weights(7)).toThrow("weights: row is 7; pass an integer from 0 to 6");
  });

  test("order parameters and layers { u, W } are the same training as layers { W2, W1 }", () => {
    const { network: trained, task, initial } = problemOf(6, 5);
    const { W2, W1 } = initial;
    const options = { stepSize: 0.05, steps: 100, momentum: 0.4, recordEvery: 10 };
    const layers = gradientDescent({ network: trained, task, initial }, options);
    const start = { uu: W2.mmul(W2.transpose()), ww: W1.transpose().mmul(W1), uw: W2.mmul(W1) };
    const numbers = gradientDescent({ network: trained, task, initial: start }, options);
    for (const [i, value] of layers.output.data.entries())
      expectWithin(Math.abs(numbers.output.data[i]! - value), 1e-12, "output");
    expect("weights" in numbers).toBe(false);
    expect([...numbers.uu!.row(0)]).toEqual(start.uu.to1DArray());
  });

  test("is plain data: a clone and JSON keep the numbers, rows are records", () => {
    const run = gradientDescent(problemOf(3, 6), { stepSize: 0.05, steps: 3 });
    const clone = structuredClone(run);
    expect(clone.output.data).toEqual(run.output.data);
    expect(clone.loss).toEqual(run.loss);
    expect(JSON.parse(JSON.stringify(run)).output).toEqual({
      data: [...run.output.data],
      shape: [4, 2, 3],
      stride: [6, 3, 1],
      offset: 0,
    });
    expect(run.toRows()[2]).toEqual({
      step: 2,
      t: 0.1,
      loss: run.loss[2],
      excessLoss: run.excessLoss[2],
      alignment: run.alignment[2],
      normProduct: run.normProduct[2],
      kernelSize: run.kernelSize[2],
      outputSize: run.outputSize[2],
    });
  });

  test("divergence ends at the last finite row", () => {
    const run = gradientDescent(problemOf(5, 7), { stepSize: 20, steps: 1000, recordEvery: 1000 });
    expect([run.status, run.step.length]).toEqual(["diverged", 2]);
    const { loss, excessLoss, kernelSize, normProduct, output, ww } = run;
    for (const column of [loss, excessLoss, kernelSize, normProduct, output.data, ww!.data])
      expect(column.every(Number.isFinite)).toBe(true);
    expect(gradientDescent(problemOf(5, 7), { stepSize: 20, steps: run.step[1]! }).status).toBe("completed");
  });

  test("an aborted run keeps the rows so far", () => {
    const controller = new AbortController();
    const told: number[] = [];
    const run = gradientDescent(problemOf(5, 8), {
      stepSize: 1e-9,
      steps: 1e9,
      recordPerDecade: 1,
      signal: controller.signal,
      onProgress: ({ step }) => {
        told.push(step);
        if (told.length === 2) controller.abort();
      },
    });
    expect([run.status, run.step.at(-1)]).toEqual(["aborted", told[1]]);
    expect(run.weights(run.step.length - 1).W2.columns).toBe(5);
  });

  test("layers whose product underflows are aligned as they are", () => {
    const { task } = problemOf(2, 12);
    const initial = {
      W2: [
        [1e-200, 0],
        [0, 1e-200],
      ],
      W1: [
        [1e-180, 0, 0],
        [0, 1e-180, 0],
      ],
    };
    const run = gradientDescent({ network: network(), task, initial }, { stepSize: 0.1, steps: 1 });
    expectWithin(Math.abs(run.alignment[0]! - Math.SQRT1_2), 1e-15, "alignment");
    expect(run.normProduct[0]).toBe(0);
  });

  test("a network at rest costs nothing more", () => {
    const run = gradientDescent(
      { ...problemOf(5, 9), network: network({ learningRates: 0 }) },
      { stepSize: 1, steps: 1e9, recordPerDecade: 1 },
    );
    expect(run.step.at(-1)).toBe(1e9);
    expect(run.loss.at(-1)).toBe(run.loss[0]);
  });
});

test("noise on all targets has the covariance that noise on every target has", () => {
  // W₂ = 1 is frozen and the steps are so small that G stays: a step adds 2·step·(G + noise), of covariance
  // σ² E[xxᵀ]/n for each output.
  const draws = random(10);
  const x = Array.from({ length: 20 }, () => [draws.normal(), 2 * draws.normal()]).map(([a, b]) => [a! + b!, b!]);
  const task = matrixTaskFromSamples(
    x,
    x.map(([a]) => [a!, -a!]),
  );
  const start = { W2: identity, W1: nothing };
  const problem = { network: network({ learningRates: { u: 0, w: 1 } }), task, initial: start };
  const [count, stepSize, std] = [4000, 1e-9, 0.7];
  const { output } = gradientDescent(problem, { stepSize, steps: count, labelNoise: { std, seed: 5 } });
  const moments = Matrix.zeros(4, 4);
  for (let n = 0; n < count; n++) {
    const G = task.yx.to1DArray();
    const push = Matrix.columnVector(G.map((g, i) => (output.row(n + 1)[i]! - output.row(n)[i]!) / (2 * stepSize) - g));
    moments.add(push.mmul(push.transpose()).div(count));
  }
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const expected = Math.floor(i / 2) === Math.floor(j / 2) ? (std ** 2 * task.xx.get(i % 2, j % 2)) / 20 : 0;
      const size = (std ** 2 * Math.sqrt(task.xx.get(i % 2, i % 2) * task.xx.get(j % 2, j % 2))) / 20;
      // Four standard errors of so many draws.
      expectWithin(Math.abs(moments.get(i, j) - expected), 4 * size * Math.sqrt(2 / count), `covariance ${i}, ${j}`);
    }
  }
});

describe("refusals", () => {
  const problem = problemOf(3, 11);
  const options = { stepSize: 0.1, steps: 1 };
  const smooth: LossFunction = { value: (f, y) => (f - y) ** 4, derivative: (f, y) => 4 * (f - y) ** 3 };
  test("label noise with a loss other than the squared loss", () => {
    const other = { ...problem, network: network({ loss: smooth }) };
    expect(() => gradientDescent(other, { ...options, labelNoise: { std: 1, seed: 1 } })).toThrow(
      /^gradientDescent: label noise/,
    );
  });
  test("mini-batches of a task from moments", () => {
    const { xx, yx, yy } = problem.task;
    const moments = { ...problem, task: matrixTaskFromMoments({ xx, yx, yy }) };
    expect(() => gradientDescent(moments, { ...options, batch: { size: 1, seed: 1 } })).toThrow(/need the samples themselves/);
  });
  test("a power activation, and layers whose squares overflow", () => {
    expect(() => gradientDescent({ ...problem, network: network({ power: 2 }) }, options)).toThrow(/power activation \(2\)/);
    const huge = { W2: problem.initial.W2.clone().mul(1e160), W1: problem.initial.W1 };
    expect(() => gradientDescent({ ...problem, initial: huge }, options)).toThrow(/overflows double precision/);
  });
  test("matrices for a task of one direction", () => {
    const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    expect(() => gradientDescent({ network: network(), task, initial: problem.initial }, options)).toThrow(
      /^gradientDescent: initial/,
    );
  });
});
