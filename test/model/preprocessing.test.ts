/** Centring, standardising and constant inputs of samples, and the same preprocessing of new data. */
import {
  evaluate,
  exactFlow,
  FeatureLearningError,
  integratedFlow,
  matrixTaskFromSamples,
  network,
  pytorchLayers,
  solve,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const EPS = Number.EPSILON;
const random = seedrandom("preprocessing");
const normal = (): number => random() + random() + random() + random() - 2;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Samples of three columns whose means are up to 100 times their deviations, and two targets. */
function samples(count = 40): { x: number[][]; y: number[][] } {
  const x = Array.from({ length: count }, () => [normal() + 5, 1e-3 * normal() - 0.1, 100 * normal()]);
  return { x, y: x.map(([a, b, c]) => [a! - 1000 * b! + 0.1 * normal(), 0.01 * c! + 7 + normal()]) };
}

describe("of several inputs and outputs", () => {
  const { x, y } = samples();

  test("standardised columns have mean 0 and variance 1, and correlations as E[yxᵀ]", () => {
    const { xx, yx, yy, preprocessing } = matrixTaskFromSamples(x, y, { standardize: true });
    const { inputs, targets } = preprocessing!;
    const z = x.map((row) => row.map((value, j) => (value - inputs.mean[j]!) / inputs.scale[j]!));
    const t = y.map((row) => row.map((value, j) => (value - targets.mean[j]!) / targets.scale[j]!));
    for (let a = 0; a < 3; a++) {
      expect(Math.abs(meanOf(z.map((row) => row[a]!)))).toBeLessThan(200 * EPS);
      for (let b = 0; b < 3; b++)
        expect(Math.abs(xx.get(a, b) - meanOf(z.map((row) => row[a]! * row[b]!)))).toBeLessThan(8 * EPS);
      for (let o = 0; o < 2; o++)
        expect(Math.abs(yx.get(o, a) - meanOf(z.map((row, n) => row[a]! * t[n]![o]!)))).toBeLessThan(8 * EPS);
      expect(Math.abs(xx.get(a, a) - 1)).toBeLessThan(8 * EPS);
    }
    expect(Math.abs(yy - 2)).toBeLessThan(16 * EPS);
    expect(inputs.mean[0]! / meanOf(x.map((row) => row[0]!)) - 1).toBeLessThan(8 * EPS);
  });

  test.each([
    ["inputs", true, false],
    ["targets", false, true],
    [true, true, true],
    [false, false, false],
  ] as const)("center: %s centres those alone, and scales nothing", (center, ofInputs, ofTargets) => {
    const plain = matrixTaskFromSamples(x, y);
    const { xx, yx, yy, preprocessing } = matrixTaskFromSamples(x, y, { center });
    const mx = [0, 1, 2].map((j) => (ofInputs ? meanOf(x.map((row) => row[j]!)) : 0));
    const my = [0, 1].map((j) => (ofTargets ? meanOf(y.map((row) => row[j]!)) : 0));
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) expect(xx.get(a, b)).toBeCloseTo(plain.xx.get(a, b) - mx[a]! * mx[b]!, 10);
      for (let o = 0; o < 2; o++) {
        const both = meanOf(x.map((row, n) => (row[a]! - mx[a]!) * (y[n]![o]! - my[o]!)));
        expect(yx.get(o, a)).toBeCloseTo(both, 10);
      }
    }
    expect(yy).toBeCloseTo(plain.yy - my[0]! ** 2 - my[1]! ** 2, 10);
    if (center === false) expect(preprocessing).toBeUndefined();
    else {
      expect(new Set([...preprocessing!.inputs.scale, ...preprocessing!.targets.scale])).toEqual(new Set([1]));
      expect(preprocessing!.inputs.mean.every((value) => (value !== 0) === ofInputs)).toBe(true);
    }
  });

  test("centring of targets alone and standardising of inputs alone combine", () => {
    const { preprocessing } = matrixTaskFromSamples(x, y, { center: "targets", standardize: "inputs" });
    expect(preprocessing!.inputs.scale.every((value) => value !== 1)).toBe(true);
    expect(Array.from(preprocessing!.targets.scale)).toEqual([1, 1]);
    expect(preprocessing!.targets.mean[1]).toBeCloseTo(meanOf(y.map((row) => row[1]!)), 12);
  });

  test("a bias is a last column of its value, and whitening takes it along", () => {
    const { xx, yx, preprocessing } = matrixTaskFromSamples(x, y, { bias: 2 });
    expect(preprocessing!.bias).toBe(2);
    expect(xx.rows).toBe(4);
    expect(xx.get(3, 3)).toBeCloseTo(4, 14);
    expect(xx.get(3, 0)).toBeCloseTo(2 * meanOf(x.map((row) => row[0]!)), 12);
    expect(yx.get(1, 3)).toBeCloseTo(2 * meanOf(y.map((row) => row[1]!)), 12);
    const white = matrixTaskFromSamples(x, y, { bias: true, whiten: true, standardize: "inputs" });
    expect([white.whitening!.rows, white.whitening!.columns]).toEqual([4, 4]);
    const { mean, scale } = white.preprocessing!.inputs;
    const rows = x.map((row) => [...row.map((value, j) => (value - mean[j]!) / scale[j]!), 1]);
    const T = white.whitening!.to2DArray();
    const seen = rows.map((row) => T.map((direction) => row.reduce((sum, value, j) => sum + direction[j]! * value, 0)));
    for (let a = 0; a < 4; a++)
      for (let b = 0; b < 4; b++)
        expect(Math.abs(meanOf(seen.map((row) => row[a]! * row[b]!)) - (a === b ? 1 : 0))).toBeLessThan(1e-13);
  });

  test("biases trained as a constant input are those of brute-force descent on W₁, b₁ and W₂", () => {
    const labels = y.map((row) => row.map((value) => value / 50));
    const task = matrixTaskFromSamples(x, labels, { standardize: "inputs", bias: true });
    const initial = pytorchLayers({ task, width: 5, seed: 1 });
    const { mean, scale } = task.preprocessing!.inputs;
    const z = x.map((row) => row.map((value, j) => (value - mean[j]!) / scale[j]!));
    let [W1, b, W2] = [initial.W1.to2DArray().map((row) => row.slice(0, 3)), initial.W1.getColumn(3), initial.W2.to2DArray()];
    const [step, until] = [1e-4, 0.3];
    for (let n = 0; n < until / step; n++) {
      const [g1, gb, g2] = [W1.map((row) => row.map(() => 0)), b.map(() => 0), W2.map((row) => row.map(() => 0))];
      for (const [s, input] of z.entries()) {
        const h = W1.map((row, i) => row.reduce((sum, value, j) => sum + value * input[j]!, b[i]!));
        for (let o = 0; o < 2; o++) {
          const error = (2 * (W2[o]!.reduce((sum, value, i) => sum + value * h[i]!, 0) - labels[s]![o]!)) / z.length;
          for (let i = 0; i < 5; i++) {
            g2[o]![i]! += error * h[i]!;
            gb[i]! += error * W2[o]![i]!;
            for (let j = 0; j < 3; j++) g1[i]![j]! += error * W2[o]![i]! * input[j]!;
          }
        }
      }
      W1 = W1.map((row, i) => row.map((value, j) => value - step * g1[i]![j]!));
      b = b.map((value, i) => value - step * gb[i]!);
      W2 = W2.map((row, o) => row.map((value, i) => value - step * g2[o]![i]!));
    }
    const { output } = solve({ network: network(), task, initial }, { until }).at(until);
    // The error of Euler's steps: until·step·rate², with rates below 10.
    let moved = 0;
    for (let o = 0; o < 2; o++) {
      const constant = W2[o]!.reduce((sum, value, i) => sum + value * b[i]!, 0);
      expect(Math.abs(output.get(o, 3) - constant)).toBeLessThan(3e-3);
      moved += Math.abs(constant - initial.W2.mmul(initial.W1).get(o, 3));
    }
    expect(moved).toBeGreaterThan(0.3);
  });

  test("data treated alike are centred, scaled, completed and whitened by the training data's numbers", () => {
    const other = samples(15);
    for (const options of [{ standardize: true, bias: 3, whiten: true }, { center: "inputs" }, {}] as const) {
      const train = matrixTaskFromSamples(x, y, options);
      const again = matrixTaskFromSamples(x, y, { like: train });
      for (const [a, b] of [
        [again.xx, train.xx],
        [again.yx, train.yx],
      ] as const)
        expect(a.clone().sub(b).norm()).toBeLessThan(1e-12 * b.norm());
      expect(again.yy).toBe(train.yy);
      const test = matrixTaskFromSamples(other.x, other.y, { like: train });
      const { inputs, bias } = train.preprocessing ?? { inputs: { mean: [0, 0, 0], scale: [1, 1, 1] }, bias: undefined };
      const own = other.x.map((row) => [
        ...row.map((value, j) => (value - inputs.mean[j]!) / inputs.scale[j]!),
        ...(bias === undefined ? [] : [bias]),
      ]);
      const T = train.whitening?.to2DArray() ?? own[0]!.map((_, a) => own[0]!.map((__, b) => (a === b ? 1 : 0)));
      const seen = own.map((row) => T.map((direction) => direction.reduce((sum, value, j) => sum + value * row[j]!, 0)));
      for (let a = 0; a < T.length; a++)
        for (let b = 0; b < T.length; b++) expect(test.xx.get(a, b)).toBeCloseTo(meanOf(seen.map((row) => row[a]! * row[b]!)), 9);
      expect(test.notes).toBeUndefined();
    }
  });
});

