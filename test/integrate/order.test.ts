/** The methods converge with the order that they are named for, at the steps and between them. */
import { expect, test } from "vitest";
import { methods } from "../../src/integrate/method/integrate.ts";
import { stepperOf } from "../../src/integrate/method/stepper.ts";

/** A logistic curve and a circle, both with closed forms. */
const system = {
  dimension: 3,
  derivative: (_t: number, y: Float64Array, out: Float64Array) => {
    out[0] = y[0]! * (1 - y[0]!);
    out[1] = y[2]!;
    out[2] = -y[1]!;
  },
};
const exact = (t: number): Float64Array => Float64Array.of(1 / (1 + 9 * Math.exp(-t)), Math.sin(t), Math.cos(t));
const UNTIL = 4;

/** The largest errors at the steps' ends and between them, over so many steps. */
function errors(method: keyof typeof methods, steps: number): { readonly ends: number; readonly between: number } {
  const stepper = stepperOf(methods[method], system);
  const y = exact(0);
  const inside = new Float64Array(3);
  const h = UNTIL / steps;
  let ends = 0;
  let between = 0;
  const away = (found: Float64Array, t: number): number => Math.max(...exact(t).map((value, i) => Math.abs(value - found[i]!)));
  stepper.begin(0, y);
  for (let n = 0; n < steps; n++) {
    stepper.attempt(n * h, y, h);
    stepper.connect(n * h, y, h);
    for (const x of [0.3, 0.5, 0.8]) {
      stepper.between(y, x, inside);
      between = Math.max(between, away(inside, (n + x) * h));
    }
    y.set(stepper.next);
    stepper.accept();
    ends = Math.max(ends, away(y, (n + 1) * h));
  }
  return { ends, between };
}

/** Minus the slope of log error on log steps, by least squares. */
function order(counts: readonly number[], sizes: readonly number[]): number {
  const x = counts.map(Math.log);
  const y = sizes.map(Math.log);
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  const top = x.reduce((sum, xi, i) => sum + (xi - mx) * (y[i]! - my), 0);
  return -top / x.reduce((sum, xi) => sum + (xi - mx) ** 2, 0);
}

test.each([
  // Until rounding shows: at 1e-13 and below.
  ["dop853", [5, 7, 10, 14, 20, 28], 8, 8],
  ["dopri5", [8, 16, 32, 64, 128, 256], 5, 5],
] as const)("%s has its order, and so have the values between its steps", (method, counts, atEnds, inBetween) => {
  const found = counts.map((count) => errors(method, count));
  expect(
    Math.abs(
      order(
        counts,
        found.map((e) => e.ends),
      ) - atEnds,
    ),
  ).toBeLessThan(0.3);
  expect(
    Math.abs(
      order(
        counts,
        found.map((e) => e.between),
      ) - inBetween,
    ),
  ).toBeLessThan(0.3);
  // As accurate as the steps, to within one order of magnitude.
  for (const { ends, between } of found) expect(between).toBeLessThan(10 * ends);
});

test("the coefficients of both methods satisfy the conditions that any method must", () => {
  for (const { nodes, stages, weights, errors: estimates, dense } of Object.values(methods)) {
    const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
    for (const [s, row] of stages.entries()) {
      const size = Math.max(1, ...row.map(Math.abs));
      expect(Math.abs(sum(row) - nodes[s]!)).toBeLessThan(1e-14 * size);
    }
    for (const [s, row] of dense.stages.entries()) expect(Math.abs(sum(row) - dense.nodes[s]!)).toBeLessThan(1e-13);
    expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-14);
    for (let power = 1; power <= 4; power++) {
      const moment = sum(weights.map((b, s) => b * nodes[s]! ** power));
      expect(Math.abs(moment - 1 / (power + 1))).toBeLessThan(1e-14);
    }
    for (const row of estimates) expect(Math.abs(sum(row))).toBeLessThan(1e-14);
  }
});
