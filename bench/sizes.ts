/**
 * Networks of real sizes: the moments of MNIST itself, 784 inputs, a hidden layer of 4,096 neurons, 1 and 10
 * outputs. The flow over the time of 500 of the largest steps that are stable at the start, against 500 steps
 * of plain descent on all weights over the same moments. Times are CPU times, memory is the most that the
 * process has held.
 *
 *     node --import tsx bench/sizes.ts [--short] [outputs]
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  gaussianMatrixLayers,
  type MatrixLayers,
  type MatrixTask,
  matrixTaskFromSamples,
  network,
  sharpness,
  solve,
} from "feature-learning";
import { Matrix } from "ml-matrix";

const PIXELS = 784;
const short = process.argv.includes("--short");
const asked = Number(process.argv.at(-1));
const samples = short ? 1000 : 10_000;
const width = short ? 512 : 4096;

/** Each number of outputs in a process of its own, so that its memory is its own. */
if (!Number.isInteger(asked)) {
  console.log(`${samples} digits of ${PIXELS} pixels, width ${width}; CPU times in units of 500 steps of descent on all weights`);
  console.log("outputs  directions    read, reduce, solve   steps   at(t)   weights(t)   memory / GiB");
  for (const outputs of [1, 10]) {
    const script = fileURLToPath(import.meta.url);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", script, ...(short ? ["--short"] : []), String(outputs)],
      { encoding: "utf8" },
    );
    process.stdout.write(stdout);
    if (status !== 0) throw new Error(stderr);
  }
} else measure(asked);

function measure(outputs: number): void {
  const { x, y } = digits(outputs);
  const task = matrixTaskFromSamples(x, y);
  const scale = { u: 1 / Math.sqrt(width), w: 1 / Math.sqrt(PIXELS) };
  const initial = gaussianMatrixLayers({ task, width, scale, seed: 1 });
  const problem = { network: network(), task, initial };
  // Steps beyond 2 over the sharpness overshoot.
  const largestStep = 2 / sharpness(problem);
  const until = 500 * largestStep;
  const [solving, flow] = timed(() => solve(problem, { until }));
  const [reading, end] = timed(() => flow.at(until));
  const [unreducing] = timed(() => flow.weights!(until));
  const memory = process.resourceUsage().maxRSS / 2 ** 20;
  const [unit, output] = timed(() => descend(problem, largestStep / 4, 500));
  const expected = flow.at((500 * largestStep) / 4).output;
  // Inputs that do not occur have weights of their own, which the data do not see.
  const apart = rootMeanSquare(Matrix.sub(output, expected), task) / rootMeanSquare(expected, task);
  const { work } = flow as unknown as { readonly work: { readonly steps: number } };
  const [directions] = /\d+(?= inputs and)/.exec(flow.because) ?? ["?"];
  const columns = [
    String(outputs).padStart(7),
    directions!.padStart(11),
    (solving / unit).toFixed(2).padStart(22),
    String(work.steps).padStart(7),
    (reading / unit).toFixed(3).padStart(7),
    (unreducing / unit).toFixed(3).padStart(12),
    memory.toFixed(2).padStart(14),
  ];
  console.log(columns.join(" "));
  console.log(
    `         500 steps of a quarter of that size end ${apart.toExponential(1)} from the flow; the last loss is ${end.loss.toFixed(4)}`,
  );
  if (!(apart < 0.05)) throw new Error("descent and flow do not agree");
}

/** Digits in order, pixels in [0, 1]; targets are one-hot, or ±1 for odd and even. */
function digits(outputs: number): { x: Float64Array[]; y: number[][] } {
  const mnist = createRequire(import.meta.url)("mnist") as Record<number, { raw: number[] }>;
  const rows = Array.from({ length: samples }, (_, j) => ({ digit: j % 10, from: Math.floor(j / 10) * PIXELS })).filter(
    ({ digit, from }) => from + PIXELS <= mnist[digit]!.raw.length,
  );
  return {
    x: rows.map(({ digit, from }) => Float64Array.from(mnist[digit]!.raw.slice(from, from + PIXELS))),
    y: rows.map(({ digit }) =>
      outputs === 1 ? [digit % 2 === 0 ? -1 : 1] : Array.from({ length: outputs }, (_, o) => (o === digit ? 1 : 0)),
    ),
  };
}

/** √E|Fx|². */
function rootMeanSquare(F: Matrix, { xx }: MatrixTask): number {
  return Math.sqrt(Matrix.mul(F.mmul(xx), F).sum());
}

/** CPU seconds, and the result. */
function timed<T>(run: () => T): [number, T] {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, result];
}

/** Gradient descent on all weights; the output γW₂W₁ where it ends. */
function descend({ task, initial }: { task: MatrixTask; initial: MatrixLayers }, stepSize: number, steps: number): Matrix {
  const [m, d, k] = [initial.W2.rows, initial.W1.rows, initial.W1.columns];
  const u = Float64Array.from(initial.W2.to1DArray());
  const w = Float64Array.from(initial.W1.to1DArray());
  const xx = Float64Array.from(task.xx.to1DArray());
  const yx = Float64Array.from(task.yx.to1DArray());
  const F = new Float64Array(m * k);
  const G = new Float64Array(m * k);
  for (let n = 0; n < steps; n++) {
    outputInto(u, w, [m, d, k], F);
    G.set(yx);
    for (let o = 0; o < m; o++) for (let a = 0; a < k; a++) axpy(-F[o * k + a]!, xx, a * k, G, o * k, k);
    for (let i = 0; i < d; i++) {
      const before = Float64Array.from({ length: m }, (_, o) => u[o * d + i]!);
      for (let o = 0; o < m; o++) u[o * d + i]! += 2 * stepSize * dot(G, o * k, w, i * k, k);
      for (let o = 0; o < m; o++) axpy(2 * stepSize * before[o]!, G, o * k, w, i * k, k);
    }
  }
  outputInto(u, w, [m, d, k], F);
  return Matrix.from1DArray(m, k, F);
}

function outputInto(u: Float64Array, w: Float64Array, [m, d, k]: readonly [number, number, number], F: Float64Array): void {
  F.fill(0);
  for (let i = 0; i < d; i++) for (let o = 0; o < m; o++) axpy(u[o * d + i]!, w, i * k, F, o * k, k);
}

/** y ← y + c·x of `count` numbers. */
function axpy(c: number, x: Float64Array, fromX: number, y: Float64Array, fromY: number, count: number): void {
  for (let j = 0; j < count; j++) y[fromY + j] = y[fromY + j]! + c * x[fromX + j]!;
}

function dot(x: Float64Array, fromX: number, y: Float64Array, fromY: number, count: number): number {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += x[fromX + j]! * y[fromY + j]!;
  return sum;
}
