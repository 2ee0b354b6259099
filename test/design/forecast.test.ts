/**
 * The forecast of a network: against exact flows and descents, against plain training, and what it refuses.
 */
import {
  exactFlow,
  forecast,
  gradientDescent,
  matrixTaskFromMoments,
  type NetworkDescription,
  network,
  solve,
  taskFromMoments,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { leadingData } from "../../src/design/forecast/data.ts";
import { readDescription } from "../../src/design/forecast/description.ts";
import { gainOf } from "../../src/design/forecast/gains.ts";
import { linearNetwork, times } from "../../src/design/forecast/linearNetwork.ts";
import { type DrawnNetwork, drawNetwork } from "../../src/design/forecast/start.ts";
import { trainedCourse } from "../../src/design/forecast/trained.ts";
import { type Random, randomFrom } from "../../src/door/seeds.ts";
import { supportOf } from "../../src/numerics/support.ts";

const variances = [2, 1, 0.5, 0.1];
const correlation = [1, 0.5, -0.3, 0.05];
const task = matrixTaskFromMoments({
  xx: variances.map((value, i) => variances.map((_, j) => (i === j ? value : 0))),
  yx: [correlation],
  yy: 2,
});

function described(description: object) {
  const read = readDescription({ task, ...description });
  const support = supportOf(read.task.xx);
  return { read, data: leadingData(read, support) };
}

describe("two linear layers", () => {
  test("given layers are followed as solve and gradientDescent follow them, of any width and data", () => {
    const white = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[0.7, -0.2]], yy: 1 }); // biome-ignore format: matrices
    let compared = 0;
    for (const [own, inputs] of [
      [task, 4],
      [white, 2],
    ] as const)
      for (const width of [1, 2, 3, 40])
        for (const outputScale of [0.1, 1, -5])
          for (const isDescent of [false, true]) {
            const random = randomFrom(width, "given layers");
            const u = Array.from({ length: width }, () => random.normal());
            const W = Array.from({ length: width }, () => Array.from({ length: inputs }, () => 0.7 * random.normal()));
            const step = 0.05 / outputScale ** 2 / (width + 2);
            const times = [0, 6, 20, 60, 200].map((n) => n * step);
            const problem = {
              network: network({ outputScale, learningRates: { u: 0.5, w: 1 } }),
              task: own,
              initial: { W2: [u], W1: W },
            };
            const run = isDescent ? gradientDescent(problem, { stepSize: step, steps: 200 }) : undefined;
            const flow = isDescent ? undefined : solve(problem, { until: times.at(-1)! });
            const found = forecast({
              task: own,
              width,
              outputScale,
              learningRates: [1, 0.5],
              initial: { u, W },
              times,
              ...(isDescent ? { stepSize: step } : {}),
              changes: false,
            });
            expect(found.method).toBe("exact");
            const slack = isDescent ? 1e-10 : 1e-6;
            for (const [i, t] of times.entries()) {
              const loss = run === undefined ? flow!.at(t).loss : run.loss[Math.round(t / step)]!;
              expect(Math.abs(found.loss[i]! - loss)).toBeLessThan(slack * found.loss[0]!);
              compared++;
            }
          }
    expect(compared).toBe(240);
  });

  test("of one input, the kernel distance is that of the closed form", () => {
    const one = taskFromMoments({ xx: 1.5, xy: 0.9, yy: 1 });
    const [u, w] = [Float64Array.of(0.3, -0.2, 0.5), Float64Array.of(0.1, 0.4, -0.6)];
    const flow = exactFlow({ network: network({ outputScale: 1.3 }), task: one, initial: { u, w } });
    const initial = { u, W: Array.from(w, (value) => [value]) };
    const times = [0, 0.5, 1, 2, 5];
    const { method, kernelDistance, loss, assumptions } = forecast({ task: one, width: 3, outputScale: 1.3, initial, times });
    expect([method, assumptions.length]).toEqual(["exact", 0]);
    for (const [i, t] of times.entries()) {
      expect(kernelDistance[i]).toBeCloseTo(Math.abs(flow.at(t).kernel / flow.at(0).kernel - 1), 8);
      expect(loss[i]).toBeCloseTo(flow.at(t).loss, 8);
    }
  });

  test("the norms and the overlap of a draw have their law: means over 400 draws", () => {
    const sums = { uu: 0, ww: 0, uw: 0 };
    for (let seed = 0; seed < 400; seed++) {
      const { read, data } = described({ width: 30, scale: [0.5, 2], seed, times: [0], stepSize: 1 });
      const [pair] = trainedCourse(read, data).points[0]!.pairs;
      for (const name of ["uu", "ww"] as const) sums[name] += pair![name] / 400;
      sums.uw += pair!.uw ** 2 / 400;
    }
    // Standard errors: 1.3, 0.3 and 1.7 %.
    expect(Math.abs(sums.uu / 120 - 1)).toBeLessThan(0.05);
    expect(Math.abs(sums.ww / 30 - 1)).toBeLessThan(0.02);
    expect(Math.abs(sums.uw / 120 - 1)).toBeLessThan(0.15);
  });
});

