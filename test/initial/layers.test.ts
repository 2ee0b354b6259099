/**
 * The initialisations of libraries: their distributions, their random streams, and their projections onto one
 * direction.
 */
import {
  FeatureLearningError,
  fromLayers,
  gaussianMatrixLayers,
  kaimingLayers,
  kaimingWeights,
  matrixTaskFromSamples,
  pytorchLayers,
  pytorchWeights,
  type Task,
  taskFromSamples,
  xavierLayers,
  xavierWeights,
} from "feature-learning";
import { describe, expect, test } from "vitest";

interface Law {
  readonly variance: number;
  /** The largest size of an entry; undefined for normal entries. */
  readonly bound?: number;
}

const uniform = (bound: number): Law => ({ variance: bound ** 2 / 3, bound });
const normal = (deviation: number): Law => ({ variance: deviation ** 2 });

/**
 * The mean, variance and fourth moment within 4.5 standard errors, and the bounds, which 10⁴ draws come close
 * to.
 */
function expectLaw(entries: ArrayLike<number>, { variance, bound }: Law): void {
  const n = entries.length;
  expect(n).toBeGreaterThanOrEqual(20_000);
  const mean = (of: (x: number) => number): number => Array.from(entries).reduce((sum, x) => sum + of(x), 0) / n;
  // E[x⁴] = kurtosis·variance²; E[x⁸] bounds the error of the fourth moment.
  const [kurtosis, eighth] = bound === undefined ? [3, 105] : [9 / 5, 81 / 9];
  expect(Math.abs(mean((x) => x))).toBeLessThan(4.5 * Math.sqrt(variance / n));
  expect(Math.abs(mean((x) => x ** 2) / variance - 1)).toBeLessThan(4.5 * Math.sqrt((kurtosis - 1) / n));
  expect(Math.abs(mean((x) => x ** 4) / variance ** 2 - kurtosis)).toBeLessThan(4.5 * Math.sqrt((eighth - kurtosis ** 2) / n));
  if (bound === undefined) return;
  const [least, most] = [Math.min(...Array.from(entries)), Math.max(...Array.from(entries))];
  expect(least).toBeGreaterThanOrEqual(-bound);
  expect(most).toBeLessThanOrEqual(bound);
  expect(Math.min(-least, most)).toBeGreaterThan(bound * (1 - 20 / n));
}

const shape = { inputs: 50, outputs: 40, width: 600, seed: "laws" };
const [k, m, d] = [50, 40, 600];

describe("the entries of the layers have the law of their scheme", () => {
  test.each([
    ["PyTorch's default", pytorchLayers(shape), uniform(1 / Math.sqrt(d)), uniform(1 / Math.sqrt(k))],
    ["Xavier, uniform", xavierLayers(shape), uniform(Math.sqrt(6 / (d + m))), uniform(Math.sqrt(6 / (k + d)))],
    [
      "Xavier, normal, with a gain of each layer",
      xavierLayers({ ...shape, distribution: "normal", gain: { u: 3, w: 5 / 3 } }),
      normal(3 * Math.sqrt(2 / (d + m))),
      normal((5 / 3) * Math.sqrt(2 / (k + d))),
    ],
    ["Kaiming", kaimingLayers(shape), normal(Math.sqrt(2 / d)), normal(Math.sqrt(2 / k))],
    [
      "Kaiming, uniform",
      kaimingLayers({ ...shape, distribution: "uniform" }),
      uniform(Math.sqrt(6 / d)),
      uniform(Math.sqrt(6 / k)),
    ],
    [
      "Kaiming, linear, by outputs",
      kaimingLayers({ ...shape, nonlinearity: "linear", mode: "fan_out" }),
      normal(1 / Math.sqrt(m)),
      normal(1 / Math.sqrt(d)),
    ],
    [
      "Kaiming, leaky",
      kaimingLayers({ ...shape, nonlinearity: { leaky: 0.5 } }),
      normal(Math.sqrt(1.6 / d)),
      normal(Math.sqrt(1.6 / k)),
    ],
    ["Gaussian", gaussianMatrixLayers({ ...shape, scale: { u: 0.5, w: 3 } }), normal(0.5), normal(3)],
  ] as const)("%s", (_, { W2, W1 }, outer, inner) => {
    expect([W2.rows, W2.columns, W1.rows, W1.columns]).toEqual([m, d, d, k]);
    expectLaw(W2.to1DArray(), outer);
    expectLaw(W1.to1DArray(), inner);
  });

  test.each([
    ["PyTorch's default", pytorchWeights({ width: 30_000, seed: 5 }), uniform(1 / Math.sqrt(30_000)), uniform(1)],
    [
      "Xavier",
      xavierWeights({ width: 30_000, gain: 2, seed: 5 }),
      uniform(2 * Math.sqrt(6 / 30_001)),
      uniform(2 * Math.sqrt(6 / 30_001)),
    ],
    ["Kaiming", kaimingWeights({ width: 30_000, seed: 5 }), normal(Math.sqrt(2 / 30_000)), normal(Math.SQRT2)],
    [
      "Kaiming by outputs",
      kaimingWeights({ width: 30_000, mode: "fan_out", nonlinearity: "linear", distribution: "uniform", seed: 5 }),
      uniform(Math.sqrt(3)),
      uniform(Math.sqrt(3 / 30_000)),
    ],
  ] as const)("%s, of one input and one output", (_, { u, w }, outer, inner) => {
    expectLaw(u, outer);
    expectLaw(w, inner);
  });

  test("PyTorch's default is Kaiming's uniform law with a leaky slope of √5", () => {
    const options = { ...shape, distribution: "uniform", nonlinearity: { leaky: Math.sqrt(5) } } as const;
    const { W2, W1 } = kaimingLayers(options);
    expectLaw(W2.to1DArray(), uniform(1 / Math.sqrt(d)));
    expectLaw(W1.to1DArray(), uniform(1 / Math.sqrt(k)));
  });
});

