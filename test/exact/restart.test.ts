/** What a snapshot brings along to the flow that starts from it. */
import { exactFlow, gaussianWeights, network, taskFromMoments } from "feature-learning";
import { expect, test } from "vitest";
import { EPS, expectWithin } from "../support/problems.ts";

const net = network();
const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const flow = exactFlow({ network: net, task, initial: gaussianWeights({ width: 8, scale: 0.5, seed: 1 }) });

test("under the same task its residual, of which the output has lost all digits", () => {
  const late = flow.at(60 / flow.rate);
  expect(late.output).toBe(1);
  expect(late.residual).not.toBe(0);
  expect(exactFlow({ network: net, task, initial: late }).at(0).residual).toBe(late.residual);
});

test("under another task, however near, the residual of its output", () => {
  const later = flow.at(60 / flow.rate);
  for (const xy of [2, 1 + 1e-3, 1 + 1e-10, 1 - 2 ** -48]) {
    const other = exactFlow({ network: net, task: taskFromMoments({ xx: 1, xy, yy: 4 }), initial: later });
    expectWithin(Math.abs(other.at(0).residual - (xy - later.output)), EPS, `xy = ${xy}`);
  }
});
