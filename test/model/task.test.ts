import { exactApplies, exactFlow, type FeatureLearningError, network, taskFromMoments, taskFromSamples } from "feature-learning";
import { Matrix } from "ml-matrix";
import ndarray from "ndarray";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const EPS = Number.EPSILON;
const initial = { uu: 1, ww: 1, uw: 0 };

describe("taskFromSamples", () => {
  test("takes uncentred means of one-dimensional samples, in any kind of array", () => {
    const expected = { xx: 14 / 3, xy: -2 / 3, yy: 2, offDirection: 0 };
    const [x, y] = [
      [1, 2, 3],
      [1, 0, -1],
    ] as const;
    const yExpected = { ...expected, yy: 2 / 3 };
    for (const given of [x, Float32Array.from(x), ndarray([...x]), Matrix.columnVector([...x]), x.map((v) => [v])]) {
      expect(taskFromSamples(given, y)).toMatchObject(yExpected);
    }
  });

  test("finds the direction of rank-one data and their moments along it", () => {
    const random = seedrandom("rank one");
    for (let trial = 0; trial < 50; trial++) {
      const k = 2 + Math.floor(random() * 6);
      const n = 2 + Math.floor(random() * 20);
      const axis = Array.from({ length: k }, () => random() - 0.5);
      const length = Math.hypot(...axis);
      const latent = Array.from({ length: n }, () => 4 * random() - 2);
      const y = latent.map((a) => 0.5 * a + random());
      const task = taskFromSamples(
        latent.map((a) => axis.map((c) => (a * c) / length)),
        y,
      );
      const sign = Math.sign(axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)));
      const mean = (f: (i: number) => number): number => latent.reduce((sum, _, i) => sum + f(i), 0) / n;
      for (const [i, c] of task.direction!.entries()) expect(c).toBeCloseTo((sign * axis[i]!) / length, 13);
      expect(task.xx).toBeCloseTo(
        mean((i) => latent[i]! ** 2),
        13,
      );
      expect(task.xy).toBeCloseTo(sign * mean((i) => latent[i]! * y[i]!), 13);
      expect(task.yy).toBeCloseTo(
        mean((i) => y[i]! ** 2),
        13,
      );
      expect(Math.sqrt(task.offDirection)).toBeLessThan(32 * EPS);
      expect(exactApplies({ network: network(), task, initial })).toMatchObject({ applies: true });
    }
  });

  test("reports the share off the direction, and such data are refused unless projected", () => {
    const x = [
      [2, 0],
      [-2, 0],
      [0, 1],
      [0, -1],
    ];
    const y = [1, -1, 0.5, -0.5];
    const task = taskFromSamples(x, y);
    expect(task.offDirection).toBeCloseTo(0.2, 15);
    expect(Array.from(task.direction!)).toEqual([1, 0]);
    const problem = { network: network(), task, initial };
    expect(exactApplies(problem)).toMatchObject({ applies: false });
    expect(() => exactFlow(problem)).toThrow(/exactFlow: .*no single direction: 0\.200.*\{ project: true \}/);
    expect(codeOf(() => exactFlow(problem))).toBe("assumption");
    const projected = exactFlow(problem, { project: true });
    expect(projected.limit.output).toBeCloseTo(0.5, 15);
    expect(exactFlow({ ...problem, task: taskFromSamples(x, y, { project: true }) }).limit).toEqual(projected.limit);
  });

  test("has more inputs than samples as well, and data of any size", () => {
    expect(taskFromSamples([[3, 0, 4, 0]], [2])).toMatchObject({ xx: 25, xy: 10, yy: 4 });
    for (const size of [1e-140, 1e140]) {
      const task = taskFromSamples(
        [
          [3 * size, 4 * size],
          [-3 * size, -4 * size],
        ],
        [1, -1],
      );
      expect(task.xx / size / size).toBeCloseTo(25, 12);
      expect(task.xy / size).toBeCloseTo(5, 13);
      expect(Math.sqrt(task.offDirection)).toBeLessThan(8 * EPS);
    }
  });

  test("zero inputs are data from which nothing is learned", () => {
    const task = taskFromSamples(
      [
        [0, 0],
        [0, 0],
      ],
      [1, 2],
    );
    expect(task).toMatchObject({ xx: 0, xy: 0, yy: 2.5, offDirection: 0 });
    const flow = exactFlow({ network: network(), task, initial });
    expect(flow.limit).toMatchObject({ loss: 2.5, excessLoss: 0, output: 0, uu: 1, ww: 1 });
  });
});

describe("taskFromMoments", () => {
  test("accepts perfectly correlated data, rounded", () => {
    for (let i = 1; i <= 100; i++) {
      const [x, y] = [Math.sqrt(i), Math.cbrt(i) * 1e150];
      expect(() => taskFromMoments({ xx: x * x, xy: x * y, yy: y * y })).not.toThrow();
    }
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as FeatureLearningError).code;
  }
  return undefined;
}
