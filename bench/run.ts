/**
 * Ratios within one run: what the exact solution costs against one pass over the weights, and against plain Euler steps.
 *
 *     npm run bench
 */
import { exactFlow, gaussianWeights, network, sample, simulateDescent, taskFromMoments, type Weights } from "feature-learning";

const task = taskFromMoments({ xx: 1, xy: 0.8, yy: 1 });
const sink = { value: 0 };

/** The median time of a call, in milliseconds, over at least 15 calls and 200 ms. */
function median(call: () => unknown): number {
  const times: number[] = [];
  const begin = performance.now();
  for (let n = 0; n < 5; n++) call();
  while (times.length < 15 || performance.now() - begin < 200) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

/** One fused pass: the sums that any method must see. */
function pass({ u, w }: Weights): void {
  let uu = 0;
  let ww = 0;
  let uw = 0;
  for (let i = 0; i < u.length; i++) {
    uu += u[i]! * u[i]!;
    ww += w[i]! * w[i]!;
    uw += u[i]! * w[i]!;
  }
  sink.value += uu + ww + uw;
}

/** out = a·x + b·y, twice: what writing the weights costs at least. */
function combine({ u, w }: Weights, out: Weights): void {
  for (let i = 0; i < u.length; i++) out.u[i] = 1.5 * u[i]! + 0.5 * w[i]!;
  for (let i = 0; i < u.length; i++) out.w[i] = 1.5 * w[i]! + 0.5 * u[i]!;
}

const row = (...cells: (string | number)[]): void => console.log(cells.map((cell) => String(cell).padStart(12)).join(""));
row("width", "construct", "at(t)", "weights(t)", "sample 1000", "vs Euler");
row("", "/pass", "/pass", "/combine", "/pass", "steps/it");
for (const width of [10, 100, 1000, 10_000, 100_000, 1_000_000]) {
  const initial = gaussianWeights({ width, scale: 1 / Math.sqrt(width), seed: 1 });
  const problem = { network: network(), task, initial };
  const flow = exactFlow(problem);
  const out = { u: new Float64Array(width), w: new Float64Array(width) };
  const times = Float64Array.from({ length: 1000 }, (_, i) => i / 100);
  const onePass = median(() => pass(initial));
  const both = median(() => {
    sink.value += sample(exactFlow(problem), times).loss[999]!;
  });
  const euler =
    width > 100_000 ? undefined : median(() => simulateDescent(problem, { stepSize: 0.01, steps: 1000, recordEvery: 1000 }));
  row(
    width,
    (median(() => exactFlow(problem)) / onePass).toFixed(1),
    (median(() => flow.at(1)) / onePass).toFixed(4),
    (median(() => flow.weights(1, out)) / median(() => combine(initial, out))).toFixed(2),
    (both / onePass).toFixed(1),
    euler === undefined ? "–" : (euler / both).toFixed(1),
  );
}
if (!Number.isFinite(sink.value)) throw new Error("the benchmark computed nothing");
