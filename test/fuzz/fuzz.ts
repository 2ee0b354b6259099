/**
 * Random problems over most of the range of double precision: no NaN, no exception but FeatureLearningError,
 * ±Infinity only where the value is too large.
 */
import {
  type ExactFlow,
  exactFlow,
  network,
  type OneDirectionFlow,
  plateau,
  type Snapshot,
  sample,
  type Target,
  type Trajectory,
  taskFromMoments,
  timesTo,
  type WithWeights,
} from "feature-learning";
import seedrandom from "seedrandom";

/** What a run saw. */
export interface FuzzReport {
  readonly problems: number;
  readonly snapshots: number;
  readonly infinite: number;
  /** Targets that a flow was asked for, and how many of them are finite, so that they could be. */
  readonly targets: number;
  readonly asked: number;
  /** Each a sentence with the problem that broke, in JSON. */
  readonly failures: readonly string[];
}

/**
 * Decades to either side: up to the products that stay in range, and up to the ends of the range, subnormal
 * ones included.
 */
const EXPONENTS = [150, 323];

export function fuzz(problems: number, seed: string, progress?: (done: number) => void): FuzzReport {
  const random = seedrandom(seed);
  const failures: string[] = [];
  let snapshots = 0;
  let infinite = 0;
  let targets = 0;
  let asked = 0;

  for (let n = 0; n < problems && failures.length < 40; n++) {
    if (progress && n % 10_000 === 0) progress(n);
    const drawn = drawProblem();
    if (drawn === undefined) {
      n--;
      continue;
    }
    const fail = (what: string): unknown => failures.push(`${what}: ${JSON.stringify(drawn.description)}`);
    try {
      const flow = exactFlow(drawn.problem);
      const decays = flow.family === "decay";
      const times = drawTimes(flow);
      for (const t of times) checkAt(flow, t, fail);
      const columns = sample(flow, times);
      for (const [name, column] of Object.entries(columns)) {
        if (column instanceof Float64Array && column.some(Number.isNaN)) fail(`${name} is NaN`);
      }
      if (!decays) checkLaws(columns, fail);
      if (Number.isNaN(flow.rate) || Number.isNaN(flow.from) || !(flow.from <= 0)) fail(`rate ${flow.rate}, from ${flow.from}`);
      // Looking for targets takes thousands of looks at a decaying flow: see test/exact/decay.test.ts.
      if (!decays) checkInverse(flow, fail);
      const rest = exactFlow({ ...drawn.problem, initial: restartable(flow.at(times[1]!)) ?? drawn.problem.initial });
      checkAt(rest, times[0]!, fail);
    } catch (error) {
      fail(error instanceof Error ? `${error.name} ${error.message}` : String(error));
    }
  }
  return { problems, snapshots, infinite, targets, asked, failures };

  function drawProblem() {
    const exponent = EXPONENTS[random() < 0.6 ? 0 : 1]!;
    const size = (): number => Math.min(10 ** ((2 * random() - 1) * exponent), Number.MAX_VALUE);
    const sign = (): number => (random() < 0.5 ? -1 : 1);
    const kind = Math.floor(random() * 12);
    const rates = { u: kind === 0 ? 0 : size(), w: kind === 1 ? 0 : size() };
    const gamma = kind === 2 ? 0 : sign() * size();
    const width = 1 + Math.floor(random() * 4);
    // One size a layer, or one an entry.
    const layer = (zero: boolean): number[] => {
      const s = size();
      return Array.from({ length: width }, () => (zero ? 0 : sign() * (random() < 0.8 ? s * random() : size())));
    };
    const u = layer(kind === 3);
    const ratio = sign() * Math.sqrt(rates.w) * (1 / Math.sqrt(rates.u));
    const w = kind === 5 && rates.u > 0 ? u.map((x) => x * ratio) : layer(kind === 4);
    const [rootX, rootY] = [
      10 ** ((random() - 0.5) * Math.min(exponent, 306)),
      10 ** ((random() - 0.5) * Math.min(exponent, 306)),
    ];
    const correlation = kind === 6 ? 0 : kind === 7 ? sign() : sign() * random();
    const moments = {
      xx: kind === 8 ? 0 : rootX * rootX,
      xy: kind === 8 ? 0 : correlation * rootX * rootY,
      yy: rootY * rootY,
    };
    if (![...u, ...w].every(Number.isFinite)) return undefined;
    const weightDecay = drawDecay(rates, size);
    const description = { gamma, rates, moments, u, w, weightDecay };
    return {
      description,
      problem: {
        network: network({ outputScale: gamma, learningRates: rates, loss: random() < 0.5 ? "mse" : "half-mse", weightDecay }),
        task: taskFromMoments(moments),
        initial: { u, w },
      },
    };
  }

  /** None, or one that both layers feel at one pace. */
  function drawDecay(rates: { readonly u: number; readonly w: number }, size: () => number): number | { u: number; w: number } {
    if (random() < 0.9 || !(rates.u > 0 && rates.w > 0)) return 0;
    const pace = size();
    const [u, w] = [pace / rates.u, pace / rates.w];
    const inRange = [u, w, u * rates.u, w * rates.w].every((x) => x > 1e-300 && x < 1e300);
    return inRange && Math.abs(u * rates.u - w * rates.w) <= 4 * Number.EPSILON * pace ? { u, w } : 0;
  }

  function drawTimes(flow: WithWeights<OneDirectionFlow>): number[] {
    const scale = 10 ** (4 * random() - 2) / (flow.rate || 1);
    const backwards = Number.isFinite(flow.from) ? flow.from * random() : -scale;
    const times = [scale, 10 ** (600 * random() - 300), 0, 1e300, Infinity, 5e-324, backwards];
    return times.filter((t) => (!Number.isNaN(t) && t > flow.from) || t === 0);
  }

  function checkAt(flow: ExactFlow, t: number, fail: (what: string) => unknown): void {
    const snapshot = flow.at(t);
    snapshots++;
    for (const [name, value] of Object.entries(snapshot)) {
      if (Number.isNaN(value)) fail(`${name} is NaN at t = ${t}`);
      if (!Number.isFinite(value) && name !== "t" && name !== "balance") infinite++;
      if (misjudged(name, value, snapshot, flow.problem)) fail(`${name} is ${value} at t = ${t} in ${JSON.stringify(snapshot)}`);
    }
    if (flow.weights === undefined) return;
    const { u, w } = flow.weights(t);
    if (u.some(Number.isNaN) || w.some(Number.isNaN)) fail(`weights(${t}) has NaN`);
    const bound = Math.sqrt(Math.max(snapshot.uu, snapshot.ww));
    if (Number.isFinite(bound) && !(u.every(Number.isFinite) && w.every(Number.isFinite))) fail(`weights(${t}) is not finite`);
  }

  /** Training conserves area and balance, bit for bit, and never raises the loss. */
  function checkLaws({ t, area, balance, excessLoss }: Trajectory, fail: (what: string) => unknown): void {
    for (const [name, column] of Object.entries({ area, balance }))
      if (column.some((value) => value !== column[0])) fail(`${name} changes: ${column.join()}`);
    const order = Array.from(t.keys()).sort((a, b) => t[a]! - t[b]!);
    for (const [i, row] of order.slice(1).entries()) {
      const before = excessLoss[order[i]!]!;
      // The residual is right to ρt rounding errors, up to where it underflows, at ρt = 745.
      if (excessLoss[row]! > before * (1 + 1e-12)) fail(`excessLoss rises from ${before} to ${excessLoss[row]} at ${t[row]}`);
    }
  }

  function checkInverse(flow: WithWeights<OneDirectionFlow>, fail: (what: string) => unknown): void {
    const at = flow.at(10 ** (4 * random() - 3) / (flow.rate || 1));
    const wanted: Target[] = [
      { output: at.output },
      { kernel: at.kernel },
      { alignment: at.alignment },
      { excessLossFraction: random() },
    ];
    for (const target of wanted) {
      targets++;
      if (!Object.values(target).every(Number.isFinite)) continue;
      asked++;
      for (const t of timesTo(flow, target)) if (!(t >= 0)) fail(`timesTo(${JSON.stringify(target)}) has ${t}`);
    }
    const { xx, xy } = flow.problem.task;
    const fits = xy === 0 || (Number.isFinite(xy / xx) && Math.abs(xy / xx) > 1e-300);
    if (fits && Number.isNaN(plateau(flow))) fail("plateau is NaN");
  }
}

