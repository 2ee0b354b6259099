/**
 * The numbers of docs/results/fashion-mnist.md, from the stored forecasts; and that the code still makes
 * these.
 */
import { expect, test } from "vitest";
import { compareRules, lastRatio, logRatios, needsSurrogate } from "../../scripts/study/compare.ts";
import { exactKey, readExact } from "../../scripts/study/exactRuns.ts";
import { readMoments } from "../../scripts/study/moments.ts";
import { initialLayers } from "../../scripts/study/runs.ts";
import { median } from "../../scripts/study/statistics.ts";
import { surrogateForecast } from "../../scripts/study/surrogates.ts";

const comparison = compareRules();
const { runs, best, scores, forecasts } = comparison;

test("the first half chooses the default rule, and the second half finds it right to a factor of 1.6 and 9 verdicts of 10", () => {
  expect([runs.length, best]).toEqual([180, "G"]);
  const { judgedBy } = scores.G;
  expect(judgedBy.runs).toBe(67);
  expect(judgedBy.lost).toBeLessThanOrEqual(6);
  expect(judgedBy.factor).toBeLessThan(1.6);
  expect(judgedBy.rank).toBeGreaterThan(0.95);
  expect(judgedBy.verdicts).toBeGreaterThanOrEqual(61);
  // One direction of the data is not enough.
  expect(scores.E.judgedBy.factor).toBeGreaterThan(2);
});

test("two linear layers are forecast within 20 % in the median of every finite run, by descent and by flow", () => {
  const exact = readExact();
  const linear = runs.filter((run) => run.finite && !needsSurrogate(run));
  for (const kind of ["descent", "flow"] as const) {
    const found = linear.flatMap((run) => {
      const forecast = exact[exactKey(run)]?.[kind];
      return forecast === undefined ? [] : [{ run, ratios: logRatios(run, forecast), last: lastRatio(run, forecast)! }];
    });
    expect(found.length).toBeGreaterThanOrEqual(kind === "descent" ? LEAST.descent : LEAST.flow);
    for (const { ratios } of found) expect(median(ratios.map(Math.abs))).toBeLessThan(0.2);
    // Runs whose last row misses have gone through a catapult.
    for (const { run, last } of found)
      if (Math.abs(last) > 0.2) expect(Math.max(...run.rows.map(({ kernelDistance }) => kernelDistance!))).toBeGreaterThan(1);
  }
});

/** How many runs the stored file has. */
const LEAST = { descent: 30, flow: 14 };

test("stored forecasts are what the code makes of the moments", () => {
  const { data } = readMoments();
  const few = ["abc 2 relu mup 256", "abc 4 tanh ntk 64"];
  for (const id of few) {
    const run = runs.find((one) => one.id === id)!;
    const { scattered } = surrogateForecast(run, data);
    const stored = forecasts[id]!.I!.kernelDistance;
    expect(stored.length).toBe(run.rows.length);
    for (const [i, value] of scattered.kernelDistance.entries())
      expect(Math.abs(value - stored[i]!)).toBeLessThanOrEqual(1e-3 * Math.abs(value));
  }
});

test("seeds give the runs' own initial weights: norms at step 0 agree in single precision", () => {
  let compared = 0;
  for (const run of runs.filter(({ width }) => width <= 64)) {
    const layers = initialLayers(run);
    for (const [i, [uu, ww]] of run.rows[0]!.pairs.entries()) {
      const norm = (l: number): number => layers[l]!.reduce((sum, w) => sum + w * w, 0) * run.multipliers[l]! ** 2;
      expect(Math.abs(norm(i + 1) / uu - 1)).toBeLessThan(1e-6);
      expect(Math.abs(norm(i) / ww - 1)).toBeLessThan(1e-6);
      compared++;
    }
  }
  expect(compared).toBe(87);
});
