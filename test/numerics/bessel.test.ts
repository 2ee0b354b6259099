import { expect, test } from "vitest";
import { scaledBessel } from "../../src/numerics/bessel.ts";
import reference from "../reference/bessel.json" with { type: "json" };

test("the scaled Bessel functions agree with 50-digit values from 1e-4 to 1e12", () => {
  const out = new Float64Array(2);
  let worst = 0;
  for (const [x, zero, one] of reference.rows as [number, number, number][]) {
    scaledBessel(x, out);
    worst = Math.max(worst, Math.abs(out[0]! / zero - 1), Math.abs(out[1]! / one - 1));
  }
  expect(reference.rows.length).toBeGreaterThan(150);
  expect(worst).toBeLessThan(1e-15);
});

test("at 0 they are 1 and ½, and at infinity 0", () => {
  const out = new Float64Array(2);
  scaledBessel(0, out);
  expect(Math.abs(out[0]! - 1) + Math.abs(out[1]! - 0.5)).toBeLessThan(2e-16);
  scaledBessel(Infinity, out);
  expect([...out]).toEqual([0, 0]);
});
