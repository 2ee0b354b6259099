/**
 * Weight decay acts on every weight, also on weights that do not learn because of the data, a frozen partner
 * or a zero layer.
 */
import {
  exponentialSchedule,
  gaussianLayers,
  gaussianWeights,
  gradientDescent,
  integratedFlow,
  type LayerSchedules,
  matrixTaskFromMoments,
  network,
  piecewiseSchedule,
  regime,
  simulateDescent,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { rungeKutta4 } from "../support/rungeKutta.ts";

/** Full layers W₂ (m×d) and W₁ (d×k) under E[xxᵀ], E[yxᵀ], decay and layer-wise schedules, integrated weight by weight. */
function fullLayers(
  given: {
    readonly gamma: number;
    readonly mu: number;
    readonly rates: { readonly u: number; readonly w: number };
    readonly xx: number[][];
    readonly yx: number[][];
    readonly W2: number[][];
    readonly W1: number[][];
    readonly schedules?: LayerSchedules;
  },
  until: number,
): { W2: number[][]; W1: number[][] } {
  const { gamma, mu, rates, schedules } = given;
  const [m, d, k] = [given.W2.length, given.W1.length, given.W1[0]!.length];
  const xx = new Matrix(given.xx);
  const yx = new Matrix(given.yx);
  const layersFrom = (all: readonly number[]): [Matrix, Matrix] => [
    Matrix.from1DArray(m, d, all.slice(0, m * d)),
    Matrix.from1DArray(d, k, all.slice(m * d)),
  ];
  const derivative = (t: number, all: readonly number[]): number[] => {
    const [W2, W1] = layersFrom(all);
    const G = Matrix.sub(yx, W2.mmul(W1).mmul(xx).mul(gamma)).mul(2 * gamma);
    const dW2 = G.mmul(W1.transpose()).sub(Matrix.mul(W2, mu));
    const dW1 = W2.transpose().mmul(G).sub(Matrix.mul(W1, mu));
    dW2.mul(rates.u * (schedules?.u.factor(t) ?? 1));
    dW1.mul(rates.w * (schedules?.w.factor(t) ?? 1));
    return [...dW2.to1DArray(), ...dW1.to1DArray()];
  };
  const end = rungeKutta4(derivative, [...given.W2.flat(), ...given.W1.flat()], until, 1000 * until);
  const [W2, W1] = layersFrom(end);
  return { W2: W2.to2DArray(), W1: W1.to2DArray() };
}

const within = (a: Matrix | number[][], b: Matrix | number[][]): number =>
  Matrix.sub(new Matrix(a as number[][]), b)
    .abs()
    .max();

describe("layers that are matrices", () => {
  test("input weights along which there are no data decay as exp(−η_w μ t)", () => {
    const problem = {
      network: network({ weightDecay: 1 }),
      task: matrixTaskFromMoments({
        xx: [
          [1, 0],
          [0, 0],
        ],
        yx: [[1, 0]],
        yy: 2,
      }),
      initial: { W2: [[0.5]], W1: [[0.3, 0.7]] },
    };
    const flow = integratedFlow(problem, { until: 2 });
    expect(flow.weights!(2).W1.get(0, 1)).toBeCloseTo(0.7 * Math.exp(-2), 15);
    const slow = integratedFlow({ ...problem, network: network({ weightDecay: 1, learningRates: { u: 5, w: 0.1 } }) });
    expect(slow.status).toBe("converged");
    expect(slow.weights!(30).W1.get(0, 1)).toBeCloseTo(0.7 * Math.exp(-3), 15);
    expect(slow.weights!(Infinity).W1.get(0, 1)).toBe(0);
  });

  test("60 random problems of any rank, width, rates and schedules agree with all weights, each on its own", () => {
    const random = seedrandom("decaying layers");
    const normal = (): number => random() + random() + random() + random() - 2;
    const table = (rows: number, columns: number, of: () => number): number[][] =>
      Array.from({ length: rows }, () => Array.from({ length: columns }, of));
    let offData = 0;
    for (let i = 0; i < 60; i++) {
      const [m, d, k] = [1 + Math.floor(3 * random()), 1 + Math.floor(8 * random()), 1 + Math.floor(4 * random())];
      const samples = Math.max(1, k - Math.floor(3 * random()));
      const x = table(samples, k, normal);
      const y = table(samples, m, normal);
      const xx = new Matrix(x).transpose().mmul(new Matrix(x)).div(samples);
      const yx = new Matrix(y).transpose().mmul(new Matrix(x)).div(samples);
      const yy = y.flat().reduce((sum, value) => sum + value * value, 0) / samples;
      if (samples < k) offData++;
      const zero = i % 5 === 0 ? "W2" : i % 5 === 1 ? "W1" : undefined;
      const frozen = i % 4;
      const rates = { u: frozen === 1 ? 0 : 0.5 + random(), w: frozen === 2 ? 0 : 0.5 + random() };
      const schedules =
        i % 3 === 0 ? { u: exponentialSchedule({ decayTime: 1 }), w: exponentialSchedule({ decayTime: 0.5 }) } : undefined;
      const mu = 0.2 + random();
      const gamma = normal();
      const initial = {
        W2: table(m, d, zero === "W2" ? () => 0 : normal),
        W1: table(d, k, zero === "W1" ? () => 0 : normal),
      };
      const flow = integratedFlow(
        {
          network: network({ weightDecay: mu, learningRates: rates, outputScale: gamma }),
          task: matrixTaskFromMoments({ xx, yx, yy: yy * (1 + 1e-9) }),
          initial,
        },
        { until: 1.5, rtol: 1e-12, ...(schedules === undefined ? {} : { schedules }) },
      );
      const given = { gamma, mu, rates, xx: xx.to2DArray(), yx: yx.to2DArray(), ...initial };
      const expected = fullLayers(schedules === undefined ? given : { ...given, schedules }, 1.5);
      const { W2, W1 } = flow.weights!(1.5);
      expect(within(expected.W2, W2), `W2 of problem ${i}`).toBeLessThan(1e-9);
      expect(within(expected.W1, W1), `W1 of problem ${i}`).toBeLessThan(1e-9);
    }
    expect(offData).toBeGreaterThan(20);
  });

  test("layers { u, W } decay off the data too", () => {
    const initial = gaussianLayers({ width: 6, inputs: 3, scale: 0.5, seed: 1 });
    const net = network({ weightDecay: 0.4, learningRates: { u: 1, w: 0.3 } });
    const task = taskFromSamples(
      [
        [1, 2, 0],
        [0.5, 1, 0],
      ],
      [1, 0.4],
    );
    const { W } = integratedFlow({ network: net, task, initial }, { until: 3, rtol: 1e-12 }).weights(3);
    for (let i = 0; i < 6; i++) {
      expect(W.get(i, 2)).toBeCloseTo(initial.W.get(i, 2) * Math.exp(-0.36), 10);
      const across = (row: Matrix): number => 2 * row.get(i, 0) - row.get(i, 1);
      expect(across(W)).toBeCloseTo(across(initial.W) * Math.exp(-0.36), 10);
    }
  });
});

describe("one direction", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });

  test("the partner of a frozen zero layer decays, in flow and descent, and in every number", () => {
    for (const frozen of ["u", "w"] as const) {
      const partner = frozen === "u" ? "w" : "u";
      const net = network({ learningRates: { u: 1, w: 1, [frozen]: 0 }, weightDecay: 0.5 });
      const problem = { network: net, task, initial: { u: [0], w: [0], [partner]: [0.25] } as { u: number[]; w: number[] } };
      const flow = integratedFlow(problem);
      const square = partner === "w" ? "ww" : "uu";
      expect(flow.at(2)[square]).toBeCloseTo(0.0625 * Math.exp(-2), 12);
      expect(flow.weights(2)[partner][0]).toBeCloseTo(0.25 * Math.exp(-1), 11);
      // ½(a ww + √((4kγg)² + (a ww)²)) + μ with a = 2, k = g = 1.
      const curvature = 2 * flow.at(2)[square];
      expect(flow.at(2).sharpness).toBeCloseTo((curvature + Math.hypot(4, curvature)) / 2 + 0.5, 12);
      expect([flow.status, flow.at(Infinity)[square]]).toEqual(["converged", 0]);
      const descent = gradientDescent(problem, { stepSize: 0.1, steps: 20 });
      expect(descent[square].at(-1)).toBeCloseTo(0.0625 * 0.95 ** 40, 14);
    }
  });

  test("flow and descent of 120 random starts with zero layers, frozen layers and momentum are those of all weights", () => {
    const random = seedrandom("decay on one direction");
    let compared = 0;
    for (let i = 0; i < 120; i++) {
      const rates = { u: [1, 0, 0.3][i % 3]!, w: [1, 0.5, 0][(i >> 1) % 3]! };
      const width = 1 + (i % 4);
      const start = gaussianWeights({ width, scale: 10 ** (-4 * random()), seed: i });
      const initial = {
        u: i % 5 === 0 ? new Float64Array(width) : start.u,
        w: i % 7 === 0 ? new Float64Array(width) : start.w,
      };
      const net = network({ learningRates: rates, weightDecay: 2 * random(), outputScale: 2 * random() - 1 });
      const problem = { network: net, task, initial };
      const steps = { stepSize: 0.05, steps: 60, momentum: [0, 0.9][i % 2]!, nesterov: i % 8 === 1, recordEvery: 60 };
      const [fast, plain] = [gradientDescent(problem, steps), simulateDescent(problem, steps)];
      for (const name of ["uu", "ww", "uw"] as const) {
        const scale = Math.max(...plain.uu, ...plain.ww);
        expect(Math.abs(fast[name].at(-1)! - plain[name].at(-1)!), `${name} of ${i}`).toBeLessThanOrEqual(1e-12 * scale);
      }
      const { mu, u, w } = { mu: net.weightDecay as number, ...integratedFlow(problem, { until: 1, rtol: 1e-12 }).weights(1) };
      const expected = fullLayers(
        { gamma: net.outputScale, mu, rates, xx: [[1]], yx: [[1]], W2: [[...initial.u]], W1: [...initial.w].map((x) => [x]) },
        1,
      );
      const largest = Math.max(...initial.u.map(Math.abs), ...initial.w.map(Math.abs));
      expect(within([[...u]], expected.W2), `u of ${i}`).toBeLessThanOrEqual(1e-9 * largest);
      expect(
        within(
          [...w].map((x) => [x]),
          expected.W1,
        ),
        `w of ${i}`,
      ).toBeLessThanOrEqual(1e-9 * largest);
      compared++;
    }
    expect(compared).toBe(120);
  });

  test("a flow that has converged has no decay left: the layers are balanced", () => {
    for (const gamma of [1, -0.7]) {
      const flow = integratedFlow({
        network: network({ weightDecay: 0.1, outputScale: gamma }),
        task,
        initial: { u: [1, 0.2], w: [0.5, 0.7] },
      });
      const { uu, ww, balance, area, output } = flow.at(Infinity);
      expect(flow.status).toBe("converged");
      // S∞ = (|a| − m)/(4hβ), a = 4γ, m = 0.2, β = γ².
      expect(output).toBeCloseTo((4 * Math.abs(gamma) - 0.2) / (4 * Math.abs(gamma)), 10);
      expect([balance, area]).toEqual([0, 0]);
      expect(uu).toBeCloseTo(ww, 15);
      const { u, w } = flow.weights(Infinity);
      for (let i = 0; i < 2; i++) expect(Math.abs(u[i]! - Math.sign(gamma) * w[i]!)).toBeLessThan(1e-15);
    }
  });

  test.each([0.1, 1e-3, 1e-5])(
    "weight decay %s converges from a small start, in steps that do not wait for balance",
    (weightDecay) => {
      const initial = { u: [1e-3, 2e-4], w: [5e-4, 7e-4] };
      const flow = integratedFlow({ network: network({ weightDecay }), task, initial });
      expect(flow.status).toBe("converged");
      expect(flow.work.steps).toBeLessThan(20_000);
      expect(Math.abs(flow.at(Infinity).output - (1 - weightDecay / 2))).toBeLessThan(1e-10);
      // The imbalance of the layers decays as e^−2μt, before and after.
      const balanceAt = (t: number): number => flow.at(t).balance / (flow.at(0).balance * Math.exp(-2 * weightDecay * t));
      for (const t of [1, 10, 100, 10 / weightDecay]) expect(balanceAt(t)).toBeCloseTo(1, 8);
      expect(flow.at(Infinity).balance).toBe(0);
    },
  );

  test.each([
    ["equal rates", {}, { u: [1, 0.2], w: [0.5, 0.7] }],
    ["unequal rates", { learningRates: { u: 1, w: 0.5 } }, { u: [1, 0.2], w: [0.5, 0.7] }],
    ["no output", { outputScale: 0 }, { u: [1, 0.2], w: [0.5, 0.7] }],
    ["the mode that learns is missing", { weightDecay: 0.1 }, { u: [1], w: [-1] }],
  ])("strong decay takes the network to zero, and the flow converges there: %s", (_name, options, initial) => {
    const flow = integratedFlow({ network: network({ weightDecay: 3, ...options }), task, initial });
    const { uu, ww, uw, loss } = flow.at(Infinity);
    expect([flow.status, uu, ww, Math.abs(uw), loss]).toEqual(["converged", 0, 0, 0, 1]);
    if (flow.at(0).kernel > 0) expect(regime(flow).kernelRatio).toBeLessThan(1e-100);
  });

  test("a flow whose unknown stands still at the start goes on while the layers are still unequal", () => {
    // 2kγ g = 2(1 − uw) is the weight decay at the start, to the last bit.
    for (const [mu, u, w] of [
      [0.5, 1, 0.75],
      [1, 2, 0.25],
    ] as const) {
      const flow = integratedFlow({ network: network({ weightDecay: mu }), task, initial: { u: [u], w: [w] } }, { rtol: 1e-11 });
      const given = { gamma: 1, mu, rates: { u: 1, w: 1 }, xx: [[1]], yx: [[1]], W2: [[u]], W1: [[w]] };
      const { W2, W1 } = fullLayers(given, 1);
      expect(Math.abs(flow.at(1).output - u * w)).toBeGreaterThan(1e-3);
      expect(flow.at(1).output).toBeCloseTo(W2[0]![0]! * W1[0]![0]!, 9);
      expect(flow.at(Infinity).output).toBeCloseTo(1 - mu / 2, 9);
    }
  });

  test("at the decay at which the network just collapses it falls as 1/t", () => {
    // p ~ 1/(βt), S = p/4h.
    const flow = integratedFlow({ network: network({ weightDecay: 2 }), task, initial: { u: [1], w: [1] } }, { until: 1e9 });
    expect(flow.at(1e9).output * 4e9).toBeCloseTo(1, 8);
  });

  test("weights and rates near the limits of double precision decay as others do", () => {
    const small = { network: network({ weightDecay: 1, learningRates: { u: 1, w: 0.5 } }), task, initial: { u: [1], w: [2] } };
    const tiny = { ...small, initial: { u: [1e-170], w: [2e-170] } };
    const zero = taskFromMoments({ xx: 1, xy: 0, yy: 1 });
    const [a, b] = [{ ...small, initial: { u: [1e-9], w: [2e-9] } }, tiny].map(
      (problem) => integratedFlow(problem, { until: 1 }).weights(1).u[0]!,
    );
    expect(b! / a!).toBeCloseTo(1e-161, 170);
    expect((b! / a!) * 1e161).toBeCloseTo(1, 8);
    const rates = { ...tiny, task: zero, network: network({ weightDecay: 1, learningRates: 1e-200 }) };
    const slow = integratedFlow({ ...rates, initial: { uu: 1e-220, ww: 1e-220, uw: 0 } }, { until: 1e200 });
    expect((slow.at(1e200).uu / 1e-220) * Math.exp(2)).toBeCloseTo(1, 9);
  });

  test("a schedule slows decay as it slows learning", () => {
    const schedules = { u: piecewiseSchedule([{ factor: 0 }]), w: exponentialSchedule({ decayTime: 2 }) };
    const problem = { network: network({ weightDecay: 0.5 }), task, initial: { u: [0], w: [0.5] } };
    const flow = integratedFlow(problem, { until: 3, schedules });
    expect(flow.at(3).ww).toBeCloseTo(0.25 * Math.exp(-schedules.w.integral(3)), 12);
    expect(gradientDescent(problem, { stepSize: 1, steps: 3, schedule: schedules }).ww.at(-1)).toBeCloseTo(
      0.25 * [0, 1, 2].reduce((product, t) => product * (1 - 0.5 * Math.exp(-t / 2)) ** 2, 1),
      14,
    );
  });
});
