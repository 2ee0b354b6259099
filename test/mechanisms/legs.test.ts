/** The legs of a sequence between its turning points. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { legsOf } from "../../src/mechanisms/legs.ts";
import { noiseOf, oscillationOf, swingOf } from "../../src/mechanisms/noise.ts";
import { pinned } from "../support/problems.ts";
import { gaussians } from "../support/uniforms.ts";

const sequence = fc.array(
  fc.integer({ min: -1000, max: 1000 }).map((n) => n / 1000),
  { minLength: 2, maxLength: 40 },
);

test("legs follow each other from the first sample to the last, and their directions alternate", () => {
  fc.assert(
    fc.property(sequence, fc.integer({ min: 0, max: 1000 }), (x, thousandths) => {
      const tolerance = thousandths / 1000;
      const legs = legsOf(x, tolerance);
      expect([legs[0]!.first, legs.at(-1)!.last]).toEqual([0, x.length - 1]);
      for (const [i, leg] of legs.entries()) {
        const before = legs[i - 1];
        if (before !== undefined) {
          expect(leg.first).toBe(before.last);
          expect(leg.rises).toBe(!before.rises);
          // Every turning point is at least the tolerance away from what came before it.
          expect(before.height).toBeGreaterThanOrEqual(tolerance);
        }
      }
    }),
    pinned(112, 1000),
  );
});

test("of a tolerance of 0 every step belongs to a leg of its own direction", () => {
  fc.assert(
    fc.property(sequence, (x) => {
      for (const { first, last, rises } of legsOf(x, 0))
        for (let i = first; i < last; i++) expect(rises ? x[i + 1]! - x[i]! : x[i]! - x[i + 1]!).toBeGreaterThanOrEqual(0);
    }),
    pinned(113, 1000),
  );
});

test("wiggles below the tolerance belong to the leg that they lie on", () => {
  const x = [0, 0.2, 0.15, 0.5, 0.45, 1, 0.98, 0.4, 0.45, 0.1];
  expect(legsOf(x, 0.1).map(({ first, last, rises }) => [first, last, rises])).toEqual([
    [0, 5, true],
    [5, 9, false],
  ]);
  expect(legsOf(x, 2).map(({ rises, height }) => [rises, height])).toEqual([[true, 1]]);
  expect(legsOf([1, 1, 1], 0.1)).toEqual([{ first: 0, last: 2, rises: true, height: 0 }]);
});

test("a zero layer is a leg of infinite height", () => {
  const legs = legsOf([-Infinity, -Infinity, 0, 1, -Infinity], 0.1);
  expect(legs.map(({ first, last, height }) => [first, last, height])).toEqual([
    [0, 3, Infinity],
    [3, 4, Infinity],
  ]);
});

test("independent noise on a smooth course is estimated within a factor of 2, and samples stay within its swing", () => {
  let [worst, within] = [1, 0];
  for (let seed = 1; seed <= 50; seed++) {
    const gauss = gaussians(seed);
    const x = Array.from({ length: 400 }, (_, i) => Math.tanh((i - 200) / 60) + 0.03 * gauss());
    const ratio = noiseOf(x) / 0.03;
    worst = Math.max(worst, ratio, 1 / ratio);
    const still = Array.from({ length: 400 }, () => 0.03 * gauss());
    if (Math.max(...still) - Math.min(...still) < swingOf(noiseOf(still), 400)) within++;
  }
  expect(worst).toBeLessThan(2);
  // Of 400 normal numbers one in a hundred sets has a larger range.
  expect(within).toBeGreaterThanOrEqual(48);
});

test("a smooth course has no noise, even if it is sampled coarsely", () => {
  for (const count of [4, 7, 20, 200]) {
    const x = Array.from({ length: count }, (_, i) => Math.abs(Math.tanh((6 * i) / (count - 1) - 2)));
    expect(noiseOf(x)).toBeLessThan(1e-12);
  }
  expect([noiseOf([]), noiseOf([1, 0, 1]), swingOf(1, 1)]).toEqual([0, 0, 0]);
});

test("an oscillation from sample to sample is told from noise", () => {
  const swings = Array.from({ length: 40 }, (_, i) => (i % 2) * 0.3 + i / 100);
  expect(oscillationOf(swings, 0.1)).toMatchObject({ first: 0, last: 39 });
  expect(oscillationOf(swings, 0.4)).toBeUndefined();
  expect(oscillationOf([...Array.from({ length: 30 }, (_, i) => i / 30), ...swings], 0.1)!.first).toBeGreaterThanOrEqual(28);
  let found = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const gauss = gaussians(seed);
    if (oscillationOf(Array.from({ length: 500 }, gauss), 1e-3) !== undefined) found++;
  }
  // Fourteen regular steps in a row have a chance of about 1e-4 in 500 samples of noise.
  expect(found).toBeLessThanOrEqual(1);
});
