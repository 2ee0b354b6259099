/** Streams of different seeds and purposes neither coincide nor correlate, and are the same bits everywhere. */
import {
  alignedWeights,
  balancedWeights,
  gaussianLayers,
  gaussianOrderParameters,
  gaussianWeights,
  gradientDescent,
  lambdaBalancedLayers,
  network,
  parametrizations,
  type Seed,
  taskFromSamples,
} from "feature-learning";
import { ensemble, phaseDiagram, scalingLaw } from "feature-learning/sweep";
import { describe, expect, test } from "vitest";
import { hash128 } from "../../src/door/hash.ts";
import { randomFrom } from "../../src/door/seeds.ts";

const first = (seed: Seed, purpose = "test", ...indices: number[]): string => {
  const { uniform } = randomFrom(seed, purpose, ...indices);
  return `${uniform()} ${uniform()} ${uniform()} ${uniform()}`;
};

/** 10⁵ seeds, purposes and indices that a careless key would take for each other. */
function nasty(): [Seed, string, ...number[]][] {
  const seeds = new Set<Seed>();
  for (let n = 0; n < 30_000; n++) seeds.add(n);
  for (let n = 0; n < 20_000; n++) seeds.add(String(n));
  for (let n = 0; n < 5_000; n++)
    seeds
      .add(-n)
      .add(n / 1024)
      .add(2 ** 53 - n)
      .add(n * 1e300);
  for (const unit of ["1", "a", "ab", "\u0100", "\u0200", "\u0000", " ", "\ud800", "😀"])
    for (let count = 1; count <= 600; count++) seeds.add(unit.repeat(count));
  for (let code = 0; code < 0x10000; code += 7) seeds.add(String.fromCharCode(code));
  const all: [Seed, string, ...number[]][] = [...seeds].map((seed) => [seed, "test"]);
  for (let n = 0; n < 4_000; n++)
    all.push(
      ["1", "test", n],
      ["1", `test${n}`],
      [`1/${n}`, "test"],
      ["1", "test", 0, n],
      ["1", "test", (n + 1) * 2 ** 32],
      [1, "tes", n],
    );
  return all;
}

test("100,000 seeds that look alike give 100,000 streams", () => {
  const all = nasty();
  expect(all.length).toBeGreaterThan(100_000);
  const seen = new Map<string, unknown>();
  for (const [seed, purpose, ...indices] of all) {
    const key = first(seed, purpose, ...indices);
    expect(seen.get(key), `${JSON.stringify([seed, purpose, indices])} and the former`).toBeUndefined();
    seen.set(key, [seed, purpose, indices]);
  }
  expect(seen.size).toBe(all.length);
});

test.each([
  ["11", "111"],
  ["1", "11"],
  ["a", "aa"],
  ["\u0100", "\u0200"],
  ["", "\u0000"],
  ["1", 1],
] as [Seed, Seed][])("%j and %j are different seeds", (a, b) => {
  const draw = (seed: Seed): string => gaussianWeights({ width: 3, scale: 1, seed }).u.join();
  expect(draw(a)).not.toBe(draw(b));
});

test("a stream is pinned, bit for bit", () => {
  expect(hash128([1, 2, 3, 4, 5]).map((word) => word.toString(16))).toMatchInlineSnapshot(`
    [
      "fff1b096",
      "e84d835e",
      "5aa81d2d",
      "e9f8b0b2",
    ]
  `);
  expect(first(1)).toMatchInlineSnapshot(`"0.5554977563510485 0.06955227401609286 0.8147879320341684 0.47834253862379417"`);
});

/** The correlation of two columns. */
function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, value) => sum + value, 0) / n;
  const [p, q] = [mean(a), mean(b)];
  let [pq, pp, qq] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    pq += (a[i]! - p) * (b[i]! - q);
    pp += (a[i]! - p) ** 2;
    qq += (b[i]! - q) ** 2;
  }
  return pq / Math.sqrt(pp * qq);
}

