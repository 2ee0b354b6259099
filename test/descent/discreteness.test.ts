/** Effects of discrete steps that the flow does not have. */
import fc from "fast-check";
import {
  descentGap,
  descentOutcome,
  exactFlow,
  gaussianOrderParameters,
  gradientDescent,
  network,
  solve,
  stability,
  stepsToTime,
  taskFromMoments,
  taskFromSamples,
  timeToSteps,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { expectWithin, pinned, problems } from "../support/problems.ts";

describe("stability at the minimum", () => {
  test("the rate is the flow's own, and the largest stable step 2/ρ", () => {
    fc.assert(
      fc.property(problems(2, ["generic", "frozen u", "zero w"]), (problem) => {
        const { rate, limit } = exactFlow(problem);
        fc.pre(limit.residual === 0);
        const found = stability(problem);
        expectWithin(Math.abs(found.rate - rate), 1e-13 * rate, "rate");
        expectWithin(Math.abs(found.largestStableStep * rate - 2), 1e-12, "largest stable step");
        expect(found.flattest.rate).toBeLessThanOrEqual(found.rate);
      }),
      pinned(71),
    );
  });

  // Layers of balance 0 and overlap S = 1: at the minimum from the start, and there is no flatter one.
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
  const nearby = { network: network(), task, initial: { uu: 1.2, ww: 1.2, uw: 1.0001 } };

  test.each([
    ["plain", {}],
    ["momentum", { momentum: 0.6 }],
    ["Nesterov's", { momentum: 0.6, nesterov: true }],
  ])("%s: just below it converges, just above it does not stay", (_name, options) => {
    const { largestStableStep } = stability(nearby, options);
    // Momentum may overshoot on its way in, which counts as a rise of the loss.
    const { outcome } = descentOutcome(nearby, { ...options, stepSize: 0.97 * largestStableStep });
    expect(["converges", "catapults"]).toContain(outcome);
    const above = gradientDescent(nearby, { ...options, stepSize: 1.03 * largestStableStep, steps: 200 });
    expect(Math.max(...above.excessLoss)).toBeGreaterThan(10 * above.excessLoss[0]!);
  });

  test("for other losses too: the curvature there is the loss's own", () => {
    const labelled = {
      network: network({ loss: "logistic" }),
      task: taskFromSamples([2, 1, -1, 0.5], [1, -1, -1, 1]),
      initial: { uu: 3, ww: 3, uw: 0.5 },
    };
    const { largestStableStep, rate } = stability(labelled);
    expect(rate).toBeGreaterThan(0);
    // From next to the minimum; elsewhere the curvature is another one.
    const trained = solve(labelled, { stopWhen: { lossBelow: 1.0001 * solve(labelled).at(Infinity).loss } });
    const near = { ...labelled, initial: trained.at(trained.until) };
    expect(descentOutcome(near, { stepSize: 0.97 * largestStableStep }).outcome).toBe("converges");
    const above = gradientDescent(near, { stepSize: 1.03 * largestStableStep, steps: 400 });
    expect(Math.max(...above.excessLoss)).toBeGreaterThan(10 * above.excessLoss[0]!);
    const separable = { ...labelled, task: taskFromSamples([2, -1], [1, -1]) };
    expect(stability(separable)).toMatchObject({ rate: 0, largestStableStep: Infinity });
  });
});

describe("catapults", () => {
  /** f = uv/√d on the target 0 with loss ½f²: the uv-model, whose kernel is λ. [LewkowyczEtAl2020] */
  const uv = (width: number, seed: number) => {
    const task = taskFromMoments({ xx: 1, xy: 0, yy: 0 });
    const initial = gaussianOrderParameters({ width, scale: 1, seed });
    return { network: network({ loss: "half-mse", outputScale: 1 / Math.sqrt(width) }), task, initial };
  };

  test("the uv-model converges below 2/λ, catapults up to 4/λ, and diverges above", () => {
    for (const width of [1e3, 1e6, 1e12]) {
      for (let seed = 0; seed < 5; seed++) {
        const problem = uv(width, seed);
        const lambda = exactFlow(problem).at(0).kernel;
        const outcome = (share: number): string => descentOutcome(problem, { stepSize: share / lambda }).outcome;
        expect([0.5, 1, 1.9].map(outcome)).toEqual(["converges", "converges", "converges"]);
        expect([2.2, 3, 3.7].map(outcome)).toEqual(["catapults", "catapults", "catapults"]);
        expect([4.3, 5].map(outcome)).toEqual(["diverges", "diverges"]);
      }
    }
  });

  test("after a catapult the kernel has fallen until the step is stable", () => {
    const problem = uv(1e9, 1);
    const lambda = exactFlow(problem).at(0).kernel;
    const { outcome, kernelRatio, lossRise } = descentOutcome(problem, { stepSize: 3 / lambda });
    expect(outcome).toBe("catapults");
    expect(3 * kernelRatio).toBeLessThan(2);
    expect(lossRise).toBeGreaterThan(1e3);
  });

  test("a run that neither converges nor diverges within the steps is undecided", () => {
    const slow = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 1e-6, ww: 1e-6, uw: 0 } };
    expect(descentOutcome(slow, { stepSize: 1e-3, maxSteps: 100 })).toMatchObject({ outcome: "undecided", steps: 100 });
  });
});

describe("distance to the flow", () => {
  test("falls with the first power of the step, and is what a direct comparison finds", () => {
    fc.assert(
      fc.property(problems(1, ["generic"]), (problem) => {
        const flow = exactFlow(problem);
        fc.pre(flow.limit.residual === 0 && Math.abs(flow.at(0).residual) > 1e-3 * Math.abs(problem.task.xy));
        const fastest = Math.max(flow.rate, 2 * problem.task.xx * flow.at(0).kernel);
        const stepSize = 2 ** -9 / fastest;
        const until = 3 / flow.rate;
        fc.pre(until / stepSize < 2e5);
        const { gap, order, t } = descentGap(problem, { stepSize, until });
        const run = gradientDescent(problem, { stepSize, steps: Math.floor((until / stepSize) * (1 + 1e-15)) });
        const direct = run.output.reduce((most, f, n) => Math.max(most, Math.abs(f - flow.at(n * stepSize).output)), 0);
        expectWithin(Math.abs(gap - direct), 1e-9 * gap + 1e-15, "gap");
        expect(Math.abs(order - 1)).toBeLessThan(0.05);
        expect(t).toBeLessThanOrEqual(until * (1 + 1e-12));
      }),
      pinned(72, 100),
    );
  });
});

test("steps and time, with momentum's head start", () => {
  expect(stepsToTime(timeToSteps(3, 0.01, { momentum: 0.9 }), 0.01, { momentum: 0.9 })).toBeCloseTo(3, 12);
  const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 0.1, ww: 0.1, uw: 0 } };
  const momentum = 0.9;
  const stepSize = 1e-4;
  const steps = Math.round(timeToSteps(1, stepSize, { momentum }));
  const run = gradientDescent(problem, { stepSize, steps, momentum, recordEvery: steps });
  const { output } = exactFlow(problem).at(stepsToTime(steps, stepSize, { momentum }));
  // Momentum lags by μ/(1 − μ) steps, 10⁻² of the time here.
  expect(Math.abs(run.output[1]! - output)).toBeLessThan(0.02 * output);
});
