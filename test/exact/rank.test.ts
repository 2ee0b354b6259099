/** What a network learns has no more rank than the network, or its layers, have: rounding in the start does not train. */
import {
  exactApplies,
  exactFlow,
  FeatureLearningError,
  integratedFlow,
  lambdaBalancedLayers,
  type MatrixFlow,
  matrixTaskFromMoments,
  network,
  orderParameters,
  saxeAlignedLayers,
  solve,
  taskFromSamples,
} from "feature-learning";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { randomOrthonormal } from "../../src/numerics/orthonormal.ts";
import { gaussian, identity, type LayersProblem, rankProblem } from "../support/matrixProblems.ts";
import { runs } from "../support/problems.ts";

/** The number of singular values above rounding of what flows learn, of order one. */
function rankOf(matrix: Matrix): number {
  const { diagonal } = new SingularValueDecomposition(matrix, { autoTranspose: true });
  return diagonal.filter((value) => value > 1e-9).length;
}

/** The largest difference of what two flows say, over the size of the larger layer. */
function disagreement(a: MatrixFlow, b: MatrixFlow, times: readonly number[]): number {
  return Math.max(
    ...times.map((t) => {
      const [x, y] = [a.at(t), b.at(t)];
      const fields = (["uu", "ww", "uw", "residual"] as const).map((field) => Matrix.sub(x[field], y[field]).norm());
      return Math.max(...fields, Math.abs(x.loss - y.loss)) / Math.max(1, x.uu.norm(), x.ww.norm());
    }),
  );
}

const white = (yx: Matrix | number[][], yy = 100) => {
  const { columns } = Matrix.checkMatrix(yx);
  return matrixTaskFromMoments({ xx: Matrix.eye(columns, columns), yx, yy });
};

describe("one neuron on the identity", () => {
  const target = [
    [0.36, 0.48],
    [0.48, 0.64],
  ];
  const problem: LayersProblem = {
    network: network(),
    task: white(identity, 2),
    initial: { W2: Matrix.columnVector([0.6, 0.8]), W1: Matrix.rowVector([0.6, 0.8]) },
  };

  test.each([
    ["modes", exactFlow(problem, { family: "modes" })],
    ["balanced layers", exactFlow(problem, { family: "balanced" })],
    ["the integrator", integratedFlow(problem)],
    ["solve", solve(problem)],
    ["modes of its order parameters", exactFlow({ ...problem, initial: orderParameters(problem.initial) }, { family: "modes" })],
    [
      "balanced layers of its order parameters",
      exactFlow({ ...problem, initial: orderParameters(problem.initial) }, { family: "balanced" }),
    ],
    ["modes from a snapshot", exactFlow({ ...problem, initial: exactFlow(problem).at(3) })],
  ] as [string, MatrixFlow][])("keeps its projection for ever, say %s", (_, flow) => {
    // Of an integrated flow its tolerance.
    const digits = flow.method === "exact" ? 13 : 10;
    for (const t of [0, 1, 30, 300, 1e6, Infinity]) {
      const { output, excessLoss } = flow.at(t);
      expect(Matrix.sub(output, new Matrix(target)).norm()).toBeLessThan(10 ** -digits);
      expect(excessLoss).toBeCloseTo(1, digits);
    }
  });

  test("as three neurons that are one", () => {
    const hidden = [0.3, 0.1, 0.7];
    const initial = {
      W2: Matrix.columnVector([0.6, 0.8]).mmul(Matrix.rowVector(hidden)),
      W1: Matrix.columnVector(hidden).mmul(Matrix.rowVector([0.6, 0.8])),
    };
    const three = { ...problem, initial };
    for (const flow of [
      exactFlow(three, { family: "modes" }),
      exactFlow(three, { family: "balanced" }),
      integratedFlow(three),
    ] as MatrixFlow[]) {
      expect(Matrix.sub(flow.at(200).output, new Matrix(target)).norm()).toBeLessThan(1e-9);
      expect(flow.at(200).excessLoss).toBeCloseTo(1, 9);
    }
  });
});

