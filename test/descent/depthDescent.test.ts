/**
 * Gradient descent of layers that are numbers: the exact map, its order against the flow, and where it is
 * stable.
 */
import {
  descentGap,
  descentOutcome,
  exactFlow,
  gradientDescent,
  network,
  stability,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { expect, test } from "vitest";

const task = taskFromMoments({ xx: 1.2, xy: 1, yy: 1.5 });

test("every row is what brute force on all layers gives, with rates of their own, momentum, decay and a schedule", () => {
  const [rates, gamma, mu, momentum, step] = [[1, 0.3, 2, 0], 0.8, 0.05, 0.7, 0.02];
  const run = gradientDescent(
    {
      network: network({ depth: 4, learningRates: rates, outputScale: gamma, weightDecay: mu }),
      task,
      initial: { layers: [0.4, -0.3, 0.6, 0.9] },
    },
    { stepSize: step, steps: 200, momentum, schedule: (t: number) => 1 / (1 + t) },
  );
  let layers = [0.4, -0.3, 0.6, 0.9];
  let velocity = layers.map(() => 0);
  for (let n = 0; n <= 200; n++) {
    for (const [l, a] of layers.entries()) expect(Math.abs(run.layers.get(n, l) - a)).toBeLessThan(1e-13);
    const f = gamma * layers.reduce((s, a) => s * a, 1);
    const g = 1 - 1.2 * f;
    velocity = velocity.map((v, l) => {
      const others = layers.reduce((s, a, m) => (m === l ? s : s * a), 1);
      return momentum * v + rates[l]! * (2 * gamma * g * others - mu * layers[l]!);
    });
    layers = layers.map((a, l) => a + (step / (1 + n * step)) * velocity[l]!);
  }
  expect(run.layers.get(200, 3)).toBe(0.9);
});

test("the distance from the flow is of the order of the step", () => {
  for (const [depth, initial] of [
    [3, { layers: [-0.2, 0.5, 0.4] }],
    [2.5, { output: 0.3 }],
    [5, { output: 0.1 }],
  ] as const) {
    const problem = { network: network({ depth }), task, initial };
    const flow = exactFlow(problem);
    const gap = (stepSize: number): number =>
      Math.abs(gradientDescent(problem, { stepSize, steps: 1 / stepSize }).output.at(-1)! - flow.at(1).output);
    const order = Math.log2(gap(1e-3) / gap(5e-4));
    expect(order).toBeGreaterThan(0.98);
    expect(order).toBeLessThan(1.02);
  }
});

test("a step is stable at the minimum up to 2 over the rate, and no further", () => {
  for (const [depth, learningRates] of [
    [2, 1],
    [3, [1, 0.5, 2]],
    [6, 0.3],
  ] as const) {
    const problem = { network: network({ depth, learningRates, outputScale: 0.8 }), task, initial: { output: 0.8 } };
    const { largestStableStep, flattest, rate } = stability(problem);
    // Balanced layers end at the flattest minimum, and the flow converges at that rate.
    expect(flattest!.rate / rate).toBeCloseTo(1, 10);
    expect(exactFlow(problem).rate / rate).toBeCloseTo(1, 10);
    expect(descentOutcome(problem, { stepSize: 0.98 * largestStableStep }).outcome).toBe("converges");
    const beyond = gradientDescent(problem, { stepSize: 1.02 * largestStableStep, steps: 3000 });
    expect(beyond.excessLoss.at(-1)).toBeGreaterThan(1e-6);
  }
});

test("mini-batches, label noise and other losses descend as well", () => {
  const samples = taskFromSamples([-1.2, -0.4, 0.3, 1.3], [-1, -1, 1, 1]);
  const initial = { layers: [0.4, 0.5, 0.6] };
  const run = gradientDescent(
    { network: network({ depth: 3 }), task: samples, initial },
    { stepSize: 0.02, steps: 2000, batch: { size: 2, seed: 1 }, labelNoise: { std: 0.1, seed: 2 } },
  );
  expect(Math.abs(run.output.at(-1)! - samples.xy / samples.xx)).toBeLessThan(0.3);
  const huber = { network: network({ depth: 3, loss: "huber" }), task: samples, initial } as const;
  expect(gradientDescent(huber, { stepSize: 0.02, steps: 4000 }).residual.at(-1)).toBeCloseTo(0, 9);
});

test("a start whose steps round to nothing has no outcome, one in the saddle stays there", () => {
  const problem = { network: network({ depth: 3 }), task, initial: { output: 1e-150 } };
  expect(descentOutcome(problem, { stepSize: 0.05 }).outcome).toBe("undecided");
  const saddle = { ...problem, initial: { layers: [0, 0, 1] } };
  expect(descentOutcome(saddle, { stepSize: 0.05 })).toMatchObject({ outcome: "converges", kernelRatio: 1 });
  const frozen = { ...problem, network: network({ depth: 3, learningRates: [1, 1, 0] }), initial: { layers: [1, 1, 0] } };
  expect(descentOutcome(frozen, { stepSize: 0.05 }).outcome).toBe("converges");
});

test("the gap of a start that waits nearly for ever asks for a last time", () => {
  const problem = { network: network({ depth: 3 }), task, initial: { output: 1e-30 } };
  expect(() => descentGap(problem, { stepSize: 0.05 })).toThrow(/^descentGap: until is undefined; pass the last time, because/);
  expect(descentGap(problem, { stepSize: 0.05, until: 10 }).gap).toBeLessThan(1e-30);
});