describe("of one direction", () => {
  test("a test set in the units of the training set is evaluated", () => {
    const train = taskFromSamples([1, 2, 3, 6], [10, 20, 40, 50], { standardize: true });
    const flow = exactFlow({ network: network(), task: train, initial: { uu: 1, ww: 1, uw: 0 } });
    const test = taskFromSamples([4, 0], [30, 10], { like: train });
    const { inputs, targets } = train.preprocessing!;
    const error = [
      [4, 30],
      [0, 10],
    ].map(([x, y]) => {
      const output = (flow.at(2).output * (x! - inputs.mean[0]!)) / inputs.scale[0]!;
      return (output - (y! - targets.mean[0]!) / targets.scale[0]!) ** 2;
    });
    expect(evaluate(flow, 2, test)).toBeCloseTo(meanOf(error), 14);
  });

  test("test data of several dimensions are projected onto the training data's direction", () => {
    const x = Array.from({ length: 20 }, () => {
      const a = normal();
      return [a + 0.1 * normal(), 2 * a + 0.1 * normal()];
    });
    const y = x.map(([a]) => a! + normal());
    const train = taskFromSamples(x.slice(0, 12), y.slice(0, 12), { project: true, center: true });
    const test = taskFromSamples(x.slice(12), y.slice(12), { like: train });
    expect(test.direction).toEqual(train.direction);
    expect(test.projected).toBe(true);
    const [p, q] = train.direction!;
    const { mean } = train.preprocessing!.inputs;
    expect(test.samples!.x[0]).toBeCloseTo(p! * (x[12]![0]! - mean[0]!) + q! * (x[12]![1]! - mean[1]!), 14);
    const flow = exactFlow({ network: network(), task: train, initial: { uu: 1, ww: 1, uw: 0 } });
    expect(evaluate(flow, 1, test)).toBeGreaterThan(0);
  });

  test("a bias makes two dimensions of one input, whose loss ends at that of the fitted line", () => {
    const [x, y] = [
      [1, 2, 3, 4],
      [2, 3.1, 3.9, 5.2],
    ];
    const task = taskFromSamples(x, y, { bias: true });
    expect(task.inputs).toMatchObject({ rows: 4, columns: 2 });
    const flow = integratedFlow({
      network: network(),
      task,
      initial: {
        u: [1, 0.5],
        W: [
          [1, 0.1],
          [0, 0.2],
        ],
      },
    });
    const centred = taskFromSamples(x, y, { center: true });
    expect(flow.at(Infinity).loss).toBeCloseTo(centred.yy - centred.xy ** 2 / centred.xx, 10);
  });

  test.each([1e-300, 1e-150, 1e-20, 1, 1e20, 1e150, 1e307])("standardised samples of size %s are those of size 1", (size) => {
    const x = [1, 2, 3, 6, -9];
    const y = [3, -1, 2, 2, 9];
    const one = taskFromSamples(x, y, { standardize: true });
    const { xx, xy, yy } = taskFromSamples(
      x.map((value) => size * value),
      y.map((value) => size * value),
      { standardize: true },
    );
    for (const [a, b] of [
      [xx, one.xx],
      [xy, one.xy],
      [yy, one.yy],
      [xx, 1],
    ])
      expect(Math.abs(a! - b!)).toBeLessThan(8 * EPS);
  });

  test("standard deviations keep their digits beside a mean 10⁶ times as large", () => {
    for (let trial = 0; trial < 50; trial++) {
      // Integers, so that the mean and the deviations are exact.
      const small = Array.from({ length: 16 }, () => Math.round(100 * normal()));
      const base = taskFromSamples(small, small, { standardize: true }).preprocessing!.inputs;
      const shifted = taskFromSamples(
        small.map((value) => value + 2 ** 27),
        small,
        { standardize: true },
      ).preprocessing!.inputs;
      expect(Math.abs(shifted.scale[0]! / base.scale[0]! - 1)).toBeLessThan(8 * EPS);
      expect(shifted.mean[0]! - 2 ** 27).toBeCloseTo(base.mean[0]!, 6);
    }
  });

  test("a column that is constant, to rounding too, keeps scale 1", () => {
    const third = 0.1 + 0.2;
    const { preprocessing, xx } = taskFromSamples([0.3, third, 0.3, third], [1, 2, 3, 5], { standardize: true });
    expect(Array.from(preprocessing!.inputs.scale)).toEqual([1]);
    expect(xx).toBeLessThan(1e-30);
    expect(taskFromSamples([7, 7], [1, 2], { standardize: "inputs" }).xx).toBe(0);
  });
});

