/** The change of the kernel near overflow and on the borders of the plane of regimes. */
import { describe, expect, test } from "vitest";
import { kernelChange } from "../../src/regimes/kernelChange.ts";
import { kernelRange } from "../../src/regimes/kernelRange.ts";

test("a kernel that grows beyond the square root of the largest double grows by its true factor", () => {
  for (const after of [1e150, 1e200, 1e300]) {
    const found = kernelChange(0.6, 0.8, after);
    // √(I + 4h²S²)/B₀ and 1 less are `after` to rounding.
    expect(found.ratio / after).toBeCloseTo(1, 14);
    expect(found.largest / after).toBeCloseTo(1, 14);
  }
});

test("on the way through zero it falls to √I, and to an overlap of zero no further", () => {
  expect(kernelChange(0.6, -0.8, 0.1).largest).toBeCloseTo(0.4, 14);
  expect(kernelChange(0.6, -0.8, 0).largest).toBeCloseTo(0.4, 14);
  expect(kernelChange(0.6, 0.8, 0.1).largest).toBeCloseTo(1 - Math.hypot(0.6, 0.1), 14);
});

describe("a start whose whole kernel is overlap of the wrong sign loses it all on the way", () => {
  test("so for no threshold up to 1 it is a kernel machine, as its change is not below", () => {
    expect(kernelRange(-1, 1)).toBeUndefined();
    expect(kernelRange(-1, 0.5)).toBeUndefined();
    expect(kernelChange(0, -1, 0.5).largest).toBe(1);
  });

  test("and above 1 it is one until the kernel has grown by as much", () => {
    expect(kernelRange(-1, 2)).toEqual({ from: 0, to: 3 });
    expect(kernelChange(0, -1, 3).largest).toBe(2);
  });
});
