/** Products of layers and their spectral norms: against plain loops, by every code path, over the whole range of doubles. */
import fc from "fast-check";
import { gaussianWeights } from "feature-learning";
import { empiricalKernel, kernelMovement, layerOverlap, layerSpectrum, recordLayers } from "feature-learning/deep";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Factor } from "../../src/networks/product/factor.ts";
import { kernelFor } from "../../src/networks/product/kernel.ts";
import { productNorm } from "../../src/networks/product/product.ts";
import { spectralNormOf } from "../../src/networks/product/spectralNorm.ts";
import { expectWithin, pinned } from "../support/problems.ts";

/** Normally distributed numbers that depend on the seed alone. */
const numbers = (count: number, seed: number): Float64Array => gaussianWeights({ width: count, scale: 1, seed }).u;

/** ‖W₂W₁‖_F by the definition, W₂ of `rows` × `depth`, W₁ of `depth` × `columns`. */
function naive(outer: ArrayLike<number>, inner: ArrayLike<number>, rows: number, depth: number, columns: number): number {
  let squares = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0; i < depth; i++) sum += outer[r * depth + i]! * inner[i * columns + c]!;
      squares += sum * sum;
    }
  return Math.sqrt(squares);
}

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  depth: fc.integer({ min: 1, max: 90 }),
  columns: fc.integer({ min: 1, max: 70 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

describe("the product of two layers", () => {
  test("is that of plain loops, in double precision", () => {
    fc.assert(
      fc.property(sizes, ({ rows, depth, columns, seed }) => {
        const [u, w] = [numbers(rows * depth, seed), numbers(depth * columns, seed + 1)];
        const { uu, ww, uw } = layerOverlap({ shape: [rows, depth], data: u }, { shape: [depth, columns], data: w });
        // The rounding of sums of `depth` products.
        expectWithin(Math.abs(uw - naive(u, w, rows, depth, columns)), 1e-13 * Math.sqrt(uu * ww), "uw");
      }),
      pinned(41),
    );
  });

  test("is right in single precision for large layers given as single-precision numbers", () => {
    const [rows, depth, columns] = [130, 700, 90];
    const [u, w] = [Float32Array.from(numbers(rows * depth, 1)), Float32Array.from(numbers(depth * columns, 2))];
    const { uw } = layerOverlap({ shape: [rows, depth], data: u }, { shape: [depth, columns], data: w });
    // Single precision rounds each product by 6e-8; the errors of a norm of 11,700 entries average out.
    expectWithin(Math.abs(uw / naive(u, w, rows, depth, columns) - 1), 1e-7, "uw");
  });

  test("of many inputs and outputs through few neurons is found through their Gram matrices", () => {
    for (const depth of [1, 2, 3]) {
      const [u, w] = [numbers(400 * depth, depth), numbers(depth * 300, depth + 9)];
      const { uw } = layerOverlap({ shape: [400, depth], data: u }, { shape: [depth, 300], data: w });
      expectWithin(Math.abs(uw / naive(u, w, 400, depth, 300) - 1), 1e-12, `depth ${depth}`);
    }
  });

  test("of orthogonal layers is as small as rounding, though their Gram matrices cancel", () => {
    const rows = 300;
    // Every row of W₂ is (a, a), every column of W₁ (b, −b).
    const u = Float64Array.from({ length: rows * 2 }, (_, k) => 1 + Math.floor(k / 2));
    const w = Float64Array.from({ length: 2 * rows }, (_, k) => (k < rows ? k + 1 : -(k - rows + 1)));
    expect(layerOverlap({ shape: [rows, 2], data: u }, { shape: [2, rows], data: w }).uw).toBe(0);
  });

  test("of the taps of a convolution is that of its unfolded kernel", () => {
    const [outputs, depth, taps, columns] = [12, 20, 9, 33];
    const [u, w] = [numbers(outputs * depth * taps, 3), numbers(depth * columns, 4)];
    const unfolded = Float64Array.from({ length: outputs * taps * depth }, (_, k) => {
      const [row, i] = [Math.floor(k / depth), k % depth];
      return u[(Math.floor(row / taps) * depth + i) * taps + (row % taps)]!;
    });
    const { uw } = layerOverlap({ shape: [outputs, depth, 3, 3], data: u }, { shape: [depth, columns], data: w });
    expectWithin(Math.abs(uw / naive(unfolded, w, outputs * taps, depth, columns) - 1), 1e-13, "uw");
  });

  test("is right to rounding for numbers of any size, and never NaN", () => {
    expect(layerOverlap([[1e160]], [[1]])).toEqual({ uu: Infinity, ww: 1, uw: 1e160 });
    expect(layerOverlap([[1e308, 1e308]], [[1e308], [-1e308]])).toEqual({ uu: Infinity, ww: Infinity, uw: 0 });
    expect(layerOverlap([[5e-324]], [[1e300]]).uw).toBe(5e-324 * 1e300);
    expect(layerOverlap([[1e-300]], [[1e-10]]).uw / 1e-310 - 1).toBeCloseTo(0, 12);
    expect(layerOverlap([[1e200, 1e-200]], [[1e-250], [1e150]]).uw / 2e-50 - 1).toBeCloseTo(0, 12);
    expect(layerOverlap([[0, 0]], [[1], [2]])).toEqual({ uu: 0, ww: 5, uw: 0 });
    const powers = fc.integer({ min: -1070, max: 1020 });
    fc.assert(
      fc.property(fc.array(fc.tuple(powers, powers), { minLength: 1, maxLength: 5 }), (pairs) => {
        const { uu, ww, uw } = layerOverlap(
          [pairs.map(([a]) => 2 ** a)],
          pairs.map(([, b]) => [2 ** b]),
        );
        for (const value of [uu, ww, uw]) expect(value).not.toBeNaN();
        // All terms are positive powers of two: nothing cancels.
        const exact = pairs.reduce((sum, [a, b]) => sum + 2 ** (a + b), 0);
        if (exact > 0 && exact < Infinity) expectWithin(Math.abs(uw / exact - 1), exact < 1e-300 ? 1 : 1e-14, "uw");
      }),
      pinned(42),
    );
  });

  test("is the same without WebAssembly, where a policy forbids it", async () => {
    expect(kernelFor("double"), "this machine has WebAssembly with vectors").toBeDefined();
    const [rows, depth, columns] = [50, 60, 40];
    const [u, w] = [numbers(rows * depth, 5), numbers(depth * columns, 6)];
    const layers = [
      { shape: [rows, depth], data: u },
      { shape: [depth, columns], data: w },
    ] as const;
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const fresh = await import("../../src/networks/layerOverlap.ts");
    const spectral = await import("../../src/networks/product/spectralNorm.ts");
    const { kernelFor: kernelNow } = await import("../../src/networks/product/kernel.ts");
    expect(kernelNow("double")).toBeUndefined();
    expectWithin(Math.abs(fresh.layerOverlap(...layers).uw / layerOverlap(...layers).uw - 1), 1e-14, "uw");
    expectWithin(Math.abs(spectral.spectralNormOf(u, rows, depth) / spectralNormOf(u, rows, depth) - 1), 1e-12, "‖W‖");
  });
  afterEach(() => vi.unstubAllGlobals());

  test("of a slice in any strides is that of its copy", () => {
    const data = numbers(30 * 40, 7);
    // The transpose of columns 5 to 14 of a 30 × 40 matrix, as the outer layer.
    const outer: Factor = {
      data,
      offset: 5,
      neurons: { count: 30, stride: 40 },
      free: [
        { count: 10, stride: 1 },
        { count: 1, stride: 0 },
      ],
    };
    const copy = Float64Array.from({ length: 10 * 30 }, (_, k) => data[(k % 30) * 40 + 5 + Math.floor(k / 30)]!);
    const w = numbers(30 * 20, 8);
    const inner: Factor = {
      data: w,
      offset: 0,
      neurons: { count: 30, stride: 20 },
      free: [
        { count: 20, stride: 1 },
        { count: 1, stride: 0 },
      ],
    };
    const found = productNorm(outer, inner);
    expectWithin(Math.abs(found / naive(copy, w, 10, 30, 20) - 1), 1e-14, "uw");
  });
});

describe("spectral norms", () => {
  test("are the largest singular values to a relative 1e-6", () => {
    let compared = 0;
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 3, noNaN: true }), ({ rows, columns, seed }, spike) => {
        const W = numbers(rows * columns, seed);
        for (let k = 0; k < W.length; k++) W[k]! += spike / (1 + Math.floor(k / columns) + (k % columns));
        const exact = layerSpectrum({ shape: [rows, columns], data: W }).singularValues[0]!;
        expectWithin(Math.abs(spectralNormOf(W, rows, columns) / exact - 1), 1e-6, "double");
        expectWithin(Math.abs(spectralNormOf(Float32Array.from(W), rows, columns) / exact - 1), 1.1e-6, "single");
        compared++;
      }),
      pinned(43),
    );
    expect(compared).toBeGreaterThan(90);
  });

  test("of zero, of one entry, and of numbers of any size", () => {
    expect(spectralNormOf(new Float64Array(12), 3, 4)).toBe(0);
    expect(spectralNormOf(Float64Array.of(-3), 1, 1)).toBe(3);
    expect(spectralNormOf(Float64Array.of(3e300, 4e300), 1, 2)).toBe(5e300);
    for (const scale of [1e-310, 1e-200, 1e200])
      expect(spectralNormOf(Float64Array.of(3 * scale, 0, 0, scale), 2, 2) / (3 * scale)).toBeCloseTo(1, 6);
  });
});

describe("kernels of any size", () => {
  test("have no NaN where squares overflow", () => {
    expect(
      empiricalKernel([
        [1e160, 1e160],
        [1e160, -1e160],
      ]).to2DArray(),
    ).toEqual([
      [Infinity, 0],
      [0, Infinity],
    ]);
    for (const scale of [1e-200, 1, 1e200]) {
      const { distance, misalignment } = kernelMovement(
        [
          [2 * scale, 0],
          [0, scale],
        ],
        [
          [4 * scale, 0],
          [0, 2 * scale],
        ],
      );
      expect(distance).toBeCloseTo(1, 12);
      expect(misalignment).toBeLessThan(1e-14);
    }
  });
});

describe("recordLayers", () => {
  test("takes as long for each of many steps as for the first, and gives the same for layers that stand still", () => {
    const recorder = recordLayers();
    const still = [[1, 2]];
    for (let step = 0; step < 4000; step++) recorder.record(step, { inner: [[1 + step], [1]], outer: still });
    const { uw } = recorder.trajectories()["outer·inner"]!;
    expect(uw.length).toBe(4000);
    expect(uw[3999]).toBe(4002);
  });
});
