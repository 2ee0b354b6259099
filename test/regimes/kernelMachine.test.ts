/** The laws of the kernel machine: one exponential, weights on a straight line, and fixed points. */
import fc from "fast-check";
import {
  exactFlow,
  FeatureLearningError,
  gaussianWeights,
  type KernelFlow,
  kernelMachine,
  network,
  type OrderParameters,
  orderParameters,
  sample,
  type Task,
  taskFromMoments,
  taskFromSamples,
  type Weights,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { EPS, expectWithin, pinned, problems, uniform } from "../support/problems.ts";

const spans = uniform(-6, 1.5).map((x) => 10 ** x);

test("the residual falls as e^−ρ₀t with ρ₀ = 2k·xx·kernel, and output and loss with it; kernel and sharpness stay", () => {
  fc.assert(
    fc.property(problems(3), spans, (problem, x) => {
      const machine = kernelMachine(problem);
      const first = machine.at(0);
      const { xx, xy } = problem.task;
      const k = problem.network.loss === "mse" ? 1 : 0.5;
      expectWithin(Math.abs(machine.rate / (2 * k * xx * first.kernel) - 1), 4 * EPS, "rate");
      const t = x / machine.rate;
      const s = machine.at(t);
      const left = Math.exp(-x);
      const slack = 8 * EPS * (1 + x);
      expectWithin(Math.abs(s.residual - first.residual * left), slack * Math.abs(s.residual), "residual");
      expectWithin(Math.abs(s.excessLoss - (k * s.residual ** 2) / xx), slack * s.excessLoss, "excess loss");
      expectWithin(Math.abs(s.loss - (machine.limit.loss + s.excessLoss)), slack * first.loss, "loss");
      // Early the output is known as a change from the first, late as what is left to the target.
      const step = (first.residual / xx) * -Math.expm1(-x);
      expectWithin(Math.abs(s.output - (xy - s.residual) / xx), (8 * EPS * (Math.abs(xy) + Math.abs(s.residual))) / xx, "output");
      expectWithin(Math.abs(s.output - first.output - step), slack * (Math.abs(first.output) + Math.abs(step)), "change");
      expect([s.t, s.kernel, s.sharpness]).toEqual([t, first.kernel, first.sharpness]);
      expect(machine.at(Infinity)).toEqual(machine.limit);
      expect(machine.limit).toMatchObject({ t: Infinity, residual: first.residual * 0, excessLoss: 0 });
    }),
    pinned(65),
  );
});

test("the weights go straight, u₀ + η_u φ w₀ and w₀ + η_w φ u₀, and uu, ww, uw and what follows from them are theirs", () => {
  fc.assert(
    fc.property(problems(2, ["generic", "zero u", "zero w", "no correlation"]), spans, (problem, x) => {
      const machine = kernelMachine(problem) as KernelFlow & { weights(t: number): Weights };
      const { outputScale, learningRates } = problem.network;
      const { u, w } = problem.initial;
      const first = machine.at(0);
      const t = x / machine.rate;
      const k = problem.network.loss === "mse" ? 1 : 0.5;
      const phi = (2 * k * outputScale * first.residual * -Math.expm1(-x)) / machine.rate;
      const moved = machine.weights(t);
      const [du, dw] = [learningRates.u * phi, learningRates.w * phi];
      const slack = 32 * EPS;
      for (const [i, value] of moved.u.entries())
        expectWithin(Math.abs(value - (u[i]! + du * w[i]!)), slack * (Math.abs(u[i]!) + Math.abs(du * w[i]!)), `u[${i}]`);
      for (const [i, value] of moved.w.entries())
        expectWithin(Math.abs(value - (w[i]! + dw * u[i]!)), slack * (Math.abs(w[i]!) + Math.abs(dw * u[i]!)), `w[${i}]`);
      const s = machine.at(t);
      const { uu, ww, uw } = orderParameters(moved);
      const size = first.uu + du * du * first.ww;
      const other = first.ww + dw * dw * first.uu;
      expectWithin(Math.abs(s.uu - uu), 256 * EPS * size, "uu");
      expectWithin(Math.abs(s.ww - ww), 256 * EPS * other, "ww");
      expectWithin(Math.abs(s.uw - uw), 256 * EPS * Math.sqrt(size * other), "uw");
    }),
    pinned(66, 300),
  );
});

describe("it begins as its network", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 2 });
  const initial = gaussianWeights({ width: 5, scale: 0.7, seed: 2 });

  test("so at t = 0 it is in the state of the exact flow, to rounding", () => {
    const [a, b] = [
      kernelMachine({ network: network(), task, initial }).at(0),
      exactFlow({ network: network(), task, initial }).at(0),
    ];
    for (const [name, value] of Object.entries(b))
      expectWithin(Math.abs(a[name as "t"] - value), 16 * EPS * Math.abs(value), name);
  });

  test("with weights if it was given weights, and without if it was not", () => {
    const machine = kernelMachine({ network: network(), task, initial });
    expect(machine.weights!(0)).toEqual(initial);
    const out = { u: new Float64Array(5), w: new Float64Array(5) };
    expect(machine.weights!(1, out)).toBe(out);
    expect(out).toEqual(machine.weights!(1));
    expect(kernelMachine({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0 } }).weights).toBeUndefined();
  });

  test("and sampling it is asking at every time", () => {
    const machine = kernelMachine({ network: network(), task, initial });
    const times = [0, 1e-3, 0.3, 2, 50, Infinity];
    expect(sample(machine, times).toRows()).toEqual(times.map((t) => machine.at(t)));
    expect(machine.problem).toMatchObject({ network: network(), task, initial });
    expect([machine.from, machine.until, machine.method, machine.linearised]).toEqual([0, Infinity, "exact", true]);
  });
});

