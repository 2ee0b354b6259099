import { describe, expect, test } from "vitest";
import { rootBetween } from "../../src/numerics/rootBetween.ts";

describe("a root between two points of different signs", () => {
  test("is found to the given precision, for increasing and decreasing functions", () => {
    for (const sign of [1, -1])
      for (const root of [1e-12, 0.3, 7, 1e9]) {
        const found = rootBetween((x) => sign * Math.log(x / root), root / 4, root * 3, 1e-12);
        expect(Math.abs(found / root - 1)).toBeLessThan(2e-12);
      }
  });

  test("takes few evaluations", () => {
    let count = 0;
    const value = (x: number): number => {
      count++;
      return Math.exp(x) - 3;
    };
    expect(Math.abs(rootBetween(value, 0, 4, 1e-8) - Math.log(3))).toBeLessThan(1e-8);
    expect(count).toBeLessThan(20);
  });

  test("an end where the function is 0 is a root, and where both ends have one sign the second end is returned", () => {
    expect(rootBetween((x) => x, 0, 1, 1e-8)).toBe(0);
    expect(rootBetween((x) => x - 1, 0, 1, 1e-8)).toBe(1);
    expect(rootBetween((x) => x + 1, 0, 1, 1e-8)).toBe(1);
  });
});
