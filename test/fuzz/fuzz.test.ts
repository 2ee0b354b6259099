import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

test("20,000 problems over 10^±150: no NaN, no foreign exception, no spurious infinity", () => {
  const { failures, snapshots, infinite, targets, asked } = fuzz(20_000, "a share for every run");
  expect(failures).toEqual([]);
  // The problems reach beyond the range of double precision and stay within it.
  expect(infinite).toBeGreaterThan(snapshots / 10);
  expect(infinite).toBeLessThan(snapshots * 5);
  expect(asked).toBeGreaterThan(0.7 * targets);
});
