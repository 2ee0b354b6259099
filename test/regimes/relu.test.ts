/** The verdict on a ReLU network, as a whole and of either side, and the mechanisms of either side. */
import { exactFlow, mechanisms, network, plateau, regime, taskFromMoments, timesTo } from "feature-learning";
import { describe, expect, test } from "vitest";

const relu = network({ activation: "relu" });
const task = taskFromMoments({ positive: { xx: 0.6, xy: 0.9 }, negative: { xx: 0.5, xy: 0.4 }, yy: 3 });

describe("regime", () => {
  test("the two sides have regimes of their own", () => {
    // Neurons of large weights on one side, of small ones on the other, none of which reaches its kink.
    const initial = { u: [6, -6, 0.05, -0.05], w: [6.1, 6.1, -0.06, -0.06] };
    const found = regime(exactFlow({ network: relu, task, initial }));
    expect(found.halves?.positive.regime).toBe("kernel");
    expect(found.halves?.negative.regime).toBe("feature-learning");
    expect(found.halves?.negative.kernelChange).toBeGreaterThan(50);
  });

  test("the largest change of the kernel is found also just before a neuron leaves", () => {
    const initial = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
    const flow = exactFlow({ network: relu, task, initial });
    const { events } = flow;
    expect(events.length).toBeGreaterThan(1);
    const grid = Array.from({ length: 4000 }, (_, i) => (i / 4000) * 6);
    for (const side of ["positive", "negative"] as const) {
      const kernel = (t: number): number => flow.halves[side].at(t).kernel;
      const times = [...grid, ...events.flatMap(({ t }) => [t * (1 - 1e-12), t]), Infinity];
      const change = Math.max(...times.map((t) => Math.abs(kernel(t) / kernel(0) - 1)));
      const found = regime(flow).halves![side];
      expect(found.kernelChange).toBeGreaterThanOrEqual(change * (1 - 1e-9));
      expect(found.kernelChange).toBeLessThan(change * (1 + 1e-4));
    }
    const size = (t: number): readonly number[] => [flow.halves.positive.at(t).kernelSize, flow.halves.negative.at(t).kernelSize];
    const [a, b] = size(0) as [number, number];
    const whole = Math.max(...grid.map((t) => Math.hypot(size(t)[0]! - a, size(t)[1]! - b) / Math.hypot(a, b)));
    expect(regime(flow).kernelChange).toBeGreaterThanOrEqual(whole * (1 - 1e-9));
  });

  test("without data on a side, or with the output scale 0, that side or all stands still", () => {
    const initial = { u: [0.4, 0.5], w: [0.5, -0.6] };
    const one = taskFromMoments({ positive: { xx: 1, xy: 1 }, negative: { xx: 0, xy: 0 }, yy: 2 });
    expect(regime(exactFlow({ network: relu, task: one, initial })).halves?.negative.regime).toBe("static");
    const still = network({ activation: "relu", outputScale: 0 });
    expect(regime(exactFlow({ network: still, task, initial })).regime).toBe("static");
  });
});

describe("a side of a ReLU flow", () => {
  const small = { u: [0.02, -0.01, 0.01, 0.02], w: [0.03, 0.02, -0.02, -0.03] };
  const flow = exactFlow({ network: relu, task, initial: small });

  test("has the plateau, the times and the mechanisms of a network of one direction", () => {
    const { positive, negative } = flow.halves;
    expect(flow.events).toEqual([]);
    expect(plateau(positive)).toBeGreaterThan(0.5);
    expect(plateau(negative)).toBeGreaterThan(plateau(positive));
    const [t] = timesTo(positive, { output: 0.75 });
    expect(flow.at(t!).slopes.positive).toBeCloseTo(0.75, 12);
    expect(mechanisms(positive).dominant).toBe("rescaling");
  });

  test("where a neuron leaves, alignment gains what rescaling loses, and the output stays", () => {
    const initial = { u: [0.9, -0.7, 0.4, -0.6, 0.8, -0.3], w: [0.2, 0.3, 0.3, -0.2, -0.3, -0.5] };
    const turning = exactFlow({ network: relu, task, initial });
    const [event] = turning.events;
    const half = turning.weights(0).w[event!.neuron]! > 0 ? turning.halves.positive : turning.halves.negative;
    const [from, to] = [event!.t * (1 - 1e-9), event!.t * (1 + 1e-9)];
    const found = mechanisms(half, { from, to });
    expect(Math.abs(found.change)).toBeLessThan(1e-7);
    expect(Math.abs(found.rescaling)).toBeGreaterThan(1e-3);
    expect(found.alignment + found.disalignment + found.rescaling).toBeCloseTo(found.change, 12);
    const whole = mechanisms(half);
    expect(whole.change).toBeCloseTo(half.at(Infinity).output - half.at(0).output, 12);
    expect(whole.alignment + whole.disalignment + whole.rescaling).toBeCloseTo(whole.change, 12);
  });
});