interface Trained {
  readonly distance: number;
  readonly loss: number;
  readonly product: readonly number[];
}

/**
 * Plain gradient descent of a linear network on the moments; the kernel is γ²Σ ηₗ|bₗ|²hₗ₋₁·hₗ₋₁ over the
 * data.
 */
function trained(layers: number[][][], outputScale: number, stepSize: number, steps: number): Trained {
  const times = (A: number[][], B: number[][]): number[][] =>
    A.map((row) => B[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * B[i]![j]!, 0)));
  const turned = (A: number[][]): number[][] => A[0]!.map((_, j) => A.map((row) => row[j]!));
  const identity = variances.map((_, i) => variances.map((__, j) => Number(i === j)));
  const below = (W: number[][][]): number[][][] => {
    const made = [identity];
    for (const A of W) made.push(times(A, made.at(-1)!));
    return made;
  };
  const above = (W: number[][][]): number[][][] => {
    const made = [[[1]]];
    for (const A of [...W].reverse()) made.unshift(times(made[0]!, A));
    return made;
  };
  const kernel = (W: number[][][]): number[] => {
    const [h, b] = [below(W), above(W)];
    const K = new Array<number>(16).fill(0);
    for (let l = 0; l < W.length; l++) {
      const back = b[l + 1]![0]!.reduce((sum, value) => sum + value * value, 0);
      const gram = times(turned(h[l]!), h[l]!);
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 4; j++) K[4 * i + j]! += back * gram[i]![j]! * Math.sqrt(variances[i]! * variances[j]!);
    }
    return K;
  };
  let W = layers;
  const first = kernel(W);
  const gap = (): number[] =>
    below(W)
      .at(-1)![0]!
      .map((value, a) => correlation[a]! - outputScale * variances[a]! * value);
  for (let n = 0; n < steps; n++) {
    const g = gap();
    const [h, b] = [below(W), above(W)];
    W = W.map((A, l) => {
      const signal = h[l]!.map((row) => row.reduce((sum, value, a) => sum + value * g[a]!, 0));
      return A.map((row, i) => row.map((value, j) => value + 2 * stepSize * outputScale * b[l + 1]![0]![i]! * signal[j]!));
    });
  }
  const last = kernel(W);
  return {
    distance: Math.hypot(...last.map((value, i) => value - first[i]!)) / Math.hypot(...first),
    product: below(W).at(-1)![0]!,
    loss: gap().reduce((sum, value, a) => sum + value ** 2 / variances[a]!, 0),
  };
}

describe("the surrogate", () => {
  test("trains a linear network of any depth as plain gradient descent does", () => {
    let compared = 0;
    for (const depth of [2, 3, 5]) {
      const random = randomFrom(depth, "plain training");
      const sizes = [4, ...Array.from({ length: depth - 1 }, () => 6), 1];
      const layers = sizes
        .slice(1)
        .map((rows, l) => Array.from({ length: rows }, () => Array.from({ length: sizes[l]! }, () => 0.5 * random.normal())));
      const net = linearNetwork({
        variances: Float64Array.from(variances),
        correlation: Float64Array.from(correlation),
        layers: sizes.slice(1).map(() => ({ deviation: 0.5, rate: 1 })),
        sizes,
        pull: 2,
        outputScale: 1,
      });
      const y = Float64Array.from(layers.flat(2));
      for (let n = 0; n < 50; n++) net.step(y, 0.02);
      const { product } = trained(layers, 1, 0.02, 50);
      const found = net.signals(y).back[0]!;
      for (const [a, value] of product.entries()) {
        expect(Math.abs(found[a]! - value)).toBeLessThan(1e-12);
        compared++;
      }
    }
    expect(compared).toBe(12);
  });

  test.each([
    ["lazy", 20, 0.01],
    ["rich", 0.5, 0.3],
  ])("draws few neurons with the law of all: kernel changes of 80 %s networks of four layers", (_, outputScale, stepSize) => {
    const width = 60;
    const layers = [0.5, 1, 1, 1].map((scale, l) => ({
      deviation: l === 0 ? scale : scale / Math.sqrt(width),
      rate: 1 / width,
    }));
    const changes = ["few", "all"].map((neurons) =>
      Array.from({ length: 80 }, (__, seed) => {
        const random = randomFrom(seed, neurons);
        const drawn =
          neurons === "few"
            ? drawNetwork(layers, width, 4, random, [Float64Array.from(correlation)])
            : drawnWhole(layers, width, random);
        expect(drawn.sizes).toEqual(neurons === "few" ? [4, 7, 7, 7, 1] : [4, 60, 60, 60, 1]);
        return Math.log(changeOf(drawn, layers, outputScale, stepSize));
      }),
    );
    const [few, all] = changes.map((values) => {
      const mean = values.reduce((sum, value) => sum + value / 80, 0);
      return { mean, spread: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / 79, 0)) };
    });
    // Three standard errors of the difference of two means of 80.
    expect(Math.abs(few!.mean - all!.mean)).toBeLessThan(3 * Math.hypot(few!.spread, all!.spread) * Math.sqrt(1 / 80));
    expect(few!.spread / all!.spread).toBeGreaterThan(0.7);
    expect(few!.spread / all!.spread).toBeLessThan(1.4);
  });
});

