/**
 * Networks with a kink at 0 for the table of every verb on every flow, as networks of two inputs, x₊ = max(x,
 * 0) and x₋ = min(x, 0), whose neurons have weights for one of them: γu·W₁ are the two slopes.
 */
import {
  type AnyDescent,
  type AnyFlow,
  chain,
  exactFlow,
  exponentialSchedule,
  gradientDescent,
  integratedFlow,
  network,
  type Problem,
  taskFromMoments,
  withSchedule,
} from "feature-learning";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Layers, lossOf, type Moments, type Seen } from "./bruteForce.ts";
import { type Kinked, kinkedRun, slopesOf } from "./kinkedNeurons.ts";

/** What the table needs of a column besides what all columns have. */
export interface KinkedHooks {
  /** Gradient descent with this step: the network after n steps. */
  readonly rows: (stepSize: number, count: number) => Seen[];
  /** The top eigenvalue of the Hessian. */
  readonly sharpness: (now: Layers) => number;
  /** The entries of the kernel on the data, of which the root of the sum of squares is its size. */
  readonly kernels: (now: Layers) => readonly number[];
  readonly taskOf: (moments: Moments) => Problem["task"];
}

interface Half {
  readonly xx: number;
  readonly xy: number;
}

interface Data {
  readonly positive: Half;
  readonly negative: Half;
  readonly yy: number;
}

interface Weights {
  readonly u: ArrayLike<number>;
  readonly w: ArrayLike<number>;
  readonly sliding?: readonly boolean[];
}

const momentsOf = ({ positive, negative, yy }: Data): Moments => ({
  xx: Matrix.diag([positive.xx, negative.xx]),
  yx: Matrix.rowVector([positive.xy, negative.xy]),
  yy,
});

/** Weights as layers of two inputs. */
const lifted = ({ u, w }: Weights): Layers => ({
  W2: Matrix.rowVector(Array.from(u)),
  W1: new Matrix(Array.from(w, (x) => [Math.max(x, 0), Math.min(x, 0)])),
});
const lowered = ({ W2, W1 }: Layers): Weights => ({ u: W2.getRow(0), w: W1.to2DArray().map(([a, b]) => a! + b!) });

function tools(gamma: number, alpha: number, data: Data) {
  const kinked: Kinked = { gamma, alpha, k: 1, etaU: 1, etaW: 1, ...data };
  const factors = (w: number): readonly [number, number] => (w > 0 ? [1, alpha] : w < 0 ? [alpha, 1] : [0, 0]);
  const halves = [data.positive, data.negative];
  /** Kernels of the two sides, and √2 times that between them, on the data. */
  const kernels = (now: Layers): readonly number[] => {
    const { u, w } = lowered(now);
    const between = (a: 0 | 1, b: 0 | 1): number =>
      Array.from(u).reduce((sum, x, i) => sum + factors(w[i]!)[a] * factors(w[i]!)[b] * (x * x + w[i]! ** 2), 0);
    const shared = Math.SQRT2 * between(0, 1) * Math.sqrt(halves[0]!.xx * halves[1]!.xx);
    return [between(0, 0) * halves[0]!.xx, between(1, 1) * halves[1]!.xx, shared].map((value) => gamma ** 2 * value);
  };
  const seen = (weights: Weights): Seen => {
    const { above, below } = slopesOf(weights.u, weights.w, alpha);
    const output = Matrix.rowVector([gamma * above, gamma * below]);
    // |x| can fit the even part of the data alone.
    const even = (data.positive.xy - data.negative.xy) ** 2 / (data.positive.xx + data.negative.xx);
    const explained = alpha === -1 ? even : halves.reduce((sum, { xx, xy }) => sum + xy ** 2 / xx, 0);
    const least = data.yy - explained;
    const [first, second] = kernels(lifted(weights)) as [number, number];
    const side = second > first ? 1 : 0;
    const norm = (x: ArrayLike<number>, share: (w: number) => number): number =>
      Math.sqrt(Array.from(x).reduce((sum, one, i) => sum + share(weights.w[i]!) * one * one, 0));
    const share = (w: number): number => Math.abs(factors(w)[side]);
    const layers = lifted(weights);
    return {
      ...layers,
      output,
      loss: lossOf(output, momentsOf(data)),
      excessLoss: lossOf(output, momentsOf(data)) - least,
      alignment: output.get(0, side) / gamma / (norm(weights.u, share) * norm(weights.w, share)),
      normProduct: layers.W2.norm() * layers.W1.norm(),
      kernelSize: first + second,
      outputSize: Math.sqrt(halves.reduce((sum, { xx }, s) => sum + xx * output.get(0, s) ** 2, 0)),
    };
  };
  /** What pulls at each neuron; `sides` has the signs that count. */
  const pulls = ({ u, w }: Weights, sides: ArrayLike<number> = w): number[] => {
    const S = [0, 1].map((side) => Array.from(u).reduce((sum, x, i) => sum + factors(sides[i]!)[side as 0 | 1] * x * w[i]!, 0));
    const g = halves.map(({ xx, xy }, side) => xy - gamma * xx * S[side]!);
    return Array.from(sides, (x) => 2 * gamma * (factors(x)[0] * g[0]! + factors(x)[1] * g[1]!));
  };
  return {
    kinked,
    seen,
    kernels,
    rows(stepSize: number, start: Weights, count: number): Seen[] {
      let now: { u: number[]; w: number[] } = { u: Array.from(start.u), w: Array.from(start.w) };
      const found = [seen(now)];
      for (let n = 0; n < count; n++) {
        const c = pulls(now);
        const { u, w } = now;
        now = { u: u.map((x, i) => x + stepSize * c[i]! * w[i]!), w: w.map((x, i) => x + stepSize * c[i]! * u[i]!) };
        found.push(seen(now));
      }
      return found;
    },
    sharpness(layers: Layers): number {
      const { u, w } = lowered(layers);
      const d = u.length;
      const gradient = (theta: readonly number[]): number[] => {
        const at = { u: theta.slice(0, d), w: theta.slice(d) };
        // At w = 0 the loss has a kink, and no Hessian: such neurons are left out.
        const c = pulls(at, w);
        return [...at.w.map((x, i) => -c[i]! * x), ...at.u.map((x, i) => -c[i]! * x)];
      };
      const theta = [...Array.from(u), ...Array.from(w)];
      const h = 1e-5;
      const columns = theta.map((_, j) => {
        const [up, down] = [1, -1].map((sign) => gradient(theta.map((x, i) => (i === j ? x + sign * h : x))));
        return up!.map((x, i) => (x - down![i]!) / (2 * h));
      });
      const H = new Matrix(columns);
      return Math.max(...new EigenvalueDecomposition(Matrix.add(H, H.transpose()).div(2)).realEigenvalues);
    },
  };
}

