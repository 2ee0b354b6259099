/** Whitening and the inputs' span from the singular values of the samples, which keep the digits that a covariance loses. */
import { FeatureLearningError, integratedFlow, matrixTaskFromSamples, network, solve, taskFromSamples } from "feature-learning";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const random = seedrandom("whitening");
const normal = (): number => random() + random() + random() + random() - 2;
const samplesOf = (count: number, row: (a: number, b: number, c: number) => number[]): number[][] =>
  Array.from({ length: count }, () => row(normal(), normal(), normal()));

/** The largest entry of E[Tx(Tx)ᵀ] − 1, and of E[y(Tx)ᵀ] less what the task says, both by plain sums over the samples. */
function errors(x: number[][]): { rank: number; identity: number; correlation: number } {
  const y = x.map(() => [normal(), normal()]);
  const task = matrixTaskFromSamples(x, y, { whiten: true });
  const T = task.whitening!.to2DArray();
  const white = x.map((row) => T.map((direction) => row.reduce((sum, value, j) => sum + direction[j]! * value, 0)));
  const mean = (of: (n: number) => number): number => x.reduce((sum, _, n) => sum + of(n), 0) / x.length;
  let identity = 0;
  let correlation = 0;
  for (let a = 0; a < T.length; a++) {
    for (let b = 0; b < T.length; b++)
      identity = Math.max(identity, Math.abs(mean((n) => white[n]![a]! * white[n]![b]!) - (a === b ? 1 : 0)));
    for (let o = 0; o < 2; o++)
      correlation = Math.max(correlation, Math.abs(mean((n) => y[n]![o]! * white[n]![a]!) - task.yx.get(o, a)));
  }
  return { rank: T.length, identity, correlation };
}

describe("E[Tx(Tx)ᵀ] is the identity on the span of the samples", () => {
  test.each([1e-2, 1e-4, 1e-6, 1e-8, 1e-10])("nearly collinear columns a ± %s b, to rounding times the condition", (small) => {
    for (const count of [4, 50, 1000]) {
      const { rank, identity, correlation } = errors(samplesOf(count, (a, b, c) => [a + small * b, a - small * b, c]));
      expect(rank).toBe(3);
      // Tx itself can be evaluated no better: its terms are 1/small times larger than their sum.
      expect(identity).toBeLessThan((20 * Number.EPSILON) / small);
      expect(correlation).toBeLessThan((20 * Number.EPSILON) / small);
    }
  });

  test.each([1e-3, 1e-8, 1e-12])("columns in units %s apart, to rounding", (unit) => {
    const { rank, identity } = errors(samplesOf(100, (a, b, c) => [a, unit * (b + a / 2), c]));
    expect(rank).toBe(3);
    expect(identity).toBeLessThan(1e-14);
  });

  test.each([1e-300, 1e-150, 1e150, 1e300])("samples of size %s", (size) => {
    const { rank, identity } = errors(samplesOf(100, (a, b, c) => [size * a, size * (b + a / 2), size * c]));
    expect(rank).toBe(3);
    expect(identity).toBeLessThan(1e-14);
    expect(
      errors([
        [size, 0],
        [0, 1],
      ]).identity,
    ).toBeLessThan(1e-15);
  });

  test("directions that are rounding are left out, and so are those that the samples do not reach", () => {
    expect(errors(samplesOf(60, (a, b) => [a, b, a + b, a - 2 * b])).rank).toBe(2);
    expect(errors(samplesOf(2, (a, b, c) => [a, b, c])).rank).toBe(2);
    expect(errors([[1, 2, 3]]).rank).toBe(1);
  });

  test("the largest variance comes first, also of orthogonal columns", () => {
    const { whitening } = matrixTaskFromSamples(
      [
        [1, 0],
        [0, 2],
      ],
      [1, 2],
      { whiten: true },
    );
    expect(whitening!.to2DArray()[0]![0]).toBe(0);
    expect(whitening!.get(0, 1)).toBeCloseTo(Math.SQRT1_2, 15);
  });

  test("no direction at all, or one too small to be scaled up, is refused", () => {
    for (const x of [[[0, 0]], [[1e-310, 2e-310]]])
      expect(() => matrixTaskFromSamples(x, [1], { whiten: true })).toThrow(FeatureLearningError);
  });
});

test.each([1e-3, 1e-5, 1e-6])("with inputs a ± %s b the loss of layers { u, W } is that of the samples", (small) => {
  const latent = samplesOf(40, (a, b) => [a, b]);
  const x = latent.map(([a, b]) => [a! + small * b!, a! - small * b!]);
  const y = latent.map(([a, b]) => b! + a! / 2);
  const task = taskFromSamples(x, y);
  const net = network();
  for (const flow of [
    integratedFlow(
      {
        network: net,
        task,
        initial: {
          u: [1, 0],
          W: [
            [0.5, 0.1],
            [0, 0.3],
          ],
        },
      },
      { until: 0.01 },
    ),
    solve({ network: net, task, initial: { u: [1], W: [[0.5, 0.1]] } }, { until: 0.01 }),
  ]) {
    const { loss, output } = flow.at(0.005);
    const own = x.reduce((sum, [p, q], n) => sum + (output.get(0, 0) * p! + output.get(0, 1) * q! - y[n]!) ** 2, 0) / x.length;
    expect(Math.abs(loss - own)).toBeLessThan((10 * Number.EPSILON) / small);
    // The inputs explain the targets whole: nothing of the loss stays.
    expect(Math.abs(loss - flow.at(0.005).excessLoss!)).toBeLessThan((10 * Number.EPSILON) / small);
  }
});
