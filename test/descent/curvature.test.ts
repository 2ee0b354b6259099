/**
 * Sharpness, stability, outcome and gap of several inputs and outputs, against the Hessian over all weights.
 */
import {
  chain,
  descentGap,
  descentOutcome,
  gradientDescent,
  integratedFlow,
  type Loss,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  type Network,
  network,
  type Problem,
  sharpness,
  solve,
  stability,
  taskFromMoments,
  taskFromSamples,
} from "feature-learning";
import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { topCurvature } from "../../src/matrix/curvature.ts";
import { largestEigenvalue } from "../../src/numerics/largestEigenvalue.ts";
import { counted } from "../support/counted.ts";
import { drawer } from "../support/drawer.ts";
import { expectWithin } from "../support/problems.ts";

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** ∂ℓ/∂f and ∂²ℓ/∂f∂f of one sample, all outputs together. */
function slopes(loss: Loss, f: readonly number[], y: readonly number[]): { first: number[]; second: number[][] } {
  if (loss === "cross-entropy") {
    const largest = Math.max(...f);
    const weights = f.map((value) => Math.exp(value - largest));
    const p = weights.map((weight) => weight / weights.reduce((sum, each) => sum + each));
    return {
      first: p.map((share, o) => share - y[o]!),
      second: p.map((share, o) => p.map((other, q) => (o === q ? share : 0) - share * other)),
    };
  }
  const each = (o: number): [number, number] => {
    const [value, target] = [f[o]!, y[o]!];
    if (loss === "mse") return [2 * (value - target), 2];
    if (loss === "half-mse") return [value - target, 1];
    if (loss === "logistic") return [-target * sigmoid(-target * value), sigmoid(value) * sigmoid(-value)];
    if (loss === "huber") return Math.abs(value - target) <= 1 ? [value - target, 1] : [Math.sign(value - target), 0];
    return [Math.sinh(value - target), Math.cosh(value - target)];
  };
  return { first: f.map((_, o) => each(o)[0]), second: f.map((_, o) => f.map((__, q) => (o === q ? each(o)[1] : 0))) };
}

const catenary: Loss = {
  value: (f, y) => Math.cosh(f - y) - 1,
  derivative: (f, y) => Math.sinh(f - y),
  secondDerivative: (f, y) => Math.cosh(f - y),
};

const LOSSES: readonly Loss[] = ["mse", "half-mse", "logistic", "huber", catenary, "cross-entropy"];

interface Drawn {
  readonly network: Network;
  readonly X: number[][];
  readonly Y: number[][];
  readonly W2: Matrix;
  readonly W1: Matrix;
}

/** A problem of every shape; in one of four the inputs do not span their space. */
function draw(seed: number, loss: Loss): Drawn {
  const { uniform, normal } = drawer(seed);
  const integer = (low: number, high: number): number => low + Math.floor((high - low + 1) * uniform());
  const matrix = (rows: number, columns: number, scale: number): Matrix =>
    new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * normal())));
  const [n, d] = [integer(1, 5), integer(1, 12)];
  const m = loss === "cross-entropy" ? integer(2, 5) : integer(1, 5);
  const X = matrix(7, n, 1).to2DArray();
  if (seed % 4 === 0 && n > 1) for (const row of X) row[0] = 2 * row[1]!;
  const Y = X.map(() => {
    const row = Array.from({ length: m }, () => normal());
    if (loss === "logistic") return row.map(Math.sign);
    const right = integer(0, m - 1);
    return loss === "cross-entropy" ? row.map((_, o) => (o === right ? 1 : 0)) : row;
  });
  return {
    network: network({
      outputScale: (uniform() < 0.5 ? -1 : 1) * 10 ** (uniform() - 0.5),
      learningRates: { u: 10 ** (uniform() - 0.5), w: 10 ** (uniform() - 0.5) },
      loss,
      weightDecay: seed % 3 === 0 ? uniform() : 0,
    }),
    X,
    Y,
    W2: matrix(m, d, 10 ** (uniform() - 0.5)),
    W1: matrix(d, n, 10 ** (uniform() - 0.5)),
  };
}

