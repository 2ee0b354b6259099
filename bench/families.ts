/**
 * MNIST's own second moments, whitened, in a network of 784 inputs, d hidden neurons and 10 outputs: solved exactly, and by gradient descent on the
 * same data; and how far the two are apart.
 *
 *     node --import tsx bench/families.ts [--short]
 */
import { createRequire } from "node:module";
import { exactFlow, lambdaBalancedLayers, matrixTaskFromSamples, network } from "feature-learning";
import { Matrix } from "ml-matrix";

const short = process.argv.includes("--short");
const SAMPLES = short ? 2000 : 10_000;
const PIXELS = 784;

/** Digits in order, pixels in [0, 1]; targets are one-hot. */
function digits(): { x: Float64Array[]; y: Float64Array[] } {
  const mnist = createRequire(import.meta.url)("mnist") as Record<number, { raw: number[] }>;
  const rows = Array.from({ length: 10 }, (_, digit) =>
    Array.from({ length: Math.floor(mnist[digit]!.raw.length / PIXELS) }, (__, n) => ({
      x: Float64Array.from(mnist[digit]!.raw.slice(n * PIXELS, (n + 1) * PIXELS)),
      y: Float64Array.from({ length: 10 }, (___, o) => (o === digit ? 1 : 0)),
    })),
  );
  const mixed = Array.from({ length: SAMPLES }, (_, j) => rows[j % 10]![Math.floor(j / 10)]).filter((row) => row !== undefined);
  return { x: mixed.map(({ x }) => x), y: mixed.map(({ y }) => y) };
}

const { x, y } = digits();
const clock = (): number => performance.now();
const begin = clock();
const task = matrixTaskFromSamples(x, y, { whiten: true });
const prepared = clock() - begin;
const inputs = task.xx.rows;
console.log(`${x.length} digits of ${PIXELS} pixels, whitened: ${inputs} directions, 10 targets`);

/** Gradient descent on all weights, by the moments of the same data: W += step·2kγ(…). */
function descend(W2: Matrix, W1: Matrix, stepSize: number, steps: number): Matrix {
  const [m, d, k] = [W2.rows, W2.columns, W1.columns];
  const u = W2.to1DArray();
  const w = W1.to1DArray();
  const target = task.yx.to1DArray();
  const g = new Float64Array(m * k);
  const [du, dw] = [new Float64Array(m * d), new Float64Array(d * k)];
  for (let n = 0; n < steps; n++) {
    for (let i = 0; i < g.length; i++) g[i] = target[i]!;
    for (let o = 0; o < m; o++)
      for (let i = 0; i < d; i++) for (let j = 0, c = u[o * d + i]!; j < k; j++) g[o * k + j]! -= c * w[i * k + j]!;
    du.fill(0);
    dw.fill(0);
    for (let o = 0; o < m; o++)
      for (let i = 0; i < d; i++) {
        let pull = 0;
        for (let j = 0, c = u[o * d + i]!; j < k; j++) {
          pull += g[o * k + j]! * w[i * k + j]!;
          dw[i * k + j]! += c * g[o * k + j]!;
        }
        du[o * d + i] = pull;
      }
    for (let i = 0; i < u.length; i++) u[i]! += 2 * stepSize * du[i]!;
    for (let i = 0; i < w.length; i++) w[i]! += 2 * stepSize * dw[i]!;
  }
  return Matrix.from1DArray(m, d, u).mmul(Matrix.from1DArray(d, k, w));
}

console.log(
  " d   λ     construct   at(t)   descent to 3/ρ (500 steps)   descent over at(t)   largest difference, 500 and 1000 steps",
);
for (const [width, lambda] of short
  ? ([[10, 0]] as const)
  : ([
      [10, 0],
      [10, 0.01],
      [50, 0],
      [200, 0],
    ] as const)) {
  const { W2, W1 } = lambdaBalancedLayers({ width, inputs, outputs: 10, lambda, scale: 0.05, seed: 1 });
  const constructing = clock();
  const flow = exactFlow({ network: network(), task, initial: { W2, W1 } }, { family: "balanced" });
  const constructed = clock() - constructing;
  const until = 3 / flow.rates[0]!;
  const reading = clock();
  const exact = flow.at(until).output;
  const read = clock() - reading;
  const [coarse, fine] = [500, 1000].map((steps) => {
    const start = clock();
    const output = descend(W2, W1, until / steps, steps);
    const took = clock() - start;
    const apart = Math.max(...Matrix.sub(output, exact).to1DArray().map(Math.abs));
    return { took, apart };
  }) as [{ took: number; apart: number }, { took: number; apart: number }];
  const unit = coarse.took;
  console.log(
    [
      String(width).padStart(3),
      String(lambda).padEnd(5),
      (constructed / unit).toFixed(3).padStart(9),
      (read / unit).toFixed(3).padStart(7),
      "1".padStart(28),
      (unit / read).toFixed(1).padStart(20),
      `${coarse.apart.toExponential(1)}  ${fine.apart.toExponential(1)}`.padStart(24),
    ].join(" "),
  );
  if (!(fine.apart < 0.6 * coarse.apart)) throw new Error("descent does not approach the flow in proportion to its step");
  console.log(`     whitening took ${(prepared / unit).toFixed(1)} of those 500 steps`);
}
