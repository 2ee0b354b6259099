import {
  alignedWeights,
  balancedWeights,
  exactFlow,
  fromLayers,
  gaussianOrderParameters,
  gaussianWeights,
  mirrored,
  network,
  orderParameters,
  taskFromMoments,
} from "feature-learning";
import { Matrix } from "ml-matrix";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const EPS = Number.EPSILON;

describe("initial weights", () => {
  test("a seed gives the same numbers, another seed others", () => {
    const draw = (seed: string | number) => gaussianWeights({ width: 100, scale: { u: 1, w: 2 }, seed });
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a").u).not.toEqual(draw("b").u);
    // Pinned: a change here is a change of everybody's initial weights.
    expect(Array.from(draw(1).u.subarray(0, 3), (x) => x.toPrecision(12))).toMatchInlineSnapshot(`
      [
        "0.940729963451",
        "-1.05271358028",
        "0.618873998562",
      ]
    `);
  });

  test("Gaussian layers have the standard deviations asked for", () => {
    const { u, w } = gaussianWeights({ width: 100_000, scale: { u: 0.5, w: 3 }, seed: 9 });
    const deviation = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
    // 1/√(2·10⁵) is one standard error.
    expect(Math.abs(deviation(u) / 0.5 - 1)).toBeLessThan(4 / Math.sqrt(2e5));
    expect(Math.abs(deviation(w) / 3 - 1)).toBeLessThan(4 / Math.sqrt(2e5));
  });

  test.each([1, 0.5, 0, -0.3, -1])("aligned layers have cos ζ = %s and norms in the ratio of their scales", (alignment) => {
    const { uu, ww, uw } = orderParameters(alignedWeights({ width: 50, scale: { u: 2, w: 0.1 }, alignment, seed: 3 }));
    expect(Math.abs(uw / Math.sqrt(uu * ww) - alignment)).toBeLessThan(8 * EPS);
    expect(Math.abs(Math.sqrt(ww / uu) - 0.05)).toBeLessThan(8 * EPS);
  });

  test("balanced layers are balanced neuron by neuron, for the network's rates, and remain so", () => {
    const learningRates = { u: 0.5, w: 3 };
    const weights = balancedWeights({ width: 40, scale: 0.3, learningRates, seed: 4 });
    const gaps = (u: Float64Array, w: Float64Array): number[] => Array.from(u, (x, i) => x ** 2 / 0.5 - w[i]! ** 2 / 3);
    expect(Math.max(...gaps(weights.u, weights.w).map(Math.abs))).toBeLessThan(4 * EPS);
    expect(new Set(Array.from(weights.u, (x, i) => Math.sign(x * weights.w[i]!))).size).toBe(2);
    const flow = exactFlow({
      network: network({ learningRates }),
      task: taskFromMoments({ xx: 1, xy: 1, yy: 1 }),
      initial: weights,
    });
    const later = flow.weights(3);
    expect(Math.max(...gaps(later.u, later.w).map(Math.abs))).toBeLessThan(64 * EPS);
  });

  test("a mirrored network begins at f = 0 exactly, at any width", () => {
    for (const width of [1, 63, 64, 129, 1000]) {
      const weights = gaussianWeights({ width, scale: 1, seed: width });
      const twice = orderParameters(mirrored(weights));
      const once = orderParameters(weights);
      expect(twice.uw).toBe(0);
      expect(Math.abs(twice.uu / once.uu - 2)).toBeLessThan(8 * EPS);
      const reduced = mirrored(once);
      expect(reduced.uw).toBe(0);
      expect(Math.abs(reduced.area! / twice.area - 1)).toBeLessThan(16 * EPS);
    }
  });

  test("layers trained elsewhere come in any kind of array", () => {
    const rows = [
      [1, 0],
      [0, 2],
      [3, 4],
    ];
    const expected = { u: Float64Array.of(5, 6, 7), w: Float64Array.of(0.6, 1.6, 5) };
    const flat = Float32Array.from(rows.flat());
    expect(fromLayers(rows, [5, 6, 7], [3, 4])).toEqual(expected);
    expect(fromLayers(new Matrix(rows), new Matrix([[5, 6, 7]]), Float64Array.of(0.6, 0.8))).toEqual(expected);
    expect(fromLayers(ndarray(flat, [3, 2]), ndarray([5, 6, 7]), [6, 8])).toEqual(expected);
    const transposed = ndarray(Float64Array.of(1, 0, 3, 0, 2, 4), [2, 3]).transpose(1, 0);
    expect(fromLayers(transposed, [[5, 6, 7]], new Matrix([[3], [4]]))).toEqual(expected);
  });
});

