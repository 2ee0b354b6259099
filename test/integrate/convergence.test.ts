/**
 * Every flow ends when the remaining change is below the tolerance, for every loss, shape, power, decay and
 * schedule.
 */
import {
  cosineSchedule,
  exponentialSchedule,
  type IntegratedOptions,
  integratedFlow,
  type Loss,
  matrixTaskFromMoments,
  network,
  type Problem,
  piecewiseSchedule,
  type Schedule,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { drawer } from "../support/drawer.ts";

const square: Loss = { value: (f, y) => (f - y) ** 2, derivative: (f, y) => 2 * (f - y) };
const cosh: Loss = { value: (f, y) => Math.cosh(f - y) - 1, derivative: (f, y) => Math.sinh(f - y) };
const squaredHinge: Loss = {
  value: (f, y) => Math.max(0, 1 - y * f) ** 2,
  derivative: (f, y) => -2 * y * Math.max(0, 1 - y * f),
};
const LOSSES: [string, Loss][] = [
  ["mse", "mse"],
  ["half-mse", "half-mse"],
  ["logistic", "logistic"],
  ["huber", "huber"],
  ["the square as one's own", square],
  ["cosh", cosh],
  ["squared hinge", squaredHinge],
];
const SCHEDULES: Schedule[] = [
  piecewiseSchedule([{ factor: 1, until: 2 }, { factor: 0.1, until: 5 }, { factor: 1 }]),
  piecewiseSchedule([{ factor: 0, until: 2 }, { factor: 1 }]),
  cosineSchedule({ duration: 4, final: 0.2 }),
  cosineSchedule({ duration: 4 }),
  exponentialSchedule({ decayTime: 3 }),
];

/** All weights of a flow of any shape. */
function weightsOf(flow: { weights?(t: number): unknown }, t: number): number[] {
  const weights = flow.weights!(t) as Record<string, ArrayLike<number> | { to1DArray(): number[] }>;
  return Object.values(weights).flatMap((layer) => ("to1DArray" in layer ? layer.to1DArray() : Array.from(layer)));
}

describe("a flow converges, and stays within 10 times rtol of where a far stricter one ends", () => {
  test.each(LOSSES)("%s", (name, loss) => {
    const { uniform, normal } = drawer(31);
    let compared = 0;
    const expectEnd = (problem: Problem, options: IntegratedOptions = {}): void => {
      const rtol = 1e-8;
      const flow = integratedFlow(problem as Problem, { ...options, rtol });
      expect([flow.status, flow.until]).toEqual(["converged", Infinity]);
      const strict = integratedFlow(problem as Problem, { ...options, rtol: 1e-12 });
      const [found, expected] = [weightsOf(flow, Infinity), weightsOf(strict, Infinity)];
      // Weights that decay to 0 are as good as 0 below 10⁻⁶⁰.
      const size = Math.max(1e-60, ...expected.map(Math.abs));
      const error = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
      expect(error / size).toBeLessThan(10 * rtol);
      compared++;
    };
    for (let i = 0; i < 3; i++) {
      const hasLabels = name === "logistic" || name === "squared hinge";
      const [n, k] = [8, 2 + i];
      const inputs = Array.from({ length: n }, () => Array.from({ length: k }, normal));
      // Both labels at nearly the same inputs: no direction separates them.
      if (hasLabels) for (let j = 0; j < n / 2; j++) inputs[j + n / 2] = inputs[j]!.map((x) => x * (0.5 + uniform()));
      const targets = inputs.map((_, j) => (hasLabels ? (j < n / 2 ? 1 : -1) : normal()));
      const d = 1 + Math.floor(4 * uniform());
      const vector = (): number[] => Array.from({ length: d }, () => 0.6 * normal());
      const layers = (): { u: number[]; W: number[][] } => ({
        u: vector(),
        W: Array.from({ length: d }, () => Array.from({ length: k }, () => 0.6 * normal())),
      });
      const learningRates = { u: 0.3 + 2 * uniform(), w: 0.3 + 2 * uniform() };
      const schedule = (): Schedule => SCHEDULES[Math.floor(uniform() * SCHEDULES.length)]!;
      const many = taskFromSamples(inputs, targets);
      const one = taskFromSamples(
        inputs.map(([x]) => x!),
        targets,
      );
      for (const options of [{ learningRates }, { learningRates, weightDecay: 0.05 }]) {
        const net = network({ ...options, loss });
        expectEnd({ network: net, task: many, initial: layers() });
        expectEnd({ network: net, task: one, initial: { u: vector(), w: vector() } });
        expectEnd({ network: network({ ...options, loss, power: 2 }), task: one, initial: { u: vector(), w: vector() } });
      }
      expectEnd({ network: network({ loss, weightDecay: 0.05 }), task: one, initial: { u: vector(), w: vector() } });
      expectEnd({
        network: network({ loss, learningRates: { u: 1, w: 0 } }),
        task: one,
        initial: { u: vector(), w: vector() },
      });
      const net = network({ loss, learningRates });
      expectEnd(
        { network: net, task: one, initial: { u: vector(), w: vector() } },
        { schedules: { u: schedule(), w: schedule() } },
      );
      expectEnd({ network: net, task: many, initial: layers() }, { schedules: { u: schedule(), w: schedule() } });
    }
    expect(compared).toBe(30);
  });

  test("several inputs and outputs", () => {
    const { normal } = drawer(8);
    const matrix = (rows: number, columns: number): number[][] =>
      Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0.6 * normal()));
    for (const [m, k, d] of [
      [2, 2, 1],
      [2, 3, 2],
      [3, 2, 5],
    ] as const) {
      const basis = matrix(k, k);
      const xx = basis.map((a, i) => basis.map((b, j) => a.reduce((sum, x, l) => sum + x * b[l]!, 0) + (i === j ? 0.2 : 0)));
      const task = matrixTaskFromMoments({ xx, yx: matrix(m, k), yy: 100 });
      for (const options of [{}, { weightDecay: 0.05 }, { learningRates: { u: 1, w: 0.3 }, weightDecay: 2 }]) {
        const flow = integratedFlow({ network: network(options), task, initial: { W2: matrix(m, d), W1: matrix(d, k) } });
        expect([flow.status, flow.until]).toEqual(["converged", Infinity]);
      }
    }
  });
});

