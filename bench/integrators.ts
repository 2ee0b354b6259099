/**
 * Error for work: the full gradient flow of ten random networks, all weights, up to 3/ρ, against the closed form. The library's two methods
 * beside odex (extrapolation), dopri (order 5) and, where python3 has scipy, SciPy's DOP853.
 *
 *     npm run bench:integrators
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { Dopri } from "dopri";
import { exactFlow, gaussianWeights, network, taskFromMoments } from "feature-learning";
import { integrate, type methods } from "../src/integrate/method/integrate.ts";

/** odex ships its types as source, which strict consumers cannot compile. */
interface Extrapolation {
  absoluteTolerance: number;
  relativeTolerance: number;
  solve(f: (t: number, y: number[]) => number[], from: number, y: number[], until: number): { readonly y: number[] };
}
const { Solver } = createRequire(import.meta.url)("odex") as { Solver: new (n: number) => Extrapolation };

const TOLERANCES = [1e-4, 1e-6, 1e-8, 1e-10, 1e-12];
const WIDTH = 5;

interface Case {
  readonly gamma: number;
  readonly etaU: number;
  readonly etaW: number;
  readonly xx: number;
  readonly xy: number;
  readonly start: readonly number[];
  readonly until: number;
  readonly end: readonly number[];
}

const cases: Case[] = Array.from({ length: 10 }, (_, seed) => {
  const [gamma, etaU, etaW] = [
    [1, 1, 1],
    [0.5, 1, 2],
    [-2, 0.3, 1],
    [1, 4, 1],
    [3, 1, 0.2],
  ][seed % 5] as [number, number, number];
  const [xx, xy] = [1 + 0.3 * seed, 1 - 0.15 * seed];
  const initial = gaussianWeights({ width: WIDTH, scale: 0.2 + 0.1 * seed, seed });
  const net = network({ outputScale: gamma, learningRates: { u: etaU, w: etaW } });
  const flow = exactFlow({ network: net, task: taskFromMoments({ xx, xy, yy: 1 + xy * xy }), initial });
  const until = 3 / flow.rate;
  const { u, w } = flow.weights(until);
  return { gamma, etaU, etaW, xx, xy, start: [...initial.u, ...initial.w], until, end: [...u, ...w] };
});

/** ẏ of all weights. */
function derivative({ gamma, etaU, etaW, xx, xy }: Case, y: ArrayLike<number>, out: { [i: number]: number }): void {
  let S = 0;
  for (let i = 0; i < WIDTH; i++) S += y[i]! * y[WIDTH + i]!;
  const pull = 2 * gamma * (xy - gamma * xx * S);
  for (let i = 0; i < WIDTH; i++) {
    out[i] = etaU * pull * y[WIDTH + i]!;
    out[WIDTH + i] = etaW * pull * y[i]!;
  }
}

interface Work {
  /** Largest error over the largest weight. */
  readonly error: number;
  readonly evaluations: number;
  readonly seconds: number;
}

function errorOf({ end }: Case, found: ArrayLike<number>): number {
  const largest = Math.max(...end.map(Math.abs));
  return Math.max(...end.map((value, i) => Math.abs(value - found[i]!))) / largest;
}

function timed(run: () => { readonly found: ArrayLike<number>; readonly evaluations: number }, problem: Case): Work {
  let best = Infinity;
  let result = run();
  for (let n = 0; n < 20; n++) {
    const start = performance.now();
    result = run();
    best = Math.min(best, performance.now() - start);
  }
  return { error: errorOf(problem, result.found), evaluations: result.evaluations, seconds: best / 1000 };
}

function ours(method: keyof typeof methods, problem: Case, rtol: number): Work {
  const system = {
    dimension: 2 * WIDTH,
    derivative: (_t: number, y: Float64Array, out: Float64Array) => derivative(problem, y, out),
  };
  const options = { until: problem.until, rtol, atol: 0, maxSteps: 1e6, method, converge: false, breaks: [], events: [] };
  return timed(() => {
    const run = integrate(system, Float64Array.from(problem.start), { ...options, onProgress: undefined, signal: undefined });
    const found = new Float64Array(2 * WIDTH);
    run.read(problem.until, found);
    return { found, evaluations: run.evaluations };
  }, problem);
}

