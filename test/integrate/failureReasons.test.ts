/** The reasons that a failed integration gives. */
import { integratedFlow, type Loss, network, taskFromSamples } from "feature-learning";
import { expect, test } from "vitest";
import { finished } from "../../src/integrate/failure.ts";
import { readOptions } from "../../src/integrate/options.ts";

test("a jump of the slope is given as the reason only for losses whose slope can jump", () => {
  const reasonFor = (loss: Loss): string => {
    const flow = {
      until: 1,
      problem: { network: network({ loss }) },
      at: () => ({ excessLoss: 0.1 }),
    };
    try {
      finished(flow, { status: "sliding", end: 1, steps: 7 } as Parameters<typeof finished>[1], readOptions({}));
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  const absolute = { value: (f: number, y: number) => Math.abs(f - y), derivative: (f: number, y: number) => Math.sign(f - y) };
  expect(reasonFor(absolute)).toMatch(/the slope of the loss jumps and holds the flow/);
  expect(reasonFor("huber")).toMatch(/rounding moves the flow back and forth across a kink/);
});

test("the Huber loss converges from a lazy start, whatever the tolerance", () => {
  for (const size of [1e5, 1e6])
    for (const rtol of [1e-6, 1e-10]) {
      const flow = integratedFlow(
        { network: network({ loss: "huber" }), task: taskFromSamples([-1, 1], [-0.5, 0.5]), initial: { u: [size], w: [0] } },
        { rtol },
      );
      expect(flow.status).toBe("converged");
      expect(Math.abs(flow.at(Infinity).output - 0.5)).toBeLessThan(10 * rtol);
    }
});