describe("at a saddle", () => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 1],
    ],
    yx: [
      [2, 0],
      [0, 1],
    ],
    yy: 5,
  });
  const from = (first: number) => ({ network: network(), task, initial: { W2: [[first], [0.8]], W1: [[0, 0.6]] } });

  test("a flow that starts exactly on the way to it converges there", () => {
    const flow = integratedFlow(from(0));
    expect(flow.status).toBe("converged");
    expect(
      flow
        .at(Infinity)
        .output.to2DArray()
        .flat()
        .map((x) => Math.round(1e9 * x) / 1e9),
    ).toEqual([0, 0, 0, 1]);
  });

  test.each([1e-10, 1e-40, 1e-150])("a flow that is %f away from it leaves it again", (first) => {
    const flow = integratedFlow(from(first));
    expect(flow.status).toBe("converged");
    expect(Math.abs(flow.at(Infinity).output.get(0, 0) - 2)).toBeLessThan(1e-9);
  });

  test("a flow into the saddle at 0 converges to 0", () => {
    for (const initial of [
      { u: [1], w: [-1] },
      { u: [1, 0.3], w: [-1, -0.3] },
    ]) {
      const flow = integratedFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1.5 }), initial });
      expect(flow.status).toBe("converged");
      expect(Math.abs(flow.at(Infinity).output)).toBeLessThan(1e-200);
    }
  });
});

test("weights that decay to 0 end there, together and apart", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  for (const learningRates of [1, { u: 1, w: 0.3 }]) {
    const net = network({ weightDecay: 5, learningRates });
    const flow = integratedFlow({ network: net, task, initial: { u: [1, 0.2], w: [0.3, 1] } });
    expect(flow.status).toBe("converged");
    expect(Math.abs(flow.at(Infinity).output)).toBeLessThan(1e-200);
  }
});

test("a direction that learns 10,000 times as slowly is waited for", () => {
  const inputs = Array.from({ length: 60 }, (_, i) => [Math.sin(i), 0.01 * Math.cos(3 * i)]);
  const task = taskFromSamples(
    inputs,
    inputs.map(([a, b]) => a! + 100 * b!),
  );
  const initial = {
    u: [0.5, -0.3, 0.2],
    W: [
      [0.1, 0.4],
      [0.3, -0.2],
      [-0.5, 0.3],
    ],
  };
  const flow = integratedFlow({ network: network(), task, initial });
  expect(flow.status).toBe("converged");
  expect(Math.abs(flow.at(Infinity).output.get(0, 1) - 100)).toBeLessThan(1e-7);
});