/** The Hessian over all weights, W₂ row by row and then W₁, each in units of the root of its rate. */
function fullHessian({ network: net, X, Y, W2, W1 }: Drawn, rates: { readonly u: number; readonly w: number }): Matrix {
  const [m, d, n] = [W2.rows, W2.columns, W1.columns];
  const { outputScale: gamma, weightDecay } = net;
  const size = d * (m + n);
  const H = Matrix.eye(size, size).mul(weightDecay as number);
  for (const [s, x] of X.entries()) {
    const hidden = W1.mmul(Matrix.columnVector(x)).to1DArray();
    const f = W2.mmul(Matrix.columnVector(hidden))
      .to1DArray()
      .map((value) => gamma * value);
    const { first, second } = slopes(net.loss, f, Y[s]!);
    // ∂f/∂θ, an output a row.
    const J = Matrix.zeros(m, size);
    for (let o = 0; o < m; o++) {
      for (let h = 0; h < d; h++) {
        J.set(o, o * d + h, gamma * hidden[h]!);
        for (let j = 0; j < n; j++) J.set(o, m * d + h * n + j, gamma * W2.get(o, h) * x[j]!);
      }
    }
    H.add(J.transpose().mmul(new Matrix(second)).mmul(J).div(X.length));
    for (let o = 0; o < m; o++) {
      for (let h = 0; h < d; h++) {
        for (let j = 0; j < n; j++) {
          const bend = (first[o]! * gamma * x[j]!) / X.length;
          const [p, q] = [o * d + h, m * d + h * n + j];
          H.set(p, q, H.get(p, q) + bend);
          H.set(q, p, H.get(q, p) + bend);
        }
      }
    }
  }
  const roots = Array.from({ length: size }, (_, i) => Math.sqrt(i < m * d ? rates.u : rates.w));
  return H.mulRowVector(roots).mulColumnVector(roots);
}

function spectrum(H: Matrix): number[] {
  return new EigenvalueDecomposition(H, { assumeSymmetric: true }).realEigenvalues.sort((a, b) => b - a);
}

