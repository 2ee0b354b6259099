/** Random problems of several inputs and outputs, of each exact family. */
import {
  lambdaBalancedLayers,
  type MatrixLayers,
  type MatrixTask,
  matrixTaskFromMoments,
  type Network,
  network,
  type Problem,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { type Random, randomFrom } from "../../src/door/seeds.ts";
import { randomOrthonormal } from "../../src/numerics/orthonormal.ts";

/** Two by two. */
export const identity = [
  [1, 0],
  [0, 1],
];

export const nothing = [
  [0, 0],
  [0, 0],
];

export type LayersProblem = Problem<MatrixLayers> & { readonly task: MatrixTask };

export function gaussian(rows: number, columns: number, scale: number, random: Random): Matrix {
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => scale * random.normal()),
  );
}

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.uniform();
const integer = (random: Random, low: number, high: number): number => Math.floor(between(random, low, high + 1));

function networkOf(random: Random): Network {
  return network({
    outputScale: (random.uniform() < 0.3 ? -1 : 1) * between(random, 0.4, 1.6),
    learningRates: { u: between(random, 0.4, 1.6), w: between(random, 0.4, 1.6) },
    loss: random.uniform() < 0.5 ? "mse" : "half-mse",
  });
}

/** Modes of up to three inputs and outputs, in rotated coordinates, each in hidden directions of its own; one input may have no data. */
export function decoupledProblem(seed: number): LayersProblem {
  return decoupledModes(seed).problem;
}

/** The same, with the directions of its modes: of the inputs, k×k, and of the outputs, m×m. */
export function decoupledModes(seed: number): {
  readonly problem: LayersProblem;
  readonly inputs: Matrix;
  readonly outputs: Matrix;
} {
  const random = randomFrom(seed, "test");
  const [k, m] = [integer(random, 1, 3), integer(random, 1, 3)];
  const q = Math.min(k, m);
  const d = integer(random, 2 * q, 2 * q + 3);
  const [V, O, H] = [randomOrthonormal(k, k, random), randomOrthonormal(m, m, random), randomOrthonormal(d, 2 * q, random)];
  const variances = Array.from({ length: k }, (_, a) =>
    a === k - 1 && a > 0 && random.uniform() < 0.2 ? 0 : between(random, 0.3, 2),
  );
  const strengths = variances.map((variance) => between(random, -1.5, 1.5) * Math.sqrt(variance));
  const S = Matrix.zeros(m, k);
  let W2 = Matrix.zeros(m, d);
  let W1 = Matrix.zeros(d, k);
  for (let a = 0; a < q; a++) {
    S.set(a, a, strengths[a]!);
    const plane = H.subMatrix(0, d - 1, 2 * a, 2 * a + 1);
    const side = (): Matrix => plane.mmul(gaussian(2, 1, between(random, 0.1, 1), random));
    W2 = W2.add(O.getColumnVector(a).mmul(side().transpose()));
    W1 = W1.add(side().mmul(V.getColumnVector(a).transpose()));
  }
  const yy = 1 + strengths.reduce((sum, s, a) => sum + (a < q && variances[a]! > 0 ? (s * s) / variances[a]! : 0), 0);
  const xx = V.clone().mulRowVector(variances).mmul(V.transpose());
  const problem = {
    network: networkOf(random),
    task: matrixTaskFromMoments({ xx, yx: O.mmul(S).mmul(V.transpose()), yy }),
    initial: { W2, W1 },
  };
  return { problem, inputs: V, outputs: O };
}