describe("invalid options are refused", () => {
  const x = [
    [1, 2],
    [3, 5],
  ];
  const train = matrixTaskFromSamples(x, [1, 2], { center: true });
  const line = taskFromSamples([1, 2], [1, 2]);
  test.each([
    [
      "a side that is none",
      () => taskFromSamples([1], [1], { center: "x" as never }),
      /center is "x"; pass true, false, "inputs"/,
    ],
    ["a bias of 0", () => taskFromSamples([1], [1], { bias: 0 }), /bias is 0; pass true, false or a number/],
    ["a bias that is text", () => matrixTaskFromSamples(x, [1, 2], { bias: "1" as never }), /bias is "1"/],
    [
      "likeness and more",
      () => matrixTaskFromSamples(x, [1, 2], { like: train, whiten: false }),
      /like and whiten are both given/,
    ],
    ["likeness to other columns", () => matrixTaskFromSamples([[1]], [1], { like: train }), /x has 1 columns; .* for, 2/],
    ["likeness to other targets", () => matrixTaskFromSamples(x, x, { like: train }), /y has 2 columns/],
    [
      "likeness to moments",
      () => taskFromSamples([1], [1], { like: taskFromMoments({ xx: 1, xy: 1, yy: 1 }) }),
      /like is .*; pass a task that taskFromSamples made/,
    ],
    ["likeness to other dimensions", () => taskFromSamples(x, [1, 2], { like: line }), /x has 2 columns; .* like have, 1/],
    ["means that overflow", () => taskFromSamples([1.7e308, -1.7e308, -1.7e308], [1, 2, 3], { center: true }), /x overflows/],
    ["deviations that underflow", () => taskFromSamples([5e-324, 0, 1e-323], [1, 2, 3], { standardize: true }), /rescale x/],
    ["scales of 0", () => solveWith({ inputs: { mean: [0], scale: [0] }, targets: { mean: [0], scale: [1] } }), /not above 0/],
    ["means without scales", () => solveWith({ inputs: { mean: [0] }, targets: { mean: [0], scale: [1] } }), /inputs\.scale/],
  ] as const)("%s", (_, run, message) => {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(message);
  });

  function solveWith(preprocessing: unknown): unknown {
    const like = { ...line, preprocessing } as never;
    return taskFromSamples([1, 2], [1, 2], { like });
  }
});

test("tasks keep preprocessing and notes through problems, structuredClone and back", () => {
  const x = [1, 2, 3, 4];
  const y = [2, 3.1, 3.9, 5];
  const task = taskFromSamples(x, y, { standardize: "inputs" });
  expect(task.notes?.length).toBe(1);
  const flow = exactFlow({ network: network(), task: structuredClone(task), initial: { uu: 1, ww: 1, uw: 0 } });
  expect(flow.problem.task).toEqual(task);
  const matrices = matrixTaskFromSamples(
    x.map((value) => [value, 1 / value]),
    y,
    { center: "inputs" },
  );
  expect(matrices.notes?.length).toBe(1);
  const layers = pytorchLayers({ task: matrices, width: 3, seed: 1 });
  expect(solve({ network: network(), task: matrices, initial: layers }).problem.task).toMatchObject({
    preprocessing: matrices.preprocessing!,
    notes: matrices.notes!,
  });
});