describe("sharpness", () => {
  test("is the top eigenvalue of the Hessian over all weights, for every loss and shape", () => {
    const compared = counted({ atLeast: 1 });
    for (let seed = 1; seed <= 102; seed++) {
      const drawn = draw(seed, LOSSES[seed % LOSSES.length]!);
      const { network: net, X, Y, W2, W1 } = drawn;
      const task = matrixTaskFromSamples(X, Y);
      const [top] = spectrum(fullHessian(drawn, { u: 1, w: 1 }));
      const ofLayers = sharpness({ network: net, task, initial: { W2, W1 } });
      if (compared.when(top! > 0)) expectWithin(Math.abs(ofLayers - top!), 1e-12 * top!, `sharpness of ${seed}`);
      const initial = { uu: W2.mmul(W2.transpose()), ww: W1.transpose().mmul(W1), uw: W2.mmul(W1) };
      expectWithin(Math.abs(sharpness({ network: net, task, initial }) - top!), 1e-9 * top!, `order parameters of ${seed}`);
      if (W2.rows > 1) continue;
      const oneTarget = taskFromSamples(
        X,
        Y.map(([y]) => y!),
      );
      const vector = { network: net, task: oneTarget, initial: { u: W2.getRow(0), W: W1 } };
      expectWithin(Math.abs(sharpness(vector) - top!), 1e-12 * top!, `{ u, W } of ${seed}`);
    }
  });

  test("of one direction is that of the snapshot, from weights, order parameters and layers", () => {
    const net = network({ outputScale: -0.7, weightDecay: 0.2 });
    const initial = { u: [1, -0.4, 0.3], w: [0.2, 0.5, -1] };
    const problem = { network: net, task: taskFromMoments({ xx: 2, xy: 1.5, yy: 3 }), initial };
    const flow = solve(problem);
    expect(sharpness(problem)).toBe(flow.at(0).sharpness);
    expect(sharpness(flow, 0.3)).toBe(flow.at(0.3).sharpness);
    const layers = {
      network: net,
      task: matrixTaskFromMoments({ xx: [[2]], yx: [[1.5]], yy: 3 }),
      initial: { W2: [initial.u], W1: initial.w.map((w) => [w]) },
    };
    for (const t of [0, 0.3, 5]) {
      const expected = flow.at(t).sharpness!;
      expectWithin(Math.abs(sharpness(solve(layers), t) - expected), 1e-9 * expected, "as a matrix problem");
    }
  });

  test("follows a flow, and scales with the weights far beyond the range of their squares", () => {
    const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 0.5]], yx: [[3, 0.2], [0, 1]], yy: 12 }); // biome-ignore format: matrices
    const [W2, W1] = [new Matrix([[0.1, 0.3], [0, -0.1]]), new Matrix([[0.2, 0], [-0.1, 0.1]])]; // biome-ignore format: matrices
    const flow = integratedFlow({ network: network(), task, initial: { W2, W1 } });
    const later = flow.weights!(1.3);
    expect(sharpness(flow, 1.3)).toBe(sharpness({ network: network(), task, initial: later }));
    const plain = sharpness({ network: network(), task, initial: { W2, W1 } });
    // The weights 2⁻⁴⁵⁰ as large, γ so much larger that γW₂W₁ is the same: the residual's part grows with γ.
    const tiny = {
      network: network({ outputScale: 2 ** 900 }),
      task,
      initial: { W2: Matrix.mul(W2, 2 ** -450), W1: Matrix.mul(W1, 2 ** -450) },
    };
    expectWithin(Math.abs(sharpness(tiny) / 2 ** 900 - plain), 1e-13 * plain, "scaled");
  });

  test("is in the snapshots of integrated flows of several inputs and outputs, if it is cheap", () => {
    const compared = counted({ atLeast: 0.4, what: "problems of up to 64 weights" });
    for (let seed = 1; seed <= 30; seed++) {
      const { network: net, X, Y, W2, W1 } = draw(seed, ["mse", catenary][seed % 2]! as Loss);
      const task = matrixTaskFromSamples(X, Y);
      const flow = integratedFlow({ network: net, task, initial: { W2, W1 } }, { until: 0.1 });
      for (const t of [0, 0.05, 0.1]) {
        const inSnapshot = flow.at(t).sharpness;
        if (!compared.when(inSnapshot)) continue;
        const ofWeights = sharpness({ network: net, task, initial: flow.weights!(t) });
        expectWithin(Math.abs(inSnapshot - ofWeights), 1e-12 * ofWeights, `snapshot of ${seed} at ${t}`);
      }
    }
  });

  test("in a snapshot of one input and one output is that of one direction, in copies and composed flows too", () => {
    const [u, w] = [[1, -0.4, 0.3], [0.2, 0.5, -1]]; // biome-ignore format: layers
    // Layers that decay at paces of their own are integrated, one direction and chains too.
    const net = network({ weightDecay: { u: 0.2, w: 0.1 } });
    const scalar = solve({ network: net, task: taskFromMoments({ xx: 2, xy: 1.5, yy: 3 }), initial: { u, w } });
    const task = matrixTaskFromMoments({ xx: [[2]], yx: [[1.5]], yy: 3 });
    const initial = { W2: [u], W1: w.map((x) => [x]) };
    const flow = integratedFlow({ network: net, task, initial });
    const chained = chain({ network: net, initial, stages: [{ task, duration: 0.2 }, { task }] });
    for (const t of [0, 0.1, 0.3, 2]) {
      const expected = scalar.at(t).sharpness!;
      const snapshot = flow.at(t);
      expect("sharpness" in snapshot).toBe(true);
      expectWithin(Math.abs(structuredClone(flow.at(t)).sharpness! - expected), 1e-9 * expected, `copy at ${t}`);
      expectWithin(Math.abs(snapshot.sharpness! - expected), 1e-9 * expected, `snapshot at ${t}`);
      expect(snapshot.sharpness).toBe(snapshot.sharpness);
      expect({ ...snapshot }).toEqual(snapshot);
      expectWithin(Math.abs(chained.at(t).sharpness! - expected), 1e-8 * expected, `chain at ${t}`);
      expect(chained.at(t).t).toBe(t);
      expect(sharpness(flow, t)).toBe(snapshot.sharpness);
    }
  });

  test("is not in the snapshots of closed forms, large layers and losses without a second derivative", () => {
    const task = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 }); // biome-ignore format: matrices
    const aligned = { W2: [[0.1, 0], [0, 0.2]], W1: [[0.1, 0], [0, 0.2]] }; // biome-ignore format: matrices
    expect("sharpness" in solve({ network: network(), task, initial: aligned }).at(1)).toBe(false);
    const { uniform } = drawer(4);
    const rows = (count: number, length: number): number[][] =>
      Array.from({ length: count }, () => Array.from({ length }, () => uniform()));
    const samples = matrixTaskFromSamples(rows(9, 8), rows(9, 1));
    const layers = { W2: rows(1, 9), W1: rows(9, 8) };
    expect("sharpness" in integratedFlow({ network: network(), task: samples, initial: layers }, { until: 0.1 }).at(0.1)).toBe(
      false,
    );
    const loss: Loss = { value: catenary.value, derivative: catenary.derivative };
    const plain = integratedFlow(
      { network: network({ loss }), task: samples, initial: { W2: [[1]], W1: [layers.W1[0]!] } },
      { until: 0.1 },
    );
    expect("sharpness" in plain.at(0.1)).toBe(false);
  });

  test("of a chain is that of the stage at the time", () => {
    const net = network();
    const flow = chain({ network: net, initial: wide, stages: [{ task: diagonal, duration: 2 }, { task: skewed }] });
    for (const [t, task] of [
      [1, diagonal],
      [3, skewed],
    ] as const) {
      // The snapshot has it from the layers in another basis of the hidden directions.
      const expected = sharpness({ network: net, task, initial: flow.weights!(t) });
      expectWithin(Math.abs(sharpness(flow, t) - expected), 1e-14 * expected, `at ${t}`);
    }
  });

  test("refuses a loss without a second derivative, and a power", () => {
    const task = matrixTaskFromSamples([[1, 0], [0, 1]], [[1], [2]]); // biome-ignore format: matrices
    const { value, derivative } = catenary as Exclude<Loss, string>;
    const initial = { W2: [[1]], W1: [[1, 1]] };
    const plain = { network: network({ loss: { value, derivative } }), task, initial };
    expect(() => sharpness(plain)).toThrow(/^sharpness: the loss has no secondDerivative/);
    expect(() => stability(plain)).toThrow(/^stability: the loss has no secondDerivative/);
    expect(() => sharpness({ ...plain, network: network({ power: 2 }) })).toThrow(/^sharpness: .*power/);
  });
});