function extrapolation(problem: Case, rtol: number): Work {
  const largest = Math.max(...problem.start.map(Math.abs));
  return timed(() => {
    const solver = new Solver(2 * WIDTH);
    solver.relativeTolerance = rtol;
    solver.absoluteTolerance = rtol * largest;
    let evaluations = 0;
    const slope = (_t: number, y: number[]): number[] => {
      evaluations++;
      const out = new Array<number>(2 * WIDTH);
      derivative(problem, y, out);
      return out;
    };
    return { found: solver.solve(slope, 0, [...problem.start], problem.until).y, evaluations };
  }, problem);
}

function dopri(problem: Case, rtol: number): Work {
  const largest = Math.max(...problem.start.map(Math.abs));
  return timed(() => {
    const slope = (_t: number, y: number[], out: number[]): void => derivative(problem, y, out);
    const solver = new Dopri(slope, 2 * WIDTH, { rtol, atol: rtol * largest, maxSteps: 1e6 });
    solver.initialise(0, [...problem.start]);
    const solution = solver.run(problem.until);
    return { found: solution([problem.until])[0]!, evaluations: solver.statistics().nEval };
  }, problem);
}

/** What bench/scipy_dop853.py prints: for each tolerance the work on every case. */
function scipy(): Work[][] | undefined {
  const script = new URL("scipy_dop853.py", import.meta.url).pathname;
  for (const python of ["python3", "/usr/bin/python3"]) {
    const run = spawnSync(python, [script], { input: JSON.stringify({ cases, tolerances: TOLERANCES }), encoding: "utf8" });
    if (run.status === 0) return JSON.parse(run.stdout) as Work[][];
  }
  return undefined;
}

const mean = (values: readonly number[]): number => Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);

/** Evaluations to reach an error, between the tolerances that reach more and less. */
function workFor(goal: number, byTolerance: readonly { readonly error: number; readonly evaluations: number }[]): number {
  for (let i = 0; i + 1 < byTolerance.length; i++) {
    const [a, b] = [byTolerance[i]!, byTolerance[i + 1]!];
    if (a.error >= goal && b.error <= goal) {
      const share = Math.log(a.error / goal) / Math.log(a.error / b.error);
      return a.evaluations * (b.evaluations / a.evaluations) ** share;
    }
  }
  return Number.NaN;
}

const peers: [string, Work[][] | undefined][] = [
  ["dop853", TOLERANCES.map((rtol) => cases.map((problem) => ours("dop853", problem, rtol)))],
  ["dopri5", TOLERANCES.map((rtol) => cases.map((problem) => ours("dopri5", problem, rtol)))],
  ["odex 2.0.4", TOLERANCES.map((rtol) => cases.map((problem) => extrapolation(problem, rtol)))],
  ["dopri 0.0.13", TOLERANCES.map((rtol) => cases.map((problem) => dopri(problem, rtol)))],
  ["SciPy DOP853", scipy()],
];

console.log("geometric means over ten networks: error / evaluations of the derivative / time over that of dop853");
const pad = (text: string): string => text.padStart(30);
console.log("rtol".padEnd(14) + TOLERANCES.map((rtol) => pad(rtol.toExponential(0))).join(""));
const base = peers[0]![1]!.map((works) => mean(works.map((w) => w.seconds)));
const summary = new Map<string, { error: number; evaluations: number }[]>();
for (const [name, work] of peers) {
  if (work === undefined) {
    console.log(`${name.padEnd(14)}  not here: install python3-scipy`);
    continue;
  }
  const row = work.map((works, i) => ({
    error: mean(works.map((w) => Math.max(w.error, 1e-17))),
    evaluations: mean(works.map((w) => w.evaluations)),
    time: mean(works.map((w) => w.seconds)) / base[i]!,
  }));
  summary.set(name, row);
  const cells = row.map((r) => pad(`${r.error.toExponential(1)} / ${r.evaluations.toFixed(0)} / ${r.time.toFixed(1)}`));
  console.log(name.padEnd(14) + cells.join(""));
}
console.log("\nevaluations for the same error, over those of dop853");
for (const [name, row] of summary) {
  const cells = [1e-9, 1e-10, 1e-11, 1e-12, 1e-13].map((goal) => {
    const ratio = workFor(goal, row) / workFor(goal, summary.get("dop853")!);
    return `${goal.toExponential(0)}: ${Number.isNaN(ratio) ? "–" : ratio.toFixed(2)}`;
  });
  console.log(name.padEnd(14) + cells.map((cell) => cell.padStart(14)).join(""));
}
