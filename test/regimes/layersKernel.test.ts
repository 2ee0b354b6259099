/** The kernel of layers that are matrices, against the Gram matrix of all samples and outputs, written out. */
import {
  gaussianLayers,
  integratedFlow,
  matrixTaskFromMoments,
  network,
  regime,
  saxeAlignedLayers,
  solve,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { gaussian } from "../support/matrixProblems.ts";
import { EPS, expectWithin } from "../support/problems.ts";

interface Rates {
  readonly u: number;
  readonly w: number;
}

/** Over all pairs of samples and outputs: η_u δ_oo' (W₁x)·(W₁x') + η_w (W₂W₂ᵀ)_oo' x·x', for samples in the rows of x. */
function gram(W2: Matrix, W1: Matrix, x: Matrix, rates: Rates): Matrix {
  const hidden = x.mmul(W1.transpose());
  const [byHidden, byInputs, outer] = [hidden.mmul(hidden.transpose()), x.mmul(x.transpose()), W2.mmul(W2.transpose())];
  const [n, m] = [x.rows, W2.rows];
  const K = Matrix.zeros(n * m, n * m);
  for (let s = 0; s < n; s++)
    for (let t = 0; t < n; t++)
      for (let o = 0; o < m; o++)
        for (let p = 0; p < m; p++)
          K.set(
            s * m + o,
            t * m + p,
            (o === p ? rates.u * byHidden.get(s, t) : 0) + rates.w * outer.get(o, p) * byInputs.get(s, t),
          );
  return K;
}

test.each([1, 2, 3, 5])("the kernel's ratio is that of its Frobenius norms over all samples, for %i outputs", (m) => {
  const random = randomFrom(`layers kernel ${m}`, "test");
  const [n, k] = [7, 2];
  const x = gaussian(n, k, 1, random);
  const y = gaussian(n, m, 1, random);
  const xx = x.transpose().mmul(x).div(n);
  const yx = y.transpose().mmul(x).div(n);
  const task = matrixTaskFromMoments({ xx, yx, yy: y.norm() ** 2 / n });
  const rates = { u: 0.7, w: 1.9 };
  const net = network({ outputScale: 1.3, learningRates: rates });
  const flow = solve({ network: net, task, initial: saxeAlignedLayers({ task, width: 6, scale: 0.4, seed: m }) });
  const [before, after] = [flow.weights!(0), flow.weights!(Infinity)];
  const [K0, K1] = [gram(before.W2, before.W1, x, rates), gram(after.W2, after.W1, x, rates)];
  expectWithin(Math.abs(regime(flow).kernelRatio / (K1.norm() / K0.norm()) - 1), 1e3 * EPS, "ratio");
  expect(regime(flow).kernelChange).toBeGreaterThan((1 - 1e-9) * (Matrix.sub(K1, K0).norm() / K0.norm()));
});

test("and of one output and several inputs", () => {
  const random = randomFrom("layers kernel", "test");
  const x = gaussian(7, 2, 1, random);
  const y = gaussian(7, 1, 1, random);
  const rates = { u: 0.7, w: 1.9 };
  const flow = integratedFlow(
    {
      network: network({ learningRates: rates }),
      task: taskFromSamples(x, y.to1DArray()),
      initial: gaussianLayers({ width: 3, inputs: 2, scale: 0.5, seed: 1 }),
    },
    { rtol: 1e-12 },
  );
  const K = (t: number): Matrix => {
    const { u, W } = flow.weights!(t);
    return gram(Matrix.rowVector([...u]), W, x, rates);
  };
  expectWithin(Math.abs(regime(flow).kernelRatio / (K(Infinity).norm() / K(0).norm()) - 1), 1e-9, "ratio");
});