describe("the largest eigenvalue", () => {
  test("of a large operator is found to 13 digits, clusters and basis changes included", () => {
    const { normal } = drawer(5);
    for (const gap of [1e-1, 1e-4, 1e-8]) {
      const size = 900;
      const values = Float64Array.from({ length: size }, (_, i) => (i === 0 ? 1 : 1 - gap * (1 + i / 50)));
      // Householder's reflection, so that no vector is a coordinate.
      const v = Float64Array.from({ length: size }, normal);
      const length = v.reduce((sum, x) => sum + x * x, 0);
      const reflect = (x: Float64Array): Float64Array => {
        const part = (2 * x.reduce((sum, value, i) => sum + value * v[i]!, 0)) / length;
        return x.map((value, i) => value - part * v[i]!);
      };
      const found = largestEigenvalue((x, out) => out.set(reflect(reflect(x).map((value, i) => value * values[i]!))), size);
      expectWithin(Math.abs(found.value - 1), 1e-13, `gap ${gap}`);
    }
  });
});

/** Whitened or not, with a flow in closed form or not. */
const diagonal = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[3, 0], [0, 1]], yy: 10 }); // biome-ignore format: matrices
const skewed = matrixTaskFromMoments({ xx: [[2, 0.3], [0.3, 0.5]], yx: [[1, 0.2], [-0.4, 0.5]], yy: 3 }); // biome-ignore format: matrices
const wide = { W2: [[0.8, 0.1, 0.2], [-0.3, 0.5, 0.1]], W1: [[0.5, 0.4], [0.2, 0.3], [-0.6, 0.7]] }; // biome-ignore format: matrices

