import { exactFlow, linearTimes, logarithmicTimes, network, taskFromMoments } from "feature-learning";
import { test } from "vitest";
import { EPS, expectWithin } from "../support/problems.ts";

const flow = exactFlow({
  network: network(),
  task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
  initial: { uu: 1, ww: 1, uw: 0 },
});

test("logarithmic times begin by default at 10⁻⁴ of the last", () => {
  for (const until of [undefined, 1e-3, 7]) {
    const times = logarithmicTimes(flow, until === undefined ? {} : { until });
    expectWithin(Math.abs(times[0]! / times.at(-1)! / 1e-4 - 1), 4 * EPS, "first over last");
    // Each is a constant factor later than the one before.
    const factor = 1e4 ** (1 / 199);
    for (let i = 1; i < times.length; i++) expectWithin(Math.abs(times[i]! / times[i - 1]! / factor - 1), 1e-13, `time ${i}`);
  }
});

test("linear times begin at 0 and are evenly spaced", () => {
  const times = linearTimes(flow, { count: 11, until: 5 });
  for (const [i, t] of times.entries()) expectWithin(Math.abs(t - i / 2), 4 * EPS * 5, `time ${i}`);
});