describe("order parameters drawn from their law", () => {
  test("have the moments of those of Gaussian weights", () => {
    const width = 7;
    const scale = { u: 0.5, w: 2 };
    const draws = 4000;
    const mean = (draw: (seed: number) => number): [number, number] => {
      let total = 0;
      let squares = 0;
      for (let seed = 0; seed < draws; seed++) {
        const x = draw(seed);
        total += x;
        squares += x * x;
      }
      const m = total / draws;
      return [m, Math.sqrt((squares / draws - m * m) / draws)];
    };
    const observables: ((p: { uu: number; ww: number; uw: number; area: number }) => number)[] = [
      (p) => p.uu,
      (p) => p.ww,
      (p) => p.uw,
      (p) => p.uw ** 2,
      (p) => p.area,
      (p) => p.uu * p.ww,
      (p) => Math.abs(p.uw) / Math.sqrt(p.uu * p.ww),
    ];
    for (const observable of observables) {
      const [a, ea] = mean((seed) => observable(orderParameters(gaussianWeights({ width, scale, seed }))));
      const [b, eb] = mean((seed) => observable(gaussianOrderParameters({ width, scale, seed })));
      // 14 comparisons at 4 standard errors: a chance of 1e-3, and the seeds are pinned.
      expect(Math.abs(a - b)).toBeLessThan(4 * Math.hypot(ea, eb));
    }
  });

  test("concentrate at any width, and span no area at width 1", () => {
    for (const width of [1e6, 1e12, 1e15]) {
      const scale = { u: 1 / Math.sqrt(width), w: 1 };
      const { uu, ww, uw, area } = gaussianOrderParameters({ width, scale, seed: 8 });
      expect(Math.abs(uu - 1)).toBeLessThan(5 * Math.sqrt(2 / width) + 4 * EPS);
      expect(Math.abs(ww / width - 1)).toBeLessThan(5 * Math.sqrt(2 / width) + 4 * EPS);
      expect(Math.abs(uw)).toBeLessThan(5);
      expect(Math.abs(area / Math.sqrt(uu * ww - uw * uw) - 1)).toBeLessThan(8 * EPS);
    }
    expect(gaussianOrderParameters({ width: 1, scale: 1, seed: 1 }).area).toBe(0);
  });
});

describe("orderParameters", () => {
  test("keeps the area of nearly parallel layers, which uu·ww − uw² loses", () => {
    const u = Float64Array.of(1, 1, 1, 1);
    for (const tilt of [1e-3, 1e-8, 1e-12]) {
      const w = Float64Array.of(1 + tilt, 1 - tilt, 1 + tilt, 1 - tilt);
      const seen = (w[0]! - w[1]!) / 2;
      const { area } = orderParameters({ u, w });
      expect(Math.abs(area / (4 * seen) - 1)).toBeLessThan(8 * EPS);
    }
  });

  test("is right for weights whose squares overflow or underflow", () => {
    const { uu, ww, uw, area } = orderParameters({ u: [3e150, 0], w: [1e-150, 2e-150] });
    expect(uu / 9e300).toBeCloseTo(1, 14);
    expect(ww / 5e-300).toBeCloseTo(1, 14);
    expect(uw).toBeCloseTo(3, 14);
    expect(area).toBeCloseTo(6, 14);
  });

  test("does not add up rounding over a million neurons", () => {
    const u = new Float64Array(1e6).fill(0.1);
    expect(Math.abs(orderParameters({ u, w: u }).uu / (1e6 * 0.1 * 0.1) - 1)).toBeLessThan(4 * EPS);
  });
});
