/** solve chooses a method, and names it and the reason. */
import {
  exactApplies,
  exactFlow,
  gaussianWeights,
  integratedFlow,
  network,
  piecewiseSchedule,
  solve,
  taskFromSamples,
  withSchedule,
} from "feature-learning";
import { expect, test } from "vitest";

const initial = gaussianWeights({ width: 4, scale: 0.5, seed: 1 });
const task = taskFromSamples([1, -2, 0.5], [1, -1, 0.3]);

test("the closed form if it applies, with identical results", () => {
  const problem = { network: network(), task, initial };
  const flow = solve(problem, { rtol: 1e-3, until: 5 });
  expect(flow.method).toBe("exact");
  expect(flow.at(3)).toEqual(exactFlow(problem).at(3));
});

test.each([
  [{ weightDecay: { u: 0.1, w: 0.2 } }, /decay at different paces/],
  [{ loss: "huber" as const }, /not a square/],
  [{ power: 2 }, /not linear/],
])("otherwise the integrator, with the assumption that fails: %o", (options, why) => {
  const problem = { network: network(options), task, initial };
  const verdict = exactApplies(problem);
  expect(verdict.applies).toBe(false);
  const flow = solve(problem, { until: 5 });
  expect(flow.method).toBe("integrated");
  expect(flow.because).toMatch(why);
  expect(flow.at(3)).toEqual(integratedFlow(problem, { until: 5 }).at(3));
  expect(() => exactFlow(problem)).toThrow(/call integratedFlow/);
});

test("several directions are projected if requested, and otherwise refused with the remedy", () => {
  const wide = taskFromSamples(
    [
      [1, 0.1],
      [-1, 0.2],
      [0.5, -0.3],
    ],
    [1, -1, 0.5],
  );
  const problem = { network: network(), task: wide, initial };
  expect(solve(problem, { project: true }).method).toBe("exact");
  expect(() => solve(problem)).toThrow(/pass initial layers \{ u, W \}/);
});

test("separate schedules of the layers need the integrator; a common one only rescales time", () => {
  const schedule = piecewiseSchedule([{ factor: 1, until: 1 }, { factor: 0.1 }]);
  const problem = { network: network(), task, initial };
  const apart = solve(problem, { until: 5, schedules: { u: schedule, w: schedule } });
  expect(apart.because).toMatch(/the layers have separate schedules/);
  expect(Math.abs(apart.at(5).output - withSchedule(solve(problem), schedule).at(5).output)).toBeLessThan(1e-8);
  const decaying = integratedFlow({ ...problem, network: network({ weightDecay: 0.1 }) }, { until: 2 });
  const scheduled = withSchedule(decaying, schedule);
  expect([scheduled.method, scheduled.until]).toEqual(["integrated", 11]);
  expect(scheduled.at(6).output).toBe(decaying.at(1.5).output);
  expect(() => scheduled.at(12)).toThrow(/ends at 11/);
});
