/** Descent in order parameters is descent in all weights. */
import fc from "fast-check";
import {
  cosineSchedule,
  type DescentOptions,
  exactFlow,
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  network,
  piecewiseSchedule,
  simulateDescent,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { type DrawnProblem, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

const STEPS = 1000;

/** Weights of ordinary size that do not run into a saddle, where rounding decides what full-width descent does. */
const ordinary = problems(1, ["generic", "frozen u", "frozen w", "zero u", "zero w"]).filter(hasBothModes);

function hasBothModes({ network: { learningRates }, initial: { u, w } }: DrawnProblem): boolean {
  const [a, b] = [Math.sqrt(learningRates.w), Math.sqrt(learningRates.u)];
  const mode = (sign: number): number => u.reduce((sum, x, i) => sum + (a * x + sign * b * w[i]!) ** 2, 0);
  const [P, Q] = [mode(1), mode(-1)];
  return Math.min(P, Q) > 1e-2 * Math.max(P, Q);
}

/** The step in units of what is stable, at the start and at the minimum. */
function stepOf(problem: DrawnProblem, share: number): number {
  const flow = exactFlow(problem);
  const k = problem.network.loss === "mse" ? 1 : 0.5;
  return share / Math.max(flow.rate, 2 * k * problem.task.xx * flow.at(0).kernel);
}

function expectSame(problem: DrawnProblem, options: DescentOptions, decay = 0): void {
  const decaying = { ...problem, network: { ...problem.network, weightDecay: decay } };
  const plain = simulateDescent(decaying, options as Parameters<typeof simulateDescent>[1]);
  const reduced = gradientDescent(decaying, options);
  expect(reduced.status).toBe(plain.status);
  expect(reduced.step.length).toBe(plain.step.length);
  // Rounding is relative to what there has been: momentum may carry a layer through zero.
  let [size, square] = [0, 0];
  for (const [i, f] of plain.output.entries()) {
    square = Math.max(square, plain.uu[i]!, plain.ww[i]!);
    size = Math.max(size, Math.abs(problem.network.outputScale) * Math.sqrt(plain.uu[i]!) * Math.sqrt(plain.ww[i]!));
    expectWithin(Math.abs(reduced.output[i]! - f), 1e-10 * size, `output at step ${plain.step[i]}`);
    expectWithin(Math.abs(reduced.uu[i]! - plain.uu[i]!), 1e-10 * square, "uu");
    expectWithin(Math.abs(reduced.ww[i]! - plain.ww[i]!), 1e-10 * square, "ww");
    expectWithin(Math.abs(reduced.loss[i]! - plain.loss[i]!), 1e-8 * (plain.loss[i]! + problem.task.yy), "loss");
  }
  const { u, w } = reduced.weights(reduced.step.length - 1);
  const ever = [problem.initial, plain.weights].flatMap(({ u, w }) => [...u, ...w]);
  const largest = Math.max(...ever.map(Math.abs));
  for (const [i, x] of plain.weights.u.entries()) expectWithin(Math.abs(u[i]! - x), 1e-10 * largest, "u");
  for (const [i, x] of plain.weights.w.entries()) expectWithin(Math.abs(w[i]! - x), 1e-10 * largest, "w");
}

describe("equal to full-width descent to 1e-10, over a thousand steps", () => {
  const share = uniform(0.01, 0.9);
  test("plain", () => {
    fc.assert(
      fc.property(ordinary, share, (problem, x) => expectSame(problem, { stepSize: stepOf(problem, x), steps: STEPS })),
      pinned(61, 300),
    );
  });

  test("with momentum, heavy-ball and Nesterov's", () => {
    fc.assert(
      fc.property(ordinary, share, uniform(0, 0.95), fc.boolean(), (problem, x, momentum, nesterov) =>
        expectSame(problem, { stepSize: 0.5 * stepOf(problem, x), steps: STEPS, momentum, nesterov }),
      ),
      pinned(62, 300),
    );
  });

  test("with weight decay, at equal and unequal rates", () => {
    fc.assert(
      fc.property(ordinary, share, fc.boolean(), (problem, x, equal) => {
        const { u } = problem.network.learningRates;
        const rates = equal ? { u: u || 1, w: u || 1 } : problem.network.learningRates;
        const decaying = { ...problem, network: { ...problem.network, learningRates: rates } };
        fc.pre(hasBothModes(decaying));
        const stepSize = stepOf(decaying, x);
        // A tenth of the slower layer's weight is gone by the end.
        const decay = 1e-4 / (stepSize * Math.max(rates.u, rates.w));
        expectSame(decaying, { stepSize, steps: STEPS, momentum: 0.5 }, decay);
      }),
      pinned(63, 300),
    );
  });

  test("catapults: steps beyond what is stable at the start", () => {
    const compared = counted({ atLeast: 0.8, what: "runs" });
    let seen = 0;
    for (let seed = 0; seed < 40; seed++) {
      const initial = gaussianWeights({ width: 50, scale: 0.45, seed });
      const problem = { network: network({ loss: "half-mse" }), task: taskFromMoments({ xx: 1, xy: 0.1, yy: 1 }), initial };
      const kernel = exactFlow(problem).at(0).kernel;
      for (const share of [2.2, 2.8, 3.4]) {
        // Away from zero rounding grows with the loss on its way up; compare until it has come down.
        const options = { stepSize: share / kernel, steps: 200 };
        const plain = simulateDescent(problem, options);
        const reduced = gradientDescent(problem, options);
        expect(reduced.status).toBe(plain.status);
        if (!compared.when(plain.status !== "diverged")) continue;
        if (Math.max(...plain.loss) > 1.5 * plain.loss[0]!) seen++;
        for (const [i, f] of plain.output.entries())
          expectWithin(Math.abs(reduced.output[i]! - f), 1e-10 * (1 + Math.abs(f)), "output");
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  test("divergence ends at the last finite row", () => {
    const problem = {
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
      initial: gaussianWeights({ width: 4, scale: 1, seed: 1 }),
    };
    const run = gradientDescent(problem, { stepSize: 3, steps: 1000, recordEvery: 1000 });
    expect(run.status).toBe("diverged");
    expect(run.step.length).toBe(2);
    for (const column of [run.output, run.uu, run.ww, run.kernel, run.loss]) expect(column.every(Number.isFinite)).toBe(true);
    const next = gradientDescent(problem, { stepSize: 3, steps: run.step[1]! + 1 });
    expect(next.status).toBe("diverged");
  });
});

describe("options of training in practice", () => {
  const x = [0.5, 1, -1, 0.2, 2, -0.7, 1.3];
  const y = [0.3, 1, -0.8, 0, 1.9, -1, 1];
  const task = taskFromSamples(x, y);
  const initial = gaussianWeights({ width: 5, scale: 0.4, seed: 3 });

  /** Plain descent on all weights with gradients of one's own: g and the factors on the steps of the two layers. */
  function simulate(
    steps: number,
    stepSize: number,
    g: (n: number, f: number) => number,
    factor = (_n: number, _layer: "u" | "w"): number => 1,
  ): number[] {
    const u = initial.u.slice();
    const w = initial.w.slice();
    const outputs: number[] = [];
    for (let n = 0; n <= steps; n++) {
      let f = 0;
      for (let i = 0; i < u.length; i++) f += u[i]! * w[i]!;
      outputs.push(f);
      const pull = 2 * g(n, f) * stepSize;
      for (let i = 0; i < u.length; i++) {
        const [a, b] = [u[i]!, w[i]!];
        u[i] = a + factor(n, "u") * pull * b;
        w[i] = b + factor(n, "w") * pull * a;
      }
    }
    return outputs;
  }
  const problem = { network: network(), task, initial };
  const close = (found: Float64Array, expected: readonly number[]): void => {
    for (const [n, f] of expected.entries()) expect(Math.abs(found[n]! - f)).toBeLessThan(1e-12);
  };

  test("mini-batches: every epoch uses every sample once, in a new order", () => {
    // Targets that tell which samples a batch held: with x = 1 the step's g is the batch's mean of 2^j, less f.
    const marks = [1, 2, 4, 8, 16, 32, 64];
    const marked = {
      network: network(),
      task: taskFromSamples(
        marks.map(() => 1),
        marks,
      ),
      initial,
    };
    const run = gradientDescent(marked, { stepSize: 1e-4, steps: 12, batch: { size: 3, seed: 5 } });
    const sizes = [3, 3, 1, 3, 3, 1, 3, 3, 1, 3, 3, 1];
    const epochs: string[] = [];
    let seen: number[] = [];
    for (const [n, size] of sizes.entries()) {
      // f' = f + 2·step·g·B to first order, so g to within the step; the sum of marks is a whole number.
      const B = run.uu[n]! + run.ww[n]!;
      const moved = (run.output[n + 1]! - run.output[n]!) / (2e-4 * B);
      const total = Math.round(size * (moved + run.output[n]!));
      seen.push(total);
      if (size === 1) {
        expect(seen.reduce((a, b) => a + b, 0)).toBe(127);
        epochs.push(seen.join());
        seen = [];
      }
    }
    expect(new Set(epochs).size).toBeGreaterThan(1);
    const again = gradientDescent(marked, { stepSize: 1e-4, steps: 12, batch: { size: 3, seed: 5 } });
    expect(again.output).toEqual(run.output);
    expect(gradientDescent(marked, { stepSize: 1e-4, steps: 12, batch: { size: 3, seed: 6 } }).output).not.toEqual(run.output);
  });

  test("a batch of everything is plain descent, to rounding", () => {
    const all = gradientDescent(problem, { stepSize: 0.01, steps: 100, batch: { size: 7, seed: 1 } });
    close(all.output, [...gradientDescent(problem, { stepSize: 0.01, steps: 100 }).output]);
  });

  test("label noise has the variance that noise on every target has", () => {
    // One step from the same start, many seeds: Δf = 2·step·g·B + O(step²).
    const std = 0.7;
    const stepSize = 1e-6;
    const B = exactFlow(problem).at(0).kernel;
    const clean = gradientDescent(problem, { stepSize, steps: 1 }).output[1]!;
    const pushes = Array.from({ length: 4000 }, (_, seed) => {
      const { output } = gradientDescent(problem, { stepSize, steps: 1, labelNoise: { std, seed } });
      return (output[1]! - clean) / (2 * stepSize * B);
    });
    const mean = pushes.reduce((a, b) => a + b, 0) / pushes.length;
    const variance = pushes.reduce((a, b) => a + (b - mean) ** 2, 0) / pushes.length;
    const expected = (std ** 2 * task.xx) / x.length;
    // Four standard errors of 4000 draws.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(expected / 4000));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
  });

  test("noise and mini-batches at once are the same at any width: only order parameters enter", () => {
    const options = {
      stepSize: 0.01,
      steps: 500,
      batch: { size: 2, seed: "b" },
      labelNoise: { std: 0.1, seed: "n" },
      momentum: 0.8,
    };
    const start = exactFlow(problem).at(0);
    const [a, b] = [gradientDescent(problem, options), gradientDescent({ ...problem, initial: start }, options)];
    close(a.output, [...b.output]);
  });

  test("schedules, common and the layers' own", () => {
    const cosine = cosineSchedule({ duration: 2 });
    const steps = piecewiseSchedule([{ factor: 1, until: 1 }, { factor: 0.1 }]);
    const g = (_n: number, f: number): number => task.xy - task.xx * f;
    close(
      gradientDescent(problem, { stepSize: 0.01, steps: 300, schedule: cosine }).output,
      simulate(300, 0.01, g, (n) => cosine.factor(n * 0.01)),
    );
    close(
      gradientDescent(problem, { stepSize: 0.01, steps: 300, schedule: { u: cosine, w: steps } }).output,
      simulate(300, 0.01, g, (n, layer) => (layer === "u" ? cosine : steps).factor(n * 0.01)),
    );
  });

  test("other losses, from samples", () => {
    const huber = { ...problem, network: network({ loss: "huber" }) };
    const slope = (f: number, t: number): number => Math.max(-1, Math.min(1, f - t));
    const g = (_n: number, f: number): number => x.reduce((sum, xj, j) => sum - (xj * slope(f * xj, y[j]!)) / (2 * x.length), 0);
    close(gradientDescent(huber, { stepSize: 0.01, steps: 300 }).output, simulate(300, 0.01, g));
  });

  test("records on a logarithmic grid, a thousand million steps in a few rows", () => {
    const wide = {
      network: network({ outputScale: 1e-6 }),
      task,
      initial: gaussianOrderParameters({ width: 1e12, scale: 1, seed: 1 }),
    };
    const run = gradientDescent(wide, { stepSize: 0.1, steps: 1e9, recordPerDecade: 2 });
    expect([...run.step.slice(0, 6)]).toEqual([0, 1, 3, 10, 32, 100]);
    expect(run.step.at(-1)).toBe(1e9);
    expect(run.step.length).toBeLessThan(25);
    expect(run.t.at(-1)).toBe(1e8);
    expect(Math.abs(run.output.at(-1)! - task.xy / task.xx)).toBeLessThan(1e-12);
  });

  test("progress is reported, and an aborted run keeps the rows so far", () => {
    const controller = new AbortController();
    const run = gradientDescent(problem, {
      stepSize: 1e-9,
      steps: 1e9,
      recordPerDecade: 1,
      signal: controller.signal,
      onProgress: ({ step }) => (step === 2e6 ? controller.abort() : undefined),
    });
    expect([run.status, run.step.at(-1)]).toEqual(["aborted", 2e6]);
  });

  test("rows are snapshots, with the number of their step", () => {
    const [row] = gradientDescent(problem, { stepSize: 0.1, steps: 1 }).toRows().slice(1);
    expect(row).toMatchObject({ step: 1, t: 0.1 });
  });
});

test("plain descent multiplies the modes by 1 ± σ: what it conserves shrinks by Π(1 − σ²)", () => {
  // A frozen layer's balance is infinite.
  const compared = counted({ atLeast: 0.5, what: "balances" });
  fc.assert(
    fc.property(ordinary, uniform(0.01, 0.5), (problem, x) => {
      const { u, w } = problem.network.learningRates;
      const k = problem.network.loss === "mse" ? 1 : 0.5;
      const stepSize = stepOf(problem, x);
      const run = gradientDescent(problem, { stepSize, steps: 20 });
      const h = Math.sqrt(u) * Math.sqrt(w);
      let shrunk = 1;
      for (let n = 0; n < 20; n++) {
        shrunk *= 1 - (stepSize * 2 * k * problem.network.outputScale * h * run.residual[n]!) ** 2;
        expectWithin(Math.abs(run.area[n + 1]! - run.area[0]! * shrunk), 1e-11 * run.area[0]!, "area");
        if (compared.when(Number.isFinite(run.balance[0]!)))
          expectWithin(Math.abs(run.balance[n + 1]! - run.balance[0]! * shrunk), 1e-11 * Math.abs(run.balance[0]!), "balance");
      }
    }),
    pinned(64, 300),
  );
});