test("aligned layers of one neuron learn one of two equal modes", () => {
  const task = white([
    [2, 1],
    [-1, 2],
  ]);
  for (const scale of [1e-3, 1e-12, 1e-100]) {
    const problem = { network: network(), task, initial: saxeAlignedLayers({ task, width: 1, scale, seed: 1 }) };
    for (const family of ["modes", "balanced"] as const)
      expect(exactFlow(problem, { family }).limit.excessLoss).toBeCloseTo(5, 12);
    expect(exactFlow(problem).at(0).excessLoss).toBeCloseTo(10, 5);
  }
});

test("aligned layers of one or two neurons learn one or two of three modes, in both families and integrated", () => {
  let compared = 0;
  for (let seed = 0; seed < runs(200); seed++) {
    const random = randomFrom(`aligned ${seed}`, "test");
    const task = white(gaussian(3, 3, 1, random));
    const width = 1 + (seed % 2);
    const problem = {
      network: network(),
      task,
      initial: saxeAlignedLayers({ task, width, scale: 10 ** (-3 * random.uniform()), seed }),
    };
    const modes = exactFlow(problem, { family: "modes" });
    const balanced = exactFlow(problem, { family: "balanced" });
    const end = 15 / modes.rates[0]!;
    expect(rankOf(modes.limit.uw)).toBe(width);
    expect(rankOf(balanced.limit.uw)).toBe(width);
    expect(disagreement(modes, balanced, [end / 5, end, 10 * end, Infinity])).toBeLessThan(1e-11);
    const integrated = integratedFlow(problem, { until: end, rtol: 1e-13 });
    expect(disagreement(modes, integrated, [end / 15, end / 5, end])).toBeLessThan(1e-9);
    compared++;
  }
  expect(compared).toBe(runs(200));
});

test("a thousand problems of any rank and width are modes that agree with the integrator, balanced layers and their order parameters", () => {
  const count = { below: 0, at: 0, above: 0, balanced: 0 };
  for (let seed = 0; seed < runs(1000); seed++) {
    const { problem, width, rank } = rankProblem(seed);
    const modes = exactFlow(problem, { family: "modes" });
    count[width < rank ? "below" : width === rank ? "at" : "above"]++;
    expect(rankOf(modes.limit.uw), `problem ${seed}`).toBeLessThanOrEqual(
      Math.min(width, rankOf(problem.initial.W2) + rankOf(problem.initial.W1)),
    );
    // In a saddle the integrator's own rounding grows like e^{ρt/2}. Without a correlation there may be no rate.
    const end = 15 / Math.max(0.01, modes.rates[0] ?? 1);
    const times = [end / 15, end / 5, end];
    const integrated = integratedFlow(problem, { until: end, rtol: 1e-13 });
    expect(disagreement(modes, integrated, times), `problem ${seed}`).toBeLessThan(1e-9);
    const again = exactFlow({ ...problem, initial: orderParameters(problem.initial) }, { family: "modes" });
    expect(disagreement(modes, again, times), `problem ${seed}`).toBeLessThan(1e-9);
    if (!isBalanced(problem)) continue;
    count.balanced++;
    const balanced = exactFlow(problem, { family: "balanced" });
    expect(disagreement(modes, balanced, [...times, 10 * end, Infinity]), `problem ${seed}`).toBeLessThan(1e-11);
  }
  // The generator's shares: all are compared with the integrator, and of balanced layers as many as it draws.
  expect(Math.min(count.below, count.at, count.above)).toBeGreaterThan(0.15 * runs(1000));
  expect(count.balanced).toBeGreaterThan(0.3 * runs(1000));
});

/** Whether the family of balanced layers takes a problem. */
function isBalanced(problem: LayersProblem): boolean {
  try {
    exactFlow(problem, { family: "balanced" });
    return true;
  } catch {
    return false;
  }
}

