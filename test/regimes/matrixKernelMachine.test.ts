/**
 * The kernel machine of several inputs and outputs: against the one of one direction, a direct integration,
 * and its own laws.
 */
import {
  evaluate,
  FeatureLearningError,
  halfLife,
  kernelMachine,
  type MatrixLayers,
  matrixTaskFromMoments,
  network,
  orderParameters,
  regime,
  sample,
  sharpness,
  taskFromMoments,
  withSchedule,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { gaussian, identity, type LayersProblem } from "../support/matrixProblems.ts";
import { EPS, expectWithin } from "../support/problems.ts";

/** Up to 4 inputs, 3 outputs and 4 neurons; one input may have no data, a layer may be frozen or zero. */
function randomProblem(seed: number): LayersProblem {
  const random = randomFrom(seed, "test");
  const integer = (low: number, high: number): number => low + Math.floor((high - low + 1) * random.uniform());
  const [k, m, d] = [integer(1, 4), integer(1, 3), integer(1, 4)];
  const data = gaussian(k, k > 1 && random.uniform() < 0.2 ? k - 1 : k + 2, 0.5, random);
  const xx = data.mmul(data.transpose());
  const yx = gaussian(m, k, 0.5, random).mmul(xx);
  const rate = (): number => (random.uniform() < 0.1 ? 0 : 0.4 + random.uniform());
  const layer = (rows: number, columns: number): Matrix => gaussian(rows, columns, random.uniform() < 0.05 ? 0 : 0.7, random);
  return {
    network: network({
      outputScale: random.normal(),
      learningRates: { u: rate(), w: rate() },
      loss: random.uniform() < 0.5 ? "mse" : "half-mse",
    }),
    task: matrixTaskFromMoments({ xx, yx, yy: 1e4 }),
    initial: { W2: layer(m, d), W1: layer(d, k) },
  };
}

/** F = γ(W₂W₁ + ΔW₂W₁ + W₂ΔW₁) at the given start. */
function linearised({ network: { outputScale }, initial: { W2, W1 } }: LayersProblem, now: MatrixLayers): Matrix {
  const changes = Matrix.add(Matrix.sub(now.W2, W2).mmul(W1), W2.mmul(Matrix.sub(now.W1, W1)));
  return W2.mmul(W1).add(changes).mul(outputScale);
}

/**
 * The weights of the linearised network after a time, by the classical method of order 4 with steps h and
 * h/2, extrapolated.
 */
function integrated(problem: LayersProblem, until: number): MatrixLayers {
  const { network: net, task, initial } = problem;
  const { u, w } = net.learningRates;
  const pace = 2 * (net.loss === "mse" ? 1 : 0.5) * net.outputScale;
  const slope = (now: MatrixLayers): MatrixLayers => {
    const R = Matrix.sub(task.yx, linearised(problem, now).mmul(task.xx)).mul(pace);
    return { W2: R.mmul(initial.W1.transpose()).mul(u), W1: initial.W2.transpose().mmul(R).mul(w) };
  };
  const plus = (now: MatrixLayers, by: number, change: MatrixLayers): MatrixLayers => ({
    W2: Matrix.add(now.W2, Matrix.mul(change.W2, by)),
    W1: Matrix.add(now.W1, Matrix.mul(change.W1, by)),
  });
  const after = (steps: number): MatrixLayers => {
    const h = until / steps;
    let now: MatrixLayers = initial;
    for (let n = 0; n < steps; n++) {
      const k1 = slope(now);
      const k2 = slope(plus(now, h / 2, k1));
      const k3 = slope(plus(now, h / 2, k2));
      const k4 = slope(plus(now, h, k3));
      now = plus(plus(plus(plus(now, h / 6, k1), h / 3, k2), h / 3, k3), h / 6, k4);
    }
    return now;
  };
  const [coarse, fine] = [after(150), after(300)];
  const extrapolated = (name: "W2" | "W1"): Matrix => Matrix.sub(fine[name], coarse[name]).div(15).add(fine[name]);
  return { W2: extrapolated("W2"), W1: extrapolated("W1") };
}

const size = (matrix: Matrix): number => matrix.norm();
const apart = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm();

test("it is the linear equation, integrated directly, in its output and in its weights: 100 random problems to 1e-11", () => {
  let moved = 0;
  for (let seed = 0; seed < 100; seed++) {
    const problem = randomProblem(seed);
    const machine = kernelMachine(problem);
    const fastest = machine.rates[0] ?? 0;
    const t = fastest > 0 ? 3 / fastest : 1;
    const expected = integrated(problem, t);
    const [s, weights] = [machine.at(t), machine.weights(t)];
    const whole = size(expected.W2) + size(expected.W1);
    expectWithin(apart(weights.W2, expected.W2), 1e-11 * whole, `W2 of ${seed}`);
    expectWithin(apart(weights.W1, expected.W1), 1e-11 * whole, `W1 of ${seed}`);
    const { xx, yx } = problem.task;
    const F = linearised(problem, expected);
    // The output is that of the inputs' span.
    const onSpan = F.mmul(xx);
    expectWithin(apart(s.output.mmul(xx), onSpan), 1e-11 * (size(onSpan) + size(yx)), `output of ${seed}`);
    expectWithin(apart(s.residual, Matrix.sub(yx, onSpan)), 1e-11 * (size(onSpan) + size(yx)), `residual of ${seed}`);
    if (size(Matrix.sub(expected.W2, problem.initial.W2)) > 1e-3) moved++;
  }
  expect(moved).toBeGreaterThan(70);
});

test("of one input and one output it is the machine of one direction, to rounding", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = randomFrom(seed, "test");
    const draw = (n: number): number[] => Array.from({ length: n }, () => random.normal());
    const width = 1 + Math.floor(4 * random.uniform());
    const net = network({ outputScale: random.normal(), learningRates: { u: random.uniform(), w: 2 * random.uniform() } });
    const [u, w] = [draw(width), draw(width)];
    const xx = 10 ** (2 * random.normal());
    const xy = Math.sqrt(xx) * random.normal();
    const yy = xy * (xy / xx) + 1;
    const one = kernelMachine({ network: net, task: taskFromMoments({ xx, xy, yy }), initial: { u, w } });
    const task = matrixTaskFromMoments({ xx: [[xx]], yx: [[xy]], yy });
    const machine = kernelMachine({ network: net, task, initial: { W2: [u], W1: w.map((weight) => [weight]) } });
    expectWithin(Math.abs(machine.rates[0]! - one.rate), 8 * EPS * one.rate, "rate");
    for (const x of [0, 0.01, 0.5, 2, 20, Infinity]) {
      const [a, b] = [one.at(x / one.rate), machine.at(x / one.rate)];
      const near = (found: number, expected: number, slack: number, name: string): void =>
        expectWithin(found === expected ? 0 : Math.abs(found - expected), slack, `${name} of ${seed} at ${x}`);
      // Rounding of the rate is multiplied by ρt.
      const late = 16 * EPS * (1 + Math.min(x, 20));
      const first = one.at(0);
      near(b.output.get(0, 0), a.output, 32 * EPS * (Math.abs(first.output) + Math.abs(a.output)), "output");
      near(b.residual.get(0, 0), a.residual, late * Math.abs(a.residual) + (x === 0 ? 8 * EPS * Math.abs(xy) : 0), "residual");
      near(b.loss, a.loss, late * first.loss, "loss");
      near(b.uu.get(0, 0), a.uu, 256 * EPS * (first.uu + a.uu), "uu");
      near(b.ww.get(0, 0), a.ww, 256 * EPS * (first.ww + a.ww), "ww");
      near(b.uw.get(0, 0), a.uw, 256 * EPS * Math.sqrt((first.uu + a.uu) * (first.ww + a.ww)), "uw");
      near(b.kernelSize, a.kernelSize, 16 * EPS * a.kernelSize, "kernel");
      near(b.outputSize, a.outputSize, 32 * EPS * (first.outputSize + a.outputSize), "output's size");
    }
  }
});

