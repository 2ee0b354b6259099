/** The error estimates of a sweep, and the starts of the wide limit. */
import { parametrizations } from "feature-learning";
import { ensemble, scalingLaw, wideLimit } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";

describe("the slope of a scaling law", () => {
  const law = (widths: number[]) =>
    scalingLaw({ parametrization: parametrizations.ntk, observable: "kernelChange", widths, draws: 11, seed: 3 });

  test("has the standard error of a line of two parameters: √(Σ residuals²/(n − 2)/Σ(x − x̄)²)", () => {
    for (const widths of [
      [10, 100, 1000],
      [10, 30, 100, 300, 1000],
    ]) {
      const { exponent, error, points } = law(widths);
      const [x, y] = [points.map(({ kappa }) => Math.log(kappa)), points.map(({ median }) => Math.log(median))];
      const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
      const offset = mean(y) - exponent * mean(x);
      const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);
      const residuals = squares(y.map((value, i) => value - offset - exponent * x[i]!));
      const expected = Math.sqrt(residuals / (x.length - 2) / squares(x.map((value) => value - mean(x))));
      expect(expected).toBeGreaterThan(1e-6);
      expectWithin(Math.abs(error / expected - 1), 1e-9, "error");
    }
  });

  test("has none through two points", () => {
    expect(law([10, 1000]).error).toBe(0);
  });
});

test("the errors of quantiles are those of a normal's: √(p(1 − p)/n) over its density there", () => {
  const draws = 40_000;
  const settings = { width: 1e12, outputScale: 1e-6 };
  const found = ensemble({ of: "ensemble", settings, measure: ["initialOutput"], draws, seed: 5, start: "wide" });
  const normal = {
    0.01: 2.3263479,
    0.05: 1.6448536,
    0.25: 0.6744898,
    0.5: 0,
    0.75: 0.6744898,
    0.95: 1.6448536,
    0.99: 2.3263479,
  };
  expect(Object.keys(normal).map(Number).sort()).toEqual(found.levels);
  for (const [i, level] of found.levels.entries()) {
    const z = normal[level as 0.5];
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const expected = Math.sqrt((level * (1 - level)) / draws) / density;
    // Two order statistics some 40 to 100 places apart: their distance scatters by one in √40.
    expectWithin(Math.abs(found.quantileErrors.get(i, 0) / expected - 1), 0.35, `level ${level}`);
  }
});

test("the starts of the wide limit are those of layers: uw² + Γ = uu·ww, for every z", () => {
  for (const width of [2, 10, 1e6]) {
    const { start } = wideLimit({ width, scale: { u: 0.7, w: 1.3 } });
    for (const share of [0, 0.3, -0.9, 1]) {
      const { uu, ww, uw, area } = start(share * Math.sqrt(width)) as ReturnType<typeof start> & { area: number };
      expectWithin(Math.abs((uw * uw + area * area) / (uu * ww) - 1), 1e-14, `z = ${share}√d`);
      expectWithin(Math.abs(uw / Math.sqrt(uu * ww) - share), 1e-14, "cos ζ");
    }
  }
});
