/** The two ends of the flow, where the closed form is a limit: t = 0 and t = ∞, and flows that do not move. */
import fc from "fast-check";
import { exactFlow, network, orderParameters, sample, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { pinned, problems, uniform } from "../support/problems.ts";

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

describe("at t = 0", () => {
  test("the state is the given one, bit for bit, sampled or asked for", () => {
    fc.assert(
      fc.property(problems(12), uniform(0.01, 3), (problem, t) => {
        const { uu, ww, uw, area } = orderParameters(problem.initial);
        const flow = exactFlow({ ...problem, initial: { uu, ww, uw, area } });
        expect(flow.at(0)).toMatchObject({ t: 0, uu, ww, uw, area });
        const late = flow.at(t / (flow.rate + 1));
        // Of what training leaves of a residual all digits count.
        expect(exactFlow({ ...problem, initial: late }).at(0).residual).toBe(late.residual);
        expect(sample(flow, [0, late.t]).toRows()).toEqual([flow.at(0), late]);
      }),
      pinned(52),
    );
  });

  test("a zero layer stands along the other one, or against it, as it will when it begins to grow", () => {
    for (const [u, w] of [
      [
        [0, 0],
        [1, -2],
      ],
      [
        [1, -2],
        [0, 0],
      ],
    ] as const) {
      for (const [outputScale, xy] of [
        [1, 1],
        [-1, 1],
        [1, -1],
      ] as const) {
        const flow = exactFlow({
          network: network({ outputScale }),
          task: taskFromMoments({ xx: 1, xy, yy: 1 }),
          initial: { u, w },
        });
        const { alignment, angle } = flow.at(1e-3);
        expect(Math.abs(alignment)).toBe(1);
        expect(flow.at(0)).toMatchObject({ alignment, angle });
      }
    }
  });

  test("and across where it does not: frozen, without a target, or with nothing to grow along", () => {
    const target = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
    const across = { alignment: 0, angle: Math.PI / 2 };
    const zero = { uu: 0, ww: 2, uw: 0 };
    for (const flow of [
      exactFlow({ network: network({ learningRates: { u: 0, w: 1 } }), task: target, initial: zero }),
      exactFlow({ network: network(), task: taskFromMoments({ xx: 1, xy: 0, yy: 1 }), initial: zero }),
      exactFlow({ network: network(), task: target, initial: { uu: 0, ww: 0, uw: 0 } }),
    ])
      for (const t of [0, 1, Infinity]) expect(flow.at(t)).toMatchObject(across);
  });
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
      const nothing = { u: Float64Array.of(0, 0), w: Float64Array.of(0, 0) };
      expect(flow.weights(Infinity)).toEqual(nothing);
      expect(flow.weights(Infinity, flow.weights(0))).toEqual(nothing);
      expect(flow.limit).toMatchObject({ uw: 0, uu: 0, ww: 0, residual: xy, alignment: flow.at(1).alignment });
    }
  });
});

test("where nothing moves the weights are the initial ones at all times", () => {
  const task = taskFromMoments({ xx: 1, xy: 2, yy: 4 });
  // On the target, though not every weight lies in one mode; without output; without data; and with nothing to start from.
  const none = taskFromMoments({ xx: 0, xy: 0, yy: 4 });
  for (const [outputScale, data, u, w] of [
    [1, task, [2, 1], [0.5, 1]],
    [0, task, [2, 1], [-1, 3]],
    [1, none, [2, 1], [-1, 3]],
    [1, task, [0, 0], [0, 0]],
  ] as const) {
    const flow = exactFlow({ network: network({ outputScale }), task: data, initial: { u, w } });
    expect(Object.values(flow.at(1)).some(Number.isNaN)).toBe(false);
    expect([flow.rate * 0, flow.from, flow.limit.excessLoss]).toEqual([0, -Infinity, flow.at(0).excessLoss]);
    for (const t of [-1, 0, 1e-3, 5, 1e300, Infinity]) {
      expect(flow.weights(t)).toEqual({ u: Float64Array.from(u), w: Float64Array.from(w) });
      expect(flow.at(t)).toEqual({ ...flow.at(0), t });
    }
  }
});