describe("small weights that are exact go on training", () => {
  const both = ["modes", "balanced"] as const;
  const learned = (problem: LayersProblem, family: (typeof both)[number]): number =>
    exactFlow(problem, { family }).limit.excessLoss;

  test.each([1e-20, 1e-34, 1e-100])("along the axes, beside weights of size one: %d", (small) => {
    const sizes = Matrix.diag([1, small]);
    const hidden = randomOrthonormal(2, 2, randomFrom("hidden", "test"));
    for (const yx of [Matrix.diag([1, 3]), Matrix.eye(2, 2)])
      for (const initial of [
        { W2: sizes, W1: sizes },
        { W2: sizes.mmul(hidden), W1: hidden.transpose().mmul(sizes) },
      ])
        for (const family of both) expect(learned({ network: network(), task: white(yx), initial }, family)).toBeLessThan(1e-28);
  });

  test.each([1e-20, 1e-100])("in a neuron of their own, in any coordinates: %d", (small) => {
    const initial = {
      W2: new Matrix([
        [0.6, -0.8 * small],
        [0.8, 0.6 * small],
      ]),
      W1: new Matrix([
        [0.6, 0.8],
        [-0.8 * small, 0.6 * small],
      ]),
    };
    for (const family of both)
      expect(learned({ network: network(), task: white(identity), initial }, family)).toBeLessThan(1e-28);
  });

  test("in order parameters along the axes", () => {
    const squares = Matrix.diag([1, 1e-34]);
    const problem = { network: network(), task: white(Matrix.diag([1, 3])), initial: { uu: squares, ww: squares, uw: squares } };
    for (const family of both) expect(exactFlow(problem, { family }).limit.excessLoss).toBeLessThan(1e-28);
    expect(integratedFlow(problem, { until: 60 }).at(60).excessLoss).toBeLessThan(1e-10);
  });

  test("but one neuron along two axes is no sum of modes", () => {
    const initial = { W2: [[1], [1e-34]], W1: [[1, 1e-34]] };
    const problem = { network: network(), task: white(Matrix.diag([1, 3])), initial };
    expect(() => exactFlow(problem, { family: "modes" })).toThrowError(/couple the modes/);
    expect(exactApplies(problem)).toMatchObject({ applies: true, family: "balanced" });
    // It ends in the stronger mode, whatever it began with.
    expect(Matrix.sub(solve(problem).at(Infinity).output, Matrix.diag([0, 3])).norm()).toBeLessThan(1e-14);
  });
});

test("modes count the same at any scale of the layers", () => {
  let compared = 0;
  for (let seed = 0; seed < runs(200); seed++) {
    const { problem } = rankProblem(seed);
    const trained = (scale: number): number => {
      const { W2, W1 } = problem.initial;
      const initial = { W2: Matrix.mul(W2, scale), W1: Matrix.mul(W1, scale) };
      const { modes } = exactFlow({ ...problem, initial }, { family: "modes" });
      return modes.filter(({ flow }) => flow.at(0).uu > 0 || flow.at(0).ww > 0).length;
    };
    const expected = trained(1);
    for (const scale of [1e-12, 1e-50, 1e-100, 1e-140]) expect(trained(scale), `problem ${seed}`).toBe(expected);
    compared++;
  }
  expect(compared).toBe(runs(200));
});

test("strengths that all but repeat do not mix a small mode with a large one", () => {
  for (let seed = 0; seed < runs(200); seed++) {
    const random = randomFrom(`close ${seed}`, "test");
    const [V, O, H] = [3, 3, 3].map((n) => randomOrthonormal(n, n, random)) as [Matrix, Matrix, Matrix];
    const gap = 10 ** (-16 * random.uniform());
    const width = 1 + (seed % 3);
    const sizes = Matrix.diag([1, 10 ** (-8 * random.uniform()), 0.3].map((size, a) => (a < width ? size : 0)));
    const initial = { W2: O.mmul(sizes).mmul(H), W1: H.transpose().mmul(sizes).mmul(V.transpose()) };
    const task = white(O.mmul(Matrix.diag([1, 1 + gap, 0.5])).mmul(V.transpose()));
    const problem = { network: network(), task, initial };
    const [modes, balanced] = [exactFlow(problem, { family: "modes" }), exactFlow(problem, { family: "balanced" })];
    expect(rankOf(modes.limit.uw), `problem ${seed}`).toBe(width);
    expect(disagreement(modes, balanced, [0.3, 3, 30, Infinity]), `problem ${seed}`).toBeLessThan(1e-11);
  }
});

