/**
 * What a call costs when a process makes it for the first time, beside what it costs later: every number the
 * least of several processes, as other work on the machine only adds. V8 first compiles a function, then
 * interprets it, and optimises it while it runs.
 *
 *     npm run bench:first
 */
import { execFileSync } from "node:child_process";
import {
  exactFlow,
  gaussianWeights,
  gradientDescent,
  network,
  regime,
  sample,
  taskFromMoments,
  type Weights,
} from "feature-learning";

const PROCESSES = 7;
const MILLION = 1_000_000;

/** Σu², Σw², Σuw in a plain loop: what any method costs at least. */
function pass(u: Float64Array, w: Float64Array): number {
  let uu = 0;
  let ww = 0;
  let uw = 0;
  for (let i = 0; i < u.length; i++) {
    uu += u[i]! * u[i]!;
    ww += w[i]! * w[i]!;
    uw += u[i]! * w[i]!;
  }
  return uu + ww + uw;
}

const sink = { value: 0 };

/** The times of calls, one by one, in milliseconds. */
function timesOf(count: number, call: () => number): number[] {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    sink.value += call();
    return performance.now() - start;
  });
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Layers without the library, so that nothing of it has run. */
function layers(width: number): Weights {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 48271) % 2147483647;
    return (seed / 2147483647 - 0.5) / Math.sqrt(width);
  };
  return { u: Float64Array.from({ length: width }, next), w: Float64Array.from({ length: width }, next) };
}

const problemOf = (initial: Weights) => ({ network: network(), task: taskFromMoments({ xx: 1, xy: 0.8, yy: 1 }), initial });

/**
 * What one process measures, in milliseconds: one fused pass at width 10⁶, the first call, and those after
 * it.
 */
interface Measured {
  readonly pass: number;
  readonly first: number;
  readonly later: readonly number[];
  /** Copying the two layers alone. */
  readonly copy?: number;
}

function measure(name: string): Measured {
  const large = layers(MILLION);
  const onePass = median(timesOf(40, () => pass(large.u, large.w)).slice(20));
  const split = ([first, ...later]: readonly number[], copy?: number): Measured => ({
    pass: onePass,
    first: first!,
    later,
    ...(copy === undefined ? {} : { copy }),
  });
  if (name === "exactFlow, width 10⁶") {
    const [copy] = timesOf(1, () => new Float64Array(large.u)[0]! + new Float64Array(large.w)[0]!);
    const problem = problemOf(large);
    return split(
      timesOf(30, () => exactFlow(problem).rate),
      copy,
    );
  }
  const width = name === "weights, width 10⁶" ? MILLION : 100;
  const problem = problemOf(width === MILLION ? large : gaussianWeights({ width, scale: 0.1, seed: 1 }));
  const flow = exactFlow(problem);
  const times = Float64Array.from({ length: 100 }, (_, i) => i / 10);
  const calls: Readonly<Record<string, () => number>> = {
    "weights, width 10⁶": () => flow.weights(1).u[0]!,
    "weights, width 100": () => flow.weights(1).u[0]!,
    "sample, 100 times": () => sample(flow, times).loss[99]!,
    "gradientDescent, 100 steps": () => gradientDescent(problem, { stepSize: 0.01, steps: 100 }).loss[100]!,
    regime: () => regime(flow).kernelChange,
  };
  return split(timesOf(width === MILLION ? 30 : 100, calls[name]!));
}

const [, file, asked] = process.argv;
if (asked !== undefined) {
  console.log(JSON.stringify(measure(asked)));
} else {
  const measured = (name: string): Measured[] =>
    Array.from({ length: PROCESSES }, () =>
      JSON.parse(execFileSync(process.execPath, [...process.execArgv, file!, name], { encoding: "utf8" })),
    );
  const show = (value: number): string => Number(value.toPrecision(2)).toString();
  const row = (name: string, ...cells: string[]): void =>
    console.log(name.padEnd(30) + cells.map((cell) => cell.padStart(14)).join(""));
  row("", "first", "first", "second", "later", "largest later");
  row("", "/pass", "/later", "/later", "/pass", "/later");
  const names = ["exactFlow, width 10⁶", "weights, width 10⁶", "weights, width 100", "sample, 100 times"];
  for (const name of [...names, "gradientDescent, 100 steps", "regime"]) {
    const all = measured(name);
    const least = (value: (one: Measured) => number): number => Math.min(...all.map(value));
    const later = least((one) => median(one.later));
    const onePass = least((one) => one.pass);
    row(
      name,
      show(least(({ first }) => first) / onePass),
      show(least(({ first }) => first) / later),
      show(least((one) => one.later[0]!) / later),
      show(later / onePass),
      // A call of microseconds is as long as what interrupts it.
      name.endsWith("10⁶") ? show(least((one) => Math.max(...one.later) / median(one.later))) : "–",
    );
    if (all[0]!.copy !== undefined) row("  of which copying the layers", show(least(({ copy }) => copy!) / onePass));
  }
}
