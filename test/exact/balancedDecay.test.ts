/** Balanced layers of several inputs and outputs under weight decay: limits, laws, and direct integration. */
import {
  exactApplies,
  exactFlow,
  integratedFlow,
  lambdaBalancedLayers,
  type MatrixFlow,
  type MatrixLayers,
  type MatrixTask,
  matrixTaskFromMoments,
  type Network,
  network,
  saxeAlignedLayers,
  solve,
  timesTo,
} from "feature-learning";
import { determinant, Matrix, SingularValueDecomposition } from "ml-matrix";
import { expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { counted } from "../support/counted.ts";
import { balancedProblem, gaussian } from "../support/matrixProblems.ts";
import { expectWithin, runs } from "../support/problems.ts";

interface Drawn {
  readonly problem: { readonly network: Network; readonly task: MatrixTask; readonly initial: MatrixLayers };
  /** m and ν. */
  readonly m: number;
  readonly nu: number;
}

const apart = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm();
const singularValues = (matrix: Matrix): number[] => new SingularValueDecomposition(matrix, { autoTranspose: true }).diagonal;

/** Both layers at the pace m/2. */
function withDecay(net: Network, m: number): Network {
  const { u, w } = net.learningRates;
  return network({ ...net, weightDecay: { u: m / 2 / u, w: m / 2 / w } });
}

/** A balanced problem whose decay is `share` times the one at which the network collapses. */
function drawn(seed: number, share: number): Drawn {
  const { network: net, task } = balancedProblem(seed);
  const { u, w } = net.learningRates;
  const k = net.loss === "mse" ? 1 : 0.5;
  const nu = share * singularValues(task.yx)[0]!;
  const m = nu * 4 * k * Math.abs(net.outputScale) * Math.sqrt(u * w);
  const initial = lambdaBalancedLayers({
    width: 1 + (seed % 5),
    inputs: task.yx.columns,
    outputs: task.yx.rows,
    scale: 10 ** (((seed * 0.38) % 1) * 2 - 1.5),
    learningRates: net.learningRates,
    seed,
  });
  return { problem: { network: withDecay(net, m), task: reachable(task, initial), initial }, m, nu };
}

/**
 * The sign of det W₂W₁ of square layers is conserved: a target of the other sign is reached by rounding
 * alone.
 */
function reachable(task: MatrixTask, { W2, W1 }: MatrixLayers): MatrixTask {
  const { xx, yx, yy } = task;
  if (yx.rows !== yx.columns || W1.rows < yx.rows || determinant(yx) * determinant(W2.mmul(W1)) > 0) return task;
  return matrixTaskFromMoments({ xx, yx: yx.clone().mulRow(0, -1), yy });
}

/** Numbers in [0, 1) that fill it evenly. */
const spread = (seed: number, by: number): number => (seed * by) % 1;
const whitened = Matrix.eye(2, 2);
const task = matrixTaskFromMoments({ xx: whitened, yx: Matrix.diag([1.5, 1]), yy: 6 });
const rotated = matrixTaskFromMoments({
  xx: whitened,
  yx: [
    [0.6, -0.8],
    [0.4, 0.3],
  ],
  yy: 6,
});
const initial = lambdaBalancedLayers({ width: 3, inputs: 2, outputs: 2, scale: 0.3, seed: 4 });
const balanced = (of: MatrixTask, weightDecay: number) =>
  exactFlow({ network: network({ weightDecay }), task: of, initial }, { family: "balanced" });

test("agrees with direct integration of all weights", () => {
  const compared = counted({ atLeast: 0.9 });
  for (let seed = 0; seed < runs(60); seed++) {
    const { problem, m } = drawn(seed, 10 ** (-3 + 4 * spread(seed, 0.618034)));
    const flow = exactFlow(problem, { family: "balanced" });
    const t = 10 ** (-2 + 4 * spread(seed, 0.7548)) / m;
    const direct = integratedFlow(problem, { rtol: 1e-12, until: t, maxSteps: 5000, onFailure: "return" });
    const [now, other] = [flow.at(t), direct.at(t)];
    const size = Math.max(now.uu.norm(), now.ww.norm(), 1e-6 * Math.max(flow.at(0).uu.norm(), flow.at(0).ww.norm()));
    if (!compared.when(direct.until >= t)) continue;
    for (const field of ["uu", "ww", "uw"] as const)
      expectWithin(apart(now[field], other[field]), 1e-9 * size, `${field} of ${seed}`);
    expectWithin(apart(now.residual, other.residual), 1e-10 * problem.task.yx.norm(), `residual of ${seed}`);
    for (const field of ["loss", "kernelSize", "normProduct"] as const)
      expectWithin(Math.abs(now[field] - other[field]), 1e-8 * other[field] + 1e-12 * flow.at(0)[field], `${field} of ${seed}`);
  }
});

test("is short of the target by ν in every singular value, those below ν at 0", () => {
  for (let seed = 0; seed < runs(60); seed++) {
    const { problem, nu } = drawn(seed, 10 ** (-3 + 3.3 * spread(seed, 0.618034)));
    const { limit, rates } = exactFlow(problem, { family: "balanced" });
    const { network: net, initial: start } = problem;
    const sigma = singularValues(problem.task.yx);
    const reached = Math.min(start.W1.rows, sigma.length);
    const strength = Math.abs(net.outputScale) * problem.task.xx.get(0, 0);
    const expected = sigma.map((s, i) => (i < reached ? Math.max(0, s - nu) / strength : 0));
    const found = singularValues(limit.uw);
    for (const [i, s] of expected.entries())
      expectWithin(Math.abs(found[i]! - s), (1e-13 * sigma[0]!) / strength, `${seed}: ${i}`);
    expectWithin(Math.abs(limit.alignment * limit.normProduct - limit.uw.norm()), 1e-13 * (1 + limit.uw.norm()), "alignment");
    // Every rate is |a − m| of a singular value, or m off them.
    const unit =
      4 * (net.loss === "mse" ? 1 : 0.5) * Math.abs(net.outputScale) * Math.sqrt(net.learningRates.u * net.learningRates.w);
    const legal = [nu, ...sigma.map((s) => Math.abs(s - nu))].map((x) => x * unit);
    for (const rate of rates)
      expectWithin(Math.min(...legal.map((x) => Math.abs(x - rate))), 1e-13 * unit * (sigma[0]! + nu), "rate");
  }
});

test("collapses as a power law where a singular value is ν, and exponentially above", () => {
  // ν = μ/2. The singular values are 1 and 0.5.
  const at = balanced(rotated, 2);
  for (const t of [1e4, 1e8, 1e12]) expectWithin(Math.abs(at.at(t).uw.norm() * t * 4 - 1), 1e3 / t + 1e-3, `power law at ${t}`);
  const [found] = timesTo(at, { normProduct: 1e-9 });
  expectWithin(Math.abs(at.at(found!).normProduct * 1e9 - 1), 1e-9, "when the power law is at 10⁻⁹");
  const below = balanced(rotated, 3);
  expectWithin(Math.abs(below.at(30).uw.norm() / below.at(31).uw.norm() - Math.E ** 2), 1e-9, "collapse");
  expect([below.limit.uu.norm(), below.limit.uw.norm()]).toEqual([0, 0]);
  expectWithin(Math.abs(below.limit.excessLoss - 1.25), 1e-15, "excess loss");
  expect(below.at(30).alignment).toBeGreaterThan(1 - 1e-12);
});

test("goes over into the closed form without decay as the decay vanishes", () => {
  for (const of of [task, rotated]) {
    const without = exactFlow({ network: network(), task: of, initial }, { family: "balanced" });
    for (const weightDecay of [1e-300, 1e-16]) {
      const close = balanced(of, weightDecay);
      for (const t of [1e-9, 0.1, 1, 5, 12]) {
        const [x, y] = [close.at(t), without.at(t)];
        for (const field of ["uu", "ww", "uw", "residual"] as const)
          expectWithin(apart(x[field], y[field]), 1e-14 * y[field].norm() + weightDecay, `${field} at ${t}`);
      }
      // What decay leaves of the residual, ν = μ/2 of each direction, to its last digits.
      const left = singularValues(Matrix.div(close.limit.residual, weightDecay));
      for (const share of left) expectWithin(Math.abs(share - 0.5), 1e-15, "residual");
    }
  }
});

test("has one answer where the problem decouples too", () => {
  for (let seed = 0; seed < runs(40); seed++) {
    const random = randomFrom(`decaying ${seed}`, "test");
    const [k, m] = [1 + (seed % 4), 1 + (seed % 3)];
    const yx = gaussian(m, k, 1, random);
    const target = matrixTaskFromMoments({ xx: Matrix.eye(k, k), yx, yy: yx.norm() ** 2 + 1 });
    const start = saxeAlignedLayers({ task: target, width: 1 + (seed % 6), scale: 10 ** -random.uniform(), seed });
    const net = network({ weightDecay: 10 ** (2 * random.uniform() - 1.5) });
    const problem = { network: net, task: target, initial: start };
    const flows = (["modes", "balanced"] as const).map((family) => exactFlow(problem, { family }) as MatrixFlow);
    for (const t of [0.01, 0.5, 3, 20, Infinity]) {
      const [x, y] = flows.map((flow) => flow.at(t)) as [ReturnType<MatrixFlow["at"]>, ReturnType<MatrixFlow["at"]>];
      for (const field of ["uu", "ww", "uw", "residual"] as const)
        expectWithin(apart(x[field], y[field]), 1e-12, `${field} of ${seed} at ${t}`);
    }
  }
});

test("training for s and then for t is training for s + t", () => {
  for (let seed = 0; seed < runs(40); seed++) {
    const { problem, m } = drawn(seed, 10 ** (-2 + 2.5 * spread(seed, 0.618034)));
    const flow = exactFlow(problem, { family: "balanced" });
    const { uu, ww, uw } = flow.at(0.5 / m);
    const onwards = exactFlow({ ...problem, initial: { uu, ww, uw } }, { family: "balanced" });
    expectWithin(apart(onwards.at(0.3 / m).uw, flow.at(0.8 / m).uw), 1e-9 * (1 + flow.at(0).uw.norm()), `${seed}`);
  }
});

test("L + ½μ(‖W₂‖² + ‖W₁‖²) falls, though the loss alone may rise", () => {
  // Above its target, the network meets it and ends below.
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const large = {
    W2: Matrix.mul(
      new Matrix([
        [c, -s],
        [s, c],
      ]),
      3,
    ),
    W1: Matrix.eye(2, 2, 3),
  };
  const flow = exactFlow({ network: network({ weightDecay: 0.5 }), task, initial: large }, { family: "balanced" });
  const rows = Array.from({ length: 300 }, (_, i) => flow.at(1e-3 * 1.04 ** i));
  const trained = rows.map(({ loss, uu, ww }) => loss + 0.25 * (uu.trace() + ww.trace()));
  for (const [i, now] of trained.entries()) if (i > 0) expect(now - trained[i - 1]!).toBeLessThanOrEqual(1e-14 * now);
  const least = Math.min(...rows.map(({ loss }) => loss));
  expect(flow.limit.loss - least).toBeGreaterThan(0.05);
  const level = (least + flow.limit.loss) / 2;
  const times = timesTo(flow, { loss: level });
  expect(times.length).toBe(2);
  for (const t of times) expectWithin(Math.abs(flow.at(t).loss - level), 1e-13, "loss");
});

test("scales as the weights do, from 1e-90 to 1e90 in the data", () => {
  const { problem } = drawn(7, 0.2);
  const flow = exactFlow(problem, { family: "balanced" });
  for (const c of [2 ** -150, 2 ** 150]) {
    const { network: net, task: of, initial: start } = problem;
    const { u, w } = net.weightDecay as { u: number; w: number };
    const scaled = exactFlow(
      {
        network: network({ ...net, weightDecay: { u: u * c * c, w: w * c * c } }),
        task: matrixTaskFromMoments({ xx: of.xx, yx: Matrix.mul(of.yx, c * c), yy: of.yy * c ** 4 }),
        initial: { W2: Matrix.mul(start.W2, c), W1: Matrix.mul(start.W1, c) },
      },
      { family: "balanced" },
    );
    for (const t of [0, 0.3, 4, Infinity]) {
      const [x, y] = [flow.at(t), scaled.at(t / c / c)];
      for (const field of ["uu", "ww", "uw", "residual"] as const)
        expectWithin(apart(Matrix.mul(x[field], c * c), y[field]), 1e-15 * y[field].norm(), `${field} at ${t}, ${c}`);
    }
  }
});

test("begins with the numbers that were given, and a single neuron has weights, of unseen inputs too", () => {
  const start = { W2: [[0.6], [-0.8]], W1: [[0.8, 0.6, 0.7]] };
  const data = matrixTaskFromMoments({
    xx: Matrix.diag([1, 1, 0]),
    yx: [
      [1, 0.2, 0],
      [0.4, 0.3, 0],
    ],
    yy: 2,
  });
  const problem = { network: network({ weightDecay: 0.1 }), task: data, initial: start };
  const flow = exactFlow(problem, { family: "balanced" });
  expect(flow.weights!(0).W1.to2DArray()).toEqual(start.W1);
  expect(flow.at(0).uu.to2DArray()).toEqual([
    [0.6 * 0.6, 0.6 * -0.8],
    [0.6 * -0.8, 0.8 * 0.8],
  ]);
  const direct = integratedFlow(problem, { rtol: 1e-13 });
  for (const t of [0.4, 3, 30]) {
    const [x, y] = [flow.weights!(t), direct.weights!(t)];
    expectWithin(apart(x.W2, y.W2) + apart(x.W1, y.W1), 1e-10, `weights at ${t}`);
    expectWithin(Math.abs(x.W1.get(0, 2) / (0.7 * Math.exp(-0.1 * t)) - 1), 1e-15, "unseen");
  }
  expect(flow.weights!(Infinity).W1.get(0, 2)).toBe(0);
  expect(() => flow.at(-1)).toThrow(/^at: t is -1/);
});

test("other layers are integrated, and exactApplies says why", () => {
  const full = matrixTaskFromMoments({
    xx: whitened,
    yx: [
      [1.5, 0.5],
      [0.3, 1],
    ],
    yy: 6,
  });
  const unbalanced = lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, lambda: 0.3, seed: 4 });
  const problem = { network: network({ weightDecay: 0.1 }), task: full, initial: unbalanced };
  expect(exactApplies(problem)).toMatchObject({
    failed: [/overlap couples/, /λ is 0, and it is 0\.30/].map((why) => expect.stringMatching(why)),
  });
  expect(solve(problem).because).toMatch(/closed form where λ is 0.*integrated/);
  expect(exactApplies({ ...problem, network: network() })).toMatchObject({ family: "balanced" });
  const paces = { ...problem, initial, network: network({ weightDecay: { u: 0.1, w: 0.2 } }) };
  expect(exactApplies(paces)).toMatchObject({ failed: [expect.stringMatching(/decay at different paces/)] });
  const suitable = network({ weightDecay: { u: 0.2, w: 0.1 }, learningRates: { u: 1, w: 2 } });
  const ofRates = lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, learningRates: { u: 1, w: 2 }, seed: 4 });
  expect(exactApplies({ network: suitable, task: full, initial: ofRates })).toMatchObject({ family: "balanced" });
});

test("a decay beyond the range of the equation is the first reason that is given", () => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 1],
    ],
    yx: [
      [1.2, -0.9],
      [0.4, 0.3],
    ],
    yy: 3,
  });
  const initial = lambdaBalancedLayers({ width: 3, inputs: 2, outputs: 2, scale: 0.1, seed: 3 });
  const of = (weightDecay: number) => exactApplies({ network: network({ weightDecay }), task, initial });
  expect(of(1e200)).toMatchObject({ applies: true, family: "balanced" });
  const beyond = of(1e300);
  expect(beyond.applies ? [] : beyond.failed[0]).toBe(
    "numbers overflow double precision in the units of the equation (the decay): rescale the problem",
  );
});
