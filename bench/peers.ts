/**
 * The same question, what are |u|², |w|² and u·w after a time, asked of what people use now, on all weights: SciPy's DOP853 and odex to an error of
 * 10⁻⁸, and numpy's gradient descent by 2,000 steps (100 at width 10⁶). In brackets the error that each came to. How many times longer than the closed form they take, construction
 * from the weights included, at three widths and two horizons.
 *
 *     npm run bench:peers        (needs python3 with scipy: Debian's python3-scipy)
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { exactFlow, network, taskFromMoments, type Weights } from "feature-learning";

interface Extrapolation {
  absoluteTolerance: number;
  relativeTolerance: number;
  solve(f: (t: number, y: number[]) => number[], from: number, y: number[], until: number): { readonly y: number[] };
}
const { Solver } = createRequire(import.meta.url)("odex") as { Solver: new (n: number) => Extrapolation };

interface Answer {
  readonly seconds: number;
  readonly error: number;
}

const [xx, xy] = [1, 1];
const task = taskFromMoments({ xx, xy, yy: 1 });
/** |u| and w along and across it. */
const [a, b, c] = [0.1, 0.02, 0.1];

/** Two directions spread over all neurons, so that every width asks the same question. */
function layers(width: number): Weights {
  const one = 1 / Math.sqrt(width);
  return {
    u: new Float64Array(width).fill(a * one),
    w: Float64Array.from({ length: width }, (_, i) => (i % 2 === 0 ? b + c : b - c) * one),
  };
}

function ours(weights: Weights, until: number): number {
  const times: number[] = [];
  const count = weights.u.length > 100_000 ? 15 : 501;
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    exactFlow({ network: network(), task, initial: weights }).at(until);
    times.push((performance.now() - began) / 1000);
  }
  return times.sort((x, y) => x - y)[count >> 1]!;
}

function byOdex({ u, w }: Weights, until: number, expected: readonly number[]): Answer {
  const d = u.length;
  const solver = new Solver(2 * d);
  [solver.absoluteTolerance, solver.relativeTolerance] = [1e-10 / Math.sqrt(d), 1e-9];
  const began = performance.now();
  const { y } = solver.solve(
    (_t, y) => {
      let S = 0;
      for (let i = 0; i < d; i++) S += y[i]! * y[d + i]!;
      const pull = 2 * (xy - xx * S);
      return y.map((_, i) => pull * y[i < d ? d + i : i - d]!);
    },
    0,
    [...u, ...w],
    until,
  );
  const found = [0, 0, 0];
  for (let i = 0; i < d; i++) {
    found[0]! += y[i]! ** 2;
    found[1]! += y[d + i]! ** 2;
    found[2]! += y[i]! * y[d + i]!;
  }
  const seconds = (performance.now() - began) / 1000;
  const scale = Math.max(...expected.map(Math.abs));
  return { seconds, error: Math.max(...found.map((value, i) => Math.abs(value - expected[i]!))) / scale };
}

const cases = [100, 10_000, 1_000_000].flatMap((width) =>
  [1, 10].map((horizon) => {
    const weights = layers(width);
    const flow = exactFlow({ network: network(), task, initial: weights });
    const until = (horizon * 3) / flow.rate;
    const { uu, ww, uw } = flow.at(until);
    return { width, horizon, weights, until, expected: [uu, ww, uw], steps: 2000 * (width === 1e6 ? 0.05 : 1) };
  }),
);

const asked = cases.map(({ width, until, expected, steps }) => ({ width, until, expected, steps, xx, xy, u: a, w: [b, c] }));
const python = spawnSync("/usr/bin/python3", ["bench/peers.py"], {
  input: JSON.stringify(asked),
  encoding: "utf8",
  maxBuffer: 1e8,
});
const theirs =
  python.status === 0 ? (JSON.parse(python.stdout) as { readonly dop853: Answer; readonly descent: Answer }[]) : undefined;
if (theirs === undefined) console.log("python3 has no scipy: its columns are left out");

const show = (answer: Answer | undefined, seconds: number): string =>
  answer === undefined ? "–" : `${Number((answer.seconds / seconds).toPrecision(2))}× (${answer.error.toExponential(0)})`;
const row = (...cells: (string | number)[]): void => console.log(cells.map((cell) => String(cell).padStart(18)).join(""));
row("width", "until, in 1/ρ", "DOP853", "odex", "numpy descent");
for (const [i, { width, horizon, weights, until, expected }] of cases.entries()) {
  const seconds = ours(weights, until);
  // A million numbers in plain arrays, a stage an array, is not what odex is for.
  const odex = width > 10_000 ? undefined : byOdex(weights, until, expected);
  row(width, 3 * horizon, show(theirs?.[i]?.dop853, seconds), show(odex, seconds), show(theirs?.[i]?.descent, seconds));
}
