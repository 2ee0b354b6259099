/** Deep networks' layers, kernels and files. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { FeatureLearningError, gaussianWeights, orderParameters } from "feature-learning";
import {
  empiricalKernel,
  kernelMovement,
  kernelTargetAlignment,
  layerOverlap,
  layerSpectrum,
  readNpy,
  readNpz,
  readSafetensors,
  recordLayers,
} from "feature-learning/deep";
import { Matrix, QrDecomposition } from "ml-matrix";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { expectWithin, pinned } from "../support/problems.ts";

const FIXTURES = "test/networks/fixtures";
const matrices = (rows: number, columns: number, seed: number): Matrix =>
  Matrix.from1DArray(rows, columns, gaussianWeights({ width: rows * columns, scale: 1, seed }).u);
const rotation = (n: number, seed: number): Matrix => new QrDecomposition(matrices(n, n, seed)).orthogonalMatrix;

describe("layer overlaps", () => {
  test("of width-d vectors they are uu, ww and |uw|", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (width, seed) => {
        const { u, w } = gaussianWeights({ width, scale: { u: 2, w: 0.3 }, seed });
        const { uu, ww, uw } = orderParameters({ u, w });
        const found = layerOverlap(
          [Array.from(u)],
          Array.from(w, (x) => [x]),
        );
        expectWithin(Math.abs(found.uu - uu), 1e-14 * uu, "uu");
        expectWithin(Math.abs(found.ww - ww), 1e-14 * ww, "ww");
        expectWithin(Math.abs(found.uw - Math.abs(uw)), 1e-14 * Math.sqrt(uu * ww), "uw");
      }),
      pinned(111),
    );
  });

  test("do not change when neurons are rotated, nor inputs or outputs; and are ‖W₂W₁‖, however shaped", () => {
    for (let seed = 0; seed < 30; seed++) {
      const [out, d, inputs] = [1 + (seed % 5), 2 + (seed % 7), 1 + (seed % 11)];
      const [W2, W1] = [matrices(out, d, seed), matrices(d, inputs, seed + 100)];
      const plain = layerOverlap(W2, W1);
      expect(plain.uw).toBeCloseTo(W2.mmul(W1).norm(), 12);
      const R = rotation(d, seed + 200);
      const turned = layerOverlap(
        rotation(out, seed + 300)
          .mmul(W2)
          .mmul(R.transpose()),
        R.mmul(W1).mmul(rotation(inputs, seed + 400)),
      );
      for (const name of ["uu", "ww", "uw"] as const) expect(turned[name]).toBeCloseTo(plain[name], 11);
    }
  });

  test("in every kind of array, and of convolutions unfolded", () => {
    const [W2, W1] = [matrices(2, 3, 1), matrices(3, 4, 2)];
    const expected = layerOverlap(W2, W1);
    const data = W1.to1DArray();
    // Squares are summed in the order in which an array keeps them.
    for (const inner of [
      W1.to2DArray(),
      ndarray(Float64Array.from(data), [3, 4]),
      { shape: [3, 4], data },
      { shape: [3, 4, 1, 1], data },
      ndarray(Float64Array.from(data), [3, 2, 2, 1]),
    ])
      for (const name of ["uu", "ww", "uw"] as const)
        expect(Math.abs(layerOverlap(W2, inner as never)[name] / expected[name] - 1)).toBeLessThan(1e-15);
    // A convolution's taps are outputs of their own to the layer that feeds it.
    const taps = matrices(4, 3, 3);
    const kernel = {
      shape: [2, 3, 2],
      data: [0, 2].flatMap((row) => [0, 1, 2].flatMap((i) => [taps.get(row, i), taps.get(row + 1, i)])),
    };
    expect(layerOverlap(kernel, W1).uw).toBeCloseTo(taps.mmul(W1).norm(), 12);
  });

  test("layers that are not adjacent, or no layers, are refused", () => {
    for (const [run, message] of [
      [() => layerOverlap([[1, 2]], [[1]]), /outer has 2 inputs and inner 1 outputs/],
      [() => layerOverlap([[NaN]], [[1]]), /outer\[0\]\[0\] is NaN|outer\[0\] is NaN/],
      [() => layerOverlap({ shape: [2], data: [1, 2] }, [[1]]), /shape \[2\]/],
      [() => layerOverlap({ shape: [2, 2], data: [1, 2] }, [[1]]), /has 2 numbers for the shape \[2,2\]/],
      [() => layerOverlap(3 as never, [[1]]), /outer is 3/],
      [() => recordLayers().trajectories(), /nothing has been recorded/],
    ] as const) {
      expect(run).toThrow(FeatureLearningError);
      expect(run).toThrow(message);
    }
  });
});

describe("kernels", () => {
  const K = empiricalKernel(matrices(6, 20, 5));
  test("scaled, the distance is the scale's and CKA sees nothing", () => {
    for (const factor of [0.5, 2, 10]) {
      const { distance, misalignment } = kernelMovement(K, K.clone().mul(factor));
      expect(distance).toBeCloseTo(Math.abs(factor - 1), 12);
      expect(misalignment).toBeLessThan(1e-14);
    }
  });

  test("neither changes with the order of the samples; CKA not with a constant added to the kernel", () => {
    const other = empiricalKernel(matrices(6, 20, 6));
    const plain = kernelMovement(K, other);
    const order = [3, 1, 5, 0, 2, 4];
    const shuffled = kernelMovement(K.selection(order, order), other.selection(order, order));
    expect(shuffled.distance).toBeCloseTo(plain.distance, 12);
    expect(shuffled.misalignment).toBeCloseTo(plain.misalignment, 12);
    expect(kernelMovement(K, other.clone().add(3)).misalignment).toBeCloseTo(plain.misalignment, 12);
    expect(plain.misalignment).toBeGreaterThan(0.01);
  });

  test("a kernel of the targets alone is aligned with them", () => {
    const y = [1, -2, 0.5];
    expect(
      kernelTargetAlignment(
        y.map((a) => y.map((b) => a * b)),
        y,
      ),
    ).toBeCloseTo(1, 14);
    expect(
      kernelTargetAlignment(
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
        y,
      ),
    ).toBeCloseTo(1 / Math.sqrt(3), 14);
  });

  test("spectra: rank and stable rank", () => {
    const one = Matrix.columnVector([1, 2, 3]).mmul(Matrix.rowVector([1, -1]));
    expect(layerSpectrum(one)).toMatchObject({ rank: 1 });
    expect(layerSpectrum(one).stableRank).toBeCloseTo(1, 12);
    expect(
      layerSpectrum([
        [0, 0],
        [0, 0],
      ]),
    ).toMatchObject({ rank: 0, stableRank: 0 });
  });
});

/** A safetensors file by the format's own rules. */
function safetensors(tensors: Record<string, { dtype: string; shape: number[]; bytes: Uint8Array }>): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: { format: "pt" }, ...header }));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, file.length - at);
    at -= bytes.length;
  }
  return file;
}
const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