export interface KinkedColumn extends KinkedHooks {
  readonly name: string;
  readonly subject: AnyFlow | AnyDescent;
  readonly problem: Problem;
  readonly moments: Moments;
  readonly start: Layers;
  readonly reference: (t: number) => Seen;
  readonly plain: (t: number) => Seen;
}

const KNOT = 0.5;

/** The weights at any time, from knots that are kept. */
function weightsAt(problemAt: (t: number) => Kinked, start: Weights): (t: number) => Weights {
  const knots: Weights[] = [start];
  return (t) => {
    const n = Math.floor(t / KNOT + 1e-9);
    while (knots.length <= n) knots.push(kinkedRun(problemAt((knots.length - 0.5) * KNOT), knots.at(-1)!, KNOT, 1e-12));
    const rest = t - n * KNOT;
    return rest > 1e-9 ? kinkedRun(problemAt(t), knots[n]!, rest, 1e-12) : knots[n]!;
  };
}

const RELU: { readonly data: Data; readonly next: Data; readonly start: Weights } = {
  data: { positive: { xx: 0.7, xy: 0.9 }, negative: { xx: 0.5, xy: -0.4 }, yy: 2 },
  next: { positive: { xx: 0.7, xy: 0.3 }, negative: { xx: 0.5, xy: -0.8 }, yy: 3 },
  start: { u: [0.9, -0.5, 0.4, -0.45, 0.3, -0.2], w: [0.2, 0.3, -0.1, -0.2, 0.5, -0.4] },
};

export function kinkedColumns(
  gamma: number,
  step: number,
  steps: number,
  { switchAt, decay }: { readonly switchAt: number; readonly decay: number },
): KinkedColumn[] {
  const { data, next, start } = RELU;
  const at = (alpha: number, subjectOf: (problem: Problem) => AnyFlow | AnyDescent, name: string, as = "flow"): KinkedColumn => {
    const activation = alpha === 0 ? ("relu" as const) : { leaky: alpha };
    const problem = {
      network: network({ outputScale: gamma, activation }),
      task: taskFromMoments(data),
      initial: start,
    } as Problem;
    const subject = subjectOf(problem);
    const [first, second] = [tools(gamma, alpha, data), tools(gamma, alpha, next)];
    const alone = weightsAt(() => first.kinked, start);
    const switched = weightsAt((t) => (t < switchAt ? first : second).kinked, start);
    const rows = as === "descent" ? first.rows(step, start, steps) : [];
    const references: Readonly<Record<string, (t: number) => Seen>> = {
      flow: (t) => first.seen(alone(t)),
      chain: (t) => (t < switchAt ? first : second).seen(switched(t)),
      scheduled: (t) => first.seen(alone(decay * -Math.expm1(-t / decay))),
      descent: (t) => rows[Math.round(t / step)]!,
    };
    return {
      name,
      subject,
      problem,
      moments: momentsOf(data),
      start: lifted(start),
      reference: references[as]!,
      plain: references["flow"]!,
      rows: (stepSize, count) => first.rows(stepSize, start, count),
      sharpness: first.sharpness,
      kernels: first.kernels,
      taskOf: ({ xx, yx, yy }) =>
        taskFromMoments({
          positive: { xx: xx.get(0, 0), xy: yx.get(0, 0) },
          negative: { xx: xx.get(1, 1), xy: yx.get(0, 1) },
          yy,
        }),
    };
  };
  const schedule = exponentialSchedule({ decayTime: decay });
  const stagesOf = (problem: Problem): AnyFlow => {
    const stages = [{ task: problem.task, duration: switchAt }, { task: taskFromMoments(next) }];
    return chain({ network: problem.network, initial: problem.initial, stages } as Parameters<typeof chain>[0]);
  };
  return [
    at(0, exactFlow, "ReLU"),
    at(-1, exactFlow, "abs"),
    at(0.2, integratedFlow, "leaky ReLU"),
    at(0, stagesOf, "chain of ReLU", "chain"),
    at(0, (problem) => withSchedule(exactFlow(problem), schedule), "scheduled ReLU", "scheduled"),
    at(0, (problem) => gradientDescent(problem, { stepSize: step, steps }), "descent of ReLU", "descent"),
  ];
}
