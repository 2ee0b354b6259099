/** Random descents of several inputs and outputs: every shape, loss and option. */
import {
  cosineSchedule,
  type DescentOptions,
  type LayersSimulation,
  type Loss,
  type MatrixTask,
  matrixTaskFromMoments,
  matrixTaskFromSamples,
  type Network,
  network,
  piecewiseSchedule,
  simulateDescent,
  type Task,
  taskFromSamples,
} from "feature-learning";
import { randomFrom } from "../../src/door/seeds.ts";

export type Rows = readonly (readonly number[])[];

export interface DrawnDescent {
  readonly problem:
    | { readonly network: Network; readonly task: MatrixTask; readonly initial: { readonly W2: Rows; readonly W1: Rows } }
    | { readonly network: Network; readonly task: Task; readonly initial: { readonly u: readonly number[]; readonly W: Rows } };
  readonly options: DescentOptions;
  /** The inputs of the data, which may not span all dimensions. */
  readonly x: Rows;
  /** What was drawn, by name, to be counted. */
  readonly has: readonly string[];
  /** Descent on all weights. */
  readonly plain: LayersSimulation<object>;
}

/** ln cosh(f − y), as a user may write it. */
const softAbsolute: Loss = {
  value: (f, y) => Math.log(Math.cosh(f - y)),
  derivative: (f, y) => Math.tanh(f - y),
};

const losses = {
  mse: "mse",
  "half-mse": "half-mse",
  logistic: "logistic",
  huber: "huber",
  "cross-entropy": "cross-entropy",
  own: softAbsolute,
} as const;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const square = (values: readonly number[]): number => sum(values.map((value) => value * value));

/**
 * A descent of so many steps, its step below 2 over the top eigenvalue of the rate-weighted Hessian all
 * along.
 */
