import { exactFlow, network, taskFromMoments } from "feature-learning";
import { expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";

test("weights on the way into a saddle keep their digits until they underflow", () => {
  const task = taskFromMoments({ xx: 1, xy: -1, yy: 2 });
  const flow = exactFlow({ network: network(), task, initial: { u: [1e20, 2e20], w: [1e20, 2e20] } });
  for (const t of [1, 100, 150, 160, 170]) {
    const { uu } = flow.at(t);
    expect(uu).toBeGreaterThan(1e-300);
    expectWithin(Math.abs(flow.weights(t).u[1]! / Math.sqrt(0.8 * uu) - 1), 1e-14, `t = ${t}`);
  }
});