test("balanced layers of low rank that do not decouple keep it, integrated or not", () => {
  for (let seed = 0; seed < runs(50); seed++) {
    const random = randomFrom(`low ${seed}`, "test");
    const one = lambdaBalancedLayers({ width: 1, inputs: 3, outputs: 3, scale: 0.5, seed });
    const hidden = randomOrthonormal(4, 1, random);
    const initial = { W2: one.W2.mmul(hidden.transpose()), W1: hidden.mmul(one.W1) };
    const problem = { network: network(), task: white(gaussian(3, 3, 1, random)), initial };
    const balanced = exactFlow(problem, { family: "balanced" });
    expect(rankOf(balanced.limit.uw)).toBe(1);
    const integrated = integratedFlow(problem, { until: 60, rtol: 1e-12 });
    expect(rankOf(integrated.at(60).uw)).toBe(1);
    expect(disagreement(balanced, integrated, [1, 3])).toBeLessThan(1e-9);
    const narrow = exactFlow({ ...problem, initial: one }, { family: "balanced" });
    expect(disagreement(balanced, narrow, [1, 10, 1e3])).toBeLessThan(1e-9);
  }
});

test("layers of several neurons and one output that are one neuron do not grow others", () => {
  const initial = { W2: Matrix.columnVector([1, 2, 3]).mmul(Matrix.rowVector([0.1, 0.3])), W1: Matrix.zeros(2, 1) };
  const problem = { network: network(), task: white([[0], [0], [0]]), initial };
  const flow = exactFlow(problem, { family: "balanced" });
  expect(Matrix.sub(flow.at(1e6).uu, flow.at(0).uu).norm()).toBeLessThan(1e-13);
});

test("layers { u, W } of one direction are one mode, in solve and integrated", () => {
  const x = [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
  ];
  const y = x.map(([a, b]) => 0.6 * a! + 0.8 * b!);
  const initial = { u: [0.1, 0.2], W: [0.1, 0.2].map((h) => [0.6 * h, 0.8 * h]) };
  const problem = { network: network(), task: taskFromSamples(x, y), initial };
  const [exact, integrated] = [solve(problem), integratedFlow(problem, { until: 5, rtol: 1e-13 })];
  expect(exact.method).toBe("exact");
  for (const t of [0.5, 2, 5])
    for (const [i, value] of exact.at(t).output.to1DArray().entries())
      expect(Math.abs(value - integrated.at(t).output.get(0, i))).toBeLessThan(1e-11);
});

test("what goes on from a snapshot, or from the layers, learns what the flow learns, saddles included", () => {
  let compared = 0;
  for (let seed = 0; seed < runs(300); seed++) {
    const { problem } = rankProblem(seed);
    const flow = exactFlow(problem, { family: "modes" });
    const rate = Math.max(0.01, flow.rates[0] ?? 1);
    const half = (10 * randomFrom(`half ${seed}`, "test").uniform()) / rate;
    const snapshot = flow.at(half);
    for (const initial of [snapshot, flow.weights!(half)]) {
      const verdict = exactApplies({ ...problem, initial });
      if (!verdict.applies || verdict.family !== "modes") continue;
      const onwards = exactFlow({ ...problem, initial }, { family: "modes" });
      expect(Matrix.sub(onwards.at(5 / rate).uw, flow.at(half + 5 / rate).uw).norm(), `problem ${seed}`).toBeLessThan(1e-11);
      expect(rankOf(onwards.limit.uw), `problem ${seed}`).toBe(rankOf(flow.limit.uw));
      compared++;
    }
    const integrated = integratedFlow({ ...problem, initial: snapshot }, { until: 5 / rate, rtol: 1e-12 });
    expect(Matrix.sub(integrated.at(5 / rate).uw, flow.at(half + 5 / rate).uw).norm(), `problem ${seed}`).toBeLessThan(1e-9);
  }
  // Layers that have all but vanished hold rounding of what they were: one in a hundred may be refused.
  expect(compared).toBeGreaterThan(0.99 * 2 * runs(300));
});

