/** How far the layers have moved, told by the overlap alone: against the weights themselves. */
import fc from "fast-check";
import {
  exactFlow,
  network,
  type OneDirectionFlow,
  taskFromMoments,
  timeTo,
  type Weights,
  type WithWeights,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { movementTo } from "../../src/regimes/turn.ts";
import { counted } from "../support/counted.ts";
import { type DrawnProblem, EPS, expectWithin, pinned, problems, runs, uniform } from "../support/problems.ts";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
const layers = ["u", "w"] as const;

function movedBetween(before: Weights, after: Weights, layer: "u" | "w"): number {
  const size = Math.hypot(...before[layer]);
  return Math.hypot(...before[layer].map((x, i) => after[layer][i]! - x)) / size;
}

test("where S is what it was nothing has moved, a layer of zeros no more than others", () => {
  const net = network();
  const start = exactFlow({ network: net, task, initial: { uu: 0, ww: 1, uw: 0 } }).at(0);
  expect(movementTo(net, start, 0)).toEqual({ u: 0, w: 0 });
  expect(movementTo(net, start, 1e-9)).toMatchObject({ u: Infinity });
});

test("a layer of zeros beside a small one has moved infinitely, however far they turn and at whatever rates", () => {
  for (const rates of [
    { u: 1, w: 1 },
    { u: 1 / 7, w: 13 / 14 },
  ])
    for (const size of [1, 1e-2, 1e-5, 1e-50, 1e-100]) {
      const net = network({ learningRates: rates });
      for (const [layer, initial] of [
        ["u", { u: [0], w: [size] }],
        ["w", { u: [size], w: [0] }],
      ] as const) {
        const flow = exactFlow({ network: net, task, initial });
        const moved = movementTo(net, flow.at(0), flow.limit.uw);
        expect(moved[layer], `${layer} beside ${size}`).toBe(Infinity);
        expect(moved[layer === "u" ? "w" : "u"]).toBeLessThan(Infinity);
      }
    }
});

describe("after turns by a factor of thousands", () => {
  const moves = (
    problem: Omit<DrawnProblem, "task">,
    xy: number,
    times: (flow: WithWeights<OneDirectionFlow>) => readonly number[],
  ): void => {
    const flow = exactFlow({ ...problem, task: taskFromMoments({ xx: 1, xy, yy: 1 }) });
    for (const t of times(flow)) {
      const [start, end] = [flow.at(0), flow.at(t)];
      const found = movementTo(problem.network, start, end.uw);
      for (const layer of layers) {
        const moved = movedBetween(flow.weights(0), flow.weights(t), layer);
        expectWithin(Math.abs(found[layer] - moved), 1e-12 * (1 + moved), `${layer} at t = ${t}`);
      }
    }
  };

  test("small layers of different size have grown by what they have become", () => {
    for (const [sizeU, sizeW] of [
      [1e-6, 1e-8],
      [1e-8, 1e-6],
      [1e-7, 1e-7],
    ] as const) {
      const initial = { u: Float64Array.of(sizeU, 2 * sizeU), w: Float64Array.of(3 * sizeW, -sizeW) };
      for (const xy of [1, -1])
        moves({ network: network({ learningRates: { u: 1, w: 2 } }), initial }, xy, (flow) => [20 / flow.rate, Infinity]);
    }
  });

  test("nearly antiparallel layers shrink to next to nothing, cross, and grow again on the other side", () => {
    for (const sign of [1, -1]) {
      const initial = { u: Float64Array.of(1, 1e-8), w: Float64Array.of(-sign, 2e-8) };
      moves({ network: network(), initial }, 1e-3 * sign, (flow) => {
        const crossing = timeTo(flow, { output: 0 });
        return [0.1, 0.5, 0.9, 0.99, 1, 1.01, 1.1, 1.5, 3, 10].map((x) => x * crossing);
      });
    }
  });
});

test("by as much as the weights of the flow have, at every size of turn", () => {
  const compared = counted({ atLeast: 0.8, what: "layers" });
  let far = 0;
  fc.assert(
    fc.property(problems(4), uniform(-3, 1.5), (problem, x) => {
      const flow = exactFlow(problem);
      fc.pre(flow.rate > 0);
      const t = 10 ** x / flow.rate;
      const [start, end] = [flow.at(0), flow.at(t)];
      const found = movementTo(problem.network, start, end.uw);
      for (const layer of layers) {
        if (!compared.when(start[layer === "u" ? "uu" : "ww"] > 0)) continue;
        const moved = movedBetween(flow.weights(0), flow.weights(t), layer);
        if (moved > 1e3) far++;
        // The weights' own rounding, and what S has lost, of which a long turn makes as much as of anything.
        expectWithin(Math.abs(found[layer] - moved), 1e-12 * moved + 64 * EPS, layer);
      }
    }),
    pinned(63),
  );
  expect(far).toBeGreaterThan(runs(20));
});
