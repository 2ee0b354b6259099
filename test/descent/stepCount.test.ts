/** Numbers of steps are quotients of decimal times. Rounding must not lose a step. */
import {
  descentGap,
  exactFlow,
  FeatureLearningError,
  gradientDescent,
  network,
  piecewiseSchedule,
  simulateDescent,
  stepsToTime,
  taskFromMoments,
  timeToSteps,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const problem = {
  network: network(),
  task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
  initial: { u: [0.5, 0.1], w: [0.3, -0.2] },
};

/** Decimal times n·step as they are typed, for steps of one to four digits. */
function typed(): { n: number; step: number; time: number }[] {
  const all: { n: number; step: number; time: number }[] = [];
  for (const digits of [1, 2, 3, 4])
    for (const unit of [1, 2, 3, 7])
      for (let n = 1; n <= 400; n++) all.push({ n, step: Number(`${unit}e-${digits}`), time: Number(`${unit * n}e-${digits}`) });
  return all;
}

test("three steps of 0.1 reach 0.3", () => {
  const { gap } = descentGap(problem, { stepSize: 0.1, until: 0.3 });
  const flow = exactFlow(problem);
  const { output } = gradientDescent(problem, { stepSize: 0.1, steps: 3 });
  const gaps = Array.from(output, (f, n) => Math.abs(f - flow.at(n * 0.1).output));
  // The last step is the one that strays farthest here.
  expect(gaps.indexOf(Math.max(...gaps))).toBe(3);
  expect(gap).toBeCloseTo(gaps[3]!, 14);
});

test("a time that is a whole number of steps is exactly that number, with momentum too", () => {
  const all = typed();
  let rounded = 0;
  for (const { n, step, time } of all) {
    expect(timeToSteps(time, step)).toBe(n);
    if (time / step !== n) rounded++;
    for (const momentum of [0.5, 0.9, 0.99]) {
      expect(timeToSteps(stepsToTime(n, step, { momentum }), step, { momentum })).toBe(n);
      expect(timeToSteps(time / Number((1 - momentum).toFixed(2)), step, { momentum })).toBe(n);
    }
  }
  expect(all.length).toBe(6400);
  expect(rounded).toBeGreaterThan(500);
  expect(timeToSteps(0.35, 0.1)).toBeCloseTo(3.5, 14);
  expect(timeToSteps(1, 0.3)).toBeCloseTo(10 / 3, 14);
});

describe("steps of a descent", () => {
  test("may be such a quotient, but not a fraction", () => {
    expect(0.3 / 0.1).toBeLessThan(3);
    expect(gradientDescent(problem, { stepSize: 0.1, steps: 0.3 / 0.1 }).step.at(-1)).toBe(3);
    expect(simulateDescent(problem, { stepSize: 0.1, steps: 0.3 / 0.1 }).step.at(-1)).toBe(3);
    for (const steps of [2.5, 2.999999999, -1, NaN, Infinity])
      expect(() => gradientDescent(problem, { stepSize: 0.1, steps })).toThrow(FeatureLearningError);
  });

  test("change their size where a schedule jumps, not one step later", () => {
    let rounded = 0;
    for (const { n, step, time } of typed().filter(({ n }) => n % 7 === 0)) {
      if (n * step < time) rounded++;
      const schedule = piecewiseSchedule([{ factor: 1, until: time }, { factor: 0 }]);
      const slow = { ...problem, network: network({ learningRates: 1e-3 / time }) };
      const { output } = gradientDescent(slow, { stepSize: step, steps: n + 2, schedule });
      // The last step that moves is number n: nothing moves after it.
      expect(output[n + 1]).toBe(output[n]);
      expect(output[n]).not.toBe(output[n - 1]);
    }
    expect(rounded).toBeGreaterThan(20);
  });
});
