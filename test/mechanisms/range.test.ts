/**
 * Layers near the ends of the range of double precision get a verdict or are refused: never NaN, and never a
 * search without end.
 */
import {
  exactFlow,
  FeatureLearningError,
  gradientDescent,
  integratedFlow,
  mechanisms,
  mechanismsOverTime,
  network,
  regime,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const half = network({ loss: "half-mse" });
const data = taskFromSamples([35.7, 20.4, 1.187e24, 0], [12.8, 0.001, -1e-12, 8.9e9]);

describe("what overflows is refused by name", () => {
  test.each([
    [
      "an infinite overlap at the start",
      () => mechanisms(exactFlow({ network: half, task: data, initial: { u: [5.6e110, 1e-15], w: [-1.7e308, 82.5] } })),
    ],
    [
      "an infinite area",
      () => mechanisms(exactFlow({ network: half, task, initial: { u: [-0.1, -4.4e221], w: [4.8e115, -1e-263] } })),
    ],
    [
      "an infinite overlap at the end",
      () => mechanisms(exactFlow({ network: network({ outputScale: 5e-324 }), task, initial: { u: [1, 2], w: [2, 1] } })),
    ],
    [
      "the same over time",
      () =>
        mechanismsOverTime(
          exactFlow({ network: network({ outputScale: -5e-324 }), task, initial: { u: [-8.8e-8, -3.27], w: [6.9e196, 1.09] } }),
        ),
    ],
    ["an infinite kernel", () => regime(exactFlow({ network: network(), task, initial: { u: [1, 1], w: [1e155, 3] } }))],
    [
      "a descent from it",
      () =>
        gradientDescent(
          { network: network(), task, initial: { u: [0.15, 171], w: [1.7e308, -1.7e308] } },
          { stepSize: 0.1, steps: 3 },
        ),
    ],
    [
      "an integrated flow from it",
      () => integratedFlow({ network: half, task, initial: { u: [0.15, 171], w: [1.7e308, -1.7e308] } }),
    ],
  ])("%s", (_, run) => {
    expect(run).toThrow(FeatureLearningError);
    expect(run).toThrow(/overflows double precision/);
  });
});

test("just within the range there is a verdict without NaN", () => {
  const flow = exactFlow({ network: network(), task, initial: { u: [1, 1], w: [1e153, 3] } });
  const numbers = (value: unknown): number[] =>
    typeof value === "number"
      ? [value]
      : typeof value === "object" && value !== null
        ? Object.values(value).flatMap(numbers)
        : [];
  for (const found of [regime(flow), mechanisms(flow)]) {
    expect(numbers(found).length).toBeGreaterThan(5);
    expect(numbers(found).some(Number.isNaN)).toBe(false);
  }
});
