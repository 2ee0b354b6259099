/** Verdicts on flows whose weights grow for ever: of infinite kernels and norms, with no NaN. */
import { integratedFlow, mechanisms, type NetworkOptions, network, regime, taskFromSamples } from "feature-learning";
import { describe, expect, test } from "vitest";

const one = (options: NetworkOptions = {}) =>
  integratedFlow({
    network: network({ loss: "logistic", ...options }),
    task: taskFromSamples([1, 2, -1], [1, 1, -1]),
    initial: { u: [0.3, 0.1], w: [0.2, -0.4] },
  });
const several = (options: NetworkOptions = {}) =>
  integratedFlow({
    network: network({ loss: "logistic", ...options }),
    task: taskFromSamples(
      [
        [1, 0.2],
        [0.5, 1],
        [-1, -0.3],
      ],
      [1, 1, -1],
    ),
    initial: {
      u: [0.3, 0.5],
      W: [
        [0.2, 0.4],
        [-0.1, 0.3],
      ],
    },
  });

describe("a flow whose weights grow for ever", () => {
  test.each([
    ["one direction", one()],
    ["the third power", one({ power: 3 })],
    ["several inputs", several()],
  ])("learns features, by an infinite change of its kernel: %s", (_name, flow) => {
    expect(flow.status).toBe("unbounded");
    expect(regime(flow)).toMatchObject({ regime: "feature-learning", kernelRatio: Infinity, kernelChange: Infinity });
  });

  test("moves its weights infinitely far", () => {
    const infinite = { u: Infinity, w: Infinity };
    expect(regime(one())).toMatchObject({ weightMovement: infinite, largestMovement: infinite });
  });

  test.each([
    ["u", { u: 0, w: 1 }],
    ["w", { u: 1, w: 0 }],
  ] as const)("stays a kernel machine where the layer %s is frozen, as its kernel stands still", (frozen, learningRates) => {
    for (const make of [one, several]) {
      const flow = make({ learningRates });
      expect(flow.status).toBe("unbounded");
      const found = regime(flow);
      expect(found.regime).toBe("kernel");
      expect(found.kernelRatio).toBeCloseTo(1, 12);
    }
    const moved = regime(one({ learningRates })).weightMovement!;
    expect(moved[frozen]).toBe(0);
    expect(moved[frozen === "u" ? "w" : "u"]).toBe(Infinity);
  });

  test.each([
    ["one direction", one()],
    ["the third power", one({ power: 3 })],
    ["several inputs", several()],
  ])("has finite mechanisms up to its last step, and they say so: %s", (_name, flow) => {
    for (const found of [mechanisms(flow), mechanisms(flow, { to: Infinity })]) {
      const { change, alignment, disalignment, rescaling, share, stretch, turn, because } = found;
      const numbers = [change, alignment, disalignment, rescaling, stretch, turn.rise, turn.fall, ...Object.values(share)];
      expect(numbers.every(Number.isFinite)).toBe(true);
      expect(Math.abs(alignment + disalignment + rescaling - change)).toBeLessThan(1e-9 * Math.abs(change));
      expect(found.present).toContain("rescaling");
      expect(because).toMatch(/grow for ever/);
    }
    expect(mechanisms(flow, { to: 10 }).because).not.toMatch(/grow for ever/);
  });
});