describe("stability of several inputs and outputs", () => {
  test("is the curvature where descent ends, in units of the rates", () => {
    const compared = counted({ atLeast: 1 });
    for (const loss of ["mse", "half-mse"] as const) {
      for (let seed = 1; seed <= 6; seed++) {
        const drawn = draw(seed, loss);
        const net = { ...drawn.network, weightDecay: seed % 2 === 0 ? 0.3 : 0 };
        const problem = {
          network: net,
          task: matrixTaskFromSamples(drawn.X, drawn.Y),
          initial: { W2: drawn.W2, W1: drawn.W1 },
        };
        const { rate, largestStableStep } = stability(problem);
        let initial = problem.initial;
        let ended = false;
        // Steps as small as the curvature asks for, which falls on the way.
        for (let stage = 0; stage < 8; stage++) {
          const fastest = Math.max(net.learningRates.u, net.learningRates.w);
          const stepSize = 0.05 / fastest / sharpness({ ...problem, initial });
          const run = gradientDescent({ ...problem, initial }, { stepSize, steps: 8000, recordEvery: 8000 });
          initial = run.weights(1);
          ended = run.status === "completed";
        }
        const [top] = spectrum(fullHessian({ ...drawn, network: net, ...initial }, net.learningRates));
        // Steps of finite size end at another minimum of the same output, as near as the step is small.
        if (compared.when(ended)) expectWithin(Math.abs(rate / top! - 1), 0.02, `rate of ${seed}`);
        expectWithin(Math.abs(largestStableStep * rate - 2), 1e-12, "largest stable step");
      }
    }
  });

  test.each([
    ["plain", {}],
    ["momentum", { momentum: 0.6 }],
    ["Nesterov's", { momentum: 0.6, nesterov: true }],
  ])("%s: just below the largest stable step it converges, just above it does not stay", (_name, options) => {
    for (const task of [diagonal, skewed]) {
      const problem = { network: network({ learningRates: { u: 1, w: 0.5 } }), task, initial: wide };
      const flow = solve(problem);
      const near = { ...problem, initial: nudged(flow.weights!(Infinity)) };
      const { largestStableStep } = stability(near, options);
      const { outcome } = descentOutcome(near, { ...options, stepSize: 0.97 * largestStableStep });
      expect(["converges", "catapults"]).toContain(outcome);
      const above = gradientDescent(near, { ...options, stepSize: 1.03 * largestStableStep, steps: 600 });
      expect(Math.max(...above.excessLoss)).toBeGreaterThan(10 * above.excessLoss[0]!);
    }
  });

  function nudged({ W2, W1 }: { readonly W2: Matrix; readonly W1: Matrix }): { readonly W2: Matrix; readonly W1: Matrix } {
    const { normal } = drawer(9);
    const shaken = (matrix: Matrix): Matrix =>
      matrix.clone().apply((i, j) => matrix.set(i, j, matrix.get(i, j) + 1e-4 * normal()));
    return { W2: shaken(W2), W1: shaken(W1) };
  }

  test("of several outputs under other losses is the curvature at the limit, which is 0 for separable data", () => {
    const inputs = [[1, 0.2], [0.3, -1], [-1, 0.4], [0.2, 0.9], [-0.7, -0.7], [1.1, 0.3]]; // biome-ignore format: matrices
    const labels = [[1, 1], [-1, -1], [-1, 1], [1, 1], [1, -1], [-1, 1]]; // biome-ignore format: matrices
    const classes = labels.map(([a, b]) => (a === b ? [0.8, 0.2] : [0.3, 0.7]));
    const net = network({ learningRates: { u: 1.5, w: 0.7 } });
    for (const [loss, Y] of [
      ["logistic", labels.map(([a]) => [a!, -a!])],
      ["huber", labels],
      ["cross-entropy", classes],
      [catenary, labels],
    ] as const) {
      const problem = { network: { ...net, loss }, task: matrixTaskFromSamples(inputs, Y), initial: wide };
      const { rate, largestStableStep, flattest } = stability(problem);
      const { W2, W1 } = solve(problem).weights!(Infinity);
      const drawn = { network: problem.network, X: inputs, Y: Y as number[][], W2, W1 };
      const [top] = spectrum(fullHessian(drawn, net.learningRates));
      expectWithin(Math.abs(rate / top! - 1), 1e-9, "rate");
      expect(flattest).toBeUndefined();
      expect(descentOutcome(problem, { stepSize: 0.5 * largestStableStep }).outcome).toBe("converges");
      expectWithin(Math.abs(descentGap(problem, { stepSize: 1e-3 / rate, until: 1 / rate }).order - 1), 0.05, "order of the gap");
    }
    const separable = matrixTaskFromSamples(
      inputs,
      inputs.map(([a, b]) => [Math.sign(a!), Math.sign(b!)]),
    );
    const endless = { network: network({ loss: "logistic" }), task: separable, initial: wide };
    expect(stability(endless)).toMatchObject({ rate: 0, largestStableStep: Infinity });
    const partly = matrixTaskFromSamples(
      inputs,
      inputs.map(([a], s) => [Math.sign(a!), labels[s]![0]!]),
    );
    expect(() => stability({ ...endless, task: partly })).toThrow(/^stability: the weights grow for ever/);
  });

  test("the flattest minimum is what a search over all layers of the same output finds", () => {
    const { normal, uniform } = drawer(3);
    for (const [shape, variances] of [
      [
        [1, 3],
        [2, 1, 0.2],
      ],
      [
        [2, 2],
        [1, 1],
      ],
      [
        [2, 3],
        [2, 1, 0.3],
      ],
      [
        [3, 2],
        [0.4, 1.5],
      ],
    ] as const) {
      const [m, n] = shape;
      const random = (rows: number, columns: number, scale: number): Matrix =>
        new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * normal())));
      const overlap = random(m, n, 1);
      const net = network({ outputScale: 1.3, learningRates: { u: 0.5 + uniform(), w: 0.5 + uniform() } });
      const yx = Matrix.mul(overlap, 1.3).mulRowVector([...variances]);
      const task = matrixTaskFromMoments({ xx: Matrix.diag([...variances]), yx, yy: 100 });
      const { flattest } = stability({ network: net, task, initial: { W2: Matrix.eye(m, m), W1: overlap } });
      const data = {
        outputs: m,
        inputs: n,
        k: 1,
        residual: (_F: Float64Array, out: Float64Array): void => void out.fill(0),
        curve(_F: Float64Array, V: Float64Array, out: Float64Array): void {
          for (let i = 0; i < V.length; i++) out[i] = 2 * variances[i % n]! * V[i]!;
        },
      };
      const topOf = (W2: Matrix, off: Matrix): number => {
        const pseudo = W2.transpose().mmul(inverse(W2.mmul(W2.transpose())));
        const W1 = pseudo
          .mmul(overlap)
          .add(off)
          .sub(pseudo.mmul(W2.mmul(off)));
        return topCurvature(net, data, { W2, W1 }, net.learningRates);
      };
      let [W2, off, scale] = [random(m, m + 1, 1), random(m + 1, n, 0.3), 0.5];
      let best = topOf(W2, off);
      for (let trial = 0; trial < 4000 && scale > 1e-6; trial++) {
        const [nextW2, nextOff] = [Matrix.add(W2, random(m, m + 1, scale)), Matrix.add(off, random(m + 1, n, scale))];
        const value = topOf(nextW2, nextOff);
        scale *= value < best ? 1.5 : 0.97;
        if (value < best) [W2, off, best] = [nextW2, nextOff, value];
      }
      expect(best).toBeGreaterThan(flattest!.rate * (1 - 1e-9));
      expectWithin(best / flattest!.rate - 1, 1e-3, "distance of the search from the flattest");
    }
  });

  test("the flattest minimum of whitened inputs has 4k|γ|h times the largest singular value of the output", () => {
    const net = network({ outputScale: -2, learningRates: { u: 4, w: 1 }, loss: "half-mse" });
    const { flattest } = stability({ network: net, task: diagonal, initial: wide });
    // k = 1/2, h = 2, and W₂W₁ = output/γ: 4k|γ|h·3.
    expectWithin(Math.abs(flattest!.rate - 4 * 0.5 * 2 * 2 * 3), 1e-9, "flattest rate");
  });

  test("with one input and one output it is that of one direction, weight decay and frozen layers included", () => {
    const initial = { u: [1, 0.5], w: [0.3, 0.2] };
    for (const weightDecay of [0, 0.01, 0.5, 1.9, 3]) {
      for (const learningRates of [
        { u: 2, w: 1 },
        { u: 0, w: 1 },
        { u: 1, w: 0 },
      ]) {
        const net = network({ weightDecay, learningRates, outputScale: -0.8 });
        const one = stability({ network: net, task: taskFromMoments({ xx: 2, xy: 1, yy: 1 }), initial });
        const several = stability({
          network: net,
          task: matrixTaskFromMoments({ xx: [[2]], yx: [[1]], yy: 1 }),
          initial: { W2: [initial.u], W1: initial.w.map((w) => [w]) },
        });
        expectWithin(Math.abs(several.rate - one.rate), 1e-7 * one.rate, `decay ${weightDecay}`);
        if (weightDecay === 0) expectWithin(Math.abs(several.flattest!.rate - one.flattest.rate), 1e-9 * one.rate, "flattest");
      }
    }
  });

  test("a saddle is named, a network that cannot move has no rate", () => {
    const saddle = { W2: [[1, 0], [0, 1]], W1: [[0.5, 0], [0, -1]] }; // biome-ignore format: matrices
    const { notes } = stability({ network: network(), task: diagonal, initial: saddle });
    expect(notes).toEqual([expect.stringContaining("saddle")]);
    const zeros = { W2: [[0], [0]], W1: [[0, 0]] };
    expect(stability({ network: network(), task: diagonal, initial: zeros })).toMatchObject({
      rate: 0,
      largestStableStep: Infinity,
    });
  });
});