export function drawDescent(seed: number, steps: number): DrawnDescent {
  const random = randomFrom(seed, "descents");
  const uniform = (low: number, high: number): number => low + (high - low) * random.uniform();
  const integer = (low: number, high: number): number => Math.floor(uniform(low, high + 1));
  const chance = (share: number): boolean => random.uniform() < share;
  const rows = (count: number, columns: number, entry: () => number): number[][] =>
    Array.from({ length: count }, () => Array.from({ length: columns }, entry));

  const [k, d, n] = [integer(1, 6), integer(1, 50), integer(4, 16)];
  const vector = chance(0.25);
  const m = vector ? 1 : integer(1, 6);
  const names = (Object.keys(losses) as (keyof typeof losses)[]).filter((name) => m > 1 || name !== "cross-entropy");
  const name = chance(0.4) ? (chance(0.5) ? "mse" : "half-mse") : names[integer(0, names.length - 1)]!;
  const squared = name === "mse" || name === "half-mse";
  const rank = chance(0.3) ? integer(1, k) : k;
  const directions = rows(rank, k, random.normal);
  const x = rows(n, rank, random.normal).map((z) =>
    directions[0]!.map((_, j) => sum(z.map((value, a) => value * directions[a]![j]!))),
  );
  const target = (): number[] => {
    const label = integer(0, m - 1);
    if (name === "cross-entropy") return Array.from({ length: m }, (_, o) => (o === label ? 1 : 0));
    return Array.from({ length: m }, () => (name === "logistic" ? (chance(0.5) ? 1 : -1) : random.normal()));
  };
  const y = x.map(target);
  const moments = squared && !vector && chance(0.3);
  const batch = !moments && chance(0.4) ? { size: integer(1, n), seed } : undefined;
  // Along one direction the noise of a batch is one number an output, not one a target: another draw of the
  // same distribution.
  const labelNoise = batch !== undefined && squared && rank > 1 && chance(0.6) ? { std: 0.1, seed } : undefined;

  const u = 10 ** uniform(-1, 1);
  const w = chance(0.5) ? u : chance(0.1) ? 0 : 10 ** uniform(-1, 1);
  const gamma = (chance(0.5) ? 1 : -1) * 10 ** uniform(-1, 1);
  const layer = (count: number, columns: number): number[][] => {
    const scale = 10 ** uniform(-1, 0.5) / Math.sqrt(d);
    return rows(count, columns, () => scale * random.normal());
  };
  const [W2, W1] = [layer(m, d), layer(d, k)];
  const momentum = chance(0.5) ? uniform(0, 0.9) : 0;
  const nesterov = momentum > 0 && chance(0.5);

  const full = matrixTaskFromSamples(x, y);
  const vectorTask = taskFromSamples(
    k === 1 ? x.map(([value]) => value!) : x,
    y.map(([value]) => value!),
  );
  const task = moments ? matrixTaskFromMoments({ xx: full.xx, yx: full.yx, yy: full.yy }) : full;
  // At least the top eigenvalue of the rate-weighted Hessian, of the steepest batch.
  const squares = x.map(square);
  const reach = batch === undefined ? sum(squares) / n : Math.max(...squares);
  const steepness = (loss: number): number =>
    squared ? Math.sqrt((name === "mse" ? 4 : 2) * loss * (batch === undefined ? 1 : n)) : Math.sqrt(m);
  const curvature = (uu: number, ww: number, loss: number): number =>
    gamma * gamma * (name === "mse" ? 2 : 1) * reach * (w * uu + u * ww) +
    Math.abs(gamma) * steepness(loss) * Math.sqrt(reach) * Math.sqrt(u * w);
  const share = uniform(0.05, 0.95) * (nesterov ? 0.6 : 1);
  const [hasSchedule, common, weightLost] = [chance(0.4), chance(0.5), chance(0.4) ? uniform(0.1, 2) : 0];

  const descent = (bound: number): Omit<DrawnDescent, "plain"> => {
    const stepSize = (2 * share) / bound;
    const span = steps * stepSize;
    const apart = {
      u: cosineSchedule({ duration: span / 2, final: 0.3 }),
      w: piecewiseSchedule([{ factor: 1, until: span / 3 }, { factor: 0.2 }]),
    };
    const schedule = common ? cosineSchedule({ duration: span }) : apart;
    const weightDecay = weightLost / (Math.max(u, w) * span);
    const trained = network({ outputScale: gamma, learningRates: { u, w }, loss: losses[name], weightDecay });
    const drawn = {
      momentum,
      nesterov,
      batch,
      labelNoise,
      schedule: hasSchedule,
      weightDecay,
      moments,
      vector,
      "low rank": rank < k,
      wide: d > m + k,
    };
    return {
      problem: vector
        ? { network: trained, task: vectorTask, initial: { u: W2[0]!, W: W1 } }
        : { network: trained, task, initial: { W2, W1 } },
      options: {
        stepSize,
        steps,
        momentum,
        nesterov,
        recordEvery: steps / 20,
        ...(batch === undefined ? {} : { batch }),
        ...(labelNoise === undefined ? {} : { labelNoise }),
        ...(hasSchedule ? { schedule } : {}),
      },
      x,
      has: [name, ...Object.entries(drawn).flatMap(([option, value]) => (value ? [option] : []))],
    };
  };
  let bound = curvature(square(W2.flat()), square(W1.flat()), 1);
  for (;;) {
    const drawn = descent(bound);
    const plain = simulate(drawn.problem, drawn.options);
    const traces = Array.from(plain.loss, (loss, i) => curvature(trace(plain.uu.row(i), m), trace(plain.ww.row(i), k), loss));
    const steepest = Math.max(...traces);
    if (plain.status === "completed" && bound >= steepest) return { ...drawn, plain };
    bound = Math.max(1.2 * bound, plain.status === "completed" ? steepest : 0);
  }
}

/** One signature for both forms of layers. */
const simulate = simulateDescent as unknown as (
  problem: DrawnDescent["problem"],
  options: DescentOptions,
) => DrawnDescent["plain"];

function trace(gram: Float64Array, size: number): number {
  return sum(Array.from({ length: size }, (_, i) => gram[i * (size + 1)]!));
}