/**
 * The binary exponent of a field as its own definition gives it from the other fields; NaN where those
 * overflow.
 */
function exponentOf(name: string, s: Snapshot, { network, task }: ExactFlow["problem"]): number {
  const log = (x: number): number => (Number.isFinite(x) && x !== 0 ? Math.log2(Math.abs(x)) : NaN);
  const { u, w } = network.learningRates;
  switch (name) {
    case "output":
      return log(network.outputScale) + log(s.uw);
    case "kernel":
      // A norm that overflows can still carry a kernel that does not.
      if (![s.uu, s.ww].every((norm) => Number.isFinite(norm) && norm > 0)) return NaN;
      return 2 * log(network.outputScale) + Math.max(...[log(w) + log(s.uu), log(u) + log(s.ww)].filter((x) => !Number.isNaN(x)));
    case "excessLoss":
      return 2 * log(s.residual) - log(task.xx);
    case "normProduct":
      return (log(s.uu) + log(s.ww)) / 2;
    case "residual":
      return Number.isFinite(s.output) ? Math.max(log(task.xy), log(task.xx) + log(s.output)) : NaN;
    default:
      return NaN;
  }
}

/** ±Infinity or 0 that the field's definition contradicts. The factor of 16 is for terms that add up. */
function misjudged(name: string, value: number, s: Snapshot, problem: ExactFlow["problem"]): boolean {
  const exponent = exponentOf(name, s, problem);
  if (Number.isNaN(exponent)) return false;
  if (!Number.isFinite(value)) return exponent < 1020;
  return value === 0 && exponent > -1070 && name !== "residual";
}

/** The snapshot, if all that a start needs of it is finite. */
function restartable(s: Snapshot): Snapshot | undefined {
  const needed = [s.uu, s.ww, s.uw, s.area, s.residual, s.kernel, s.output];
  return needed.every(Number.isFinite) ? s : undefined;
}
