/**
 * Numbers from a log: values that the rounding of decimal digits makes impossible are corrected, and others
 * are refused.
 */
import {
  exactFlow,
  FeatureLearningError,
  integratedFlow,
  matrixTaskFromMoments,
  network,
  regime,
  solve,
  taskFromMoments,
} from "feature-learning";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const digits = (value: number, count: number): number => Number(value.toPrecision(count));

describe("parallel layers from a log", () => {
  test("of 10 to 15 digits are read as parallel: uu and ww as given, uw = ±√(uu·ww), area 0", () => {
    const random = seedrandom("parallel");
    let impossible = 0;
    for (let i = 0; i < 2000; i++) {
      const count = 10 + (i % 6);
      const [a, b] = [10 ** (8 * random() - 4), 10 ** (8 * random() - 4)];
      const logged = { uu: digits(a * a, count), ww: digits(b * b, count), uw: digits(i % 2 ? a * b : -a * b, count) };
      const flow = exactFlow({ network: network(), task, initial: logged });
      const { uu, ww, uw, area, alignment } = flow.at(0);
      expect([uu, ww]).toEqual([logged.uu, logged.ww]);
      if (logged.uw ** 2 <= logged.uu * logged.ww * (1 + 1e-13)) continue;
      impossible++;
      expect(area).toBe(0);
      expect(Math.abs(uw / (Math.sign(logged.uw) * Math.sqrt(logged.uu) * Math.sqrt(logged.ww)) - 1)).toBeLessThan(1e-15);
      expect(Math.abs(alignment)).toBe(1);
      // The numbers agree with each other at later times too.
      const later = flow.at(0.3 / flow.rate);
      expect(Math.abs(later.uw ** 2 / (later.uu * later.ww) - 1)).toBeLessThan(1e-12);
      const unbalance = (now: { uu: number; ww: number }): number => now.uu - now.ww;
      expect(Math.abs(unbalance(later) - unbalance(logged))).toBeLessThan(1e-12 * (logged.uu + logged.ww));
    }
    expect(impossible).toBeGreaterThan(300);
  });

  test("are integrated, judged and solved alike", () => {
    const logged = { uu: 0.123456789012, ww: 0.5, uw: digits(Math.sqrt(0.123456789012 * 0.5) * (1 + 3e-10), 14) };
    expect(logged.uw ** 2).toBeGreaterThan(logged.uu * logged.ww * (1 + 1e-10));
    const problem = { network: network(), task, initial: logged };
    const [exact, integrated] = [exactFlow(problem), integratedFlow(problem, { until: 2 })];
    expect(integrated.at(1).output).toBeCloseTo(exact.at(1).output, 9);
    expect(regime(exact).regime).toBe("feature-learning");
    expect(solve({ ...problem, network: network({ weightDecay: 0.1, learningRates: { u: 1, w: 2 } }) }).at(1).area).toBeLessThan(
      1e-9,
    );
  });

  test("beyond 1e-9 of uu·ww are refused, by name", () => {
    for (const initial of [
      { uu: 1, ww: 1, uw: 1 + 1e-9 },
      { uu: 1, ww: 1, uw: -1.001 },
      { uu: 0, ww: 1, uw: 1e-12 },
    ])
      expect(() => exactFlow({ network: network(), task, initial })).toThrow(/no layers have uw² > uu·ww/);
    expect(exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 1 + 4e-10 } }).at(0).uw).toBe(1);
  });
});

test("moments of points on a line, from a table, leave nothing unexplained", () => {
  const rounded = { xx: 1, xy: 0.3333333334, yy: digits(1 / 9, 10) };
  expect(rounded.xy ** 2).toBeGreaterThan(rounded.xx * rounded.yy);
  const { limit } = exactFlow({ network: network(), task: taskFromMoments(rounded), initial: { uu: 1, ww: 1, uw: 0 } });
  expect(limit.loss).toBe(0);
  expect(() => taskFromMoments({ xx: 1, xy: 1 + 1e-9, yy: 1 })).toThrow(FeatureLearningError);
});

test("order parameters of several inputs and outputs are replaced by the nearest that layers can have", () => {
  const matrixTask = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 1],
    ],
    yx: [[1, 0]],
    yy: 2,
  });
  const initial = (slack: number) => ({
    uu: [[1]],
    ww: [
      [0.36, 0.48],
      [0.48, 0.64],
    ],
    uw: [[0.6 + 0.6 * slack, 0.8 + 0.8 * slack]],
  });
  const flow = integratedFlow({ network: network(), task: matrixTask, initial: initial(4e-10) }, { until: 1 });
  const { uu, ww, uw } = flow.at(0);
  // Parallel layers of one direction: |uw|² = uu·tr ww, and each number within 1e-9 of what was given.
  expect(Math.abs(uw.norm() ** 2 / (uu.get(0, 0) * ww.trace()) - 1)).toBeLessThan(1e-14);
  expect(Math.abs(uu.get(0, 0) - 1)).toBeLessThan(1e-9);
  expect(() => integratedFlow({ network: network(), task: matrixTask, initial: initial(1e-8) })).toThrow(FeatureLearningError);
});
