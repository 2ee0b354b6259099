/** The details of a phase: the initial kernel, the margin, the mechanisms, and the reason. */
import { parametrizations, phase } from "feature-learning";
import { describe, expect, test } from "vitest";

test.each([
  ["ntk", "dominant", "(e_k = 0.5 > 0), and the initial overlap is small relative to it (e_s = -0.5 < 0)"],
  ["meanField", "comparable", "the kernel changes by O(1) relative to its initial value (e_k = 0)"],
  ["smallInitialisation", "vanishing", "vanishes relative to the kernel after training (e_k = -2 < 0)"],
  ["lazy", "dominant", "the initial overlap is as large as the kernel (e_s = 0, with e_k = 1 > 0)"],
] as const)("%s: its initial kernel is %s, and the reason gives the exponents that decide", (name, initialKernel, reason) => {
  const found = phase(parametrizations[name]);
  expect(found.initialKernel).toBe(initialKernel);
  expect(found.because).toContain(reason);
});

describe("the margin", () => {
  test("is the distance to the nearer boundary where e_k > 0, and to e_k = 0 beyond it", () => {
    const lean = phase({ width: 0, outputScale: 1, scale: { u: 0.25, w: 0 }, learningRates: -2 });
    expect(lean).toMatchObject({ margin: 0.25, exponents: { kernel: 1.5, overlap: -0.25 } });
    // The boundary e_s = 0, on which this one lies, parts nothing where the kernel vanishes.
    expect(phase(parametrizations.smallInitialisation)).toMatchObject({ margin: 2, exponents: { kernel: -2, overlap: 0 } });
  });

  test("is 0 where rounding of sums of rationals is all that parts an exponent from its boundary", () => {
    const onKernel = phase({ ...parametrizations.meanField, outputScale: -1 + 2 ** -52 });
    expect(onKernel.exponents.kernel).not.toBe(0);
    expect(onKernel.margin).toBe(0);
    const onOverlap = phase({ ...parametrizations.lazy, scale: { u: 2 ** -52, w: 0 } });
    expect(onOverlap.exponents.overlap).not.toBe(0);
    expect(onOverlap.margin).toBe(0);
  });
});

test("at a fixed width angle and norms change by a finite share, however lazy the kernel", () => {
  const lean = phase({ width: 0, outputScale: 1, scale: { u: 1, w: 0 }, learningRates: -2 });
  expect(lean.exponents.angle).toBeGreaterThan(0);
  expect([lean.phase, lean.mechanisms]).toEqual(["kernel", "present"]);
});