describe("it stays where it is", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 2 });
  test.each<[string, number, Task, OrderParameters]>([
    ["without a kernel", 1, task, { uu: 0, ww: 0, uw: 0 }],
    ["without output", 0, task, { uu: 1, ww: 2, uw: 0.5 }],
    ["on the target", 1, task, { uu: 1, ww: 2, uw: 1 }],
    ["on a target that xy/xx does not round to", 1, taskFromMoments({ xx: 3, xy: 3 * 0.1, yy: 2 }), { uu: 1, ww: 2, uw: 0.1 }],
    ["without data", 1, taskFromMoments({ xx: 0, xy: 0, yy: 1 }), { uu: 1, ww: 2, uw: 0.5 }],
  ])("%s", (_, outputScale, given, initial) => {
    const machine = kernelMachine({ network: network({ outputScale }), task: given, initial });
    for (const t of [0, 1e-3, 7, 1e300, Infinity]) expect(machine.at(t)).toEqual({ ...machine.at(0), t });
  });

  test("with its weights", () => {
    const initial = { u: Float64Array.of(0, 0), w: Float64Array.of(0, 0) };
    const machine = kernelMachine({ network: network(), task, initial });
    for (const t of [1, Infinity]) expect(machine.weights!(t)).toEqual(initial);
  });
});

test("it refuses negative times and NaN, and inputs of several directions", () => {
  const task = taskFromMoments({ xx: 1, xy: 1, yy: 2 });
  const machine = kernelMachine({ network: network(), task, initial: { u: [1], w: [1] } });
  expect(() => machine.at(-1)).toThrow(/^at: t is -1; a kernel machine starts at t = 0\.$/);
  expect(() => machine.at(Number.NaN)).toThrow(/^at: t is NaN/);
  expect(() => machine.at("1" as unknown as number)).toThrow(FeatureLearningError);
  expect(() => machine.weights!(-1)).toThrow(FeatureLearningError);
  const scattered = taskFromSamples(
    [
      [1, 0],
      [0, 1],
    ],
    [1, 1],
  );
  expect(() => kernelMachine({ network: network(), task: scattered, initial: { u: [1], w: [1] } })).toThrow(
    /^kernelMachine: .*\{ project: true \} trains on their projection/,
  );
});
