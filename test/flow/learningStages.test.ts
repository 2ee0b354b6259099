/** When the modes of a target are learned: by the closed forms of modes, and by looking at any flow. */
import {
  chain,
  exactFlow,
  type Flow,
  gaussianMatrixLayers,
  halfLife,
  integratedFlow,
  kernelMachine,
  lambdaBalancedLayers,
  learningStages,
  type MatrixFlow,
  type MatrixLayers,
  type MatrixSnapshot,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  network,
  oneDirectionFlow,
  taskFromMoments,
  withSchedule,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { decoupledProblem, identity } from "../support/matrixProblems.ts";
import { expectWithin } from "../support/problems.ts";

/** The same flow, as one that does not know its modes. */
const asAny = (flow: MatrixFlow): MatrixFlow =>
  withSchedule(flow as Flow<MatrixSnapshot, MatrixLayers>, {
    factor: () => 1,
    integral: (t: number) => t,
    inverse: (s: number) => s,
  });

const close = (found: number, expected: number, slack: number, name: string): void =>
  expectWithin(found === expected ? 0 : Math.abs(found / expected - 1), slack, name);

test("a flow that decouples has the same stages from its own modes and from samples", () => {
  let [compared, never] = [0, 0];
  for (let seed = 0; seed < 30; seed++) {
    const flow = exactFlow(decoupledProblem(seed), { family: "modes" });
    const learned = learningStages(flow, { fraction: 0.7 }).filter(({ strength }) => strength > 1e-3);
    const found = learningStages(asAny(flow), { fraction: 0.7 }).filter(({ strength }) => strength > 1e-3);
    expect(found.length).toBe(learned.length);
    for (const [i, { mode, strength, time, halfLife: half }] of learned.entries()) {
      const other = found[i]!;
      close(other.strength, strength, 1e-12, `strength ${i} of ${seed}`);
      close(other.time, time, 1e-10, `time ${i} of ${seed}`);
      close(other.halfLife, half, 1e-10, `half-life ${i} of ${seed}`);
      const along = other.mode.input.reduce((sum, x, j) => sum + x * mode.input[j]!, 0);
      expectWithin(1 - Math.abs(along), 1e-12, `input ${i} of ${seed}`);
      if (time === Infinity) never++;
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(30);
  expect(never).toBeLessThan(compared / 2);
});

test("an integrated flow has those of the closed form, within its tolerance", () => {
  const task = matrixTaskFromMoments({
    xx: [
      [1, 0],
      [0, 2],
    ],
    yx: [
      [3, 0],
      [0, 1],
    ],
    yy: 20,
  });
  const initial = {
    W2: [
      [1e-3, 0],
      [0, 2e-3],
    ],
    W1: [
      [2e-3, 0],
      [0, -1e-3],
    ],
  };
  const problem = { network: network(), task, initial };
  const exact = learningStages(exactFlow(problem, { family: "modes" }));
  const found = learningStages(integratedFlow(problem, { rtol: 1e-11 }));
  expect(found.map(({ strength }) => strength)).toEqual([3, 1]);
  for (const [i, stage] of exact.entries()) {
    close(found[i]!.time, stage.time, 1e-8, "time");
    close(found[i]!.halfLife, stage.halfLife, 1e-8, "half-life");
  }
});

test("from small random starts each mode is learned like a separate problem with the same start", () => {
  const strengths = [3, 1.5, 0.5];
  const task = matrixTaskFromMoments({ xx: Matrix.eye(3, 3), yx: Matrix.diag(strengths), yy: 20 });
  const errors = [1e-2, 1e-3, 1e-4].map((scale) => {
    const { W2, W1 } = gaussianMatrixLayers({ task, width: 8, scale, seed: 5 });
    const stages = learningStages(integratedFlow({ network: network(), task, initial: { W2, W1 } }, { rtol: 1e-11 }));
    // What grows of mode a is W₂ᵀoₐ + W₁vₐ, apart from the hidden directions that earlier modes have taken.
    const taken: Matrix[] = [];
    return Math.max(
      ...strengths.map((strength, a) => {
        const hidden = Matrix.add(W2.getRowVector(a).transpose(), W1.getColumnVector(a));
        for (const direction of taken) hidden.sub(Matrix.mul(direction, direction.dot(hidden)));
        taken.push(Matrix.div(hidden, hidden.norm()));
        const [uu, uw] = [(hidden.norm() / 2) ** 2, (hidden.norm() / 2) ** 2];
        const own = taskFromMoments({ xx: 1, xy: strength, yy: strength ** 2 });
        const alone = oneDirectionFlow({ network: network(), task: own, initial: { uu, ww: uu, uw } });
        expect(stages[a]!.strength).toBe(strength);
        return Math.abs(stages[a]!.halfLife - halfLife(alone)) * strength;
      }),
    );
  });
  // Hidden directions overlap by O(scale) of what they grow by.
  expect(errors[2]).toBeLessThan(1e-4);
  expect(errors[1]! / errors[0]!).toBeLessThan(0.2);
  expect(errors[2]! / errors[1]!).toBeLessThan(0.2);
});

describe("their properties", () => {
  const task = matrixTaskFromMoments({
    xx: identity,
    yx: [
      [2, 0],
      [0, 1],
    ],
    yy: 20,
  });
  const initial = lambdaBalancedLayers({ width: 3, inputs: 2, outputs: 2, lambda: 0, scale: 1e-3, seed: 1 });
  const flow = exactFlow({ network: network(), task, initial }, { family: "balanced" });

  test("a larger fraction comes later, all of the target never, and what is there at the start at once", () => {
    const timesOf = (fraction: number): number[] => learningStages(flow, { fraction }).map(({ time }) => time);
    const [tenth, half, most, all] = [0.1, 0.5, 0.99, 1].map(timesOf) as [number[], number[], number[], number[]];
    for (const i of [0, 1]) expect([tenth[i]! < half[i]!, half[i]! < most[i]!, most[i]! < all[i]!]).toEqual([true, true, true]);
    for (const [i, { mode, time }] of learningStages(flow, { fraction: 0.25 }).entries()) {
      const { output } = flow.at(time);
      const part = Matrix.rowVector([...mode.output])
        .mmul(output)
        .mmul(Matrix.columnVector([...mode.input]))
        .get(0, 0);
      expectWithin(Math.abs(part / (0.25 * [2, 1][i]!) - 1), 1e-9, `part ${i}`);
    }
    const learned = exactFlow({
      network: network(),
      task,
      initial: {
        W2: identity,
        W1: [
          [3, 0],
          [0, 0.9],
        ],
      },
    });
    expect(learningStages(asAny(learned)).map(({ time }) => time)).toEqual([0, 0]);
    expect(learningStages(learned as typeof flow).map(({ time }) => time)).toEqual([0, 0]);
  });

  test("a mode whose loss does not show beside the others is found long after them", () => {
    const weak = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [1, 0],
        [0, 1e-8],
      ],
      yy: 1.1,
    });
    const start = {
      W2: [
        [0.01, 0],
        [0, 1e-6],
      ],
      W1: [
        [0.01, 0],
        [0, 1e-6],
      ],
    };
    const problem = { network: network(), task: weak, initial: start };
    const expected = learningStages(exactFlow(problem, { family: "modes" }));
    const stages = learningStages(asAny(exactFlow(problem, { family: "modes" })));
    expect(expected[1]!.time).toBeGreaterThan(1e8);
    for (const [i, { time }] of stages.entries()) close(time, expected[i]!.time, 1e-9, `time ${i}`);
  });

  test("a mode that weight decay keeps small, or that the kernel does not contain, is never learned", () => {
    const decaying = integratedFlow({ network: network({ weightDecay: 3 }), task, initial }, { until: 50 });
    expect(learningStages(decaying).map(({ strength, time }) => [strength, time < Infinity])).toEqual([
      [2, false],
      [1, false],
    ]);
    const narrow = kernelMachine({ network: network(), task, initial: { W2: [[0], [0]], W1: [[0, 1]] } });
    expect(learningStages(narrow).map(({ strength, time }) => [strength, time < Infinity])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  test("of a chain the modes are those of its first task, at times of the whole chain", () => {
    const other = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [0.1, 0],
        [0, 3],
      ],
      yy: 20,
    });
    const alone = learningStages(flow);
    const between = (alone[0]!.time + alone[1]!.time) / 2;
    const both = chain({
      network: network(),
      initial,
      stages: [
        { task, duration: between },
        { task: other, duration: 5 },
      ],
    });
    const [first, second] = learningStages(both);
    close(first!.time, alone[0]!.time, 1e-9, "the first");
    expect(second!.time).toBeGreaterThan(between);
    expect(second!.time).toBeLessThan(alone[1]!.time);
  });

  test("one singular value in two directions: they lie along the variances, and where these are equal they are orthonormal", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const V = new Matrix([
      [c, -s],
      [s, c],
    ]);
    const xx = V.mmul(Matrix.diag([2, 0.5])).mmul(V.transpose());
    // y = x, so that every direction has the singular value 1.
    const same = matrixTaskFromMoments({ xx, yx: xx, yy: 3 });
    const stages = learningStages(integratedFlow({ network: network(), task: same, initial }));
    for (const [i, { strength, mode }] of stages.entries()) {
      expectWithin(Math.abs(strength - [2, 0.5][i]!), 1e-14, "strength");
      expectWithin(1 - Math.abs(mode.input[0]! * V.get(0, i) + mode.input[1]! * V.get(1, i)), 1e-14, "input");
    }
    const free = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [1, 2],
        [2, -1],
      ],
      yy: 11,
    });
    const [a, b] = learningStages(integratedFlow({ network: network(), task: free, initial }));
    for (const side of ["input", "output"] as const) {
      const product = a!.mode[side].reduce((sum, x, j) => sum + x * b!.mode[side][j]!, 0);
      expectWithin(Math.abs(product), 1e-14, side);
    }
    expectWithin(Math.abs(a!.strength - Math.sqrt(5)) + Math.abs(b!.strength - Math.sqrt(5)), 1e-14, "strengths");
  });

  test("no target has no stages, and a target of low rank as many as its rank", () => {
    const none = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [0, 0],
        [0, 0],
      ],
      yy: 1,
    });
    expect(learningStages(integratedFlow({ network: network(), task: none, initial }, { until: 10 }))).toEqual([]);
    const low = matrixTaskFromMoments({
      xx: identity,
      yx: [
        [1 / 3, 0.1],
        [1 / 3, 0.1],
      ],
      yy: 11,
    });
    expect(learningStages(integratedFlow({ network: network(), task: low, initial }, { until: 10 })).length).toBe(1);
  });

  test("other flows, losses and fractions are refused", () => {
    const one = oneDirectionFlow({
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
      initial: { uu: 1, ww: 1, uw: 0 },
    });
    expect(() => learningStages(one as never)).toThrow(/^learningStages: a flow of one direction has a single mode/);
    for (const fraction of [0, 1.1, Number.NaN])
      expect(() => learningStages(flow, { fraction })).toThrow(/^learningStages: fraction is/);
    const labels = matrixTaskFromSamples(
      [
        [1, 0.5],
        [0, 1],
        [-1, 0.2],
      ],
      [
        [1, -1],
        [-1, 1],
        [1, 1],
      ],
    );
    const logistic = integratedFlow({ network: network({ loss: "logistic" }), task: labels, initial }, { until: 1 });
    expect(() => learningStages(logistic)).toThrow(/^learningStages: .*the loss is another one; call timesTo\.$/);
  });
});