/** λ-balanced layers on whitened inputs, λ of any sign, or a single neuron of any start. */
export function balancedProblem(seed: number): LayersProblem {
  const random = randomFrom(seed, "test");
  const [k, m] = [integer(random, 1, 4), integer(random, 1, 4)];
  const net = networkOf(random);
  const kind = integer(random, -2, 1);
  const lambda = kind === -2 ? 0 : kind * between(random, 0.1, 1);
  const width = integer(random, 1, kind === -2 || kind === 0 ? 6 : kind > 0 ? m : k);
  const variance = between(random, 0.4, 1.6);
  const yx = gaussian(m, k, 0.7, random);
  const initial =
    random.uniform() < 0.2
      ? { W2: gaussian(m, 1, 0.7, random), W1: gaussian(1, k, 0.7, random) }
      : lambdaBalancedLayers({
          width,
          inputs: k,
          outputs: m,
          lambda,
          scale: between(random, 0.2, 1),
          learningRates: net.learningRates,
          seed,
        });
  const xx = Matrix.eye(k, k).mul(variance);
  return { network: net, task: matrixTaskFromMoments({ xx, yx, yy: 1 + yx.norm() ** 2 / variance }), initial };
}

/** A problem that decouples, with what it was made of. */
export interface RankProblem {
  readonly problem: LayersProblem;
  readonly width: number;
  /** min(inputs, outputs): how many modes the task has. */
  readonly rank: number;
}

/**
 * Up to four inputs and outputs in rotated coordinates, at a width below, at or above the rank of the task. Every mode that finds a free hidden direction has
 * one or two of them, the others start from zero, but for rounding. Strengths and variances may repeat, strengths may be 0, a layer of a mode may be zero.
 */
export function rankProblem(seed: number): RankProblem {
  const random = randomFrom(`rank ${seed}`, "test");
  const [k, m] = [integer(random, 1, 4), integer(random, 1, 4)];
  const rank = Math.min(k, m);
  const width = integer(random, 1, rank + 2);
  const [V, O, H] = [k, m, width].map((n) => randomOrthonormal(n, n, random)) as [Matrix, Matrix, Matrix];
  const [white, repeated, balanced] = [random.uniform() < 0.5, random.uniform() < 0.3, random.uniform() < 0.4];
  const variance = between(random, 0.4, 1.6);
  const variances = Array.from({ length: k }, () => (white ? variance : between(random, 0.4, 1.6)));
  const strengths = Array.from({ length: rank }, () => (random.uniform() < 0.1 ? 0 : between(random, 0.3, 1.5)));
  if (repeated && rank > 1) {
    strengths[1] = strengths[0]!;
    variances[1] = variances[0]!;
  }
  const scale = 10 ** between(random, -2, 0);
  let W2 = Matrix.zeros(m, width);
  let W1 = Matrix.zeros(width, k);
  let taken = 0;
  const order = strengths.map((_, a) => [random.uniform(), a] as const).sort(([x], [y]) => x - y);
  for (const [, a] of order) {
    if (taken === width) break;
    const count = random.uniform() < 0.4 && taken + 2 <= width ? 2 : 1;
    const hidden = H.subMatrix(0, width - 1, taken, taken + count - 1);
    taken += count;
    const side = (): Matrix => hidden.mmul(gaussian(count, 1, scale * between(random, 0.3, 1), random));
    const u = side();
    const w = balanced ? u.clone() : random.uniform() < 0.1 ? Matrix.zeros(width, 1) : side();
    W2 = W2.add(O.getColumnVector(a).mmul(u.transpose()));
    W1 = W1.add(w.mmul(V.getColumnVector(a).transpose()));
  }
  const S = Matrix.zeros(m, k);
  for (const [a, strength] of strengths.entries()) S.set(a, a, strength);
  const yy = 1 + strengths.reduce((sum, s, a) => sum + (s * s) / variances[a]!, 0);
  const xx = V.clone().mulRowVector(variances).mmul(V.transpose());
  const net = networkOf(random);
  return {
    problem: {
      network: balanced ? network({ ...net, learningRates: 1 }) : net,
      task: matrixTaskFromMoments({ xx, yx: O.mmul(S).mmul(V.transpose()), yy }),
      initial: { W2, W1 },
    },
    width,
    rank,
  };
}