describe("outcome of several inputs and outputs", () => {
  const problem = { network: network(), task: diagonal, initial: wide };

  test("small steps converge, large ones diverge, and those between catapult or oscillate", () => {
    const { largestStableStep } = stability(problem);
    const outcome = (share: number): string =>
      descentOutcome(problem, { stepSize: share * largestStableStep, maxSteps: 1e5 }).outcome;
    expect([0.1, 0.5, 0.9].map(outcome)).toEqual(["converges", "converges", "converges"]);
    expect([4, 8].map(outcome)).toEqual(["diverges", "diverges"]);
  });

  test("a catapult of the uv-model with vectors lowers the kernel until the step is stable", () => {
    const { normal } = drawer(11);
    const width = 400;
    const layer = (rows: number, columns: number): Matrix =>
      new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => normal())));
    const flat = matrixTaskFromMoments({ xx: [[1, 0], [0, 1]], yx: [[0, 0], [0, 0]], yy: 0 }); // biome-ignore format: matrices
    const net = network({ loss: "half-mse", outputScale: 1 / Math.sqrt(width) });
    const uv = { network: net, task: flat, initial: { W2: layer(2, width), W1: layer(width, 2) } };
    const top = sharpness(uv);
    expect(descentOutcome(uv, { stepSize: 1 / top }).outcome).toBe("converges");
    const { outcome, kernelRatio, lossRise } = descentOutcome(uv, { stepSize: 2.6 / top });
    expect(outcome).toBe("catapults");
    expect(kernelRatio).toBeLessThan(0.9);
    expect(lossRise).toBeGreaterThan(2);
  });

  test("a plateau between two stages of learning is not mistaken for the end", () => {
    // The second mode grows from 1e-13 by 2 % a step, long after the first one has been learned to rounding.
    const staged = { W2: [[1, 0], [0, 1e-13]], W1: [[1, 0], [0, 1e-13]] }; // biome-ignore format: matrices
    const { outcome, steps } = descentOutcome({ ...problem, initial: staged }, { stepSize: 0.01 });
    expect(outcome).toBe("converges");
    const run = gradientDescent({ ...problem, initial: staged }, { stepSize: 0.01, steps, recordEvery: steps });
    expect(run.excessLoss[1]).toBeLessThan(1e-20);
    expect(run.excessLoss[0]).toBeGreaterThan(1);
  });

  test("narrow and decaying networks converge although they keep a residual", () => {
    const narrow = { W2: [[1], [0.1]], W1: [[0.5, 0.2]] };
    expect(descentOutcome({ ...problem, initial: narrow }, { stepSize: 0.05 }).outcome).toBe("converges");
    const decaying = network({ weightDecay: 0.3 });
    expect(descentOutcome({ ...problem, network: decaying }, { stepSize: 0.05 }).outcome).toBe("converges");
    const one = { network: decaying, task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { u: [1, 0.5], w: [0.3, 0.2] } };
    expect(descentOutcome(one, { stepSize: 0.05 }).outcome).toBe("converges");
  });

  test("is that of one direction where there is one", () => {
    const initial = { u: [1, 0.5, -0.2], w: [0.3, -0.2, 1] };
    const one = { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial };
    const matrices = {
      network: network(),
      task: matrixTaskFromMoments({ xx: [[1]], yx: [[1]], yy: 1 }),
      initial: { W2: [initial.u], W1: initial.w.map((w) => [w]) },
    };
    const { rate } = stability(one);
    for (const share of [0.1, 0.5, 1, 1.9, 3, 5, 8]) {
      const [a, b] = [one, matrices].map((each) => descentOutcome(each, { stepSize: share / rate, maxSteps: 20_000 }));
      expect(b!.outcome).toBe(a!.outcome);
      if (a!.outcome !== "diverges") expectWithin(Math.abs(b!.kernelRatio / a!.kernelRatio - 1), 1e-9, "kernel ratio");
    }
  });
});

