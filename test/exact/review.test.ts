/** Edges of the matrix families at which answers were missing or impossible. */
import {
  exactApplies,
  exactFlow,
  FeatureLearningError,
  gaussianWeights,
  integratedFlow,
  learningStages,
  type MatrixFlow,
  type ModesFlow,
  matrixTaskFromMoments,
  network,
  regime,
  saxeAlignedLayers,
  singleNeuron,
  solve,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { identity, nothing } from "../support/matrixProblems.ts";

function rotation(angle: number): Matrix {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return Matrix.from1DArray(2, 2, [c, -s, s, c]);
}

test("modes go on from a snapshot at which one has grown and the other has not", () => {
  const yx = rotation(0.7)
    .mmul(Matrix.diag([3, 1]))
    .mmul(rotation(1.1));
  const task = matrixTaskFromMoments({ xx: identity, yx, yy: 10 });
  for (const scale of [1e-2, 1e-4, 1e-6]) {
    const flow = exactFlow({ network: network(), task, initial: saxeAlignedLayers({ task, width: 4, scale, seed: 3 }) });
    const [first, second] = learningStages(flow as ModesFlow);
    const between = 1.2 * first!.halfLife;
    const again = exactFlow({ network: network(), task, initial: flow.at(between) });
    expect(again.family).toBe("modes");
    const rest = Matrix.sub(again.at(second!.halfLife - between).output, flow.at(second!.halfLife).output).norm();
    // The snapshot knows the small mode to rounding of the large one.
    expect(rest).toBeLessThan(1e-15 / scale ** 1.5 + 1e-13);
  }
});

test("inputs that are all zero are a static problem, however it is solved", () => {
  const task = matrixTaskFromMoments({ xx: nothing, yx: nothing, yy: 1 });
  const wide = { W2: Matrix.ones(2, 9), W1: Matrix.ones(9, 2) };
  for (const initial of [{ W2: identity, W1: identity }, wide, { uu: identity, ww: identity, uw: nothing }]) {
    const problem = { network: network(), task, initial };
    for (const flow of [solve(problem), exactFlow(problem), integratedFlow(problem, { until: 1 })] as MatrixFlow[]) {
      expect(flow.at(1).loss).toBe(1);
      expect(regime(flow).regime).toBe("static");
    }
    expect(solve(problem).method).toBe("exact");
  }
});

test("order parameters that no layers have are refused, entry by entry possible though they be", () => {
  const task = matrixTaskFromMoments({ xx: identity, yx: identity, yy: 10 });
  const impossible = [
    {
      uu: identity,
      ww: identity,
      uw: [
        [1, 1],
        [1, -1],
      ],
    },
    {
      uu: [
        [1, 5],
        [5, 1],
      ],
      ww: identity,
      uw: nothing,
    },
    {
      uu: [
        [0, 1],
        [1, 0],
      ],
      ww: identity,
      uw: nothing,
    },
  ];
  for (const initial of impossible)
    expect(() => solve({ network: network(), task, initial })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
});

test("what is no flow of modes is refused by name", () => {
  for (const modes of [[1], [{ flow: null }], [{}], [{ flow: {} }]])
    expect(() => learningStages({ modes } as unknown as ModesFlow)).toThrow(FeatureLearningError);
});

test("a single neuron far out of balance keeps its direction, and one that overflows is refused", () => {
  const { u, W } = singleNeuron({ output: [1e-200, 0], balance: -1 });
  expect([u[0], ...W.to1DArray()]).toEqual([1e-200, 1, 0]);
  for (const options of [
    { output: [1e-300, 0], balance: -1e300 },
    { output: [1e200, 1e200], learningRates: { u: 1e-300, w: 1 } },
  ])
    expect(() => singleNeuron(options)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
});

test("aligned layers of a target of low rank decouple on white inputs", () => {
  for (let seed = 0; seed < 10; seed++) {
    const { u, w } = gaussianWeights({ width: 4, scale: 1, seed });
    const yx = Matrix.columnVector(Array.from(u)).mmul(Matrix.rowVector(Array.from(w)));
    const task = matrixTaskFromMoments({ xx: Matrix.eye(4, 4), yx, yy: 1e3 });
    const initial = saxeAlignedLayers({ task, width: 6, scale: 1e-3, seed });
    const flow = exactFlow({ network: network(), task, initial }, { family: "modes" });
    expect(Matrix.sub(flow.limit.output, yx).norm()).toBeLessThan(1e-14 * yx.norm());
  }
});

test("modes whose layers do not overlap are found in any coordinates", () => {
  for (let angle = 0.1; angle < 3; angle += 0.4) {
    const [O, V] = [rotation(angle), rotation(1 + 2 * angle)];
    const xx = V.mmul(Matrix.diag([1, 2])).mmul(V.transpose());
    const yx = O.mmul(Matrix.diag([1, 1e-6])).mmul(V.transpose());
    const W2 = Matrix.zeros(2, 4);
    const W1 = Matrix.zeros(4, 2);
    W2.setSubMatrix(O, 0, 0);
    W1.setSubMatrix(V.transpose(), 2, 0);
    const H = new Matrix(4, 4);
    H.setSubMatrix(rotation(angle).mul(Math.cos(1)), 0, 0);
    H.setSubMatrix(rotation(angle).mul(Math.sin(1)), 2, 0);
    H.setSubMatrix(rotation(angle).mul(-Math.sin(1)), 0, 2);
    H.setSubMatrix(rotation(angle).mul(Math.cos(1)), 2, 2);
    const initial = { W2: W2.mmul(H), W1: H.transpose().mmul(W1) };
    const task = matrixTaskFromMoments({ xx, yx, yy: 2 });
    expect(exactApplies({ network: network(), task, initial })).toMatchObject({ applies: true, family: "modes" });
  }
});