describe("streams of one seed are independent of each other", () => {
  const n = 20_000;
  const normals = (seed: Seed, purpose = "test", ...indices: number[]): number[] => {
    const random = randomFrom(seed, purpose, ...indices);
    return Array.from({ length: n }, () => random.normal());
  };

  test("by purpose, by index, and of seeds that follow each other", () => {
    const streams = [
      normals(1),
      normals(2),
      normals("1"),
      normals(1, "mini-batches"),
      normals(1, "label noise"),
      normals(1, "ensemble", 0),
      normals(1, "ensemble", 1),
      normals(1, "ensemble", 2 ** 32),
      normals(1, "phase diagram", 0),
    ];
    let compared = 0;
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(n));
        compared++;
      }
    }
    expect(compared).toBe(36);
  });

  test("across seeds: the first number of 20,000 seeds, for two purposes and for neighbours", () => {
    const firsts = (purpose: string, shift = 0): number[] =>
      Array.from({ length: n }, (_, seed) => randomFrom(seed + shift, purpose).normal());
    const [a, b, next] = [firsts("mini-batches"), firsts("label noise"), firsts("mini-batches", 1)];
    for (const other of [b, next]) expect(Math.abs(correlation(a, other))).toBeLessThan(5 / Math.sqrt(n));
    // And they are standard normal: mean and variance.
    expect(Math.abs(a.reduce((sum, x) => sum + x, 0) / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(a.reduce((sum, x) => sum + x * x, 0) / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  test("initial weights of one seed by different functions", () => {
    const width = n;
    const draws = [
      gaussianWeights({ width, scale: 1, seed: 1 }).u,
      gaussianWeights({ width, scale: 1, seed: 1 }).w,
      gaussianLayers({ width, inputs: 1, scale: 1, seed: 1 }).u,
      alignedWeights({ width, scale: 1, seed: 1 }).u,
      balancedWeights({ width, scale: 1, seed: 1 }).u,
    ];
    for (const [i, a] of draws.entries())
      for (const b of draws.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(n));
    const entries = lambdaBalancedLayers({ width: 3, inputs: 3, outputs: 3, seed: 1 }).W2.to1DArray();
    expect(entries).not.toContain(draws[0]![0]);
  });

  test("label noise, mini-batches and initial weights of a descent", () => {
    const steps = 4_000;
    const sizes = [1, -1];
    const problem = {
      // Frozen output weights of 1: the noise of a step moves w by itself.
      network: network({ learningRates: { u: 0, w: 1 } }),
      task: taskFromSamples(sizes, [0, 0]),
      initial: { u: [1], w: [0] },
    };
    const noiseOf = (seed: Seed): number[] => {
      const { ww, uw } = gradientDescent(problem, { stepSize: 1e-9, steps, labelNoise: { std: 1, seed } });
      expect(ww.length).toBe(steps + 1);
      return Array.from({ length: steps }, (_, i) => uw[i + 1]! - uw[i]!);
    };
    const noise = noiseOf(1);
    const { u } = gaussianWeights({ width: steps, scale: 1, seed: 1 });
    expect(Math.abs(correlation(noise, u))).toBeLessThan(5 / Math.sqrt(steps));
    expect(Math.abs(correlation(noise, noiseOf("1")))).toBeLessThan(5 / Math.sqrt(steps));
    // Which sample a step sees: targets 0 and 1 on inputs 1 and −1.
    const { uw } = gradientDescent(
      { ...problem, task: taskFromSamples(sizes, [1, 0]) },
      { stepSize: 1e-9, steps, batch: { size: 1, seed: 1 } },
    );
    const seen = Array.from({ length: steps }, (_, i) => uw[i + 1]! - uw[i]!);
    expect(Math.abs(correlation(noise, seen))).toBeLessThan(5 / Math.sqrt(steps));
  });

  test("draws of ensembles, diagrams and scaling laws, and order parameters of the seed that looks like theirs", () => {
    const settings = { width: 10 };
    const draws = 2000;
    const of = (seed: Seed, start: "gaussian" | "wide" = "gaussian"): Float64Array =>
      Float64Array.from(
        ensemble({ of: "ensemble", settings, measure: ["initialOutput"], draws, seed, start }).values.data as Float64Array,
      );
    const own = Array.from({ length: draws }, (_, i) => gaussianOrderParameters({ width: 10, scale: 1, seed: `1/${i}` }).uw);
    const all = [of(1), of("1"), of(2), of(1, "wide"), own];
    for (const [i, a] of all.entries())
      for (const b of all.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(draws));
    const axis = (parameter: "width" | "scale") => ({ parameter, from: 1, to: 10, count: 2, spacing: "linear" }) as const;
    const grid = { of: "networks", x: axis("width"), y: axis("scale"), draws: 3, measure: ["initialOutput"] } as const;
    expect(phaseDiagram({ ...grid, seed: 1 }).fields).not.toEqual(phaseDiagram({ ...grid, seed: "1" }).fields);
    const law = (seed: Seed): number =>
      scalingLaw({
        parametrization: parametrizations.ntk,
        observable: "kernelChange",
        widths: [10, 100],
        draws: 3,
        seed,
      } as never).exponent;
    expect(law(1)).not.toBe(law("1"));
  });
});
