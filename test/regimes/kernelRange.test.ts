import fc from "fast-check";
import { expect, test } from "vitest";
import { kernelChange } from "../../src/regimes/kernelChange.ts";
import { kernelRange } from "../../src/regimes/kernelRange.ts";
import { pinned } from "../support/problems.ts";

test("in the plane of regimes, kernel machines are those whose kernel moves by less than the threshold", () => {
  const within = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const law = fc.property(within(-1, 1), within(0.001, 3), within(0, 1), within(1.0001, 3), (start, below, share, beyond) => {
    const change = (end: number): number => kernelChange(Math.sqrt(1 - start * start), start, end).largest;
    const range = kernelRange(start, below);
    // Rounding of a kernel near 1.
    const slack = 1e-12;
    if (range === undefined) {
      for (const end of [1e-9, share + 1e-9, 1, 10]) expect(change(end)).toBeGreaterThan(below - slack);
      return;
    }
    expect(change(range.from + share * (range.to - range.from))).toBeLessThan(below + slack);
    expect(change(range.to * beyond)).toBeGreaterThan(below - slack);
    if (range.from > 0) expect(change(range.from / beyond)).toBeGreaterThan(below - slack);
  });
  fc.assert(law, pinned(7, 2000));
});
