/** How far the layers have moved, told by the overlap alone: against the weights themselves. */
import fc from "fast-check";
import { exactFlow, type Weights } from "feature-learning";
import { expect, test } from "vitest";
import { movementTo } from "../../src/regimes/turn.ts";
import { EPS, expectWithin, pinned, problems, runs } from "../support/problems.ts";

const layers = ["u", "w"] as const;

function movedBetween(before: Weights, after: Weights, layer: "u" | "w"): number {
  const size = Math.hypot(...before[layer]);
  return Math.hypot(...before[layer].map((x, i) => after[layer][i]! - x)) / size;
}

test("by as much as the weights of the flow have, at every size of turn", () => {
  let far = 0;
  fc.assert(
    fc.property(problems(4), fc.double({ min: -3, max: 1.5, noNaN: true }), (problem, x) => {
      const flow = exactFlow(problem);
      fc.pre(flow.rate > 0);
      const t = 10 ** x / flow.rate;
      const [start, end] = [flow.at(0), flow.at(t)];
      const found = movementTo(problem.network, start, end.uw);
      for (const layer of layers) {
        if (start[layer === "u" ? "uu" : "ww"] === 0) continue;
        const moved = movedBetween(flow.weights(0), flow.weights(t), layer);
        if (moved > 1e3) far++;
        // The weights' own rounding, and what S has lost, of which a long turn makes as much as of anything.
        expectWithin(Math.abs(found[layer] - moved), 1e-12 * moved + 64 * EPS, layer);
      }
    }),
    pinned(63),
  );
  expect(far).toBeGreaterThan(runs(30));
});
