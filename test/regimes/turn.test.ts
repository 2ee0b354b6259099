/** How far the layers have moved, told by the overlap alone: against the weights themselves. */
import fc from "fast-check";
import { exactFlow, type Weights } from "feature-learning";
import { expect, test } from "vitest";
import { movementTo } from "../../src/regimes/turn.ts";
import { expectWithin, pinned, problems } from "../support/problems.ts";

const layers = ["u", "w"] as const;

function movedBetween(before: Weights, after: Weights, layer: "u" | "w"): number {
  const size = Math.hypot(...before[layer]);
  return Math.hypot(...before[layer].map((x, i) => after[layer][i]! - x)) / size;
}

test("by what the weights of the flow have moved, at every size of turn", () => {
  let far = 0;
  let worst = 0;
  fc.assert(
    fc.property(problems(4), fc.double({ min: -3, max: 1.5, noNaN: true }), (problem, x) => {
      const flow = exactFlow(problem);
      fc.pre(flow.rate > 0);
      const t = 10 ** x / flow.rate;
      const [start, weights] = [flow.at(0), flow.weights(t)];
      const found = movementTo(problem.network, start, flow.at(t).uw);
      for (const layer of layers) {
        if (start[layer === "u" ? "uu" : "ww"] === 0) continue;
        const moved = movedBetween(flow.weights(0), weights, layer);
        if (moved > 1e3) far++;
        const error = Math.abs(found[layer] - moved) / (1e-12 + moved);
        if (error > worst) {
          worst = error;
          console.log(error, moved, layer, JSON.stringify(problem), t * flow.rate, flow.at(t).uw, start.uw);
        }
      }
    }),
    pinned(63),
  );
  console.log(far);
});
