/** Separate weight decay for each layer, in all functions that use it, against loops over all weights. */
import {
  descentOutcome,
  gaussianWeights,
  gradientDescent,
  integratedFlow,
  matrixTaskFromMoments,
  network,
  sharpness,
  simulateDescent,
  stability,
  taskFromMoments,
} from "feature-learning";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { expectWithin } from "../support/problems.ts";
import { rungeKutta4 } from "../support/rungeKutta.ts";
import { uniforms } from "../support/uniforms.ts";

interface Pair {
  readonly u: number;
  readonly w: number;
}

interface Drawn {
  readonly gamma: number;
  readonly rates: Pair;
  readonly decays: Pair;
  readonly xx: number;
  readonly xy: number;
  readonly u: Float64Array;
  readonly w: Float64Array;
}

function draw(seed: number, together: boolean): Drawn {
  const uniform = uniforms(seed);
  const rates = { u: 0.3 + uniform(), w: 0.3 + uniform() };
  const pace = 0.5 * uniform();
  const decays = together ? { u: pace / rates.u, w: pace / rates.w } : { u: 0.5 * uniform(), w: 0.5 * uniform() };
  return {
    gamma: (seed % 2 === 0 ? 1 : -1) * (0.5 + uniform()),
    rates,
    decays,
    xx: 0.5 + uniform(),
    xy: 2 * uniform() - 1,
    ...gaussianWeights({ width: 3, scale: 0.5, seed }),
  };
}

/** −∂(L + penalty)/∂θ at all weights, u and then w, before rates. */
function downhill({ gamma, decays, xx, xy }: Drawn, theta: readonly number[]): number[] {
  const d = theta.length / 2;
  let S = 0;
  for (let i = 0; i < d; i++) S += theta[i]! * theta[d + i]!;
  const pull = 2 * gamma * (xy - gamma * xx * S);
  return theta.map((weight, i) => pull * theta[(i + d) % (2 * d)]! - (i < d ? decays.u : decays.w) * weight);
}

function hessian(drawn: Drawn, theta: readonly number[], units: Pair): Matrix {
  const d = theta.length / 2;
  const h = 1e-5;
  const scaleOf = (i: number): number => Math.sqrt(i < d ? units.u : units.w);
  const rows = theta.map((_, i) => {
    const [up, down] = [h, -h].map((step) =>
      downhill(
        drawn,
        theta.map((x, j) => (i === j ? x + step : x)),
      ),
    );
    return up!.map((x, j) => ((down![j]! - x) / (2 * h)) * scaleOf(i) * scaleOf(j));
  });
  const H = new Matrix(rows);
  return Matrix.add(H, H.transpose()).div(2);
}

const topOf = (H: Matrix): number => Math.max(...new EigenvalueDecomposition(H).realEigenvalues);

const problemOf = ({ gamma, rates, decays, xx, xy, u, w }: Drawn) => ({
  network: network({ outputScale: gamma, learningRates: rates, weightDecay: decays }),
  task: taskFromMoments({ xx, xy, yy: 2 }),
  initial: { u, w },
});

const matricesOf = ({ gamma, rates, decays, xx, xy, u, w }: Drawn) => ({
  network: network({ outputScale: gamma, learningRates: rates, weightDecay: decays }),
  task: matrixTaskFromMoments({ xx: [[xx]], yx: [[xy]], yy: 2 }),
  initial: { W2: [[...u]], W1: [...w].map((x) => [x]) },
});

test("one decay for both layers is one number, and a pair where they differ", () => {
  expect(network({ weightDecay: { u: 0.1, w: 0.1 } }).weightDecay).toBe(0.1);
  expect(network({ weightDecay: { u: 0.1, w: 0.3 } }).weightDecay).toEqual({ u: 0.1, w: 0.3 });
  expect(() => network({ weightDecay: { u: 0.1, w: -1 } })).toThrow(/^network: weightDecay.w is -1; pass a finite number ≥ 0/);
  expect(() => network({ weightDecay: { u: 0.1 } as never })).toThrow(/^network: weightDecay.w is undefined/);
});

