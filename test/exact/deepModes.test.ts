/**
 * Layers that are matrices, of any number, aligned with each other and with the data: against all weights
 * integrated, against two layers, at the edges of alignment.
 */
import {
  alignedLayers,
  chain,
  type DeepMatrixLayers,
  type DeepMatrixLayersLike,
  type DeepMode,
  exactApplies,
  exactFlow,
  exponentialSchedule,
  integratedFlow,
  learningStages,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  mechanisms,
  network,
  type Problem,
  regime,
  solve,
  taskFromMoments,
  timesTo,
  withSchedule,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { matricesDownhill, matricesKernel } from "../support/bruteForceDeep.ts";
import { counted } from "../support/counted.ts";
import { uniforms } from "../support/uniforms.ts";

/** Columns that are orthonormal. */
function orthonormal(rows: number, columns: number, uniform: () => number): Matrix {
  const basis = new Matrix(rows, columns);
  for (let j = 0; j < columns; j++) {
    const column = Matrix.columnVector(Array.from({ length: rows }, () => uniform() - 0.5));
    for (let pass = 0; pass < 2; pass++)
      for (let i = 0; i < j; i++) {
        const other = basis.getColumnVector(i);
        column.sub(Matrix.mul(other, column.dot(other)));
      }
    basis.setColumn(j, column.div(column.norm()));
  }
  return basis;
}

interface Drawn {
  readonly problem: Problem<DeepMatrixLayers>;
  readonly data: { readonly xx: Matrix; readonly yx: Matrix; readonly yy: number };
  readonly rates: readonly number[];
  readonly gamma: number;
  readonly modes: number;
}

/** Three modes in random directions, of any signs and sizes, and a rest that no mode uses. */
function draw(seed: number, depth: number, sameRates: boolean): Drawn {
  const uniform = uniforms(seed);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const [k, m, d, q] = [3, 3 + (seed % 2), 5, 3];
  const V = orthonormal(k, q, uniform);
  const O = orthonormal(m, q, uniform);
  const vectors = [V, ...Array.from({ length: depth - 1 }, () => orthonormal(d, q + 1, uniform)), O];
  const first = (matrix: Matrix): Matrix => matrix.subMatrix(0, matrix.rows - 1, 0, q - 1);
  const layers = Array.from({ length: depth }, (_, l) => {
    const sizes = Array.from({ length: q }, () => (uniform() < 0.3 ? -1 : 1) * between(0.2, 1));
    const W = first(vectors[l + 1]!)
      .mulRowVector(sizes)
      .mmul(first(vectors[l]!).transpose());
    // Between two hidden layers there is a direction that leads nowhere.
    if (l === 0 || l === depth - 1) return W;
    return W.add(vectors[l + 1]!.getColumnVector(q).mmul(vectors[l]!.getColumnVector(q).transpose()).mul(0.7));
  });
  const variances = [between(0.5, 1.5), between(0.5, 1.5), between(0.5, 1.5)];
  const strengths = [between(1.5, 2), between(0.7, 1.2), seed % 3 === 0 ? 0 : between(0.2, 0.5)];
  const data = {
    xx: V.clone().mulRowVector(variances).mmul(V.transpose()),
    yx: O.clone().mulRowVector(strengths).mmul(V.transpose()),
    yy: 20,
  };
  const rates = Array.from({ length: depth }, () => (sameRates ? 1 : between(0.3, 2)));
  const gamma = between(0.7, 1.3);
  const net = network({ depth, learningRates: rates, outputScale: gamma });
  return { problem: { network: net, task: matrixTaskFromMoments(data), initial: { layers } }, data, rates, gamma, modes: q };
}

const productOf = (layers: readonly Matrix[]): Matrix => layers.reduce((P, W) => W.mmul(P), Matrix.eye(layers[0]!.columns));

const apart = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm();

/** All weights, by Runge and Kutta's method extrapolated four times: right to about 10⁻¹³. */
function integrated({ problem, data, rates, gamma }: Drawn, t: number, count: number): readonly Matrix[] {
  const slope = (now: readonly Matrix[]): Matrix[] => matricesDownhill(gamma, now, data, rates);
  const moved = (now: readonly Matrix[], by: number, k: readonly Matrix[]): Matrix[] =>
    now.map((W, l) => Matrix.add(W, Matrix.mul(k[l]!, by)));
  const steps = (from: readonly Matrix[], h: number, n: number): readonly Matrix[] => {
    let now = from;
    for (let i = 0; i < n; i++) {
      const k1 = slope(now);
      const k2 = slope(moved(now, h / 2, k1));
      const k3 = slope(moved(now, h / 2, k2));
      const k4 = slope(moved(now, h, k3));
      now = [k1, k2, k2, k3, k3, k4].reduce((sum, k) => moved(sum, h / 6, k), now);
    }
    return now;
  };
  let layers: readonly Matrix[] = problem.initial.layers;
  for (let i = 0; i < count; i++) {
    let row = [1, 2, 4, 8].map((n) => steps(layers, t / count / n, n));
    for (let power = 4; row.length > 1; power++)
      row = row.slice(1).map((finer, j) => finer.map((W, l) => Matrix.add(W, Matrix.sub(W, row[j]![l]!).div(2 ** power - 1))));
    layers = row[0]!;
  }
  return layers;
}

describe("aligned layers are what all weights integrated give", () => {
  for (const depth of [1, 2, 3, 5])
    for (const sameRates of [true, false])
      test(`at depth ${depth}, rates ${sameRates ? "equal" : "apart"}`, () => {
        for (const seed of [1, 2, 3]) {
          const drawn = draw(seed, depth, sameRates);
          const flow = exactFlow(drawn.problem);
          expect([flow.family, flow.modes.length]).toEqual(["deep-modes", drawn.modes]);
          for (const [t, count] of [
            [0.4, 12 + 6 * depth],
            [2, 60 + 30 * depth],
          ] as const) {
            const reference = integrated(drawn, t, count);
            const { layers } = flow.weights(t);
            for (const [l, W] of reference.entries()) expect(apart(layers[l]!, W)).toBeLessThan(1e-12);
            const now = flow.at(t);
            const F = productOf(reference).mul(drawn.gamma);
            expect(apart(now.output, F)).toBeLessThan(1e-12);
            expect(apart(now.residual, Matrix.sub(drawn.data.yx, F.mmul(drawn.data.xx)))).toBeLessThan(1e-12);
            expect(Math.abs(now.normProduct / reference.reduce((s, W) => s * W.norm(), 1) - 1)).toBeLessThan(1e-12);
            if (!sameRates) continue;
            const kernel = matricesKernel(drawn.gamma, reference, drawn.data);
            expect(Math.abs(now.kernelSize / kernel.trace() - 1)).toBeLessThan(1e-12);
          }
        }
      }, 30_000);
});

test("two layers are the modes of { W2, W1 }", () => {
  const compared = counted({ atLeast: 1 });
  for (const seed of [1, 2, 4, 5]) {
    const { problem } = draw(seed, 2, true);
    const { layers } = problem.initial;
    const deep = exactFlow(problem);
    const two = exactFlow({ ...problem, initial: { W2: layers[1]!, W1: layers[0]! } }, { family: "modes" });
    expect(compared.when(deep.modes.length === two.modes.length)).toBe(true);
    for (const t of [0, 0.3, 2, 1e3, Infinity]) {
      const [a, b] = [deep.at(t), two.at(t)];
      expect(apart(a.output, b.output)).toBeLessThan(1e-13);
      for (const name of ["loss", "excessLoss", "alignment", "normProduct", "kernelSize", "outputSize"] as const)
        expect(Math.abs(a[name] - b[name])).toBeLessThan(2e-13 * Math.max(1, b[name]));
    }
    expect(Math.abs(regime(deep).kernelChange / regime(two).kernelChange - 1)).toBeLessThan(1e-3);
  }
});

test("one direction is the flow of its numbers", () => {
  const task = taskFromMoments({ xx: 1.2, xy: 1, yy: 1.5 });
  const net = network({ depth: 3, learningRates: [1, 0.5, 2] });
  const numbers = exactFlow({ network: net, task, initial: { layers: [0.4, -0.5, 0.6] } });
  const layers = [[[0.4 * 0.6], [0.4 * 0.8]], [[0.6 * -0.5, 0.8 * -0.5]], [[0.6]]];
  const matrices = exactFlow({ network: net, task, initial: { layers } });
  for (const t of [0, 0.5, 3, 50, Infinity]) {
    const [a, b] = [matrices.at(t), numbers.at(t)];
    expect(Math.abs(a.output.get(0, 0) - b.output)).toBeLessThan(1e-15);
    for (const name of ["loss", "alignment", "normProduct", "kernelSize"] as const)
      expect(Math.abs(a[name] - b[name])).toBeLessThan(1e-14);
  }
});

describe("alignment", () => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 1],
    ],
    yx: [
      [2, 0],
      [0, 1],
    ],
    yy: 6,
  });
  const deep = network({ depth: 3 });
  const of = (...layers: number[][][]): Problem<DeepMatrixLayersLike> => ({ network: deep, task, initial: { layers } });
  const I = [
    [0.5, 0],
    [0, 0.4],
  ];

  test("layers that are not aligned are refused, with the layer and what to do, and integrated by solve", () => {
    const turned = [
      [0.5, 0.1],
      [0, 0.4],
    ];
    const problem = of(I, turned, I);
    const found = exactApplies(problem);
    expect(found).toEqual({
      applies: false,
      failed: [
        expect.stringMatching(
          /^data and layers are not aligned.*more than rank one that are not aligned have no reduction known$/,
        ),
      ],
    });
    expect(() => exactFlow(problem)).toThrow(/^exactFlow: data and layers are not aligned.*; call integratedFlow, or solve\.$/);
    expect(solve(problem).method).toBe("integrated");
  });

  test("of equal singular values the layers choose the directions", () => {
    const same = matrixTaskFromMoments({
      xx: [
        [1, 0],
        [0, 1],
      ],
      yx: [
        [1, 0],
        [0, 1],
      ],
      yy: 3,
    });
    const R = new Matrix([
      [0.6, -0.8],
      [0.8, 0.6],
    ]);
    const layers = [Matrix.diag([0.5, 0.3]).mmul(R.transpose()), Matrix.diag([0.6, -0.2]), R.mmul(Matrix.diag([0.4, 0.7]))];
    const flow = exactFlow({ network: deep, task: same, initial: { layers } });
    expect(flow.modes.length).toBe(2);
    const slow = integratedFlow({ network: deep, task: same, initial: { layers } }, { rtol: 1e-12, until: 3 });
    expect(apart(flow.at(3).output, slow.at(3).output)).toBeLessThan(1e-9);
  });

  test("one layer of zeros learns, two stay", () => {
    const zero = [
      [0, 0],
      [0, 0],
    ];
    const once = exactFlow(of(I, zero, I));
    expect(apart(once.limit.output, Matrix.diag([2, 1]))).toBeLessThan(1e-12);
    const slow = integratedFlow(of(I, zero, I), { rtol: 1e-12, until: 2 });
    expect(apart(once.at(2).output, slow.at(2).output)).toBeLessThan(1e-9);
    const twice = exactFlow(of(zero, zero, I));
    expect(twice.at(1e9).output.norm()).toBe(0);
    expect(regime(twice).regime).toBe("static");
  });

  test("modes are learned one after the other, as their own flows say", () => {
    const flow = exactFlow({ network: deep, task, initial: alignedLayers({ task, depth: 3, width: 7, scale: 0.01, seed: 3 }) });
    const stages = learningStages(flow);
    expect(stages.map(({ strength }) => Math.round(strength * 1e9) / 1e9)).toEqual([2, 1]);
    // A balanced mode waits 1/(eσ₀^e) in units of its rate: the first about half as long as the second.
    for (const { mode, plateau, halfLife } of stages) {
      const { xy } = mode.flow.problem.task;
      const wait = 1 / (1 / 3) / (1e-6 / xy) ** (1 / 3) / mode.flow.rate;
      expect(Math.abs(plateau / wait - 1)).toBeLessThan(0.03);
      expect(Math.abs(timesTo(mode.flow, { excessLossFraction: 0.5 })[0]! / halfLife - 1)).toBeLessThan(1e-12);
    }
    expect(stages[1]!.plateau / stages[0]!.plateau).toBeCloseTo(2, 1);
    const { rescaling, alignment, disalignment, change } = mechanisms(flow);
    expect(Math.abs(alignment + disalignment + rescaling - change)).toBeLessThan(1e-9);
  });

  test("while one mode is learned the next grows by a power of the start at depth 2, by a constant factor beyond", () => {
    for (const depth of [2, 3, 4])
      for (const start of [1e-4, 1e-6, 1e-8]) {
        const initial = alignedLayers({ task, depth, width: 2, scale: start ** (1 / depth), seed: 1 });
        const flow = exactFlow({ network: network({ depth }), task, initial });
        const [first, second] = flow.modes.map((mode) => mode.flow) as [DeepMode["flow"], DeepMode["flow"]];
        const grown = second.at(timesTo(first, { output: 1 })[0]!).output / start;
        // Of strengths 2 and 1: by f₀^{−1/2}, of a mode that must get to half of 2, and by 2^{1/e}.
        const expected = depth === 2 ? start ** -0.5 : 2 ** (1 / (1 - 2 / depth));
        expect(Math.abs(grown / expected - 1)).toBeLessThan(depth === 2 ? 0.5 : 30 * start ** (1 - 2 / depth));
      }
  });

  test("chains and schedules go on from the layers", () => {
    const { network: net, initial } = of(I, I, I);
    const whole = exactFlow(of(I, I, I));
    const parts = chain({ network: net, initial, stages: [{ task, duration: 1 }, { task }] });
    expect(parts.method).toBe("exact");
    expect(apart(parts.at(2).output, whole.at(2).output)).toBeLessThan(1e-13);
    const schedule = exponentialSchedule({ decayTime: 2 });
    const slowed = withSchedule(whole, schedule);
    expect(apart(slowed.at(1).output as Matrix, whole.at(schedule.integral(1)).output)).toBeLessThan(1e-14);
  });

  test("weights along inputs without data stay", () => {
    const x = [
      [1, 1, 0],
      [2, -1, 0],
      [-1, 0.5, 0],
    ];
    const y = [[1], [0.5], [-0.3]];
    const data = matrixTaskFromSamples(x, y);
    const layers = [[[0.1, 0.2, 0.7]], [[0.5]], [[0.6]]];
    const flow = solve({ network: deep, task: data, initial: { layers } });
    const late = flow.weights(3).layers[0]!;
    expect(late.get(0, 2)).toBeCloseTo(0.7, 14);
    expect(flow.at(3).output.get(0, 2)).toBe(0);
    expect(late.get(0, 0)).not.toBe(0.1);
  });

  test.each<[() => unknown, RegExp]>([
    [() => exactFlow(of(I, I)), /initial.layers has 2 matrices and the network has depth 3; pass one a layer/],
    [
      () => exactFlow(of(I, [[1, 0, 0]], I)),
      /initial.layers\[1\] has 3 columns; pass 2, one for each row of initial.layers\[0\]/,
    ],
    [() => exactFlow(of([[1, 2, 3]], I, I)), /initial.layers\[0\] has 3 columns; pass 2, one for each input of the task/],
    [() => exactFlow(of(I, I, [[1, 0]])), /initial.layers\[2\] has 1 rows; pass one for each target of the task, 2/],
    [
      () => exactFlow({ ...of(I, I, I), network: network({ depth: 2.5 }) }),
      /layers that are matrices have no depth 2.5; pass an integer depth/,
    ],
    [
      () => alignedLayers({ task, depth: 3, width: 2, scale: [1, 2], seed: 1 }),
      /scale has 2 numbers; pass one, or one a layer, 3/,
    ],
  ])("a refusal says what came and what to do: %#", (call, message) => {
    expect(call).toThrow(message);
  });
});
