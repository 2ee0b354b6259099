/** Every reduction against the full set of weights, integrated by a method that shares nothing with the library. */
import {
  cosineSchedule,
  exactFlow,
  exponentialSchedule,
  fromLayers,
  gaussianLayers,
  gaussianWeights,
  integratedFlow,
  type LayerSchedules,
  type Loss,
  type Network,
  type NetworkOptions,
  network,
  piecewiseSchedule,
  type Snapshot,
  solve,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { rungeKutta4 } from "../support/rungeKutta.ts";

const X = [0.5, 1, -1, 0.2, 2, -0.7];
const Y = [0.3, 1, -0.8, 0, 1.9, -1];
const LABELS = [1, 1, -1, 1, -1, -1];
const UNTIL = 2;
const STEPS = 4000;

/** ∂ℓ/∂f, written out anew. */
function slopeOf(loss: Loss): (f: number, y: number) => number {
  if (loss === "mse") return (f, y) => 2 * (f - y);
  if (loss === "half-mse") return (f, y) => f - y;
  if (loss === "logistic") return (f, y) => -y / (1 + Math.exp(f * y));
  if (loss === "huber") return (f, y) => (Math.abs(f - y) < 1 ? f - y : Math.sign(f - y));
  return (loss as { derivative: (f: number, y: number) => number }).derivative;
}

/** Gradient descent's flow on all weights, each from the loss of every sample. */
function allWeights(
  net: Network,
  x: readonly number[],
  y: readonly number[],
  u: Float64Array,
  w: Float64Array,
  schedules?: LayerSchedules,
  steps = STEPS,
): number[] {
  const d = u.length;
  const { outputScale: gamma, power: beta, learningRates: rates } = net;
  const mu = net.weightDecay as number;
  const slope = slopeOf(net.loss);
  const derivative = (t: number, all: readonly number[]): number[] => {
    const out = new Array<number>(2 * d).fill(0);
    for (const [j, xj] of x.entries()) {
      let f = 0;
      for (let i = 0; i < d; i++) f += gamma * all[i]! * (all[d + i]! * xj) ** beta;
      const pull = -slope(f, y[j]!) / x.length;
      for (let i = 0; i < d; i++) {
        const z = all[d + i]! * xj;
        out[i]! += pull * gamma * z ** beta;
        out[d + i]! += pull * gamma * all[i]! * beta * z ** (beta - 1) * xj;
      }
    }
    return out.map((value, i) => {
      const layer = i < d ? "u" : "w";
      return rates[layer] * (schedules?.[layer].factor(t) ?? 1) * (value - mu * all[i]!);
    });
  };
  // Half a unit of time after the other: the schedules below jump nowhere else.
  let all = [...u, ...w];
  for (let start = 0; start < UNTIL; start += 0.5) {
    const inside = (t: number): number => Math.min(start + t, start + 0.5 - 1e-12);
    all = rungeKutta4((t, now) => derivative(inside(t), now), all, 0.5, steps / 4);
  }
  return all;
}

const custom: Loss = { value: (f, y) => Math.cosh(f - y) - 1, derivative: (f, y) => Math.sinh(f - y) };
const unequal = { u: 1, w: 0.4 };
const cases: [string, NetworkOptions, RegExp][] = [
  ["logistic loss", { loss: "logistic" }, /one angle/],
  ["Huber's loss, unequal rates", { loss: "huber", learningRates: unequal, outputScale: -1.5 }, /one angle/],
  ["a loss of one's own", { loss: custom }, /one angle/],
  ["a loss of one's own, frozen layer", { loss: custom, learningRates: { u: 0, w: 1 } }, /frozen/],
  ["weight decay", { weightDecay: 0.3 }, /one angle/],
  ["weight decay against the output's sign", { weightDecay: 0.3, outputScale: -1 }, /one angle/],
  ["weight decay at unequal rates", { weightDecay: 0.3, learningRates: unequal }, /2×2 matrix/],
  ["weight decay with a frozen layer", { weightDecay: 0.3, learningRates: { u: 1, w: 0 } }, /2×2 matrix/],
  ["logistic loss with weight decay", { loss: "logistic", weightDecay: 0.1 }, /one angle/],
  ["power 2", { power: 2 }, /its own hyperbolic angle/],
  ["power 3, unequal rates, half the loss", { power: 3, learningRates: unequal, loss: "half-mse" }, /its own hyperbolic angle/],
  ["power 2 with a frozen layer", { power: 2, learningRates: { u: 1, w: 0 } }, /all 10 weights/],
  ["power 2 with weight decay", { power: 2, weightDecay: 0.2 }, /all 10 weights/],
  ["power 3 with Huber's loss", { power: 3, loss: "huber" }, /its own hyperbolic angle/],
];

describe("the reduction is exact", () => {
  test.each(cases)("%s", (_name, options, because) => {
    const net = network(options);
    const y = net.loss === "logistic" ? LABELS : Y;
    const initial = gaussianWeights({ width: 5, scale: 0.6, seed: 8 });
    const flow = integratedFlow({ network: net, task: taskFromSamples(X, y), initial }, { until: UNTIL, rtol: 1e-12 });
    expect(flow.because).toMatch(because);
    const { u, w } = flow.weights(UNTIL);
    const expected = allWeights(net, X, y, initial.u, initial.w);
    // What the oracle itself can be off by, seen by halving its steps.
    const coarse = allWeights(net, X, y, initial.u, initial.w, undefined, STEPS / 2);
    const slack = Math.max(...coarse.map((value, i) => Math.abs(value - expected[i]!)));
    for (const [i, value] of [...u, ...w].entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-10 + slack);
    expectSnapshot(net, X, y, [...u], [...w], flow.at(UNTIL));
  });

  test("a power that is no integer, on positive data", () => {
    const x = X.map(Math.abs);
    const net = network({ power: 1.5 });
    const initial = gaussianWeights({ width: 5, scale: 0.6, seed: 8 });
    const positive = { u: initial.u, w: initial.w.map(Math.abs) };
    const flow = integratedFlow({ network: net, task: taskFromSamples(x, Y), initial: positive }, { until: UNTIL, rtol: 1e-12 });
    const expected = allWeights(net, x, Y, positive.u, positive.w);
    const { u, w } = flow.weights(UNTIL);
    for (const [i, value] of [...u, ...w].entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-9);
  });

  const steps = piecewiseSchedule([{ factor: 1, until: 0.5 }, { factor: 0.2, until: 1.5 }, { factor: 2 }]);
  test.each([
    ["steps and a cosine", { u: steps, w: cosineSchedule({ duration: 1, final: 0.1 }) }, {}],
    [
      "decay and a pause",
      { u: exponentialSchedule({ decayTime: 1 }), w: piecewiseSchedule([{ factor: 0, until: 1 }, { factor: 1 }]) },
      {},
    ],
    ["on a power", { u: steps, w: exponentialSchedule({ decayTime: 1 }) }, { power: 2 }],
  ] as const)("schedules of the layers' own: %s", (_name, schedules, options) => {
    const net = network(options);
    const initial = gaussianWeights({ width: 4, scale: 0.6, seed: 9 });
    const flow = integratedFlow({ network: net, task: taskFromSamples(X, Y), initial }, { until: UNTIL, rtol: 1e-12, schedules });
    const expected = allWeights(net, X, Y, initial.u, initial.w, schedules);
    const { u, w } = flow.weights(UNTIL);
    for (const [i, value] of [...u, ...w].entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-9);
  });

  test("equal schedules for both layers are the closed form on another clock", () => {
    const schedule = cosineSchedule({ duration: 1, final: 0.1 });
    const problem = {
      network: network(),
      task: taskFromSamples(X, Y),
      initial: gaussianWeights({ width: 4, scale: 0.6, seed: 9 }),
    };
    const flow = integratedFlow(problem, { until: UNTIL, rtol: 1e-12, schedules: { u: schedule, w: schedule } });
    const exact = exactFlow(problem);
    for (const t of [0.3, 1, 1.7])
      expect(Math.abs(flow.at(t).output - exact.at(schedule.integral(t)).output)).toBeLessThan(1e-10);
  });
});

/** The snapshot's numbers from the weights, as they are defined. */
function expectSnapshot(net: Network, x: readonly number[], y: readonly number[], u: number[], w: number[], s: Snapshot): void {
  const { outputScale: gamma, power: beta, learningRates: rates } = net;
  const slope = slopeOf(net.loss);
  const k = net.loss === "half-mse" ? 0.5 : 1;
  const sum = (term: (i: number) => number): number => u.reduce((total, _, i) => total + term(i), 0);
  const output = gamma * sum((i) => u[i]! * w[i]! ** beta);
  const residual = x.reduce((total, xj, j) => total - (xj ** beta * slope(output * xj ** beta, y[j]!)) / (2 * k * x.length), 0);
  const kernel = gamma ** 2 * sum((i) => rates.u * w[i]! ** (2 * beta) + rates.w * (beta * u[i]! * w[i]! ** (beta - 1)) ** 2);
  const expected = {
    output,
    residual,
    kernel,
    uu: sum((i) => u[i]! ** 2),
    ww: sum((i) => w[i]! ** 2),
    uw: sum((i) => u[i]! * w[i]!),
  };
  for (const [name, value] of Object.entries(expected)) expect(s[name as keyof Snapshot], name).toBeCloseTo(value, 10);
}

describe("several inputs", () => {
  const inputs = [
    [1, 0.2, -0.3],
    [0.1, -1, 0.4],
    [-0.6, 0.3, 0.9],
    [0.8, 0.7, 0.1],
    [-0.2, -0.4, 0.5],
  ];
  const targets = [1, -0.5, 0.3, 0.9, -0.1];

  function oracle(net: Network, u: Float64Array, W: Matrix): number[] {
    const d = u.length;
    const slope = slopeOf(net.loss);
    const { outputScale: gamma, learningRates: rates, weightDecay: mu } = net;
    return rungeKutta4(
      (_t, all) => {
        const out = all.map((value, i) => -mu * value * (i < d ? rates.u : rates.w));
        for (const [j, x] of inputs.entries()) {
          const hidden = Array.from({ length: d }, (_, i) => x.reduce((total, xa, a) => total + all[d + i * 3 + a]! * xa, 0));
          const f = hidden.reduce((total, z, i) => total + gamma * all[i]! * z, 0);
          const pull = (-gamma * slope(f, targets[j]! >= 0 || net.loss !== "logistic" ? labelOf(net, j) : -1)) / inputs.length;
          for (let i = 0; i < d; i++) {
            out[i]! += rates.u * pull * hidden[i]!;
            for (let a = 0; a < 3; a++) out[d + i * 3 + a]! += rates.w * pull * all[i]! * x[a]!;
          }
        }
        return out;
      },
      [...u, ...W.to1DArray()],
      UNTIL,
      STEPS,
    );
  }
  const labelOf = (net: Network, j: number): number => (net.loss === "logistic" ? Math.sign(targets[j]!) : targets[j]!);

  test.each([
    ["squares", {}],
    ["unequal rates and weight decay", { learningRates: { u: 1, w: 0.4 }, weightDecay: 0.2, outputScale: -0.8 }],
    ["logistic loss", { loss: "logistic" }],
  ] as [string, NetworkOptions][])("at width k + 1 they train as at any width: %s", (_name, options) => {
    const net = network(options);
    const initial = gaussianLayers({ width: 7, inputs: 3, scale: 0.5, seed: 4 });
    const y = targets.map((_, j) => labelOf(net, j));
    const flow = integratedFlow({ network: net, task: taskFromSamples(inputs, y), initial }, { until: UNTIL, rtol: 1e-12 });
    expect(flow.because).toMatch(/3 inputs .* width 4/);
    const expected = oracle(net, initial.u, initial.W);
    const { u, W } = flow.weights(UNTIL);
    for (const [i, value] of [...u, ...W.to1DArray()].entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-9);
    const { output } = flow.at(UNTIL);
    const direct = W.transpose().mmul(Matrix.columnVector(u)).mul(net.outputScale).to1DArray();
    for (const [a, value] of direct.entries()) expect(Math.abs(output.get(0, a) - value)).toBeLessThan(1e-12);
  });

  test("data on one direction meet the closed form", () => {
    const direction = [0.6, 0, 0.8];
    const latent = [1, -2, 0.5, 3];
    const task = taskFromSamples(
      latent.map((a) => direction.map((n) => a * n)),
      [1, -1, 0.3, 2],
    );
    const net = network({ learningRates: { u: 1, w: 2 }, outputScale: 0.7 });
    const initial = gaussianLayers({ width: 9, inputs: 3, scale: 0.5, seed: 1 });
    const exact = exactFlow({ network: net, task, initial: fromLayers(initial.W, initial.u, direction) });
    const flow = solve({ network: net, task, initial }, { until: 3, rtol: 1e-12 });
    for (const t of [0, 0.05, 0.3, 1, 3]) {
      const { output, loss } = flow.at(t);
      const along = output.to1DArray().reduce((total, value, a) => total + value * direction[a]!, 0);
      expect(Math.abs(along - exact.at(t).output)).toBeLessThan(1e-10);
      expect(Math.abs(loss - exact.at(t).loss)).toBeLessThan(1e-10);
    }
  });

  test("whitened inputs and aligned, balanced weights follow Saxe's sigmoid", () => {
    // x on ±√k times the axes: E[xxᵀ] = 1; targets s·x₁.
    const k = 3;
    const s = 0.8;
    const axes = Array.from({ length: 2 * k }, (_, j) =>
      Array.from({ length: k }, (_, a) => (a === j >> 1 ? (j % 2 ? -1 : 1) * Math.sqrt(k) : 0)),
    );
    const y = axes.map((x) => s * x[0]!);
    const a0 = 1e-3;
    const u = Float64Array.of(Math.sqrt(a0), 0, 0, 0, 0);
    const W = Matrix.zeros(5, k);
    W.set(0, 0, Math.sqrt(a0));
    const flow = integratedFlow(
      { network: network({ loss: "half-mse" }), task: taskFromSamples(axes, y), initial: { u, W } },
      { until: 30, rtol: 1e-12 },
    );
    for (const t of [1, 3, 5, 8, 10, 20]) {
      const growth = Math.exp(2 * s * t);
      const sigmoid = (s * growth) / (growth - 1 + s / a0);
      const { output } = flow.at(t);
      expect(Math.abs(output.get(0, 0) - sigmoid)).toBeLessThan(1e-9);
      expect(Math.hypot(output.get(0, 1), output.get(0, 2))).toBeLessThan(1e-15);
    }
  });

  test("the excess loss and the kernel are what they are defined to be", () => {
    const net = network({ learningRates: { u: 2, w: 3 } });
    const initial = gaussianLayers({ width: 4, inputs: 3, scale: 0.5, seed: 4 });
    const flow = integratedFlow({ network: net, task: taskFromSamples(inputs, targets), initial }, { until: 500 });
    expect(flow.status).toBe("converged");
    const [first, last] = [flow.at(0), flow.at(500)];
    expect(first.excessLoss).toBeCloseTo(first.loss - last.loss, 8);
    const gram = initial.W.transpose().mmul(initial.W).mul(2);
    expect(Matrix.sub(first.kernel.inputs, gram).norm()).toBeLessThan(1e-14);
    expect(Math.abs(first.kernel.outputs.get(0, 0) - 3 * first.uu.get(0, 0))).toBeLessThan(1e-14);
  });
});