describe.each([
  ["of the layers' own", false],
  ["that shrinks both layers alike", true],
])("a decay %s", (_, together) => {
  test("is integrated as a loop over all weights says, for one direction and for matrices", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const drawn = draw(seed, together);
      const { rates } = drawn;
      const slope = (_t: number, theta: readonly number[]): number[] =>
        downhill(drawn, theta).map((x, i) => x * (i < 3 ? rates.u : rates.w));
      const expected = rungeKutta4(slope, [...drawn.u, ...drawn.w], 2, 2000);
      const { u, w } = integratedFlow(problemOf(drawn), { rtol: 1e-12 }).weights(2);
      for (const [i, x] of [...u, ...w].entries()) expectWithin(Math.abs(x - expected[i]!), 1e-10, `weight ${i} of ${seed}`);
      const { W2, W1 } = integratedFlow(matricesOf(drawn), { rtol: 1e-12 }).weights!(2);
      const all = [...W2.to1DArray(), ...W1.to1DArray()];
      for (const [i, x] of all.entries()) expectWithin(Math.abs(x - expected[i]!), 1e-10, `entry ${i} of ${seed}`);
    }
  });

  test("is descended as a loop over all weights says", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const drawn = draw(seed, together);
      const options = { stepSize: 0.05, steps: 200, momentum: seed % 3 === 0 ? 0.5 : 0, recordEvery: 200 };
      const theta = [...drawn.u, ...drawn.w];
      let velocity = theta.map(() => 0);
      let now = theta;
      for (let n = 0; n < 200; n++) {
        velocity = downhill(drawn, now).map((x, i) => options.momentum * velocity[i]! + x);
        now = now.map((x, i) => x + 0.05 * (i < 3 ? drawn.rates.u : drawn.rates.w) * velocity[i]!);
      }
      const uu = now.slice(0, 3).reduce((sum, x) => sum + x * x, 0);
      const plain = simulateDescent(problemOf(drawn), options);
      const fast = gradientDescent(problemOf(drawn), options);
      const several = gradientDescent(matricesOf(drawn), options);
      for (const found of [plain.uu.at(-1)!, fast.uu.at(-1)!, several.uu!.get(1, 0, 0)])
        expectWithin(Math.abs(found - uu), 1e-12, `|u|² of ${seed}`);
    }
  });

  test("is in the sharpness, and in the curvature at the minimum", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const drawn = draw(seed, together);
      const [problem, matrices] = [problemOf(drawn), matricesOf(drawn)];
      const expected = topOf(hessian(drawn, [...drawn.u, ...drawn.w], { u: 1, w: 1 }));
      for (const found of [sharpness(problem), sharpness(matrices)])
        expectWithin(Math.abs(found - expected), 1e-8 * expected, `sharpness of ${seed}`);
      const { u, w } = integratedFlow(problem).weights(Infinity);
      const rate = topOf(hessian(drawn, [...u, ...w], drawn.rates));
      for (const found of [stability(problem).rate, stability(matrices).rate])
        expectWithin(Math.abs(found - rate), 1e-6 * rate, `rate of ${seed}`);
      // Next to the minimum a step just below 2/rate comes back to it, and one just above does not.
      const near = { ...problem, initial: { u: u.map((x) => x + 1e-3), w: w.map((x) => x + 1e-3) } };
      const ends = [0.95, 1.05].map((share) => descentOutcome(near, { stepSize: (share * 2) / rate, maxSteps: 1e4 }).outcome);
      expect([ends[0] === "diverges" || ends[0] === "undecided", ends[1] === "converges"], `${seed}`).toEqual([false, false]);
    }
  });
});

test("if only one layer decays there is no minimum, and stability says so", () => {
  const problem = {
    network: network({ weightDecay: { u: 0.2, w: 0 } }),
    task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
    initial: { u: [0.5], w: [0.4] },
  };
  expect(() => stability(problem)).toThrow(/only one of the layers decays, so the other one grows for ever; give both/);
  const flow = integratedFlow(problem, { until: 100 });
  expect(flow.at(100).uu).toBeLessThan(0.2);
  expect(flow.at(100).ww).toBeGreaterThan(5);
});
