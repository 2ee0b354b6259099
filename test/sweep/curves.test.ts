/**
 * Curves over seeds: mean, spread and quantiles of a field at each time are those of the flows, sampled one
 * by one.
 */
import { type ExactFlow, sample } from "feature-learning";
import { plotBands } from "feature-learning/plot";
import { ensemble } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { summaryOf, valueAt } from "../../src/sweep/summary.ts";
import { EPS, expectWithin } from "../support/problems.ts";

const times = [0, 0.1, 0.5, 1, 3, 10, Infinity];
const fields = ["loss", "kernel", "alignment", "uw", "sharpness"] as const;
const draws = 101;
const flows: ExactFlow[] = [];
const found = ensemble({
  of: "ensemble",
  settings: { width: 30, scale: 0.4, outputScale: 1.3, xy: 0.7 },
  measure: [
    (flow) => {
      flows.push(flow);
      return 0;
    },
  ],
  times,
  fields,
  draws,
  seed: "curves",
});
const sampled = flows.map((flow) => sample(flow, times));

test("each field has its mean, standard deviation, standard error and quantiles at each time", () => {
  expect(flows.length).toBe(draws);
  expect(Object.keys(found.curves)).toEqual([...fields]);
  expect([...found.times]).toEqual(times);
  for (const field of fields) {
    const curve = found.curves[field]!;
    for (const i of times.keys()) {
      const column = sampled.map((one) => one[field]![i]!);
      const size = Math.max(...column.map(Math.abs));
      const mean = column.reduce((a, b) => a + b, 0) / draws;
      const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1));
      expectWithin(Math.abs(curve.mean[i]! - mean), draws * EPS * size, `mean of ${field}`);
      expectWithin(Math.abs(curve.standardDeviation[i]! - deviation), draws * EPS * size, `deviation of ${field}`);
      expect(curve.meanError[i]).toBe(curve.standardDeviation[i]! / Math.sqrt(draws));
      const sorted = column.sort((a, b) => a - b);
      // With 101 draws every level is an order statistic.
      expect(found.levels.map((_, l) => curve.quantiles[l]![i])).toEqual(found.levels.map((p) => sorted[Math.round(p * 100)]));
    }
  }
});

test("curves alone need no observable", () => {
  const alone = ensemble({ of: "ensemble", settings: { width: 30 }, times: [1], fields: ["loss"], draws: 7, seed: 1 });
  expect([alone.observables.length, alone.values.shape, alone.curves["loss"]!.mean.length]).toEqual([0, [7, 0], 1]);
  expect(ensemble({ of: "ensemble", measure: ["rate"], draws: 2, seed: 1 }).curves).toEqual({});
});

test("an abort summarises the draws that there are, and progress is told every thousand draws", () => {
  const told: number[] = [];
  const controller = new AbortController();
  const { status, draws, curves } = ensemble(
    { of: "ensemble", times: Array.from({ length: 100 }, (_, i) => i / 100), fields: ["loss"], draws: 5000, seed: 1 },
    {
      signal: controller.signal,
      onProgress: ({ done }) => {
        told.push(done);
        if (done === 2000) controller.abort();
      },
    },
  );
  expect([status, draws, told]).toEqual(["aborted", 2000, [1000, 2000]]);
  expect(curves["loss"]!.mean.every((loss) => loss > 0)).toBe(true);
});

test("plotBands draws the curves of an ensemble as those of its trajectories", () => {
  const few = ensemble({
    of: "ensemble",
    settings: { width: 30 },
    times: [0, 1, 2],
    fields: ["loss", "kernel"],
    draws: 11,
    seed: 1,
  });
  const spec = plotBands(few);
  expect(spec.description).toBe("loss, kernel against time: median, middle half, and 5th to 95th percentile of 11 networks");
  // The kernel is drawn over the median of its start.
  const { quantiles } = few.curves["kernel"]!;
  const start = quantiles[3]![0]!;
  expect(spec.datasets["kernel"]![1]).toEqual({
    t: 1,
    p5: quantiles[1]![1]! / start,
    p25: quantiles[2]![1]! / start,
    p50: quantiles[3]![1]! / start,
    p75: quantiles[4]![1]! / start,
    p95: quantiles[5]![1]! / start,
  });
  expect(() => plotBands(few, { quantities: ["uw"] })).toThrow(/quantities\[0\] is "uw"; pass "loss" or "kernel"/);
  const { curves: _, ...without } = few;
  expect(() => plotBands(without as never)).toThrow(/trajectories is an object/);
});

describe("a column's summary", () => {
  test("is right to rounding at any size of its numbers", () => {
    for (const unit of [1, 1e-160, 1e300, 2 ** -1060]) {
      const values = Float64Array.of(1, 2, 3, 4, 10).map((x) => x * unit);
      const { mean, standardDeviation } = summaryOf(values);
      const slack = 4 * EPS + 2 ** -1074 / unit;
      expectWithin(Math.abs(mean / unit / 4 - 1), slack, "mean");
      expectWithin(Math.abs(standardDeviation / unit / Math.sqrt(12.5) - 1), slack, "deviation");
    }
    const large = summaryOf(Float64Array.of(1e308, 1.5e308, -1e308));
    expectWithin(Math.abs(large.mean / 5e307 - 1), 4 * EPS, "mean");
    // 1e16 + 1 + … is lost without compensation.
    const { mean } = summaryOf(Float64Array.of(2 ** 53, 1, 1, 1, 1, -(2 ** 53)));
    expect(mean).toBe(4 / 6);
  });

  test("of infinite numbers is infinite, and of one number has no spread", () => {
    expect(summaryOf(Float64Array.of(1, Infinity))).toMatchObject({ mean: Infinity, standardDeviation: Infinity });
    expect(summaryOf(Float64Array.of(3))).toMatchObject({ mean: 3, standardDeviation: 0 });
    expect(valueAt(Float64Array.of(1, Infinity), 0.5)).toBe(Infinity);
    expect(valueAt(Float64Array.of(-1.5e308, 1.5e308), 0.75)).toBe(7.5e307);
    expect(valueAt(Float64Array.of(-Infinity, Infinity), 0.5)).toBe(-Infinity);
  });
});
