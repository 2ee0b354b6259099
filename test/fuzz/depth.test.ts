/**
 * Networks of any depth over 240 orders of magnitude, of numbers and of matrices: numbers at every time, or a
 * refusal of the library's own.
 */
import {
  type AnyFlow,
  alignedLayers,
  type DepthInitial,
  exactFlow,
  FeatureLearningError,
  halfLife,
  matrixTaskFromMoments,
  network,
  type Problem,
  plateau,
  regime,
  stability,
  taskFromMoments,
  timesTo,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { type Random, randomFrom } from "../../src/door/seeds.ts";

const EXPONENTS = [1, 10, 40, 120];
const PROBLEMS = Number(process.env["FUZZ_DEPTH"] ?? 80);

function drawnNumbers(i: number, random: Random): Problem<DepthInitial> {
  const exponent = EXPONENTS[i % EXPONENTS.length]!;
  const size = (range: number): number => 10 ** ((2 * random.uniform() - 1) * range);
  const sign = (): number => (random.uniform() < 0.5 ? -1 : 1);
  const kind = Math.floor(10 * random.uniform());
  const real = [1.2, 1.9999, 2.0001, 2.5, 7.3, 1000.5, Infinity];
  const depth = kind < 2 ? real[Math.floor(real.length * random.uniform())]! : 1 + Math.floor(random.uniform() ** 3 * 12);
  const [rootX, rootY] = [size(exponent / 2), size(exponent / 2)];
  const moments = {
    xx: kind === 9 && i % 2 === 0 ? 0 : rootX * rootX,
    xy: kind === 8 || (kind === 9 && i % 2 === 0) ? 0 : sign() * random.uniform() * rootX * rootY,
    yy: rootY * rootY,
  };
  const whole = Number.isInteger(depth);
  const rates = Array.from({ length: whole ? depth : 1 }, () => (random.uniform() < 0.05 ? 0 : size(exponent / 4)));
  const same = !whole || random.uniform() < 0.5;
  const gamma = sign() * size(exponent / 4);
  const output = (whole && depth > 0 ? sign() : Math.sign(gamma)) * size(exponent);
  const common = size(exponent / Math.max(1, rates.length));
  const layers = rates.map(() => {
    const which = random.uniform();
    return sign() * (which < 0.05 ? 0 : which < 0.5 ? common : size(exponent / rates.length));
  });
  return {
    network: network({
      depth,
      learningRates: same ? rates[0]! || 1 : rates,
      outputScale: gamma,
      loss: random.uniform() < 0.5 ? "mse" : "half-mse",
    }),
    task: taskFromMoments(moments),
    initial: !whole || (same && random.uniform() < 0.4) ? { output } : { layers },
  };
}

function drawnMatrices(i: number, random: Random): Problem {
  const exponent = EXPONENTS[i % EXPONENTS.length]! / 4;
  const size = (range: number): number => 10 ** ((2 * random.uniform() - 1) * range);
  const [k, m] = [1 + Math.floor(random.uniform() * 3), 1 + Math.floor(random.uniform() * 3)];
  const [x, y] = [size(exponent), size(exponent)];
  const entries = Array.from({ length: m * k }, () => (random.uniform() < 0.1 ? 0 : x * y * random.normal()));
  const xx = Matrix.eye(k, k).mul(x * x);
  const task = matrixTaskFromMoments({ xx, yx: Matrix.from1DArray(m, k, entries), yy: 1e3 * m * k * y * y });
  const depth = 1 + Math.floor(4 * random.uniform());
  const scale = Array.from({ length: depth }, () => (random.uniform() < 0.1 ? 0 : size(exponent)));
  const rates = Array.from({ length: depth }, () => (random.uniform() < 0.1 ? 0 : size(exponent)));
  const net = network({ depth, learningRates: rates, outputScale: (random.uniform() < 0.3 ? -1 : 1) * size(exponent) });
  return { network: net, task, initial: alignedLayers({ task, depth, width: 1 + (i % 5), scale, seed: i }) };
}

/** All numbers of a value, whatever it is made of. */
function numbersIn(value: unknown): readonly number[] {
  if (typeof value === "number") return [value];
  if (value instanceof Matrix) return value.to1DArray();
  if (Array.isArray(value) || value instanceof Float64Array) return Array.from(value as unknown[]).flatMap(numbersIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function check(problem: Problem, random: Random): "solved" | "refused" {
  let flow: AnyFlow & { readonly rates?: Float64Array };
  try {
    flow = exactFlow(problem);
  } catch (error) {
    if (error instanceof FeatureLearningError) return "refused";
    throw error;
  }
  const unit = 1 / (flow.rates?.[0] || 1);
  const times = [0, 5e-324, 1e-3, 0.1, 1, 3, 30, 1e3, 1e8, 1e30]
    .map((t) => t * unit)
    .concat(10 ** (600 * random.uniform() - 300), 1e300, Infinity)
    .filter((t) => !Number.isNaN(t));
  times.sort((a, b) => a - b);
  let before = Infinity;
  for (const t of times) {
    const now = flow.at(t);
    expect(numbersIn(now).some(Number.isNaN), `NaN at t = ${t}: ${JSON.stringify(now)}`).toBe(false);
    expect(now.excessLoss, `the loss rises at t = ${t}`).toBeLessThanOrEqual(before * (1 + 1e-9));
    before = now.excessLoss;
  }
  const middle = flow.at(unit);
  if (Number.isFinite(middle.outputSize) && Number.isFinite(middle.excessLoss))
    for (const target of [{ loss: middle.loss }, { excessLossFraction: random.uniform() }, { normProduct: middle.normProduct }])
      if (Number.isFinite(Object.values(target)[0]))
        for (const t of timesTo(flow, target)) expect(t, JSON.stringify(target)).toBeGreaterThanOrEqual(0);
  for (const verb of [() => halfLife(flow), () => plateau(flow), () => stability(problem), () => regime(flow)]) {
    try {
      const found = verb();
      const numbers = typeof found === "number" ? [found] : numbersIn(found);
      expect(numbers.some(Number.isNaN), JSON.stringify(found)).toBe(false);
    } catch (error) {
      if (!(error instanceof FeatureLearningError)) throw error;
    }
  }
  return "solved";
}

test.each([
  ["numbers", drawnNumbers, 1],
  ["matrices", drawnMatrices, 8],
] as const)(
  "of layers that are %s no value is NaN, no loss rises, and what is refused is refused properly",
  (name, draw, every) => {
    const random = randomFrom(`depth ${name} ${process.env["FUZZ_SEED"] ?? ""}`, "test");
    let solved = 0;
    const count = Math.ceil(PROBLEMS / every);
    for (let i = 0; i < count; i++) {
      let problem: Problem;
      try {
        problem = draw(i, random);
      } catch (error) {
        if (error instanceof FeatureLearningError) continue;
        throw error;
      }
      const started = performance.now();
      try {
        if (check(problem, random) === "solved") solved++;
      } catch (error) {
        throw new Error(`${(error as Error).message}\nin ${JSON.stringify(problem)}`);
      }
      expect(performance.now() - started, JSON.stringify(problem)).toBeLessThan(20_000);
    }
    expect(solved).toBeGreaterThan(0.8 * count);
  },
  600_000,
);
