/**
 * The exact families of several inputs and outputs: their laws, and each against direct integration, the
 * other, and the scalar solution.
 */
import {
  exactApplies,
  exactFlow,
  FeatureLearningError,
  integratedFlow,
  lambdaBalancedLayers,
  learningStages,
  type MatrixFlow,
  matrixTaskFromMoments,
  mechanisms,
  network,
  regime,
  saxeAlignedLayers,
  singleNeuron,
  solve,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../../src/door/seeds.ts";
import { randomOrthonormal } from "../../src/numerics/orthonormal.ts";
import { counted } from "../support/counted.ts";
import { balancedProblem, decoupledModes, decoupledProblem, gaussian, type LayersProblem } from "../support/matrixProblems.ts";
import { runs } from "../support/problems.ts";

const apart = (a: Matrix, b: Matrix): number => Matrix.sub(a, b).norm();

/** The largest difference of what two flows say, over the size of the larger matrices. */
function disagreement(a: MatrixFlow, b: MatrixFlow, times: readonly number[]): number {
  return Math.max(
    ...times.map((t) => {
      const [x, y] = [a.at(t), b.at(t)];
      const size = Math.max(1, x.uu.norm(), x.ww.norm());
      const fields = (["uu", "ww", "uw", "residual"] as const).map((field) => apart(x[field], y[field]));
      return Math.max(...fields, Math.abs(x.loss - y.loss)) / size;
    }),
  );
}

const families = [
  ["modes", decoupledProblem],
  ["balanced", balancedProblem],
] as const;

describe.each(families)("the family of %s", (family, problemOf) => {
  test("agrees with direct integration on a thousand random problems", () => {
    let worst = 0;
    for (let seed = 0; seed < runs(1000); seed++) {
      const problem = problemOf(seed);
      const exact = exactFlow(problem, { family });
      const integrated = integratedFlow(problem, { until: 2, rtol: 1e-13 });
      worst = Math.max(worst, disagreement(exact, integrated, [0.1, 0.7, 2]));
    }
    // A tolerance of 1e-13 a step, over some fifty steps and the growth of errors on a plateau.
    expect(worst).toBeLessThan(1e-10);
  });

  test("starts where it was told to, conserves what training conserves, and never raises the loss", () => {
    // Balanced layers of several hidden units have order parameters only.
    const compared = counted({ what: "layers", atLeast: family === "modes" ? 1 : 0.4 });
    for (let seed = 0; seed < runs(100); seed++) {
      const problem = problemOf(seed);
      const flow = exactFlow(problem, { family });
      const { task, initial } = problem;
      const fitted = initial.W2.mmul(initial.W1).mmul(task.xx).mul(problem.network.outputScale);
      expect(apart(flow.at(0).residual, Matrix.sub(task.yx, fitted))).toBeLessThan(1e-13);
      const losses = [0, 0.1, 0.5, 1, 3, 10, 1e3, 1e6, Infinity].map((t) => flow.at(t).loss);
      for (const [i, loss] of losses.entries()) if (i > 0) expect(loss).toBeLessThanOrEqual(losses[i - 1]! * (1 + 1e-13));
      const { u, w } = problem.network.learningRates;
      const balance = ({ W2: outer, W1: inner }: { W2: Matrix; W1: Matrix }): Matrix =>
        Matrix.sub(Matrix.div(outer.transpose().mmul(outer), u), Matrix.div(inner.mmul(inner.transpose()), w));
      const later = flow.weights?.(1.3);
      if (compared.when(later)) expect(apart(balance(later), balance(problem.initial))).toBeLessThan(1e-12);
    }
  });

  test("knows layers whose order parameters are those that it tells", () => {
    // Balanced layers of several hidden units have order parameters only.
    const compared = counted({ what: "layers", atLeast: family === "modes" ? 1 : 0.4 });
    for (let seed = 0; seed < runs(100); seed++) {
      const flow = exactFlow(problemOf(seed), { family });
      for (const t of [0, 0.4, 3, Infinity]) {
        const layers = flow.weights?.(t);
        const { uu, uw, alignment, normProduct } = flow.at(t);
        if (!compared.when(layers)) continue;
        expect(apart(layers.W2.mmul(layers.W2.transpose()), uu)).toBeLessThan(1e-12 * Math.max(1, uu.norm()));
        // Inputs without data are not seen: W₁ may have more than uw shows.
        if (family === "balanced") expect(apart(layers.W2.mmul(layers.W1), uw)).toBeLessThan(1e-12 * Math.max(1, uw.norm()));
        expect(normProduct * alignment).toBeCloseTo(uw.norm(), 11);
      }
    }
  });

  test("is a semigroup: what goes on from a snapshot goes where the flow goes", () => {
    for (let seed = 0; seed < runs(100); seed++) {
      const problem = problemOf(seed);
      const flow = exactFlow(problem, { family });
      const half = flow.at(0.6);
      const onwards = exactFlow({ ...problem, initial: { uu: half.uu, ww: half.ww, uw: half.uw } }, { family });
      expect(apart(onwards.at(0.7).uw, flow.at(1.3).uw)).toBeLessThan(1e-10);
    }
  });

  test("does not depend on the coordinates of inputs, outputs and hidden neurons", () => {
    for (let seed = 0; seed < runs(100); seed++) {
      const { network: net, task, initial } = problemOf(seed);
      const random = randomFrom(`turn ${seed}`, "test");
      const turn = (n: number): Matrix => randomOrthonormal(n, n, random);
      const [V, O, H] = [turn(task.xx.rows), turn(task.yx.rows), turn(initial.W1.rows)];
      const turned: LayersProblem = {
        network: net,
        task: matrixTaskFromMoments({
          xx: V.mmul(task.xx).mmul(V.transpose()),
          yx: O.mmul(task.yx).mmul(V.transpose()),
          yy: task.yy,
        }),
        initial: { W2: O.mmul(initial.W2).mmul(H.transpose()), W1: H.mmul(initial.W1).mmul(V.transpose()) },
      };
      const [a, b] = [exactFlow({ network: net, task, initial }, { family }), exactFlow(turned, { family })];
      for (const t of [0.3, 2]) {
        expect(apart(O.mmul(a.at(t).output).mmul(V.transpose()), b.at(t).output)).toBeLessThan(1e-11);
        expect(apart(O.mmul(a.at(t).uu).mmul(O.transpose()), b.at(t).uu)).toBeLessThan(1e-11);
      }
    }
  });

  test("keeps what it was given and what it gave apart from itself", () => {
    const problem = problemOf(2);
    const flow = exactFlow(problem, { family });
    const before = flow.at(0.5).uw.clone();
    for (const matrix of [problem.initial.W2, problem.task.yx, flow.at(0).uu, flow.at(0).uw, flow.limit.uw]) matrix.fill(7);
    expect(flow.at(0.5).uw.to2DArray()).toEqual(before.to2DArray());
    expect(flow.at(0).uu.get(0, 0)).not.toBe(7);
  });

  test("is found by exactApplies and solve, which say so", () => {
    const problem = problemOf(3);
    const verdict = exactApplies(problem);
    expect(verdict.applies).toBe(true);
    const flow = solve(problem);
    expect(flow.method).toBe("exact");
    if (verdict.applies) expect(flow.because).toBe(verdict.because);
  });
});

describe("a problem in two families", () => {
  test("has one answer: modes on whitened inputs, balanced", () => {
    for (let seed = 0; seed < runs(200); seed++) {
      const random = randomFrom(seed, "test");
      const [k, m] = [1 + (seed % 4), 1 + (seed % 3)];
      const yx = gaussian(m, k, 1, random);
      const task = matrixTaskFromMoments({ xx: Matrix.eye(k, k), yx, yy: yx.norm() ** 2 + 1 });
      const initial = saxeAlignedLayers({ task, width: 1 + (seed % 6), scale: 10 ** -random.uniform(), seed });
      const problem = { network: network(), task, initial };
      const [modes, balanced] = [exactFlow(problem, { family: "modes" }), exactFlow(problem, { family: "balanced" })];
      expect(disagreement(modes, balanced, [0.01, 0.5, 3, 100])).toBeLessThan(1e-12);
    }
  });

  test("has one answer: a single neuron as one direction and as balanced layers", () => {
    for (let seed = 0; seed < runs(100); seed++) {
      const random = randomFrom(seed, "test");
      const [a, w, xy, xx] = [random.normal(), random.normal(), random.normal(), 0.5 + random.uniform()];
      const task = matrixTaskFromMoments({ xx: [[xx]], yx: [[xy]], yy: 1e3 });
      const flow = exactFlow({ network: network(), task, initial: { W2: [[a]], W1: [[w]] } }, { family: "balanced" });
      const scalar = exactFlow({
        network: network(),
        task: taskFromMoments({ xx, xy, yy: 1e3 }),
        initial: { u: [a], w: [w] },
      });
      for (const t of [0.1, 1, 10, 100]) {
        const [s, x] = [flow.at(t), scalar.at(t)];
        const size = Math.max(x.uu, x.ww, Math.abs(x.uw));
        expect(Math.abs(s.uw.get(0, 0) - x.uw)).toBeLessThan(1e-12 * size);
        expect(Math.abs(s.uu.get(0, 0) - x.uu)).toBeLessThan(1e-12 * size);
        // The residual's own error grows like ρt.
        expect(Math.abs(s.residual.get(0, 0) - x.residual)).toBeLessThan(
          1e-12 * (1 + scalar.rate * t) * Math.abs(x.residual) + 1e-300,
        );
      }
    }
  });
});

describe("modes", () => {
  test("of one input and one output are exactFlow, to the last bit", () => {
    const weights = { u: [0.3, -0.2, 0.5], w: [0.1, 0.4, 0.2] };
    const task = matrixTaskFromMoments({ xx: [[1.3]], yx: [[0.7]], yy: 2 });
    const flow = exactFlow({ network: network(), task, initial: { W2: [weights.u], W1: weights.w.map((x) => [x]) } });
    const scalar = exactFlow({ network: network(), task: taskFromMoments({ xx: 1.3, xy: 0.7, yy: 2 }), initial: weights });
    for (const t of [0, 0.5, 2, 50]) {
      expect(flow.at(t).uw.get(0, 0)).toBe(scalar.at(t).uw);
      expect(flow.at(t).excessLoss).toBe(scalar.at(t).excessLoss);
      expect(flow.at(t).loss).toBeCloseTo(scalar.at(t).loss, 14);
      expect(flow.at(t).alignment).toBeCloseTo(Math.abs(scalar.at(t).alignment), 14);
    }
    expect(regime(flow).kernelRatio).toBeCloseTo(regime(scalar).kernelRatio, 12);
    expect(regime(flow).kernelChange).toBeCloseTo(regime(scalar).kernelChange, 12);
    const [whole, exact] = [mechanisms(flow), mechanisms(scalar)];
    expect(whole.present).toEqual(exact.present);
    // 2,000 steps of a rule of second order.
    expect(whole.alignment).toBeCloseTo(exact.alignment, 5);
  });

  test("learn like Saxe's sigmoid: s e^{2st/τ}/(e^{2st/τ} − 1 + s/a₀)", () => {
    const task = matrixTaskFromMoments({
      xx: [
        [1, 0],
        [0, 1],
      ],
      yx: [
        [3, 0],
        [0, 1],
      ],
      yy: 10,
    });
    const a0 = 0.01;
    const initial = saxeAlignedLayers({ task, width: 4, scale: Math.sqrt(a0), seed: 1 });
    const flow = exactFlow({ network: network({ loss: "half-mse" }), task, initial });
    for (const t of [0.1, 1, 2, 5])
      for (const [a, s] of [3, 1].entries()) {
        const grown = Math.exp(2 * s * t);
        expect(flow.at(t).output.get(a, a)).toBeCloseTo((s * grown) / (grown - 1 + s / a0), 12);
      }
  });

  test("are learned one after the other, at times that are known beforehand", () => {
    const strengths = [5, 2, 1];
    const task = matrixTaskFromMoments({ xx: Matrix.eye(3, 3), yx: Matrix.diag(strengths), yy: 40 });
    const initial = saxeAlignedLayers({ task, width: 3, scale: 1e-5, seed: 1 });
    const flow = exactFlow({ network: network(), task, initial }, { family: "modes" });
    const stages = learningStages(flow);
    expect(stages.map(({ strength }) => Math.round(strength))).toEqual(strengths);
    for (const [i, { halfLife, plateau }] of stages.entries()) {
      const { output } = flow.at(halfLife);
      // Half of the excess loss is left where the residual has fallen by √2.
      expect(output.get(i, i)).toBeCloseTo(strengths[i]! - (strengths[i]! - 1e-10) * Math.SQRT1_2, 13);
      // ln(1/S₀)/4s, up to the logarithm of a number of order one.
      expect(plateau * 4 * strengths[i]!).toBeGreaterThan(Math.log(1e9));
    }
  });

  test("of any width: order parameters instead of layers", () => {
    const uu = [
      [1e-6, 0],
      [0, 4e-6],
    ];
    const ww = [
      [9e-6, 0],
      [0, 1e-6],
    ];
    const uw = [
      [1e-6, 0],
      [0, -1e-6],
    ];
    const task = matrixTaskFromMoments({
      xx: [
        [1, 0],
        [0, 2],
      ],
      yx: [
        [1, 0],
        [0, 1],
      ],
      yy: 3,
    });
    const flow = exactFlow({ network: network(), task, initial: { uu, ww, uw } }, { family: "modes" });
    expect(flow.weights).toBeUndefined();
    const scalar = exactFlow({
      network: network(),
      task: taskFromMoments({ xx: 2, xy: 1, yy: 1 }),
      initial: { uu: 4e-6, ww: 1e-6, uw: -1e-6 },
    });
    for (const t of [1, 3, 10]) expect(flow.at(t).uw.get(1, 1)).toBe(scalar.at(t).uw);
  });

  test("that are coupled are not taken for modes, however small the coupled ones are", () => {
    for (const size of [1, 1e-3, 1e-6]) {
      const task = matrixTaskFromMoments({
        xx: [
          [1, 0],
          [0, 1.5],
        ],
        yx: [
          [1, 0],
          [0, 1],
        ],
        yy: 3,
      });
      const tilted = {
        W2: [
          [1, 0],
          [1e-4 * size, size],
        ],
        W1: [
          [1, 0],
          [0, size],
        ],
      };
      const verdict = exactApplies({ network: network(), task, initial: tilted });
      expect(verdict.applies).toBe(false);
      if (!verdict.applies) expect(verdict.failed.join()).toMatch(/couple/);
    }
  });

  test("exist backwards in time, as far as each of them does", () => {
    const task = matrixTaskFromMoments({ xx: Matrix.eye(2, 2), yx: Matrix.diag([1, 2]), yy: 6 });
    const flow = exactFlow({ network: network(), task, initial: { W2: Matrix.eye(2, 2), W1: Matrix.eye(2, 2).mul(1.5) } });
    expect(flow.from).toBeLessThan(0);
    const before = flow.at(flow.from / 2);
    const again = exactFlow({ network: network(), task, initial: { uu: before.uu, ww: before.ww, uw: before.uw } });
    expect(apart(again.at(-flow.from / 2).uw, flow.at(0).uw)).toBeLessThan(1e-12);
    expect(() => flow.at(2 * flow.from)).toThrowError(/exists for t >/);
  });

  test("leave inputs without data as they are, and the layers' weights on them", () => {
    const task = matrixTaskFromMoments({
      xx: [
        [1, 0],
        [0, 0],
      ],
      yx: [[1, 0]],
      yy: 2,
    });
    const initial = {
      W2: Matrix.rowVector([0.5, 0.2]),
      W1: new Matrix([
        [0.3, 7],
        [0.1, -3],
      ]),
    };
    const flow = exactFlow({ network: network(), task, initial });
    const { W1 } = flow.weights!(2);
    expect(W1.getColumn(1)).toEqual([7, -3]);
    expect(flow.at(2).ww.get(1, 1)).toBe(0);
    const scalar = exactFlow({
      network: network(),
      task: taskFromMoments({ xx: 1, xy: 1, yy: 2 }),
      initial: { u: [0.5, 0.2], w: [0.3, 0.1] },
    });
    expect(W1.get(0, 0)).toBeCloseTo(scalar.weights(2).w[0]!, 14);
  });
});

describe("balanced layers", () => {
  test("tell λ, and only those that have one are taken for them", () => {
    const rates = { u: 2, w: 0.5 };
    const task = matrixTaskFromMoments({
      xx: Matrix.eye(3, 3),
      yx: [
        [1, 2, 3],
        [0, 1, -1],
      ],
      yy: 30,
    });
    for (const lambda of [-0.3, 0, 0.4]) {
      const initial = lambdaBalancedLayers({ width: 2, inputs: 3, outputs: 2, lambda, learningRates: rates, seed: 1 });
      const problem = { network: network({ learningRates: rates }), task, initial };
      expect(exactFlow(problem, { family: "balanced" }).lambda).toBeCloseTo(lambda, 13);
      initial.W2.set(0, 0, initial.W2.get(0, 0) * (1 + 1e-6));
      expect(() => exactFlow(problem)).toThrowError(/not λ-balanced/);
    }
    const initial = lambdaBalancedLayers({ width: 2, inputs: 3, outputs: 2, seed: 1 });
    const coloured = matrixTaskFromMoments({ xx: Matrix.diag([1, 1, 1 + 1e-9]), yx: task.yx, yy: 30 });
    expect(() => exactFlow({ network: network(), task: coloured, initial })).toThrowError(/not whitened/);
  });

  test("stay right at late times, where the excess loss has all but vanished", () => {
    const task = matrixTaskFromMoments({
      xx: Matrix.eye(2, 2),
      yx: [
        [1, 0.5],
        [-0.5, 2],
      ],
      yy: 7,
    });
    const initial = lambdaBalancedLayers({ width: 2, inputs: 2, outputs: 2, lambda: 0.2, scale: 0.3, seed: 4 });
    const flow = exactFlow({ network: network(), task, initial }, { family: "balanced" });
    // E decays like e^{−2|f|t}, so the excess loss like its square.
    const slowest = flow.rates[flow.rates.length - 1]!;
    const ratio = flow.at(40).excessLoss / flow.at(41).excessLoss;
    expect(Math.log(ratio)).toBeCloseTo(2 * slowest, 8);
    expect(flow.at(1e6).excessLoss).toBe(0);
    expect(flow.limit.excessLoss).toBe(0);
  });
});

describe("a single neuron", () => {
  test("has the output and the balance that were asked for", () => {
    for (const balance of [-1e8, -2, 0, 3, 1e8]) {
      const learningRates = { u: 2, w: 0.5 };
      const { u, W } = singleNeuron({ output: [0.3, -0.4], balance, learningRates });
      expect(u[0]! * W.get(0, 1)).toBeCloseTo(-0.4, 14);
      const delta = u[0]! ** 2 / 2 - (W.get(0, 0) ** 2 + W.get(0, 1) ** 2) / 0.5;
      expect(Math.abs(delta - balance)).toBeLessThan(1e-14 * Math.max(1, Math.abs(balance)));
    }
  });

  test("of several whitened inputs is solved exactly from any start, its layers included", () => {
    const x = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    const y = [1.5, -0.2, 0.4, -1.1];
    const problem = { network: network(), task: taskFromSamples(x, y), initial: { u: [0.7], W: [[-0.3, 0.5]] } };
    const flow = solve(problem);
    expect(flow.method).toBe("exact");
    const integrated = integratedFlow(problem, { until: 4, rtol: 1e-13 });
    for (const t of [0, 0.3, 1, 4]) {
      const [a, b] = [flow.at(t), integrated.at(t)];
      for (const field of ["output", "residual", "uu", "ww", "uw"] as const)
        expect(apart(a[field], b[field])).toBeLessThan(1e-11);
      expect(apart(a.kernel.inputs, b.kernel.inputs) + apart(a.kernel.outputs, b.kernel.outputs)).toBeLessThan(1e-11);
      for (const field of ["loss", "excessLoss", "alignment", "normProduct", "kernelSize", "outputSize"] as const)
        expect(Math.abs(a[field] - b[field])).toBeLessThan(1e-11);
      expect(apart(flow.weights(t).W, integrated.weights(t).W)).toBeLessThan(1e-11);
    }
  });
});

describe("where no family applies", () => {
  const random = randomFrom("general", "test");
  const task = matrixTaskFromMoments({ xx: Matrix.diag([1, 2]), yx: gaussian(3, 2, 1, random), yy: 30 });
  const initial = { W2: gaussian(3, 4, 0.5, random), W1: gaussian(4, 2, 0.5, random) };

  test("the exact flow refuses with what failed, and solve integrates and says why", () => {
    const problem = { network: network(), task, initial };
    expect(() => exactFlow(problem)).toThrowError(FeatureLearningError);
    const flow = solve(problem, { until: 1 });
    expect(flow.method).toBe("integrated");
    expect(flow.because).toMatch(/couple.*not whitened.*integrated at width 4/);
    expect(() => exactFlow({ ...problem, network: network({ weightDecay: 0.1 }) })).toThrowError(/couple.*not whitened/);
  });

  test("whole networks have a regime and mechanisms all the same", () => {
    const flow = solve({ network: network(), task, initial });
    expect(regime(flow).regime).toBe("feature-learning");
    const found = mechanisms(flow);
    expect(found.alignment + found.disalignment + found.rescaling).toBeCloseTo(found.change, 10);
    const [before, after] = [flow.at(0).output.norm(), flow.at(flow.until).output.norm()];
    expect(found.change).toBeCloseTo(after - before, 9);
    const large = { W2: Matrix.mul(initial.W2, 300), W1: Matrix.mul(initial.W1, 300) };
    const lazy = solve({ network: network({ outputScale: 1e-2 }), task, initial: large }, { until: 1e-3 });
    expect(lazy.method).toBe("integrated");
  });
});

test("modes in which a layer, or both, are all but zero are found as well", () => {
  let compared = 0;
  for (let seed = 0; seed < runs(3000); seed++) {
    const { problem, inputs, outputs } = decoupledModes(seed);
    const { network: net, task, initial } = problem;
    // A problem of one input or one output may be left with nothing but rounding.
    if (Math.min(task.yx.rows, task.yx.columns) < 2) continue;
    const random = randomFrom(`zero ${seed}`, "test");
    // Remove the weights along one direction of the outputs, or of the inputs: in rotated coordinates
    // rounding remains. The directions are those of the construction. Eigenvectors of nearly equal
    // eigenvalues have larger errors, and what they leave does couple the modes.
    const without = (basis: Matrix): Matrix => {
      const kept = Matrix.diag(Array.from({ length: basis.columns }, (_, a) => (a === seed % basis.columns ? 0 : 1)));
      return basis.mmul(kept).mmul(basis.transpose());
    };
    const layers = {
      W2: random.uniform() < 0.7 ? without(outputs).mmul(initial.W2) : initial.W2,
      W1: random.uniform() < 0.7 ? initial.W1.mmul(without(inputs)) : initial.W1,
    };
    const verdict = exactApplies({ network: net, task, initial: layers });
    expect(verdict.applies, `problem ${seed}: ${JSON.stringify(verdict)}`).toBe(true);
    compared++;
  }
  // Four of nine problems have two inputs and two outputs at least.
  expect(compared).toBeGreaterThan(0.4 * runs(3000));
});