describe("seeds", () => {
  const draws = {
    pytorch: pytorchLayers(shape),
    xavier: xavierLayers(shape),
    kaiming: kaimingLayers({ ...shape, distribution: "uniform" }),
    gaussian: gaussianMatrixLayers({ ...shape, scale: 1 }),
  };

  test("the same seed gives the same bits, another seed or type of seed others", () => {
    for (const draw of [pytorchLayers, xavierLayers, kaimingLayers]) {
      const again = draw(shape);
      expect(draw(shape).W2.to1DArray()).toEqual(again.W2.to1DArray());
      expect(draw(shape).W1.to1DArray()).toEqual(again.W1.to1DArray());
      expect(draw({ ...shape, seed: 1 }).W1.to1DArray()).not.toEqual(draw({ ...shape, seed: "1" }).W1.to1DArray());
    }
    // Pinned: a change here changes the initial weights of every user.
    expect(Array.from(pytorchWeights({ width: 3, seed: 1 }).w, (x) => x.toPrecision(12))).toMatchInlineSnapshot(`
      [
        "-0.0539308890085",
        "0.184612205387",
        "-0.784495896760",
      ]
    `);
    expect(xavierLayers({ inputs: 1, outputs: 1, width: 2, seed: 1 }).W1.to1DArray()).toMatchInlineSnapshot(`
      [
        -0.21988421074304043,
        1.0760722143462085,
      ]
    `);
    expect(kaimingLayers({ inputs: 1, outputs: 1, width: 2, seed: 1 }).W1.to1DArray()).toMatchInlineSnapshot(`
      [
        -0.30197673706851047,
        -2.160228633552174,
      ]
    `);
  });

  test("the layers of one network, and of different schemes of one seed, are uncorrelated", () => {
    const n = 20_000;
    const streams = Object.values(draws).flatMap(({ W2, W1 }) => [W2, W1].map((layer) => layer.to1DArray().slice(0, n)));
    const dot = (p: number[], q: number[]): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
    let compared = 0;
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        expect(Math.abs(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)))).toBeLessThan(5 / Math.sqrt(n));
        compared++;
      }
    }
    expect(compared).toBe(28);
  });

  test("the output layer of a seed does not depend on the number of inputs", () => {
    const one = pytorchLayers({ ...shape, inputs: 3 }).W2.to1DArray();
    expect(one).toEqual(draws.pytorch.W2.to1DArray());
  });
});

const x = [
  [1, 2, -1],
  [2, 4, -2],
  [-3, -6, 3],
];
const y = [1, 2, -3];

describe("along the direction of a task", () => {
  const schemes = [
    ["PyTorch", pytorchWeights, pytorchLayers],
    ["Xavier", xavierWeights, xavierLayers],
    ["Kaiming", kaimingWeights, kaimingLayers],
  ] as const;
  const ofSamples = (options = {}): Task => taskFromSamples(x, y, options);

  test.each(schemes)("%s: weights are the projection of the layers of the same seed", (_, weights, layers) => {
    for (const task of [ofSamples(), ofSamples({ bias: 2, project: true }), ofSamples({ standardize: true })]) {
      const { W2, W1 } = layers({ task, width: 200, seed: 3 });
      const { u, w } = weights({ task, width: 200, seed: 3 });
      const expected = fromLayers(W1, W2, task.direction!);
      expect(u).toEqual(expected.u);
      expect(w.length).toBe(200);
      for (const [i, value] of w.entries()) expect(Math.abs(value - expected.w[i]!)).toBeLessThan(1e-15);
    }
  });

  test("uniform entries over three inputs keep their variance 1/9, exceed an entry's bound and are no longer uniform", () => {
    const task = ofSamples();
    const { w } = pytorchWeights({ task, width: 40_000, seed: 3 });
    const n = task.direction!;
    const mean = (of: (value: number) => number): number => w.reduce((sum, value) => sum + of(value), 0) / w.length;
    // κ − 3 of a sum Σ nⱼeⱼ is Σ nⱼ⁴ times that of an entry, −6/5.
    const kurtosis = 3 - 1.2 * n.reduce((sum, component) => sum + component ** 4, 0);
    expect(Math.abs(mean((value) => value ** 2) * 9 - 1)).toBeLessThan(4.5 * Math.sqrt((kurtosis - 1) / w.length));
    expect(Math.abs(mean((value) => value ** 4) * 81 - kurtosis)).toBeLessThan(4.5 * Math.sqrt((105 - kurtosis ** 2) / w.length));
    expect(kurtosis).toBeGreaterThan(2.3);
    expect(Math.max(...w)).toBeGreaterThan(1.2 / Math.sqrt(3));
  });

  test("a task of moments counts as one of one input", () => {
    const moments = { xx: 1, xy: 1, yy: 1, offDirection: 0, projected: false };
    expect(pytorchWeights({ task: moments, width: 5, seed: 1 })).toEqual(pytorchWeights({ width: 5, seed: 1 }));
  });
});

