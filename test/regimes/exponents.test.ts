/** The derived exponents among themselves: what holds for every scaling. */
import fc from "fast-check";
import { FeatureLearningError, parametrizations, phase } from "feature-learning";
import { expect, test } from "vitest";
import { signOf } from "../../src/regimes/exponents.ts";
import { EPS, expectWithin, pinned, uniform } from "../support/problems.ts";

const exponent = uniform(-3, 3);
const scalings = fc.record({
  width: uniform(0, 3),
  outputScale: exponent,
  scale: fc.record({ u: exponent, w: exponent }),
  learningRates: fc.record({ u: exponent, w: exponent }),
});

test("o = e_k + e_s, e_s ≤ −c_d/2, and e_k exceeds e_a by half of what parts the layers' shares of the kernel", () => {
  fc.assert(
    fc.property(scalings, (scaling) => {
      const { kernel, overlap, output, angle } = phase(scaling).exponents;
      const { width, scale, learningRates } = scaling;
      // Sums of ten terms of size up to 9.
      const rounding = 100 * EPS;
      expectWithin(Math.abs(output - (kernel + overlap)), rounding, "o");
      expectWithin(overlap + width / 2, rounding, "e_s");
      const apart = Math.abs(learningRates.w + 2 * scale.u - (learningRates.u + 2 * scale.w)) / 2;
      expectWithin(Math.abs(kernel - angle - apart), rounding, "e_k − e_a");
    }),
    pinned(61),
  );
});

test("exponents of size up to 1e-12 count as 0, larger ones do not", () => {
  expect([1e-12, -1e-12, 0, 1.001e-12, -1.001e-12].map(signOf)).toEqual([0, 0, 0, 1, -1]);
});

test("no network narrows as it grows", () => {
  expect(() => phase({ ...parametrizations.ntk, width: -1 })).toThrow(FeatureLearningError);
  expect(() => phase({ ...parametrizations.ntk, width: -1 })).toThrow(/^phase: exponents\.width is -1/);
});
