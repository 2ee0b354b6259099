/**
 * Losses that fall for ever, as the logistic loss does on separable data: the limit is at infinity and is
 * reported so.
 */
import {
  FeatureLearningError,
  gaussianLayers,
  integratedFlow,
  type Loss,
  network,
  sample,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { fallsForEver } from "../../src/model/endless.ts";
import { zeroOf } from "../../src/model/zeroOf.ts";
import { drawer } from "../support/drawer.ts";
import { extrapolated } from "../support/extrapolation.ts";

/**
 * The logistic loss as one might write it; its slope is 1/(1 + e^m) − 1 rounded, which is 0 from m = 37 on.
 */
const rounded: Loss = {
  value: (f, y) => Math.log1p(Math.exp(-y * f)),
  derivative: (f, y) => y * (1 / (1 + Math.exp(-y * f)) - 1),
};
const squaredHinge: Loss = {
  value: (f, y) => Math.max(0, 1 - y * f) ** 2,
  derivative: (f, y) => -2 * y * Math.max(0, 1 - y * f),
};
const separable = taskFromSamples([1, 2, -1], [1, 1, -1]);
const start = { u: [0.3, 0.1], w: [0.2, -0.4] };

describe("one direction", () => {
  test.each([
    ["positive", separable, Infinity],
    ["negative", taskFromSamples([1, 2, -1], [-1, -1, 1]), -Infinity],
  ])("the limit is infinite, and every field of it agrees: %s", (_name, task, output) => {
    const flow = integratedFlow({ network: network({ loss: "logistic" }), task, initial: start });
    expect([flow.status, flow.until]).toEqual(["unbounded", Infinity]);
    const limit = flow.at(Infinity);
    expect(limit).toMatchObject({ t: Infinity, output, uw: output, uu: Infinity, ww: Infinity, normProduct: Infinity });
    expect(limit).toMatchObject({ kernel: Infinity, loss: 0, excessLoss: 0, residual: 0, sharpness: 0 });
    expect(limit).toMatchObject({ alignment: Math.sign(output), angle: output > 0 ? 0 : Math.PI });
    expect([limit.area, limit.balance]).toEqual([flow.at(0).area, flow.at(0).balance]);
    expect([...sample(flow, [0, 1, Infinity]).output].at(-1)).toBe(output);
    expect(() => flow.weights(Infinity)).toThrow(/grow without bound/);
  });

  test("a frozen layer stays finite, and a power activation grows too", () => {
    const frozen = integratedFlow({
      network: network({ loss: "logistic", learningRates: { u: 1, w: 0 } }),
      task: separable,
      initial: start,
    });
    expect(frozen.status).toBe("unbounded");
    expect(frozen.at(Infinity)).toMatchObject({ output: Infinity, uu: Infinity, ww: frozen.at(0).ww });
    const power = integratedFlow({ network: network({ loss: "logistic", power: 3 }), task: separable, initial: start });
    expect(power.status).toBe("unbounded");
    expect(power.at(Infinity).output).toBe(Infinity);
  });

  test("the output grows as ln t: until a finite time it is right to 1e-10", () => {
    const flow = integratedFlow({ network: network({ loss: "logistic" }), task: separable, initial: start }, { until: 1e4 });
    expect(flow.status).toBe("completed");
    const slope = (y: readonly number[]): number[] => {
      const [a, b, c, d] = y as [number, number, number, number];
      const f = a * c + b * d;
      let g = 0;
      for (const [x, label] of [
        [1, 1],
        [2, 1],
        [-1, -1],
      ] as const)
        g += (x * label) / (1 + Math.exp(label * f * x)) / 3;
      return [g * c, g * d, g * a, g * b];
    };
    let y: number[] = [...start.u, ...start.w];
    // Spans that grow with t, as the flow slows down.
    for (let t = 0; t < 1e4; ) {
      const H = Math.min(1e4 - t, 0.05 + 0.02 * t);
      y = extrapolated(slope, y, H);
      t = H === 1e4 - t ? 1e4 : t + H;
    }
    const output = y[0]! * y[2]! + y[1]! * y[3]!;
    expect(Math.abs(flow.at(1e4).output - output)).toBeLessThan(1e-9 * output);
    const long = integratedFlow({ network: network({ loss: "logistic" }), task: separable, initial: start });
    expect(Math.abs(long.at(1e4).output - output)).toBeLessThan(1e-9 * output);
    expect(long.at(1e200).output).toBeGreaterThan(440);
  });

  test("with weight decay, or with labels that overlap, there is a minimum", () => {
    for (const problem of [
      { network: network({ loss: "logistic", weightDecay: 0.01 }), task: separable, initial: start },
      { network: network({ loss: "logistic" }), task: taskFromSamples([1, 2, -1], [1, 1, 1]), initial: start },
      { network: network({ loss: squaredHinge }), task: separable, initial: start },
    ])
      expect(integratedFlow(problem).status).toBe("converged");
  });

  test("a loss of one's own whose slope rounds to 0 is still known to fall for ever", () => {
    const flow = integratedFlow({ network: network({ loss: rounded }), task: separable, initial: start }, { maxSteps: 5000 });
    expect(flow.status).toBe("unbounded");
    expect(flow.at(Infinity).output).toBe(Infinity);
  });

  test("a start that cannot leave 0 converges there", () => {
    const flow = integratedFlow({ network: network({ loss: "logistic" }), task: separable, initial: { u: [1], w: [-1] } });
    expect(flow.status).toBe("converged");
    expect(Math.abs(flow.at(Infinity).output)).toBeLessThan(1e-200);
  });
});

describe("several inputs", () => {
  const inputs = [
    [1, 0.2, -0.3],
    [0.1, -1, 0.4],
    [-0.6, 0.3, 0.9],
    [0.8, 0.7, 0.1],
  ];
  const initial = gaussianLayers({ width: 5, inputs: 3, scale: 0.5, seed: 4 });

  test("the limit is refused, finite times are not", () => {
    const flow = integratedFlow({
      network: network({ loss: "logistic" }),
      task: taskFromSamples(inputs, [1, -1, 1, 1]),
      initial,
    });
    expect(flow.status).toBe("unbounded");
    expect(flow.at(1e100).loss).toBeLessThan(1e-90);
    let error: unknown;
    try {
      flow.at(Infinity);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(FeatureLearningError);
    expect((error as FeatureLearningError).code).toBe("out-of-range");
    expect((error as FeatureLearningError).message).toMatch(/t is Infinity; the weights grow without bound/);
  });

  test("labels that overlap have a finite limit", () => {
    const twice = [...inputs, ...inputs.map((x) => x.map((value) => 0.6 * value))];
    const task = taskFromSamples(twice, [1, -1, 1, 1, -1, 1, -1, -1]);
    expect(integratedFlow({ network: network({ loss: "logistic" }), task, initial }).status).toBe("converged");
  });
});

describe("what decides it", () => {
  test("zeros are told from tails", () => {
    expect(zeroOf((f) => 1 - f)).toBe(1);
    expect(zeroOf((f) => Math.max(0, 1 - f))).toBe(1);
    expect(zeroOf((f) => Math.max(0, 1 - f) ** 5)).toBeCloseTo(1, 3);
    expect(zeroOf((f) => (f < -3 ? 1 : f > -3 ? -1 : 0))).toBe(-3);
    expect(zeroOf((f) => 1 / (1 + Math.exp(f)))).toBe(Infinity);
    expect(zeroOf((f) => -1 / (1 + Math.exp(-1e-3 * f)))).toBe(-Infinity);
    expect(zeroOf((f) => 1 - 1 / (1 + Math.exp(-f)))).toBe(Infinity);
    expect(zeroOf((f) => 1 / (1 + Math.abs(f)))).toBe(Infinity);
    expect(zeroOf(() => 0)).toBe(0);
  });

  test("separable data are told from others, by a plane that is known or by points that surround 0", () => {
    const { uniform, normal } = drawer(17);
    let compared = 0;
    for (let n = 0; n < 200; n++) {
      const k = 1 + (n % 4);
      const normalOf = Array.from({ length: k }, normal);
      const count = k + 1 + Math.floor(20 * uniform());
      const points = Array.from({ length: count }, () => Array.from({ length: k }, normal));
      const labels = points.map((x) => (x.reduce((sum, value, a) => sum + value * normalOf[a]!, 0) >= 0 ? 1 : -1));
      expect(fallsForEver("logistic", Float64Array.from(points.flat()), Float64Array.from(labels), k)).toBe(true);
      // Each point again with the other label, at another distance: nothing separates them.
      const doubled = [...points, ...points.map((x) => x.map((value) => 0.7 * value))].flat();
      const both = [...labels, ...labels.map((label) => -label)];
      expect(fallsForEver("logistic", Float64Array.from(doubled), Float64Array.from(both), k)).toBe(false);
      for (const loss of ["huber", squaredHinge] as const)
        expect(fallsForEver(loss, Float64Array.from(points.flat()), Float64Array.from(labels), k)).toBe(false);
      compared++;
    }
    expect(compared).toBe(200);
  });

  test("data that are separable along one axis alone count", () => {
    const inputs = Float64Array.of(1, 0, 0, 1, 0, 1);
    expect(fallsForEver("logistic", inputs, Float64Array.of(1, 1, -1), 2)).toBe(true);
    expect(fallsForEver("logistic", Float64Array.of(0, 1, 0, 1), Float64Array.of(1, -1), 2)).toBe(false);
  });
});
