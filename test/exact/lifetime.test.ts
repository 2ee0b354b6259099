/** How far back the flow goes: the time at which it blows up backwards, against how it does, and in closed form where there is one. */
import fc from "fast-check";
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { expectWithin, type Kind, pinned, problems, uniform } from "../support/problems.ts";

const moving: readonly Kind[] = ["generic", "parallel", "antiparallel", "zero u", "zero w", "no correlation"];
const spread: readonly Kind[] = ["generic", "zero u", "zero w", "no correlation"];

describe("backwards", () => {
  test("a flow blows up as every other does: kernel·2k·xx·(t − from) → 1", () => {
    fc.assert(
      fc.property(problems(3, moving), (problem) => {
        const flow = exactFlow(problem);
        fc.pre(flow.from > -Infinity);
        const { network: net, task } = problem;
        const k = net.loss === "mse" ? 1 : 0.5;
        // S has a pole of residue 1/(4kγ²xx·h), and the kernel is 2γ²h|S| there: what follows is of order ρ(t − from).
        const near = 1e-5 * Math.min(-flow.from, flow.rate > 0 ? 1 / flow.rate : Infinity);
        const t = flow.from + near;
        const found = flow.at(t).kernel * 2 * k * task.xx * (t - flow.from);
        expectWithin(Math.abs(found - 1), 1e-4, `from ${flow.from}, rate ${flow.rate}`);
        expect(() => flow.at(flow.from)).toThrow(/the flow exists for t > /);
      }),
      pinned(41),
    );
  });

  test("from a later snapshot there is as much more time, from an earlier one as much less", () => {
    fc.assert(
      fc.property(problems(3, moving), uniform(-0.9, 0.9), (problem, x) => {
        const flow = exactFlow(problem);
        const unit = Math.min(flow.rate > 0 ? 1 / flow.rate : Infinity, -flow.from);
        const t = x * (unit < Infinity ? unit : 1);
        const rest = exactFlow({ ...problem, initial: flow.at(t) });
        if (flow.from === -Infinity) expect(rest.from).toBe(-Infinity);
        // The snapshot's modes are right to some hundred units, and at a tenth of the way back they have grown a hundredfold.
        else expectWithin(Math.abs(rest.from - (flow.from - t)), 1e-12 * (Math.abs(flow.from) + Math.abs(t)), `t = ${t}`);
      }),
      pinned(42),
    );
  });

  test("two moving layers that are not parallel always blow up, a layer alone never does", () => {
    const from = (kinds: readonly Kind[], seed: number): void =>
      fc.assert(
        fc.property(problems(3, kinds), (problem) => {
          const flow = exactFlow(problem);
          const { area, balance } = flow.at(0);
          fc.pre(area > 0 || balance !== 0);
          expect(flow.from === -Infinity).toBe(kinds !== spread);
        }),
        pinned(seed),
      );
    from(spread, 43);
    from(["frozen u", "frozen w"], 44);
  });

  // Parallel layers follow a logistic curve, S∞/S = 1 + (S∞/S₀ − 1)e^{−a₁t} with a₁ = 4xy here, or S₀/S = 1 + 4S₀t without correlation.
  test.each([
    [1, 2, -Math.log(2) / 4],
    [1, 1 + 2 ** -40, -Math.log1p(2 ** 40) / 4],
    [1, 2 ** 40, Math.log1p(-(2 ** -40)) / 4],
    [1, 1, -Infinity],
    [1, 0.5, -Infinity],
    [-1, 1, -Math.log(2) / 4],
    [-1, 2 ** 40, -Math.log1p(2 ** -40) / 4],
    [-1, 2 ** -40, -Math.log1p(2 ** 40) / 4],
    [0, 0.5, -0.5],
    [0, 2 ** 40, -(2 ** -42)],
    [0, 0, -Infinity],
  ])("parallel layers, xy = %f and S₀ = %f: from is %f, and so for antiparallel ones and the opposite target", (xy, S, from) => {
    for (const sign of [1, -1]) {
      const task = taskFromMoments({ xx: 1, xy: sign * xy, yy: 1 });
      const flow = exactFlow({ network: network(), task, initial: { uu: S, ww: S, uw: sign * S } });
      if (from === -Infinity) expect(flow.from).toBe(from);
      else expectWithin(Math.abs(flow.from / from - 1), 1e-14, `sign ${sign}: ${flow.from}`);
    }
  });
});