describe("its laws", () => {
  const problem = randomProblem(11);
  const machine = kernelMachine(problem);

  test("it starts in the given state, and its kernel stays", () => {
    const first = machine.at(0);
    expect(machine.weights(0)).toEqual(problem.initial);
    expectWithin(apart(first.uw, problem.initial.W2.mmul(problem.initial.W1)), 64 * EPS * size(first.uw), "overlap");
    for (const t of [1e-3, 1, 1e3, Infinity]) {
      const s = machine.at(t);
      expect([s.t, s.kernelSize]).toEqual([t, first.kernelSize]);
      expect(s.kernel).toEqual(first.kernel);
    }
    expect(regime(machine)).toMatchObject({ regime: "kernel", kernelChange: 0 });
    expect(sharpness(machine, 1)).toBe(sharpness(machine, 0));
    expect([machine.from, machine.until, machine.method, machine.linearised]).toEqual([0, Infinity, "exact", true]);
  });

  test("its order parameters are those of its weights, from order parameters too, and from layers { u, W }", () => {
    const fromOrder = kernelMachine({ ...problem, initial: orderParameters(problem.initial) });
    for (const t of [0.01, 0.3, 2, 30, Infinity]) {
      const s = machine.at(t);
      const { uu, ww, uw } = orderParameters(machine.weights(t));
      const other = fromOrder.at(t);
      for (const [name, expected] of Object.entries({ uu, uw })) {
        expectWithin(apart(s[name as "uu"], expected), 1e-12 * size(expected), name);
        // The square root of order parameters has half of their digits where the layers are of low rank.
        expectWithin(apart(other[name as "uu"], expected), 1e-10 * size(expected), `${name} from order parameters`);
      }
      expectWithin(apart(s.ww, ww), 1e-12 * size(ww), "ww");
      expectWithin(apart(s.output, other.output), 1e-10 * (size(s.output) + size(problem.task.yx)), "output");
    }
    expect(fromOrder.weights).toBeUndefined();
    const task = matrixTaskFromMoments({ xx: identity, yx: [[1, 2]], yy: 9 });
    const [u, W] = [
      [0.3, -0.2],
      [
        [0.5, 0.1],
        [0.2, 0.4],
      ],
    ];
    const layers = kernelMachine({ network: network(), task, initial: { u, W } }).weights(0.7);
    const same = kernelMachine({ network: network(), task, initial: { W2: [u], W1: W } }).weights(0.7);
    expect([layers.u, layers.W]).toEqual([Float64Array.from(same.W2.getRow(0)), same.W1]);
  });

  test("rows of a sample are its snapshots, and its loss on other data is that of the linearised function, at any pace", () => {
    const rows = sample(machine, [0, 0.4, Infinity]).toRows();
    expect(rows[1]!.output).toEqual(machine.at(0.4).output);
    const F = linearised(problem, machine.weights(0.4));
    const { xx, yx } = problem.task;
    const k = problem.network.loss === "mse" ? 1 : 0.5;
    const expected = k * (1e4 - 2 * Matrix.mul(F, yx).sum() + F.mmul(xx).mmul(F.transpose()).trace());
    expectWithin(Math.abs(evaluate(machine, 0.4, problem.task) / expected - 1), 1e-12, "loss");
    const slower = withSchedule(machine, { factor: () => 0.5, integral: (t: number) => t / 2, inverse: (s: number) => 2 * s });
    expectWithin(Math.abs(evaluate(slower, 0.8, problem.task) / expected - 1), 1e-12, "scheduled loss");
  });
});

