/** The limits of rounding: when inputs count as one direction, and when an input counts as having no data. */
import { exactApplies, exactFlow, FeatureLearningError, network, taskFromSamples } from "feature-learning";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { supportOf } from "../../src/numerics/support.ts";

const initial = { uu: 1, ww: 1, uw: 0.2 };

/** Samples on the direction (0.6, 0.8), off it by this share. */
function scattered(off: number) {
  const x = [1, -2, 0.7, 3, -1.1].map((a, i) => [0.6 * a - 0.8 * off * (i % 2 ? 1 : -1), 0.8 * a + 0.6 * off * (i % 2 ? 1 : -1)]);
  return taskFromSamples(x, [1, -2, 1, 2.5, -1]);
}

test("inputs off their direction by rounding are of one direction, by more they are not", () => {
  for (const off of [0, 1e-16, 1e-14, 5e-13]) {
    const problem = { network: network(), task: scattered(off), initial };
    expect(exactApplies(problem).applies, `${off}`).toBe(true);
  }
  for (const off of [1e-11, 1e-9, 1e-6, 1e-3]) {
    const problem = { network: network(), task: scattered(off), initial };
    expect(exactApplies(problem).applies, `${off}`).toBe(false);
    expect(() => exactFlow(problem)).toThrow(FeatureLearningError);
  }
});

test("a variance that rounding can leave is no direction of the inputs, a larger one is", () => {
  const axes = new Matrix([
    [0.6, -0.8],
    [0.8, 0.6],
  ]);
  const found = (variance: number): number =>
    supportOf(axes.mmul(Matrix.diag([1, variance])).mmul(axes.transpose())).variances.length;
  for (const variance of [0, 1e-17, 1e-16]) expect(found(variance), `${variance}`).toBe(1);
  for (const variance of [2e-14, 1e-12, 1e-6, 1]) expect(found(variance), `${variance}`).toBe(2);
});