/** Every weight of a network of four layers of Gaussian weights. */
function drawnWhole(layers: readonly { deviation: number }[], width: number, random: Random): DrawnNetwork {
  const sizes = [4, width, width, width, 1];
  const weights = layers.map(({ deviation }, l) =>
    Float64Array.from({ length: sizes[l + 1]! * sizes[l]! }, () => deviation * random.normal()),
  );
  return { sizes, weights };
}

/** The kernel distance over the data after 60 steps of descent. */
function changeOf(
  { sizes, weights }: DrawnNetwork,
  layers: readonly { deviation: number; rate: number }[],
  outputScale: number,
  stepSize: number,
): number {
  const net = linearNetwork({
    variances: Float64Array.from(variances),
    correlation: Float64Array.from(correlation),
    layers,
    sizes,
    pull: 2 * outputScale,
    outputScale,
  });
  const y = Float64Array.from(weights.flatMap((W) => [...W]));
  const kernel = (): number[] => {
    const back = net.signals(y).back.map((b) => b.reduce((sum, x) => sum + x * x, 0));
    const features = variances.map((variance, a) => {
      const all = [Float64Array.from(variances, (_, b) => (a === b ? Math.sqrt(variance) : 0))];
      for (let l = 1; l < layers.length; l++) {
        all.push(new Float64Array(sizes[l]!));
        times(net.layer(y, l), all[l - 1]!, all[l]!);
      }
      return all;
    });
    return features.flatMap((one) =>
      features.map((other) =>
        one.reduce((sum, h, l) => sum + layers[l]!.rate * back[l + 1]! * h.reduce((dot, x, i) => dot + x * other[l]![i]!, 0), 0),
      ),
    );
  };
  const first = kernel();
  for (let n = 0; n < 60; n++) net.step(y, stepSize / outputScale ** 2);
  return Math.hypot(...kernel().map((value, i) => value - first[i]!)) / Math.hypot(...first);
}

test("gains of activations: linear fits, slopes and sizes of Gaussian pre-activations", () => {
  const random = randomFrom(1, "gains");
  for (const activation of ["linear", "tanh", "relu"] as const)
    for (const q of [0.1, 1, 4]) {
      const phi = { linear: (z: number) => z, tanh: Math.tanh, relu: (z: number) => Math.max(0, z) }[activation];
      let [fit, size] = [0, 0];
      const n = 100_000;
      for (let i = 0; i < n; i++) {
        const z = Math.sqrt(q) * random.normal();
        fit += (phi(z) * z) / q / n;
        size += phi(z) ** 2 / n;
      }
      const found = gainOf(activation, q);
      expect(Math.abs(found.gain / fit - 1)).toBeLessThan(0.02);
      expect(Math.abs(found.size / size - 1)).toBeLessThan(0.02);
      expect(found.slope).toBeGreaterThanOrEqual(found.gain ** 2);
    }
});

