/**
 * Descent that turns back: noise and gradients that reverse learning must not reduce the accuracy of the
 * weights.
 */
import {
  type Descent,
  gradientDescent,
  integratedFlow,
  network,
  type OrderParameters,
  piecewiseSchedule,
  taskFromMoments,
  taskFromSamples,
  type Weights,
} from "feature-learning";
import { expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";

/** The largest error of what the weights say about uu, ww and uw, with u and w measured in √η. */
function disagreement({ u, w }: Weights, { uu, ww, uw }: OrderParameters, [etaU, etaW]: readonly [number, number]): number {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const [a, b, c] = [dot(u, u) / etaU, dot(w, w) / etaW, dot(u, w) / Math.sqrt(etaU * etaW)];
  const errors = [a - uu / etaU, b - ww / etaW, c - uw / Math.sqrt(etaU * etaW)];
  return Math.max(...errors.map(Math.abs)) / Math.max(a, b);
}

function rowOf({ uu, ww, uw }: Descent, row: number): OrderParameters {
  return { uu: uu[row]!, ww: ww[row]!, uw: uw[row]! };
}

test.each([1, 100, 1e-8])(
  "weights agree with order parameters under noise that turns the layers back and forth (rates %s and one over it)",
  (ratio) => {
    const task = taskFromSamples([1, 1, 1, 1], [1, -1, 1, -1]);
    const initial = { u: [1e-6 * Math.sqrt(ratio), 0], w: [0, 1e-6 / Math.sqrt(ratio)] };
    const problem = { network: network({ learningRates: { u: ratio, w: 1 / ratio }, loss: "half-mse" }), task, initial };
    let turns = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const [momentum, stepSize] of [
        [0, 0.8],
        [0.9, 0.1],
      ] as const) {
        for (const noise of [{ labelNoise: { std: 2, seed } }, { batch: { size: 1, seed } }]) {
          const run = gradientDescent(problem, { stepSize, momentum, steps: 400, ...noise });
          for (const row of run.step.keys()) {
            expectWithin(disagreement(run.weights(row), rowOf(run, row), [ratio, 1 / ratio]), 2e-12, `seed ${seed}, row ${row}`);
            if (row > 0 && run.uw[row]! * run.uw[row - 1]! < 0) turns++;
          }
        }
      }
    }
    expect(turns).toBeGreaterThan(1000);
  },
);

test("weights of layers at different rates shrink with their order parameters on the way into a saddle", () => {
  const schedule = {
    u: piecewiseSchedule([{ factor: 1, until: 100 }, { factor: 0.5 }]),
    w: piecewiseSchedule([{ factor: 1, until: 100 }, { factor: 0.6 }]),
  };
  for (const initial of [
    { u: [10], w: [10] },
    { u: [6, -8], w: [6, -8] },
    { u: [0.5, 1], w: [-0.5, -1] },
  ]) {
    const xy = initial.w[0]! > 0 ? -3 : 3;
    const problem = { network: network(), task: taskFromMoments({ xx: 1, xy, yy: 9 }), initial };
    const run = gradientDescent(problem, { stepSize: 0.002, steps: 4000, schedule, recordEvery: 500 });
    for (const row of run.step.keys()) expectWithin(disagreement(run.weights(row), rowOf(run, row), [1, 1]), 4e-15, `row ${row}`);
    const flow = integratedFlow(problem, { until: 8, schedules: schedule });
    for (const t of [0, 1, 3, 8]) expectWithin(disagreement(flow.weights(t), flow.at(t), [1, 1]), 4e-15, `t = ${t}`);
    expect(flow.at(8).uu).toBeLessThan(1e-35);
  }
});

test("weights of layers at different rates are correct for layers that are nearly parallel, zero, or of width one", () => {
  const schedule = { u: piecewiseSchedule([{ factor: 1 }]), w: piecewiseSchedule([{ factor: 0.7 }]) };
  const starts = [
    { u: [1, 2, -0.5], w: [1 + 1e-9, 2, -0.5 + 3e-9] },
    { u: [1, 2, -0.5], w: [1 + 2 ** -52, 2, -0.5] },
    { u: [0.1, 0.2, 0.3], w: [-3, 2, 1] },
    { u: [0, 0], w: [0.3, -0.4] },
    { u: [0.3, -0.4], w: [0, 0] },
    { u: [0.2], w: [-0.7] },
  ];
  for (const initial of starts) {
    const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 2 }), initial };
    const steps = 200;
    const run = gradientDescent(problem, { stepSize: 0.01, steps, schedule });
    const [u, w] = [Float64Array.from(initial.u), Float64Array.from(initial.w)];
    for (let n = 0; n < steps; n++) {
      const pull = 0.02 * (1 - u.reduce((sum, x, i) => sum + x * w[i]!, 0));
      for (let i = 0; i < u.length; i++) [u[i], w[i]] = [u[i]! + pull * w[i]!, w[i]! + 0.7 * pull * u[i]!];
    }
    const found = run.weights(run.step.length - 1);
    for (let i = 0; i < u.length; i++) expectWithin(Math.hypot(found.u[i]! - u[i]!, found.w[i]! - w[i]!), 1e-14, `neuron ${i}`);
    for (const row of run.step.keys()) expectWithin(disagreement(run.weights(row), rowOf(run, row), [1, 1]), 4e-15, `row ${row}`);
  }
});
