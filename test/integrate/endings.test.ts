/** The ways in which an integration can end, and its results: without NaN and without a hang. */
import {
  FeatureLearningError,
  gaussianLayers,
  gaussianWeights,
  type IntegratedOptions,
  integratedFlow,
  network,
  sample,
  taskFromMoments,
  taskFromSamples,
  timesTo,
} from "feature-learning";
import { describe, expect, test } from "vitest";

const task = taskFromMoments({ xx: 1, xy: 1, yy: 1.5 });
const problem = { network: network(), task, initial: gaussianWeights({ width: 6, scale: 0.3, seed: 2 }) };

function failure(run: () => unknown): FeatureLearningError {
  try {
    run();
  } catch (error) {
    return error as FeatureLearningError;
  }
  throw new Error("did not fail");
}

describe("regular ends", () => {
  test("at the end of the time", () => {
    const flow = integratedFlow(problem, { until: 0.1 });
    expect([flow.status, flow.until]).toEqual(["completed", 0.1]);
    expect(() => flow.at(0.2)).toThrow(/integrated from 0 to 0\.1/);
    expect(() => flow.at(-1)).toThrow(/integrated from 0/);
  });

  test("converged, with or without an end", () => {
    const flow = integratedFlow(problem);
    expect([flow.status, flow.until]).toEqual(["converged", Infinity]);
    expect(Math.abs(flow.at(Infinity).output - 1)).toBeLessThan(1e-9);
    const ended = integratedFlow(problem, { until: 1e6 });
    expect([ended.status, ended.until]).toEqual(["converged", 1e6]);
    expect(ended.at(1e6).output).toBe(flow.at(Infinity).output);
  });

  test("when the loss has fallen far enough, to the last digit", () => {
    const flow = integratedFlow(problem, { stopWhen: { lossBelow: 0.8 } });
    expect(flow.status).toBe("loss-below");
    expect(Math.abs(flow.at(flow.until).loss - 0.8)).toBeLessThan(1e-9);
    expect(timesTo(flow, { output: 0.9 })).toEqual([]);
    const already = integratedFlow(problem, { stopWhen: { lossBelow: 100 } });
    expect([already.status, already.until]).toEqual(["loss-below", 0]);
  });

  test("when a layer has grown too long", () => {
    const small = { ...problem, initial: gaussianWeights({ width: 6, scale: 0.1, seed: 2 }) };
    const flow = integratedFlow(small, { stopWhen: { normAbove: 0.9 } });
    expect(flow.status).toBe("out-of-range");
    const { uu, ww } = flow.at(flow.until);
    expect(Math.abs(Math.sqrt(Math.max(uu, ww)) - 0.9)).toBeLessThan(1e-9);
  });

  test("converged to 0, into a saddle, once its weights are nothing in double precision", () => {
    const flow = integratedFlow({ network: network(), task, initial: { u: [1], w: [-1] } });
    expect([flow.status, flow.until]).toEqual(["converged", Infinity]);
    expect(Math.abs(flow.at(flow.until).output)).toBeLessThan(1e-300);
  });

  test("where weights that grow exponentially would overflow", () => {
    const linear = network({ loss: { value: (f) => -f, derivative: () => -1 } });
    const flow = integratedFlow({ network: linear, task: taskFromSamples([1, 2], [1, 1]), initial: { u: [1], w: [0.5] } });
    expect(flow.status).toBe("out-of-range");
    expect(flow.at(flow.until).output).toBeGreaterThan(1e250);
  });

  test("aborted from the progress callback, keeping the flow so far", () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const options: IntegratedOptions = {
      until: 1e6,
      rtol: 1e-14,
      method: "dopri5",
      signal: controller.signal,
      onProgress: ({ t, until, steps }) => {
        seen.push(steps);
        expect(t).toBeGreaterThan(0);
        expect(until).toBe(1e6);
        if (steps >= 192) controller.abort();
      },
    };
    const flow = integratedFlow(problem, options);
    expect(flow.status).toBe("aborted");
    expect(seen).toEqual([64, 128, 192]);
    expect(Number.isFinite(flow.at(flow.until).output)).toBe(true);
  });

  test("at once, where nothing moves", () => {
    for (const still of [
      { ...problem, network: network({ learningRates: 0 }) },
      { ...problem, network: network({ outputScale: 0 }) },
      { ...problem, task: taskFromMoments({ xx: 0, xy: 0, yy: 1 }) },
      { ...problem, initial: { u: [0, 0], w: [0, 0] } },
    ]) {
      const flow = integratedFlow(still);
      expect([flow.status, flow.work.steps]).toEqual(["converged", 0]);
      expect(flow.at(Infinity).output).toBe(flow.at(0).output);
    }
  });
});

describe("failures", () => {
  const x = Array.from({ length: 60 }, (_, i) => [Math.sin(i), 1e-4 * Math.cos(3 * i)]);
  const y = x.map(([a, b]) => a! + 1e4 * b!);
  const stiff = {
    network: network(),
    task: taskFromSamples(x, y),
    initial: gaussianLayers({ width: 5, inputs: 2, scale: 0.5, seed: 1 }),
  };
  const singular = {
    network: network({ power: 0.5 }),
    task: taskFromSamples([1, 2], [-1, -2]),
    initial: { u: [1, 1], w: [1e-3, 1] },
  };

  test("a covariance of condition 1e8 runs out of steps, and says so", () => {
    const error = failure(() => integratedFlow(stiff, { until: 1e8, maxSteps: 5000 }));
    expect(error).toBeInstanceOf(FeatureLearningError);
    expect([error.code, error.status]).toEqual(["not-converged", "max-steps"]);
    expect(error.message).toMatch(
      /^integratedFlow: stopped at t = .* after 5000 steps, which is maxSteps: pass an earlier until/,
    );
    const partial = error.partial as ReturnType<typeof integratedFlow>;
    expect(Number.isFinite(partial.at(partial.until).loss)).toBe(true);
    expect(partial.at(partial.until).loss).toBeLessThan(partial.at(0).loss);
  });

  test("or the flow so far is returned, if onFailure asks for it", () => {
    const flow = integratedFlow(stiff, { until: 1e8, maxSteps: 1000, onFailure: "return" });
    expect(flow.status).toBe("max-steps");
    expect(flow.until).toBeLessThan(1e8);
  });

  test("a power below 1 is singular where a weight reaches zero", () => {
    const error = failure(() => integratedFlow(singular));
    expect(error.code).toBe("not-converged");
    expect(["not-finite", "step-too-small"]).toContain(error.status);
    const flow = integratedFlow(singular, { onFailure: "return" });
    const columns = Object.values(sample(flow, [0, flow.until / 2, flow.until])).filter((c) => c instanceof Float64Array);
    expect(columns.length).toBeGreaterThan(10);
    for (const column of columns) expect(column.some(Number.isNaN)).toBe(false);
  });

  test("a loss that is NaN, from the start or later", () => {
    const lossOf = (derivative: (f: number) => number) => network({ loss: { value: (f) => f, derivative } });
    const from = { task: taskFromSamples([1, 2], [1, 2]), initial: { u: [1, 1], w: [1, 1] } };
    expect(failure(() => integratedFlow({ ...from, network: lossOf(() => NaN) })).status).toBe("not-finite");
    const later = failure(() => integratedFlow({ ...from, network: lossOf((f) => (f > 0.5 ? 1 : NaN)) }, { until: 10 }));
    expect(["not-finite", "step-too-small"]).toContain(later.status);
  });
});
