import fc from "fast-check";
import { expect, test } from "vitest";
import { kernelChange } from "../../src/regimes/kernelChange.ts";
import { kernelRange } from "../../src/regimes/kernelRange.ts";
import { counted } from "../support/counted.ts";
import { pinned, uniform } from "../support/problems.ts";

test("in the plane of regimes, kernel machines are those whose kernel moves by less than the threshold", () => {
  const [inside, below] = [counted({ atLeast: 0.8, what: "ranges" }), counted({ atLeast: 0.1, what: "lower ends" })];
  const within = (min: number, max: number) => uniform(min, max);
  const thresholds = fc.oneof(within(0.001, 0.3), within(0.001, 3));
  const law = fc.property(within(-1, 1), thresholds, within(0, 1), within(1.0001, 3), (start, threshold, share, beyond) => {
    const change = (end: number): number => kernelChange(Math.sqrt(1 - start * start), start, end).largest;
    const range = kernelRange(start, threshold);
    // Rounding of a kernel near 1.
    const slack = 1e-12;
    if (!inside.when(range)) {
      for (const end of [1e-9, share + 1e-9, 1, 10]) expect(change(end)).toBeGreaterThan(threshold - slack);
      return;
    }
    expect(change(range.from + share * (range.to - range.from))).toBeLessThan(threshold + slack);
    expect(change(range.to * beyond)).toBeGreaterThan(threshold - slack);
    if (below.when(range.from > 0)) expect(change(range.from / beyond)).toBeGreaterThan(threshold - slack);
  });
  fc.assert(law, pinned(7, 2000));
});