describe("a forecast", () => {
  const deep: NetworkDescription = { task, width: 64, depth: 3, activation: "tanh", abc: { a: [0, 0.5, 0.5], b: 0, c: 0 } };

  test("is plain data, and says what it assumes", () => {
    const found = forecast(deep);
    expect(structuredClone(found)).toEqual(found);
    expect(found.method).toBe("surrogate");
    expect(found.assumptions.join(" ")).toMatch(/seed 1.*leading directions.*tanh.*Hidden layers/);
    expect(found.mechanisms).toHaveLength(2);
    expect(found.t).toHaveLength(61);
    expect(found.kernelDistance[0]).toBe(0);
    const times = found.lossTimes.map(({ t }) => t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("is exact for linear networks of any depth whose layers are drawn whole, and says which draw it is", () => {
    // Four inputs and three layers use six neurons at most.
    for (const width of [2, 6]) {
      const { method, assumptions } = forecast({ task, width, depth: 3, changes: false });
      expect([method, assumptions]).toEqual(["exact", [expect.stringMatching(/one draw.*seed 1/)]]);
    }
    const wide = forecast({ task, width: 7, depth: 3, changes: false });
    expect([wide.method, wide.assumptions.at(-1)]).toEqual(["surrogate", expect.stringMatching(/few neurons/)]);
    expect(forecast({ task, width: 6, depth: 3, directions: 3, changes: false }).method).toBe("surrogate");
  });

  test("names changes that do change the verdict, at an unchanged speed of learning", () => {
    let checked = 0;
    for (const outputScale of [0.2, 20]) {
      const before = forecast({ ...deep, outputScale });
      for (const { parameter, factor, value } of before.changes) {
        if (parameter === "learningRate") continue;
        const after = forecast({
          ...deep,
          outputScale: parameter === "outputScale" ? value : outputScale,
          width: parameter === "width" ? value : 64,
          learningRates: parameter === "outputScale" ? factor ** -2 : 1,
        });
        expect(after.verdict).not.toBe(before.verdict);
        checked++;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(3);
  });

  test("of descent beyond the largest stable step diverges, and has no verdict", () => {
    const { stableStep } = forecast({ ...deep, times: [0], changes: false });
    const found = forecast({ ...deep, stepSize: 3 * stableStep.start, until: 3e4 * stableStep.start });
    expect([found.status, found.verdict, found.changes.length]).toEqual(["diverged", "undetermined", 0]);
  });

  test.each<[string, object, RegExp]>([
    [
      "tasks of several outputs",
      { task: matrixTaskFromMoments({ xx: [[1]], yx: [[1], [0]], yy: 1 }) },
      /^forecast: task has 2 outputs/,
    ],
    [
      "lists of another length",
      { depth: 3, scale: [1, 1] },
      /^forecast: scale has 2 numbers; pass one for each layer of weights, 3/,
    ],
    ["rates of 0", { learningRates: 0 }, /^forecast: learningRates are all 0/],
    ["output scales of 0", { outputScale: 0 }, /^forecast: outputScale is 0/],
    ["times that fall", { times: [0, 2, 1] }, /^forecast: times\[2\] is 1; pass increasing times/],
    ["two ends", { times: [0, 1], until: 1 }, /^forecast: until and times are both given/],
    ["probes of other inputs", { probe: [[1, 2]] }, /^forecast: probe has 2 columns; pass one for each input of the task, 4/],
    [
      "layers of a deep network",
      { depth: 3, initial: { u: [1], W: [[1, 1, 1, 1]] } },
      /^forecast: initial is for two linear layers/,
    ],
    ["inputs without variance", { task: { xx: 0, xy: 0, yy: 1 } }, /^forecast: task has no inputs but 0/],
    ["layers without a kernel", { scale: 0 }, /^forecast: the initial layers have no tangent kernel/],
    ["deep layers without a kernel", { depth: 3, scale: [1, 0, 0] }, /^forecast: the initial layers have no tangent kernel/],
    ["misspelt options", { witdh: 3 }, /^forecast: description has an unknown key "witdh"/],
  ])("%s are refused", (_, change, message) => {
    expect(() => forecast({ task, width: 8, ...change } as NetworkDescription)).toThrow(message);
  });
});

test("a step far too large has no verdict, and very narrow layers no surrogate", () => {
  const small = matrixTaskFromMoments({ xx: [[1, 0], [0, 0.5]], yx: [[0.8, 0.1]], yy: 1 }); // biome-ignore format: matrices
  for (const of of [
    { width: 256, depth: 3, activation: "tanh" },
    { width: 64, depth: 2, activation: "linear" },
  ] as const) {
    // biome-ignore format: descriptions
    expect(forecast({ task: small, ...of, stepSize: 0.001 }).status).toBe("completed");
    for (const stepSize of [0.1, 1, 10, 1e6])
      expect(forecast({ task: small, ...of, stepSize })).toMatchObject({
        status: "diverged",
        verdict: "undetermined",
        changes: [],
      });
  }
  expect(() => forecast({ task: small, width: 3, depth: 3, activation: "tanh" })).toThrow(
    /forecast: width is 3; pass at least 4/,
  );
});