describe("kernels whose directions differ by any factor", () => {
  const xx = [
    [1, 0.3, 0.1],
    [0.3, 2, 0.2],
    [0.1, 0.2, 0.5],
  ];
  const task = matrixTaskFromMoments({ xx, yx: [[1, -1, 0.5]], yy: 20 });
  const best = new Matrix([[1, -1, 0.5]]).mmul(inverseOf(xx));

  test.each([1, 1e-3, 1e-6, 1e-9, 1e-30, 1e-100])(
    "one neuron with the output weight %d learns all of the target in the end",
    (u) => {
      const problem = { network: network(), task, initial: { W2: new Matrix([[u]]), W1: new Matrix([[1, 2, 3]]) } };
      const machine = kernelMachine(problem);
      expect(machine.rates[2]! / u ** 2).toBeGreaterThan(1);
      expectWithin(apart(machine.limit.output, best), 64 * EPS * size(best), "output");
      expectWithin(apart(linearised(problem, machine.weights(Infinity)), best), 256 * EPS * size(best), "by the weights");
      const half = halfLife(machine);
      expect(half).toBeLessThan(1 / machine.rates[2]!);
      expectWithin(Math.abs(machine.at(half).excessLoss / machine.at(0).excessLoss - 0.5), 1e-12, "half of the excess loss");
    },
  );

  test("an output weight of 0 leaves two directions of the kernel empty, and what they would learn is not learned", () => {
    const machine = kernelMachine({ network: network(), task, initial: { W2: [[0]], W1: [[1, 2, 3]] } });
    expect([...machine.rates.subarray(1)]).toEqual([0, 0]);
    const { output, loss } = machine.limit;
    // Along (1, 2, 3) alone: (yx·w)/(w·Σw) w.
    const share = 0.5 / 17.7;
    expectWithin(apart(output, new Matrix([[share, 2 * share, 3 * share]])), 16 * EPS * size(output), "output");
    expect(loss).toBeGreaterThan(17.6);
    expect(machine.weights(Infinity).W1).toEqual(new Matrix([[1, 2, 3]]));
  });

  test("two inputs and outputs at scales 10⁻⁴⁰ apart are learned as two problems of their own", () => {
    const [a, b] = [1, 1e-40];
    const machine = kernelMachine({
      network: network(),
      task: matrixTaskFromMoments({
        xx: identity,
        yx: [
          [1, 0],
          [0, 1],
        ],
        yy: 2,
      }),
      initial: {
        W2: [
          [a, 0],
          [0, b],
        ],
        W1: [
          [a, 0],
          [0, b],
        ],
      },
    });
    // W₂W₂ᵀ + W₁ᵀW₁ between outputs and inputs: 2a², a² + b² twice, 2b².
    const expected = [4, 2, 2, 4e-80];
    for (const [i, rate] of machine.rates.entries()) expectWithin(Math.abs(rate / expected[i]! - 1), 8 * EPS, `rate ${i}`);
    expect(machine.at(1e20).output.get(1, 1)).toBeLessThan(1e-50);
    expectWithin(Math.abs(machine.limit.output.get(1, 1) - 1), 8 * EPS, "in the end");
  });
});

