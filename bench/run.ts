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

/** Math.exp in a loop that keeps its sum: the limit of whatever computes. */
function exponentials(): void {
  let total = 0;
  for (let i = 0; i < 1000; i++) total += Math.exp(-i / 100);
  sink.value += total;
}

/** The exponent of a cost in what it grows with, from its ends. */
function exponent(costs: readonly number[], sizes: readonly number[]): string {
  return (Math.log(costs.at(-1)! / costs[0]!) / Math.log(sizes.at(-1)! / sizes[0]!)).toFixed(2);
}

const row = (...cells: (string | number)[]): void => console.log(cells.map((cell) => String(cell).padStart(13)).join(""));
const exp = median(exponentials) / 1000;
const times = Float64Array.from({ length: 1000 }, (_, i) => i / 100);
const widths = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];
const constructions: number[] = [];
row("width", "construct", "at(t)", "weights(t)", "snapshot of", "sample 1000", "1000 Euler");
row("", "/pass", "/pass", "/combine", "1000 /exp", "/pass", "steps /it");
for (const width of widths) {
  const initial = gaussianWeights({ width, scale: 1 / Math.sqrt(width), seed: 1 });
  const problem = { network: network(), task, initial };
  const flow = exactFlow(problem);
  const out = { u: new Float64Array(width), w: new Float64Array(width) };
  const onePass = median(() => pass(initial));
  const construct = median(() => exactFlow(problem));
  const sampled = median(() => {
    sink.value += sample(flow, times).loss[999]!;
  });
  const euler =
    width > 100_000 ? undefined : median(() => simulateDescent(problem, { stepSize: 0.01, steps: 1000, recordEvery: 1000 }));
  constructions.push(construct);
  row(
    width,
    (construct / onePass).toFixed(1),
    (median(() => flow.at(1)) / onePass).toFixed(4),
    (median(() => flow.weights(1, out)) / median(() => combine(initial, out))).toFixed(2),
    (sampled / 1000 / exp).toFixed(1),
    ((construct + sampled) / onePass).toFixed(1),
    euler === undefined ? "–" : (euler / (construct + sampled)).toFixed(1),
  );
}
const flow = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 0.1 } });
const counts = [100, 1000, 10_000, 100_000];
const samplings = counts.map((count) => median(() => sample(flow, new Float64Array(count).fill(1))));
console.log(`construction grows as width^${exponent(constructions.slice(3), widths.slice(3))} from 10⁴ on`);
console.log(`sampling grows as times^${exponent(samplings, counts)}`);
if (!Number.isFinite(sink.value)) throw new Error("the benchmark computed nothing");
