/** Logs written during training: valid and refused ones. */
import { FeatureLearningError } from "feature-learning";
import { describe, expect, test } from "vitest";
import type { RunReport } from "../../src/networks/runReport.ts";
import { reportOnLog } from "../../src/networks/trainingLog.ts";

const read = (lines: readonly (object | string)[], options: object = {}): RunReport =>
  reportOnLog("run.jsonl", lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"), {
    threshold: 0.1,
    ...options,
  });
const row = (step: number, cosine: number, more: object = {}): object => ({
  step,
  pairs: { out·in: [4, 1, 2 * cosine] },
  ...more,
});

describe("a log", () => {
  test("gives trajectories, losses and layers by step", () => {
    const layers = (spectral: number): object => ({
      layers: { in: { shape: [3, 2], spectral, change: spectral - 1, stableRank: 2 } },
    });
    const {
      pairs,
      layers: found,
      loss,
      checkpoints,
    } = read([
      row(0, 0.1, { loss: 3, ...layers(1) }),
      "",
      row(10, 0.5, { loss: 2, ...layers(2) }),
      row(20, 0.9, { loss: 1, ...layers(3) }),
    ]);
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 10, 20]);
    expect([pairs[0]!.outer, pairs[0]!.inner, pairs[0]!.mechanisms.present]).toEqual(["out", "in", ["alignment"]]);
    expect(pairs[0]!.trajectory.alignment.map((c) => Number(c.toFixed(12)))).toEqual([0.1, 0.5, 0.9]);
    expect(loss).toEqual([3, 2, 1].map((value, i) => ({ step: 10 * i, loss: value })));
    expect(found).toEqual([{ name: "in", shape: [3, 2], spectral: [1, 2, 3], change: [0, 1, 2], stableRank: [2, 2, 2] }]);
  });

  test("tells the regime from kernels, their sizes, or Jacobians; without them it is unknown", () => {
    const regime = (...kernels: readonly object[]): object =>
      read(kernels.map((more, i) => row(i, 0.1 * i, more))).pairs[0]!.regime;
    expect(regime({}, {})).toMatchObject({ regime: "unknown" });
    expect(
      regime(
        {
          kernel: [
            [1, 0],
            [0, 1],
          ],
        },
        {
          kernel: [
            [1, 0.2],
            [0.2, 1],
          ],
        },
      ),
    ).toMatchObject({ regime: "feature-learning" });
    expect(
      regime(
        {
          kernel: [
            [1, 0],
            [0, 1],
          ],
        },
        {
          kernel: [
            [1.01, 0],
            [0, 1],
          ],
        },
      ),
    ).toMatchObject({ regime: "kernel" });
    expect(regime({ kernel: 2 }, { kernel: 3 })).toMatchObject({ regime: "feature-learning", kernelChange: 0.5 });
    expect(regime({ jacobian: [[1, 0]] }, { jacobian: [[1, 1]] })).toMatchObject({ kernelChange: 1 });
    expect(() => regime({ kernel: [[1]] }, { kernel: "x" })).toThrow(/the kernel at step 1 of run\.jsonl is neither/);
  });

  test("may be cut off in its last line, go back after a restart, and hold what diverged", () => {
    const { pairs, warnings, skipped } = read([
      { ...row(0, 0.1), pairs: { out·in: [4, 1, 0.2], bad·in: [1, 1, 0.5] } },
      row(10, 0.3),
      row(5, 0.2),
      row(10, 0.9),
      '{"step": 12, "pairs": {"bad·in": [NaN, Infinity, 1]}}',
      '{"step": 20, "pai',
    ]);
    expect(pairs[0]!.trajectory.step).toEqual([0, 5, 10]);
    expect(pairs[0]!.trajectory.alignment[2]).toBeCloseTo(0.9, 12);
    expect(warnings.join()).toMatch(/last line of run\.jsonl is incomplete.*1 steps occur more than once/);
    expect(skipped).toEqual([{ name: "bad·in", because: expect.stringMatching(/finite numbers at step 12/) }]);
  });

  test("may have an unfinished last line that a line break follows, and a byte-order mark", () => {
    const { checkpoints, warnings } = read([`\uFEFF${JSON.stringify(row(0, 0.1))}`, row(10, 0.3), '{"step": 20, "pai', ""]);
    expect(checkpoints.map(({ step }) => step)).toEqual([0, 10]);
    expect(warnings).toEqual([expect.stringMatching(/last line of run\.jsonl is incomplete/)]);
    expect(() => read([row(0, 0.1), '{"step": 5, "pai', row(10, 0.3)])).toThrow(/line 2 of run\.jsonl/);
  });

  test("is refused if it is not a log", () => {
    for (const [lines, message] of [
      [["not json", row(0, 0.1)], /line 1 of run\.jsonl is not a JSON object/],
      [[{ pairs: {} }, row(0, 0.1)], /line 1 of run\.jsonl/],
      [[row(0, 0.1)], /has 1 steps; log at least two/],
      [[{ step: 0 }, { step: 1 }], /has no pair of layers at two steps/],
    ] as const) {
      expect(() => read(lines)).toThrow(FeatureLearningError);
      expect(() => read(lines)).toThrow(message);
    }
  });

  test("is read for some pairs and layers only", () => {
    const both = (step: number): object => ({ step, pairs: { b·a: [1, 1, 0.1 * step], c·b: [1, 1, 0.5] } });
    expect(read([both(0), both(9)], { pairs: [{ outer: "c", inner: "b" }] }).pairs.map(({ outer }) => outer)).toEqual(["c"]);
    expect(read([both(0), both(9)], { layers: /[ab]/u }).pairs.map(({ outer }) => outer)).toEqual(["b"]);
  });
});