describe("a correlation of less rank than the task has inputs and outputs", () => {
  const flowOf = (problem: LayersProblem, family: "modes" | "balanced"): MatrixFlow | string => {
    try {
      return exactFlow(problem, { family });
    } catch (error) {
      expect(error).toBeInstanceOf(FeatureLearningError);
      return (error as Error).message;
    }
  };

  test.each([
    [
      [-0.4, 0.2, -0.2],
      [-0.1, 0.05, -0.05],
    ],
    [
      [0, 0.5, -0.25],
      [0, -0.6, 0.3],
    ],
  ])("is refused as coupled modes and solved as balanced layers, for one neuron: %j, %j", (...yx) => {
    const problem: LayersProblem = {
      network: network(),
      task: white(yx),
      initial: { W2: new Matrix([[1], [2]]), W1: new Matrix([[1, 2, 3]]) },
    };
    expect(flowOf(problem, "modes")).toMatch(/^exactFlow: the correlation with the targets couples the modes/);
    expect(exactApplies(problem)).toMatchObject({ applies: true, family: "balanced" });
    const integrated = integratedFlow(problem, { until: 2, rtol: 1e-12 });
    expect(disagreement(exactFlow(problem, { family: "balanced" }), integrated, [0.1, 0.5, 2])).toBeLessThan(1e-9);
  });

  test("is solved or refused in words, and balanced layers of one neuron agree with the integrator", () => {
    const count = { oneNeuron: 0, modes: 0, coupled: 0, unbalanced: 0 };
    for (let seed = 0; seed < runs(400); seed++) {
      const random = randomFrom(`deficient ${seed}`, "test");
      const integer = (low: number, high: number): number => low + Math.floor((high - low + 1) * random.uniform());
      // Quarters, so that products cancel exactly.
      const quarters = (rows: number, columns: number): Matrix =>
        Matrix.from1DArray(
          rows,
          columns,
          Array.from({ length: rows * columns }, () => integer(-4, 4) / 4),
        );
      const [m, k] = [integer(2, 4), integer(2, 5)];
      // One in four starts along the one direction of its task, one in four has several neurons.
      const aligned = seed % 4 === 0;
      const rank = aligned ? 1 : integer(1, Math.min(m, k) - 1);
      const width = seed % 4 === 3 ? integer(2, 4) : 1;
      const [left, right] = [quarters(m, rank), quarters(rank, k)];
      const initial = aligned ? { W2: left, W1: right } : { W2: quarters(m, width), W1: quarters(width, k) };
      const problem = { network: network(), task: white(left.mmul(right), 1000), initial };
      for (const start of [initial, orderParameters(initial)])
        expect(() => exactApplies({ ...problem, initial: start }), `problem ${seed}`).not.toThrow();
      const [modes, balanced] = [flowOf(problem, "modes"), flowOf(problem, "balanced")];
      const integrated = integratedFlow(problem, { until: 1, rtol: 1e-12 });
      if (typeof modes !== "string") {
        expect(disagreement(modes, integrated, [0.1, 1]), `problem ${seed}`).toBeLessThan(1e-9);
        count.modes++;
      } else {
        expect(modes, `problem ${seed}`).toMatch(/couples? the modes|directions of the inputs meet in/);
        count.coupled++;
      }
      if (typeof balanced === "string") {
        expect(balanced, `problem ${seed}`).toMatch(/not λ-balanced/);
        expect(width, `problem ${seed}`).toBeGreaterThan(1);
        count.unbalanced++;
        continue;
      }
      if (width === 1) count.oneNeuron++;
      expect(disagreement(balanced, integrated, [0.1, 1]), `problem ${seed}`).toBeLessThan(1e-9);
    }
    // Every problem of one neuron; both answers of the modes occur.
    expect(count.oneNeuron).toBe(runs(400) - Math.floor(runs(400) / 4));
    expect(Math.min(count.modes, count.unbalanced)).toBeGreaterThan(0.2 * runs(400));
    expect(count.coupled).toBeGreaterThan(0.5 * runs(400));
  });
});
