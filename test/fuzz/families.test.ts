/** The exact families over 240 orders of magnitude: numbers at every time, or a refusal of the library's own. */
import {
  exactFlow,
  FeatureLearningError,
  lambdaBalancedLayers,
  matrixTaskFromMoments,
  network,
  saxeAlignedLayers,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { type Random, randomFrom } from "../../src/door/seeds.ts";

const EXPONENTS = [1, 20, 60, 120];

function drawn(i: number, random: Random) {
  const exponent = EXPONENTS[i % EXPONENTS.length]!;
  const size = (range: number): number => 10 ** ((2 * random.uniform() - 1) * range);
  const [k, m] = [1 + Math.floor(random.uniform() * 3), 1 + Math.floor(random.uniform() * 3)];
  const [x, y] = [size(exponent), size(exponent)];
  const entries = Array.from({ length: m * k }, () => (random.uniform() < 0.1 ? 0 : x * y * random.normal()));
  const xx = Matrix.eye(k, k).mul(x * x);
  const task = matrixTaskFromMoments({ xx, yx: Matrix.from1DArray(m, k, entries), yy: 1e3 * m * k * y * y });
  const decays = i % 5 >= 3;
  const options = {
    outputScale: (random.uniform() < 0.3 ? -1 : 1) * size(exponent),
    learningRates: { u: size(exponent / 2), w: size(exponent / 2) },
    loss: random.uniform() < 0.5 ? ("mse" as const) : ("half-mse" as const),
  };
  const pace = size(exponent);
  const { u, w } = options.learningRates;
  const net = network({ ...options, ...(decays ? { weightDecay: { u: pace / u, w: pace / w } } : {}) });
  const scale = size(exponent / 2);
  const shape = { width: 1 + Math.floor(random.uniform() * Math.min(k, m)), inputs: k, outputs: m };
  const lambda = i % 3 === 1 || (decays && i % 3 === 2) ? 0 : size(exponent) * (random.uniform() < 0.5 ? -1 : 1);
  const initial =
    i % 3 === 0
      ? saxeAlignedLayers({ task, width: 1 + (i % 4), scale, seed: i })
      : lambdaBalancedLayers({ ...shape, lambda, scale, learningRates: net.learningRates, seed: i });
  return { problem: { network: net, task, initial }, anyTime: size(exponent), decays };
}

test("no value is NaN, no loss rises, and refusals are the library's own errors", () => {
  const random = randomFrom("families", "test");
  let solved = 0;
  for (let i = 0; i < 1200; i++) {
    const { problem, anyTime, decays } = drawn(i, random);
    try {
      const flow = exactFlow(problem);
      solved++;
      const unit = flow.rates[0]! > 0 ? 1 / flow.rates[0]! : 1;
      let before = Number.POSITIVE_INFINITY;
      for (const t of [0, anyTime, unit, 10 * unit, 1e6 * unit, 1e300, Number.POSITIVE_INFINITY].sort((a, b) => a - b)) {
        const { uu, ww, uw, output, residual, kernel, loss, excessLoss, alignment, normProduct } = flow.at(t);
        const layers = flow.weights?.(t);
        const matrices = [uu, ww, uw, output, residual, kernel.inputs, kernel.outputs, ...(layers ? [layers.W1, layers.W2] : [])];
        const numbers = [...matrices.flatMap((matrix) => matrix.to1DArray()), loss, excessLoss, alignment, normProduct];
        expect(numbers.some(Number.isNaN), `problem ${i} at ${t}`).toBe(false);
        // Under decay it is the loss with its penalty that falls.
        if (!decays) expect(loss, `problem ${i} at ${t}`).toBeLessThanOrEqual(before * (1 + 1e-12));
        before = loss;
      }
    } catch (error) {
      if (!(error instanceof FeatureLearningError)) throw error;
    }
  }
  expect(solved).toBeGreaterThan(1100);
});