describe("biases", () => {
  const wide = { width: 30_000, seed: 2 };
  const task = matrixTaskFromSamples(x, y, { bias: 0.5 });

  test("PyTorch's are uniform on ±1/√k, k without the constant input, and divided by its value", () => {
    const { W1 } = pytorchLayers({ task, ...wide });
    expect(W1.columns).toBe(4);
    expectLaw(
      W1.getColumn(3).map((value) => 0.5 * value),
      uniform(1 / Math.sqrt(3)),
    );
    for (const j of [0, 1, 2]) expectLaw(W1.getColumn(j), uniform(1 / Math.sqrt(3)));
    // The weights are those of the network without biases.
    expect(W1.getColumn(1)).toEqual(pytorchLayers({ inputs: 3, outputs: 1, ...wide }).W1.getColumn(1));
  });

  test("Xavier's and Kaiming's are 0, Gaussian ones are as the other weights", () => {
    for (const draw of [xavierLayers, kaimingLayers]) {
      expect(new Set(draw({ task, width: 30, seed: 2 }).W1.getColumn(3))).toEqual(new Set([0]));
      expect(draw({ task, width: 30, seed: 2 }).W1.getColumn(2)).toEqual(
        draw({ inputs: 3, outputs: 1, width: 30, seed: 2 }).W1.getColumn(2),
      );
    }
    expectLaw(gaussianMatrixLayers({ task, ...wide, scale: 2 }).W1.getColumn(3), normal(2));
  });

  test("whitened inputs have no column of biases of their own", () => {
    const white = matrixTaskFromSamples([...x, [1, 0, 0], [0, 1, 1]], [...y, 1, 0], { bias: true, whiten: true });
    const { W1 } = pytorchLayers({ task: white, ...wide });
    expect(W1.columns).toBe(4);
    for (const j of [0, 1, 2, 3]) expectLaw(W1.getColumn(j), uniform(1 / 2));
  });
});

describe("invalid options are refused", () => {
  const small = { inputs: 2, outputs: 1, width: 3, seed: 1 };
  const task = taskFromSamples(x, y);
  test.each([
    ["no shape", () => pytorchLayers({ width: 3, seed: 1 } as never), /^pytorchLayers: there is no task/],
    ["half a shape", () => xavierLayers({ width: 3, inputs: 2, seed: 1 } as never), /^xavierLayers: outputs is undefined/],
    ["two shapes", () => kaimingLayers({ ...small, task }), /^kaimingLayers: task and inputs are both given/],
    ["no seed", () => pytorchWeights({ width: 3 } as never), /^pytorchWeights: seed is undefined/],
    ["no width", () => kaimingWeights({ width: 0, seed: 1 }), /^kaimingWeights: width is 0/],
    ["more weights than fit", () => gaussianMatrixLayers({ ...small, width: 2 ** 29, inputs: 3, scale: 1 }), /inputs is 3/],
    ["more weights than fit a task", () => pytorchLayers({ task, width: 2 ** 30, seed: 1 }), /width is 1073741824; pass a width/],
    [
      "another law",
      () => xavierLayers({ ...small, distribution: "cauchy" as never }),
      /distribution is "cauchy"; pass "uniform"/,
    ],
    ["a gain that underflows", () => xavierWeights({ width: 3, gain: 1e-200, seed: 1 }), /gain\.u is 1e-200/],
    ["a negative gain", () => xavierWeights({ width: 3, gain: { u: 1, w: -1 }, seed: 1 }), /gain\.w is -1/],
    ["another mode", () => kaimingLayers({ ...small, mode: "fan" as never }), /mode is "fan"; pass "fan_in" or "fan_out"/],
    ["another nonlinearity", () => kaimingLayers({ ...small, nonlinearity: "tanh" as never }), /nonlinearity is "tanh"/],
    ["no slope", () => kaimingLayers({ ...small, nonlinearity: { leaky: NaN } }), /nonlinearity\.leaky is NaN/],
    [
      "a task of matrices for one direction",
      () => pytorchWeights({ width: 3, task: matrixTaskFromSamples(x, y) as never, seed: 1 }),
      /task/,
    ],
  ] as const)("%s", (_, run, message) => {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  });

  test("a gain of 0 gives zeros", () => {
    expect(new Set(xavierWeights({ width: 5, gain: { u: 0, w: 1 }, seed: 1 }).u.map(Math.abs))).toEqual(new Set([0]));
  });
});