describe("distance to the flow of several inputs and outputs", () => {
  test.each([
    ["in closed form", diagonal, { W2: [[0.4, 0], [0, 0.2]], W1: [[0.4, 0], [0, 0.2]] }], // biome-ignore format: matrices
    ["integrated", skewed, wide],
  ])("%s: falls with the first power of the step, and is what a direct comparison finds", (_name, task, initial) => {
    const problem = { network: network(), task, initial };
    const flow = solve(problem);
    const stepSize = 2e-3;
    const until = 1.2;
    const { gap, order, t, notes } = descentGap(problem, { stepSize, until });
    const run = gradientDescent(problem, { stepSize, steps: 600 });
    let direct = 0;
    for (let n = 0; n <= 600; n++) {
      const output = flow.at(n * stepSize).output.to2DArray();
      const squares = output.flatMap((row, i) => row.map((value, j) => (value - run.output.get(n, i, j)) ** 2));
      direct = Math.max(direct, Math.sqrt(squares.reduce((sum, square) => sum + square)));
    }
    expectWithin(Math.abs(gap - direct), 1e-9 * gap, "gap");
    expectWithin(Math.abs(order - 1), 0.05, "order");
    expect(t).toBeLessThanOrEqual(until * (1 + 1e-12));
    expect(notes).toBeUndefined();
  });

  test("of decaying weights and other losses the flow is integrated", () => {
    const labels = taskFromSamples([2, 1, -1, 0.5], [1, -1, -1, 1]);
    const initial = { uu: 3, ww: 3, uw: 0.5 };
    for (const net of [network({ loss: "logistic" }), network({ weightDecay: 0.2 })]) {
      const { gap, order } = descentGap({ network: net, task: labels, initial }, { stepSize: 1e-3, until: 2 });
      expect(gap).toBeGreaterThan(0);
      expectWithin(Math.abs(order - 1), 0.05, "order");
    }
  });

  test("a note says if descent does not end at the minimum of the flow", () => {
    for (const problem of [
      { network: network(), task: diagonal, initial: wide },
      { network: network(), task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }), initial: { uu: 1, ww: 1, uw: 0 } },
    ]) {
      const { largestStableStep } = stability(problem as Problem);
      const stepSize = 1.1 * largestStableStep;
      expect(descentGap(problem, { stepSize, until: 5 * stepSize }).notes).toEqual([expect.stringContaining("largest stable")]);
      expect(descentGap(problem, { stepSize: 0.1 * largestStableStep, until: stepSize })).not.toHaveProperty("notes");
    }
  });
});
