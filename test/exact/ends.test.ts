/** The two ends of the flow, where the closed form is a limit: t = 0 and t = ∞, and flows that do not move. */
import fc from "fast-check";
import { exactFlow, network, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { pinned, problems } from "../support/problems.ts";

test("at t = 0 the weights are the initial ones, bit for bit", () => {
  fc.assert(
    fc.property(problems(12), (problem) => {
      const { u, w } = exactFlow(problem).weights(0);
      expect(u).toEqual(problem.initial.u);
      expect(w).toEqual(problem.initial.w);
    }),
    pinned(51),
  );
});

describe("at t = ∞", () => {
  test("a flow that ends in a saddle, or at the origin by a power law, has shrunk every weight to 0", () => {
    const [u, w] = [
      [1, 2],
      [-1, -2],
    ];
    for (const [xy, first, second] of [
      [1, u, w],
      [-1, u, u],
      [0, u, w],
      [0, u, u],
    ] as const) {
      const flow = exactFlow({
        network: network(),
        task: taskFromMoments({ xx: 1, xy, yy: 1 }),
        initial: { u: first, w: second },
      });
      expect(flow.weights(Infinity)).toEqual({ u: Float64Array.of(0, 0), w: Float64Array.of(0, 0) });
      expect(flow.limit).toMatchObject({ uw: 0, uu: 0, ww: 0, residual: xy });
    }
  });
});

test("where nothing moves the weights are the initial ones at all times", () => {
  const task = taskFromMoments({ xx: 1, xy: 2, yy: 4 });
  // On the target, though not every weight lies in one mode; without output; and with nothing to start from.
  for (const [outputScale, u, w] of [
    [1, [2, 1], [0.5, 1]],
    [0, [2, 1], [-1, 3]],
    [1, [0, 0], [0, 0]],
  ] as const) {
    const flow = exactFlow({ network: network({ outputScale }), task, initial: { u, w } });
    for (const t of [-1, 0, 1e-3, 5, 1e300, Infinity]) {
      expect(flow.weights(t)).toEqual({ u: Float64Array.from(u), w: Float64Array.from(w) });
      expect(flow.at(t)).toEqual({ ...flow.at(0), t });
    }
  }
});
