/** Training on all weights: what PyTorch's optimizers do, and every loss and shape. */
import {
  gaussianWeights,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  type SimulationOptions,
  simulateDescent,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { describe, expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";

const task = matrixTaskFromMoments({ xx: [[2]], yx: [[0.8]], yy: 1 });

/** ∂L/∂a and ∂L/∂b of L = E[(abx − y)²]. */
const gradient = ([a, b]: readonly [number, number]): [number, number] => [2 * (2 * a * b - 0.8) * b, 2 * (2 * a * b - 0.8) * a];

function weightsAfter(steps: number, options: Partial<SimulationOptions>, weightDecay = 0): [number, number] {
  const initial = { W2: [[0.3]], W1: [[-0.5]] };
  const rates = { u: 1, w: 3 };
  const { weights } = simulateDescent(
    { network: network({ weightDecay, learningRates: rates }), task, initial },
    { stepSize: 0.01, steps, ...options },
  );
  return [weights.W2.get(0, 0), weights.W1.get(0, 0)];
}

describe("Adam as PyTorch has it, written out for two weights", () => {
  const rates = [0.01, 0.03];
  const variants = [
    ["adam", 0, 0.9, 0.999, 1e-8],
    ["adam", 0.1, 0.9, 0.999, 1e-8],
    ["adamw", 0.1, 0.8, 0.95, 1e-3],
  ] as const;
  test.each(variants)("%s with decay %d, betas %d and %d, epsilon %d", (optimizer, decay, beta1, beta2, epsilon) => {
    const weights: [number, number] = [0.3, -0.5];
    const [means, squares] = [
      [0, 0],
      [0, 0],
    ];
    for (let n = 1; n <= 6; n++) {
      const slopes = gradient(weights);
      for (const i of [0, 1] as const) {
        const lr = rates[i]!;
        const g = slopes[i] + (optimizer === "adam" ? decay * weights[i] : 0);
        if (optimizer === "adamw") weights[i] *= 1 - lr * decay;
        means[i] = means[i]! * beta1 + g * (1 - beta1);
        squares[i] = squares[i]! * beta2 + g * g * (1 - beta2);
        const denominator = Math.sqrt(squares[i]!) / Math.sqrt(1 - beta2 ** n) + epsilon;
        weights[i] -= ((lr / (1 - beta1 ** n)) * means[i]!) / denominator;
      }
      const found = weightsAfter(n, { optimizer, betas: [beta1, beta2], epsilon }, decay);
      for (const i of [0, 1]) expectWithin(Math.abs(found[i]! - weights[i]!), 1e-14, `weight ${i} after ${n} steps`);
    }
  });

  test("the first step moves every weight by its rate, whatever the gradient's size", () => {
    const [a, b] = weightsAfter(1, { optimizer: "adam" });
    // ε = 10⁻⁸ beside gradients of order 1.
    expectWithin(Math.abs(a - (0.3 - 0.01)), 1e-9, "a");
    expectWithin(Math.abs(b - (-0.5 + 0.03)), 1e-9, "b");
  });

  test("does not keep what gradient descent keeps in the limit of small steps, so that it does not reduce", () => {
    const initial = gaussianWeights({ width: 8, scale: 0.3, seed: 1 });
    const problem = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial };
    const balance = (optimizer: "sgd" | "adam"): number => {
      const { uu, ww } = simulateDescent(problem, { stepSize: 1e-4, steps: 10_000, recordEvery: 10_000, optimizer });
      return Math.abs(uu[1]! - ww[1]! - (uu[0]! - ww[0]!));
    };
    expect(balance("sgd")).toBeLessThan(1e-3);
    expect(balance("adam")).toBeGreaterThan(1e-2);
  });
});

test("momentum and Nesterov's as PyTorch's SGD, written out for two weights", () => {
  for (const nesterov of [false, true]) {
    const weights: [number, number] = [0.3, -0.5];
    const velocity = [0, 0];
    for (let n = 1; n <= 6; n++) {
      const slopes = gradient(weights);
      for (const i of [0, 1] as const) {
        const g = slopes[i] + 0.1 * weights[i];
        velocity[i] = 0.9 * velocity[i]! + g;
        weights[i] -= [0.01, 0.03][i]! * (nesterov ? g + 0.9 * velocity[i]! : velocity[i]!);
      }
      const found = weightsAfter(n, { momentum: 0.9, nesterov }, 0.1);
      for (const i of [0, 1]) expectWithin(Math.abs(found[i]! - weights[i]!), 1e-15, `weight ${i} after ${n} steps`);
    }
  }
});

test("the cross-entropy of two outputs is the logistic loss of their difference", () => {
  const x = [
    [1, 0.2],
    [-0.5, 1],
    [0.3, -0.7],
    [-1, -0.4],
    [0.6, 0.9],
  ];
  const labels = [1, -1, -1, 1, 1];
  const half = labels.map((label) => (label > 0 ? [1, 0] : [0, 1]));
  const u = [0.3, -0.2, 0.5];
  const W1 = [
    [0.1, 0.4],
    [-0.3, 0.2],
    [0.6, -0.1],
  ];
  const options = { stepSize: 0.1, steps: 200, recordEvery: 50 };
  // f₁ = −f₂ = F moves as a single output does whose logit is 2F: u₁ = −u₂ = u, so that the pull on W₁
  // doubles.
  const pair = simulateDescent(
    {
      network: network({ loss: "cross-entropy" }),
      task: matrixTaskFromSamples(x, half),
      initial: { W2: [u, u.map((v) => -v)], W1 },
    },
    options,
  );
  const single = simulateDescent(
    {
      network: network({ loss: "logistic", outputScale: 2, learningRates: { u: 0.5, w: 1 } }),
      task: taskFromSamples(x, labels),
      initial: { u, W: W1 },
    },
    options,
  );
  for (let row = 0; row < 5; row++) {
    expectWithin(Math.abs(pair.loss[row]! - single.loss[row]!), 1e-14, "loss");
    for (let j = 0; j < 2; j++)
      expectWithin(Math.abs(2 * pair.output.get(row, 0, j) - single.output.get(row, 0, j)), 1e-13, "output");
  }
});

test("refuses momentum with Adam, betas of 1, order parameters, and a power activation", () => {
  const problem = { network: network(), task, initial: { W2: [[1]], W1: [[1]] } };
  const run = (options: object): unknown => simulateDescent(problem, { stepSize: 0.1, steps: 1, ...options });
  expect(() => run({ optimizer: "adam", momentum: 0.9 })).toThrow(
    "simulateDescent: momentum is 0.9; leave momentum and nesterov out",
  );
  expect(() => run({ optimizer: "adam", betas: [0.9, 1] })).toThrow(/^simulateDescent: betas/);
  expect(() => run({ optimizer: "lion" })).toThrow(/^simulateDescent: optimizer/);
  const numbers = { ...problem, initial: { uu: [[1]], ww: [[1]], uw: [[0]] } };
  expect(() => simulateDescent(numbers as never, { stepSize: 0.1, steps: 1 })).toThrow(
    /^simulateDescent: initial .*every weight/,
  );
  expect(() => simulateDescent({ ...problem, network: network({ power: 2 }) }, { stepSize: 0.1, steps: 1 })).toThrow(/power 2/);
  const single = {
    network: network({ loss: "cross-entropy" }),
    task: taskFromSamples([1, 2], [1, 0]),
    initial: { u: [1], w: [1] },
  };
  expect(() => simulateDescent(single, { stepSize: 0.1, steps: 1 })).toThrow(/^simulateDescent: .*at least two outputs/);
  const labels = { ...single, network: network({ loss: "logistic" }) };
  expect(() => simulateDescent(labels, { stepSize: 0.1, steps: 1 })).toThrow(/^simulateDescent: target 1 is 0/);
});
