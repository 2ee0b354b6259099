/** The phase of a scaling: the theory's table, its boundaries, and finite networks as the judge. */
import { type DerivedExponents, parametrizations, phase, type ScalingExponents } from "feature-learning";
import { scalingLaw } from "feature-learning/sweep";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { runs } from "../support/problems.ts";

describe("the table of parametrizations", () => {
  test.each([
    ["ntk", "stable", 0.5, "kernel"],
    ["meanField", "stable", 0, "feature-learning"],
    ["standard", "stable", 1, "kernel"],
    ["standardFixedRate", "unstable", 1, "kernel"],
    ["muP", "stable", 0, "feature-learning"],
    ["pytorch", "unstable", 1, "kernel"],
    ["xavier", "stable", 0, "feature-learning"],
    ["lazy", "stable", 1, "feature-learning"],
    ["largeInitialisation", "stable", 2, "feature-learning"],
    ["smallInitialisation", "stable", -2, "feature-learning"],
  ] as const)("%s is %s with e_k = %f: %s", (name, stability, kernel, expected) => {
    const found = phase(parametrizations[name]);
    expect([found.stability, found.exponents.kernel, found.phase]).toEqual([stability, kernel, expected]);
  });

  test("a large output scale disaligns, as its initial overlap is as large as its kernel; with f(0) = 0 it would be lazy", () => {
    const { exponents, because, margin } = phase(parametrizations.lazy);
    expect([exponents.kernel, exponents.overlap, margin]).toEqual([1, 0, 0]);
    expect(because).toMatch(/e_s = 0/);
  });

  test("a static kernel under a turning small layer is found", () => {
    const found = phase({ width: 1, outputScale: -0.5, scale: { u: 0, w: -1 }, learningRates: 0 });
    expect([found.phase, found.exponents.angle, found.mechanisms]).toEqual(["kernel", -0.5, "present"]);
    expect(phase(parametrizations.ntk).mechanisms).toBe("vanishing");
  });

  test("every one has its source in the references", async () => {
    const { readFileSync } = await import("node:fs");
    const references = readFileSync("docs/references.md", "utf8");
    for (const { source } of Object.values(parametrizations)) expect(references).toContain(`| ${source} `);
  });
});

describe("boundaries", () => {
  const at = (shift: number, of: keyof ScalingExponents): ScalingExponents => {
    const base = { ...parametrizations.meanField, [of]: 0 } as ScalingExponents;
    return { ...base, ...(of === "outputScale" ? { outputScale: -1 + shift } : {}) };
  };
  test("1e-9 to either side of e_k = 0 the verdicts differ, and on it it is feature learning", () => {
    expect(phase(at(1e-9, "outputScale")).phase).toBe("kernel");
    expect(phase(at(-1e-9, "outputScale"))).toMatchObject({ phase: "feature-learning", initialKernel: "vanishing" });
    expect(phase(at(0, "outputScale"))).toMatchObject({ phase: "feature-learning", initialKernel: "comparable", margin: 0 });
    // What rounding does to sums of rationals does not count.
    expect(phase(at(3e-16, "outputScale")).initialKernel).toBe("comparable");
  });

  test("1e-9 off e_s = 0, on fixed width, it is kernel again", () => {
    const lean = (shift: number) => ({ width: 0, outputScale: 1, scale: { u: shift, w: 0 }, learningRates: -2 });
    expect([-1e-9, 0, 1e-9].map((shift) => phase(lean(shift)).phase)).toEqual(["kernel", "feature-learning", "kernel"]);
  });

  test("1e-9 off r = 0 it is unstable or frozen", () => {
    const rate = (shift: number) => ({ ...parametrizations.ntk, learningRates: shift });
    expect([-1e-9, 0, 1e-9].map((shift) => phase(rate(shift)).stability)).toEqual(["frozen", "stable", "unstable"]);
  });

  test("1e-9 off e_a = 0 the mechanisms vanish or not", () => {
    const small = (shift: number) => ({ width: 1, outputScale: -0.5, scale: { u: 0, w: -0.5 + shift }, learningRates: 0 });
    expect([-1e-9, 0, 1e-9].map((shift) => phase(small(shift)).mechanisms)).toEqual(["present", "present", "vanishing"]);
  });
});

/** A thousand scalings with exponents that are multiples of ½. */
function rationals(count: number): ScalingExponents[] {
  const random = seedrandom("rationals");
  const half = (from: number, to: number): number => from + 0.5 * Math.floor(random() * (2 * (to - from) + 1));
  return Array.from({ length: count }, () => ({
    width: half(0, 2),
    outputScale: half(-1.5, 1.5),
    scale: { u: half(-1, 1), w: half(-1, 1) },
    learningRates: { u: half(-1, 1), w: half(-1, 1) },
  }));
}

test("1,000 random scalings: finite networks from width 1e6 to 1e14 scale as the verdict says", () => {
  const seen = { kernel: 0, vanishing: 0, comparable: 0, boundary: 0 };
  for (const [i, exponents] of rationals(runs(1000)).entries()) {
    const verdict = phase(exponents);
    const { kernel, overlap }: DerivedExponents = verdict.exponents;
    const growing = exponents.width > 0;
    const law = scalingLaw({
      parametrization: exponents,
      observable: kernel < 0 ? "kernelRatio" : "kernelChange",
      // κ from 1e6 to 1e14 at the least width exponent, 1e3 to 1e7 at the largest.
      ...(growing ? { widths: [1e6, 1e8, 1e10, 1e12, 1e14] } : { widths: [30], kappas: [1e6, 1e8, 1e10] }),
      draws: 101,
      seed: i,
    });
    const expected = verdict.phase === "kernel" ? Math.max(-2 * kernel, 2 * overlap) : kernel < 0 ? -kernel : 0;
    expect(law.predicted, JSON.stringify(exponents)).toBeCloseTo(expected, 12);
    expect(Math.abs(law.exponent - expected), `${JSON.stringify(exponents)}: ${law.exponent}, expected ${expected}`).toBeLessThan(
      0.05,
    );
    if (verdict.phase === "kernel") seen.kernel++;
    else if (kernel < 0) seen.vanishing++;
    else seen.comparable++;
    if (law.margin === 0) seen.boundary++;
  }
  expect(seen.kernel).toBeGreaterThan(runs(300));
  expect(seen.vanishing).toBeGreaterThan(runs(100));
  expect(seen.boundary).toBe(seen.comparable);
});