describe("it stays where it is", () => {
  const task = matrixTaskFromMoments({
    xx: identity,
    yx: [
      [1, 0],
      [0, 3],
    ],
    yy: 12,
  });
  const none = matrixTaskFromMoments({
    xx: [
      [0, 0],
      [0, 0],
    ],
    yx: [
      [0, 0],
      [0, 0],
    ],
    yy: 1,
  });
  const some = {
    W2: [
      [1, 0.2],
      [0, 1],
    ],
    W1: [
      [1, 0],
      [0.1, 3],
    ],
  };
  test.each([
    [
      "without layers",
      network(),
      task,
      {
        W2: [
          [0, 0],
          [0, 0],
        ],
        W1: [
          [0, 0],
          [0, 0],
        ],
      },
    ],
    ["without output", network({ outputScale: 0 }), task, some],
    ["with both layers frozen", network({ learningRates: 0 }), task, some],
    ["without data", network(), none, some],
    [
      "on the target",
      network(),
      task,
      {
        W2: identity,
        W1: [
          [1, 0],
          [0, 3],
        ],
      },
    ],
  ])("%s", (_, net, given, initial) => {
    const machine = kernelMachine({ network: net, task: given, initial });
    for (const t of [0, 1e-3, 7, 1e300, Infinity]) expect(machine.at(t)).toEqual({ ...machine.at(0), t });
    expect(machine.weights(7)).toEqual({ W2: new Matrix(initial.W2), W1: new Matrix(initial.W1) });
    expect(regime(machine).regime).toBe("static");
  });
});

test("what has no kernel machine in closed form is refused, and so are times before the start", () => {
  const { task, initial } = randomProblem(3);
  expect(() => kernelMachine({ network: network({ weightDecay: 0.1 }), task, initial })).toThrow(
    /^kernelMachine: the weights decay; call integratedFlow\.$/,
  );
  expect(() => kernelMachine({ network: network({ loss: "logistic" }), task, initial })).toThrow(
    /^kernelMachine: the loss is not a square/,
  );
  const machine = kernelMachine({ network: network(), task, initial });
  expect(() => machine.at(-1)).toThrow(/^at: t is -1; a kernel machine starts at t = 0\.$/);
  expect(() => machine.weights(Number.NaN)).toThrow(FeatureLearningError);
  const huge = { W2: [[1e200]], W1: [[1e200]] };
  const one = matrixTaskFromMoments({ xx: [[1]], yx: [[1]], yy: 1 });
  expect(() => kernelMachine({ network: network(), task: one, initial: huge })).toThrow(
    expect.objectContaining({ code: "out-of-range" }),
  );
});

function inverseOf(rows: readonly (readonly number[])[]): Matrix {
  const [[a, b, c], [, d, e], [, , f]] = rows as [[number, number, number], [number, number, number], [number, number, number]];
  const cofactors = [
    [d * f - e * e, c * e - b * f, b * e - c * d],
    [c * e - b * f, a * f - c * c, b * c - a * e],
    [b * e - c * d, b * c - a * e, a * d - b * b],
  ];
  const determinant = a * cofactors[0]![0]! + b * cofactors[0]![1]! + c * cofactors[0]![2]!;
  return new Matrix(cofactors).div(determinant);
}