describe("files", () => {
  const layer = Array.from({ length: 12 }, (_, i) => i / 8 - 0.5);
  test.each(["float64", "float32", "float16", "fortran", "big-endian"])("numpy's %s.npy", (name) => {
    expect(readNpy(readFileSync(`${FIXTURES}/${name}.npy`))).toEqual({ shape: [3, 4], data: Float64Array.from(layer) });
  });

  test("numpy's four axes, and its .npz", () => {
    const { shape, data } = readNpy(readFileSync(`${FIXTURES}/convolution.npy`));
    expect([shape, data[47]]).toEqual([[2, 3, 4, 2], 47 / 16 - 1]);
    const arrays = readNpz(readFileSync(`${FIXTURES}/step-100.npz`));
    expect(Object.keys(arrays)).toEqual(["fc1.weight", "fc1.bias", "fc2.weight"]);
    expect(arrays["fc1.weight"]).toEqual({ shape: [2, 1], data: Float64Array.of(3, 0) });
  });

  test("safetensors of every precision", () => {
    const file = safetensors({
      a: { dtype: "F32", shape: [2, 1], bytes: f32(1.5, -2) },
      b: { dtype: "BF16", shape: [2], bytes: Uint8Array.of(0x80, 0x3f, 0x20, 0xc0) },
      c: { dtype: "F16", shape: [2], bytes: Uint8Array.of(0x00, 0x3c, 0x01, 0x00) },
      d: { dtype: "F64", shape: [], bytes: new Uint8Array(Float64Array.of(Math.PI).buffer) },
      steps: { dtype: "I64", shape: [1], bytes: new Uint8Array(8) },
    });
    const read = readSafetensors(file);
    expect(Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, [...data]]))).toEqual({
      a: [1.5, -2],
      b: [1, -2.5],
      c: [1, 2 ** -24],
      d: [Math.PI],
    });
  });

  test("a safetensors file by another writer, from Python", () => {
    const read = readSafetensors(readFileSync(`${FIXTURES}/numpy.safetensors`));
    expect(Object.keys(read)).toEqual(["fc1.weight", "fc2.weight"]);
    expect(read["fc1.weight"]).toEqual({ shape: [3, 4], data: Float64Array.from(layer) });
    const transposed = [0, 4, 8, 1, 5, 9].map((i) => layer[i]!);
    expect(read["fc2.weight"]).toEqual({ shape: [2, 3], data: Float64Array.from(transposed) });
  });

  test("broken ones are refused by file and tensor", () => {
    const sound = safetensors({ a: { dtype: "F32", shape: [2], bytes: f32(1, 2) } });
    const wrong = safetensors({ a: { dtype: "F32", shape: [3], bytes: f32(1, 2) } });
    const diverged = safetensors({ a: { dtype: "F32", shape: [2], bytes: f32(1, NaN) } });
    const npy = readFileSync(`${FIXTURES}/float64.npy`);
    for (const [run, message] of [
      [() => readSafetensors(sound.slice(0, 5), "run"), /run has 5 bytes/],
      [() => readSafetensors(sound.slice(0, 20), "run"), /run is truncated, or not a safetensors file/],
      [() => readSafetensors(sound.slice(0, -1), "run"), /run, tensor a, ends at byte .* truncated/],
      [() => readSafetensors(wrong, "run"), /tensor a, has 8 bytes for the shape \[3\] of F32/],
      [() => readSafetensors(diverged, "run"), /run, tensor a, has NaN at 1/],
      [() => readSafetensors(new Uint8Array(npy), "x"), /x is truncated, or not a safetensors file/],
      [() => readSafetensors("x" as never), /bytes is "x"/],
      [() => readNpy(new Uint8Array(npy.subarray(0, 150)), "x.npy"), /x\.npy has .* bytes for the shape \[3,4\]/],
      [() => readNpy(new Uint8Array(npy.subarray(0, 60)), "x.npy"), /ends within its header/],
      [() => readNpy(sound, "x.npy"), /does not begin like a \.npy/],
      [() => readNpy(readFileSync(`${FIXTURES}/integers.npy`), "x.npy"), /is of dtype i64/],
      [
        () => readNpz(readFileSync(`${FIXTURES}/step-0.npz`).subarray(0, 300), "x.npz"),
        /x\.npz is not a zip archive, or is truncated/,
      ],
    ] as const) {
      expect(run).toThrow(FeatureLearningError);
      expect(run).toThrow(message);
    }
  });
});
