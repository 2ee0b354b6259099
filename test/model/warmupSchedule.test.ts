import { cosineSchedule, gradientDescent, network, taskFromMoments, warmupSchedule } from "feature-learning";
import { expect, test } from "vitest";
import { runningIntegral } from "../../src/numerics/runningIntegral.ts";

test("the closed integral of a warm-up is the numerical one, and the inverse its inverse, at any time scale", () => {
  for (const warmup of [1e-200, 0.3, 7, 1e200]) {
    for (const from of [0, 1e-9, 0.4, 1]) {
      for (const after of [undefined, cosineSchedule({ duration: 2 * warmup, final: 0.1 })]) {
        const schedule = warmupSchedule({ warmup, from, ...(after === undefined ? {} : { after }) });
        const running = runningIntegral(schedule.factor, schedule.breaks ?? []);
        for (const share of [1e-12, 1e-3, 0.5, 0.999, 1, 1.5, 3, 40]) {
          const t = share * warmup;
          const tau = schedule.integral(t);
          expect(Math.abs(running.at(t) / tau - 1)).toBeLessThan(1e-14);
          expect(Math.abs(schedule.inverse(tau) / t - 1)).toBeLessThan(1e-13);
        }
      }
    }
  }
});

test("factor and integral are continuous where the warm-up ends, and begin at from and 0", () => {
  const { factor, integral, inverse, breaks } = warmupSchedule({ warmup: 3, from: 0.2 });
  const before = 3 * (1 - Number.EPSILON);
  expect([factor(0), integral(0), inverse(0)]).toEqual([0.2, 0, 0]);
  expect([factor(3), inverse(integral(3))]).toEqual([1, 3]);
  expect(integral(3)).toBeCloseTo(1.8, 14);
  expect(factor(before)).toBeCloseTo(1, 14);
  expect(integral(before)).toBeLessThanOrEqual(integral(3));
  expect(breaks).toEqual([3]);
  expect([integral(Infinity), inverse(Infinity)]).toEqual([Infinity, Infinity]);
});

test("steps of descent are the rising shares of the step", () => {
  const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { u: [0.5], w: [0.2] } };
  const run = gradientDescent(problem, { stepSize: 0.1, steps: 6, schedule: warmupSchedule({ warmup: 0.4 }) });
  let [u, w] = [0.5, 0.2];
  for (const [n, share] of [0, 0.25, 0.5, 0.75, 1, 1].entries()) {
    const pull = 0.1 * share * 2 * (1 - u * w);
    [u, w] = [u + pull * w, w + pull * u];
    expect(run.output[n + 1]).toBeCloseTo(u * w, 14);
  }
});

test("a factor alone is what a descent needs: as a function, in a record, or one for each layer", () => {
  const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { u: [0.5], w: [0.2] } };
  const factor = (t: number) => 1 / (1 + t);
  const outputs = [factor, { factor }, { u: factor, w: { factor } }].map(
    (schedule) => gradientDescent(problem, { stepSize: 0.1, steps: 20, schedule }).output,
  );
  expect(outputs[1]).toEqual(outputs[0]);
  expect(outputs[2]!.at(-1)).toBeCloseTo(outputs[0]!.at(-1)!, 14);
  const broken = { factor: (t: number) => (t < 0.3 ? 1 : 0), breaks: [0.3] };
  const { output } = gradientDescent(problem, { stepSize: 0.1, steps: 6, schedule: broken });
  expect(output[3]).not.toBe(output[2]);
  expect(output[4]).toBe(output[3]);
});
