/**
 * Kernels and spectra of entries of any size: ratios agree with those of ordinary entries, and only results
 * that overflow are infinite.
 */
import { empiricalKernel, kernelMovement, kernelTargetAlignment, layerSpectrum } from "feature-learning/deep";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";

const random = seedrandom("kernels");
const table = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() + random() - 1));
const times = (matrix: number[][], factor: number): number[][] => matrix.map((row) => row.map((x) => x * factor));
const SIZES = [5e-324, 1e-310, 1e-300, 1e-200, 1e-160, 1e-100, 1, 1e100, 1e153, 1e160, 1e200, 1e307];

describe("the empirical kernel", () => {
  test("of large orthogonal gradients is zero off the diagonal", () => {
    const K = empiricalKernel([
      [1e160, 1e160],
      [1e160, -1e160],
    ]);
    expect(K.to2DArray()).toEqual([
      [Infinity, 0],
      [0, Infinity],
    ]);
  });

  test("is the product of sizes times that of ordinary gradients, sample by sample", () => {
    const J = table(4, 7);
    const K = empiricalKernel(J);
    let compared = 0;
    for (const a of SIZES) {
      for (const b of SIZES) {
        const sizes = [a, b, 1, b];
        const scaled = empiricalKernel(J.map((row, i) => row.map((x) => x * sizes[i]!)));
        for (let i = 0; i < 4; i++) {
          for (let j = 0; j < 4; j++) {
            const [p, q] = [sizes[i]!, sizes[j]!];
            const expected = K.get(i, j) * p * q;
            expect(scaled.get(i, j)).not.toBeNaN();
            // Subnormal gradients have lost digits themselves.
            if (Math.min(p, q) < 1e-300 || Math.abs(expected) < 1e-300) continue;
            if (Math.abs(expected) === Infinity) expect(scaled.get(i, j)).toBe(expected);
            else expect(Math.abs(scaled.get(i, j) / expected - 1)).toBeLessThan(1e-13);
            compared++;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(800);
  });

  test("sums products that are far apart, and those that overflow only on the way", () => {
    expect(
      empiricalKernel([
        [1e300, 1e-300, 0],
        [0, 1, 0],
      ]).get(0, 1),
    ).toBe(1e-300);
    expect(
      empiricalKernel([
        [1e200, 1e200, 3],
        [1e200, -1e200, 2],
      ]).get(1, 0),
    ).toBe(6);
    expect(
      empiricalKernel([
        [1e-200, 1e-200],
        [1e200, 1e200],
      ]).get(0, 1),
    ).toBeCloseTo(2, 14);
    expect(empiricalKernel([[1e-200]]).get(0, 0)).toBe(0);
  });
});

describe("the movement of a kernel", () => {
  test("is the same for kernels of any size, and a ratio of sizes between them", () => {
    const [A, B] = [empiricalKernel(table(5, 3)).to2DArray(), empiricalKernel(table(5, 3)).to2DArray()];
    const plain = kernelMovement(A, B);
    for (const size of SIZES) {
      const { distance, misalignment } = kernelMovement(times(A, size), times(B, size));
      const digits = size < 1e-307 ? Number.EPSILON ** 0.3 : 1e-13;
      if (size > 1e-320) expect(Math.abs(distance / plain.distance - 1)).toBeLessThan(digits);
      if (size > 1e-320) expect(Math.abs(misalignment - plain.misalignment)).toBeLessThan(digits);
      expect([distance, misalignment].some(Number.isNaN)).toBe(false);
      for (const other of SIZES) {
        const far = kernelMovement(times(A, size), times(B, other));
        expect([far.distance, far.misalignment].some(Number.isNaN)).toBe(false);
        if (Math.min(size, other) > 1e-301) expect(Math.abs(far.misalignment - plain.misalignment)).toBeLessThan(1e-13);
      }
    }
    expect(kernelMovement([[1e-200]], [[1e100]]).distance).toBeCloseTo(1e300, -288);
    expect(kernelMovement([[1e-200]], [[1e200]]).distance).toBe(Infinity);
    expect(kernelMovement([[1.7e308]], [[-1.7e308]]).distance).toBe(2);
    expect(
      kernelMovement(
        [
          [1e200, 0],
          [0, 1e200],
        ],
        [
          [2e200, 0],
          [0, 2e200],
        ],
      ),
    ).toEqual({ distance: 1, misalignment: 0 });
  });

  test("of a constant kernel, in numbers that no mean meets, has no misalignment", () => {
    for (const value of [0.1, 1 / 3, 1e-200, 1e300]) {
      const constant = Array.from({ length: 3 }, () => [value, value, value]);
      expect(kernelMovement(constant, empiricalKernel(table(3, 2)).to2DArray()).misalignment).toBe(0);
    }
  });
});

test("the alignment of kernel and targets does not depend on their size", () => {
  const K = empiricalKernel(table(5, 3)).to2DArray();
  const y = [1, -1, 0.5, 2, 0.1];
  const plain = kernelTargetAlignment(K, y);
  for (const size of SIZES.slice(2)) {
    for (const other of SIZES.slice(2)) {
      const found = kernelTargetAlignment(
        times(K, size),
        y.map((value) => value * other),
      );
      expect(Math.abs(found / plain - 1)).toBeLessThan(1e-13);
    }
  }
  expect(kernelTargetAlignment([[5e-324]], [5e-324])).toBe(1);
});

test("singular values of a layer scale with it, its ranks do not", () => {
  const layer = table(4, 6);
  layer.push(layer[0]!);
  const plain = layerSpectrum(layer);
  expect(plain.rank).toBe(4);
  for (const size of SIZES.slice(2)) {
    const { singularValues, rank, stableRank } = layerSpectrum(times(layer, size));
    expect(rank).toBe(4);
    expect(Math.abs(stableRank / plain.stableRank - 1)).toBeLessThan(1e-13);
    for (let a = 0; a < 4; a++) expect(Math.abs(singularValues[a]! / size / plain.singularValues[a]! - 1)).toBeLessThan(1e-12);
  }
  // √2·1.7e308 is no double; the ranks are still known.
  expect(layerSpectrum([[1.7e308, 1.7e308]])).toEqual({ singularValues: Float64Array.of(Infinity), rank: 1, stableRank: 1 });
});
