/** The closed form against plain gradient descent, which shares no code with it. */
import fc from "fast-check";
import { exactFlow, gaussianWeights, network, simulateDescent, taskFromMoments } from "feature-learning";
import { describe, expect, test } from "vitest";
import { pinned, uniform } from "../support/problems.ts";

const wellScaled = fc.record({
  etaU: uniform(0.5, 2),
  etaW: uniform(0.5, 2),
  equal: fc.boolean(),
  half: fc.boolean(),
  gamma: uniform(0.5, 2),
  xx: uniform(0.5, 2),
  xy: uniform(0.3, 0.7),
  seed: fc.integer({ min: 0, max: 1e6 }),
  width: fc.integer({ min: 1, max: 8 }),
});

describe("gradient descent converges to the exact flow", () => {
  test("at first order in the step: slope 1 ± 0.05 of log error on log step", () => {
    fc.assert(
      fc.property(wellScaled, ({ etaU, etaW, equal, half, gamma, xx, xy, seed, width }) => {
        const problem = {
          network: network({
            outputScale: gamma,
            learningRates: { u: etaU, w: equal ? etaU : etaW },
            loss: half ? "half-mse" : "mse",
          }),
          task: taskFromMoments({ xx, xy, yy: 1 }),
          initial: gaussianWeights({ width, scale: 0.7 / Math.sqrt(width), seed }),
        };
        const flow = exactFlow(problem);
        const exact = flow.at(1 / flow.rate);
        const steps = [2 ** 6, 2 ** 7, 2 ** 8, 2 ** 9, 2 ** 10];
        const errors = steps.map((n) => {
          const { uu, ww, uw } = simulateDescent(problem, { stepSize: 1 / (n * flow.rate), steps: n, recordEvery: n });
          // The error of all three order parameters: one alone may happen to have none at first order.
          return Math.hypot(uu[1]! - exact.uu, ww[1]! - exact.ww, uw[1]! - exact.uw);
        });
        const slopes = errors.slice(1).map((error, i) => Math.log2(errors[i]! / error));
        const slope = Math.log2(errors[0]! / errors[4]!) / 4;
        expect(Math.abs(slope - 1), `errors ${errors}, slopes ${slopes}`).toBeLessThan(0.05);
      }),
      pinned(21),
    );
  });

  test("weight by weight", () => {
    const problem = {
      network: network({ learningRates: { u: 1, w: 0.3 } }),
      task: taskFromMoments({ xx: 1.5, xy: 0.8, yy: 1 }),
      initial: gaussianWeights({ width: 20, scale: 0.2, seed: "weights" }),
    };
    const flow = exactFlow(problem);
    const exact = flow.weights(2);
    const error = (steps: number): number => {
      const { weights } = simulateDescent(problem, { stepSize: 2 / steps, steps, recordEvery: steps });
      return Math.max(
        ...weights.u.map((x, i) => Math.abs(x - exact.u[i]!)),
        ...weights.w.map((x, i) => Math.abs(x - exact.w[i]!)),
      );
    };
    expect(error(4000) / error(8000)).toBeCloseTo(2, 1);
    expect(error(8000)).toBeLessThan(1e-3);
  });

  test("for a frozen layer and for a start on a saddle's way", () => {
    for (const learningRates of [
      { u: 1, w: 0 },
      { u: 0, w: 1 },
      { u: 1, w: 1 },
    ]) {
      const problem = {
        network: network({ learningRates }),
        task: taskFromMoments({ xx: 1, xy: 0.5, yy: 1 }),
        initial: { u: [0.7, -0.2], w: [-0.7, 0.2] },
      };
      const exact = exactFlow(problem).at(3).output;
      const error = (steps: number): number =>
        Math.abs(simulateDescent(problem, { stepSize: 3 / steps, steps, recordEvery: steps }).output[1]! - exact);
      expect(error(2000) / error(4000)).toBeCloseTo(2, 1);
    }
  });
});
