/** Wherever the closed form applies, the integrator agrees with it. */
import fc from "fast-check";
import { exactApplies, exactFlow, integratedFlow, network, sample, taskFromMoments, timeTo } from "feature-learning";
import { expect, test } from "vitest";
import { counted } from "../support/counted.ts";
import { outputScaleOf } from "../support/gradientFlow.ts";
import { expectWithin, type Kind, pinned, problems } from "../support/problems.ts";

const kinds: Kind[] = ["generic", "parallel", "antiparallel", "frozen u", "frozen w", "zero u", "zero w", "no correlation"];

test.each(kinds)("%s: integrated at 1e-12 and exact agree to 1e-10", (kind) => {
  fc.assert(
    fc.property(problems(1, [kind]), (problem) => {
      expect(exactApplies(problem)).toMatchObject({ applies: true, family: "one-direction" });
      const exact = exactFlow(problem);
      const until = exact.rate > 0 ? 12 / exact.rate : 12;
      const flow = integratedFlow(problem, { until, rtol: 1e-12 });
      const times = [0, 0.1, 0.3, 0.6, 1].map((x) => x * until);
      const found = sample(flow, times);
      for (const [i, row] of sample(exact, times).toRows().entries()) {
        // Errors are relative to the largest weight; an overlap is a product of two.
        const size = Math.max(row.uu, row.ww);
        const gamma = Math.abs(problem.network.outputScale);
        const scale = 1e-10 * Math.max(outputScaleOf(exact, row), gamma * size);
        expectWithin(Math.abs(found.output[i]! - row.output), scale, "output");
        expectWithin(Math.abs(found.uu[i]! - row.uu), 1e-10 * size, "uu");
        expectWithin(Math.abs(found.ww[i]! - row.ww), 1e-10 * size, "ww");
        expectWithin(Math.abs(found.kernel[i]! - row.kernel), 1e-10 * row.kernel, "kernel");
        expectWithin(
          Math.abs(found.loss[i]! - row.loss),
          2 * scale * (Math.abs(row.residual) + problem.task.xx * scale) + 1e-10 * row.loss,
          "loss",
        );
        expectWithin(Math.abs(found.area[i]! - row.area), 1e-10 * Math.max(row.area, row.normProduct), "area");
      }
    }),
    pinned(51, 200),
  );
});

test("and on the time at which a target is met", () => {
  const compared = counted();
  for (const p of fc.sample(problems(1, ["generic"]), { numRuns: 40, seed: 3 })) {
    const exact = exactFlow(p);
    if (!compared.when(timeTo(exact, { excessLossFraction: 0.5 }) < 12 / exact.rate)) continue;
    const flow = integratedFlow(p, { until: 12 / exact.rate, rtol: 1e-12 });
    const half = exact.at(timeTo(flow, { excessLossFraction: 0.5 })).excessLoss / exact.at(0).excessLoss;
    expectWithin(Math.abs(half - 0.5), 1e-8, "half the loss at the time to half the loss");
  }
});

test.each([1e2, 1e6, 1e10, 1e60])("a layer of size %d fits by a change far below its size, and is integrated to that", (size) => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  for (const [outputScale, initial] of [
    [1, { u: [size], w: [0] }],
    [1, { u: [0], w: [-size] }],
    [size, { u: [1, 0.5], w: [0.3, -0.6] }],
  ] as const) {
    const problem = { network: network({ outputScale }), task, initial: { u: [...initial.u], w: [...initial.w] } };
    const exact = exactFlow(problem);
    const flow = integratedFlow(problem, { rtol: 1e-10 });
    // Errors are relative to the outputs here. A residual this small is at rest.
    for (const turn of [0.1, 1, 3, Infinity]) {
      const t = turn / exact.rate;
      expectWithin(Math.abs(flow.at(t).output - exact.at(t).output), 1e-9, `output at ${turn} relaxation times`);
    }
  }
});

test("so it is where the layers follow schedules of their own, to 10⁻⁴ of that", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  for (const uu of [1e4, 1e8, 1e12]) {
    const problem = { network: network(), task, initial: { uu, ww: 1, uw: 0 } };
    const flow = integratedFlow(problem, { rtol: 1e-10, schedules: { u: () => 1, w: (t) => 1 + t } });
    expectWithin(Math.abs(flow.at(Infinity).output - 1), 1e-4, "the fit");
  }
});
