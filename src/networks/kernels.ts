/**
 * Empirical kernels of any network, and their change during training:
 *
 *     K = JJᵀ      ‖K − K₀‖_F/‖K₀‖_F      1 − CKA, CKA = ⟨HKH, HK₀H⟩/(‖HKH‖‖HK₀H‖), H = 1 − 11ᵀ/n
 *
 * The distance depends on the scale, CKA does not. Both are invariant under a common reordering of the
 * samples. [KornblithEtAl2019; JacotEtAl2018]
 *
 * Numbers are scaled by powers of two before they are squared or summed, so that entries of 10^±300 neither
 * overflow nor underflow.
 */

import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { reject } from "../door/arguments.ts";
import { type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { largestExponentOf } from "../numerics/norm.ts";
import { multiply, quotient, scale, sum, toNumber, type Wide, wide, ZERO } from "../numerics/wide.ts";
import { type LayerLike, readLayer } from "./tensor.ts";

/**
 * The empirical neural tangent kernel of a batch: K = JJᵀ, from the Jacobian of the outputs with respect to
 * all parameters.
 *
 * @param jacobian - One row per sample (or per sample and output), one column per parameter.
 * @returns K, a matrix of ml-matrix; ±Infinity only if an entry of K itself overflows.
 * @throws FeatureLearningError `"invalid-argument"`: not a matrix of finite numbers.
 *
 * @example
 * ```ts
 * import { empiricalKernel } from "feature-learning/deep";
 *
 * console.log(empiricalKernel([[1, 2], [0, 1]]).to2DArray()); // [ [ 5, 2 ], [ 2, 1 ] ]
 * ```
 */
export function empiricalKernel(jacobian: MatrixLike): Matrix {
  return named("empiricalKernel", () => kernelOfJacobian(readMatrix("jacobian", jacobian)));
}

/** K = JJᵀ of a checked Jacobian. */
export function kernelOfJacobian({ rows, columns, data }: Rows): Matrix {
  const J = Matrix.from1DArray(rows, columns, data);
  const K = J.mmul(J.transpose());
  const row = (i: number): Float64Array => data.subarray(i * columns, (i + 1) * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      if (!leftRange(K.get(i, j), row(i), row(j))) continue;
      const exact = wideDot(row(i), row(j));
      K.set(i, j, exact);
      K.set(j, i, exact);
    }
  }
  return K;
}

/** Products below this have lost digits to underflow. */
const SMALL = 2 ** -960;

/**
 * Whether a product or a sum overflowed in the computation of x·y = `found`, or relevant products
 * underflowed.
 */
function leftRange(product: number, x: Float64Array, y: Float64Array): boolean {
  if (Math.abs(product) >= SMALL) return !Number.isFinite(product);
  return Number.isNaN(product) || x.some((value, k) => value !== 0 && y[k] !== 0 && Math.abs(value * y[k]!) < SMALL);
}

/** x·y as a wide number, without overflow or underflow of intermediate results. */
function wideDot(x: Float64Array, y: Float64Array): number {
  let total: Wide = ZERO;
  for (let k = 0; k < x.length; k++) total = sum(total, multiply(wide(x[k]!), wide(y[k]!)));
  return toNumber(total);
}

/** The change of a kernel. */
export interface KernelMovement {
  /** ‖K − K₀‖_F/‖K₀‖_F. */
  readonly distance: number;
  /** 1 − CKA, in [0, 1] for kernels; 0 if only the scale changes, and for constant kernels. */
  readonly misalignment: number;
}

/**
 * The change between two empirical kernels on the same samples.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not square matrices of the same size, a first kernel
 * that is zero.
 *
 * @example
 * ```ts
 * import { kernelMovement } from "feature-learning/deep";
 *
 * const { distance, misalignment } = kernelMovement([[2, 0], [0, 1]], [[4, 0], [0, 2]]);
 * console.log(distance, misalignment < 1e-15); // 1 true
 * ```
 */
export function kernelMovement(before: MatrixLike, after: MatrixLike): KernelMovement {
  return named("kernelMovement", () => movementBetween(before, after));
}

/** The change between two values, which are checked to be kernels. */
export function movementBetween(before: unknown, after: unknown): KernelMovement {
  const [K0, K1] = [readKernel("before", before), readKernel("after", after)];
  if (K0.rows !== K1.rows) reject(`before is of ${K0.rows} samples and after of ${K1.rows}; pass kernels of the same samples`);
  const size = norm(K0.data);
  if (size.m === 0) reject("before is zero, so the relative change is undefined");
  const common = Math.max(largestExponentOf(K0.data), largestExponentOf(K1.data));
  const moved = norm(K1.data.map((x, i) => scale(x, -common) - scale(K0.data[i]!, -common)));
  const [a, b] = [centred(K0), centred(K1)];
  return {
    distance: toNumber(quotient(wide(moved.m, moved.e + common), size)),
    misalignment: a === undefined || b === undefined ? 0 : Math.max(0, 1 - dot(a, b)),
  };
}

/**
 * Kernel–target alignment yᵀKy/(‖K‖_F |y|²), in [−1, 1]: how well the kernel represents the targets.
 * [CristianiniEtAl2001]
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a square matrix, a different number of targets, a
 * kernel or targets that are all zeros.
 *
 * @example
 * ```ts
 * import { kernelTargetAlignment } from "feature-learning/deep";
 *
 * console.log(kernelTargetAlignment([[1, -1], [-1, 1]], [1, -1]).toFixed(12)); // 1.000000000000
 * ```
 */
export function kernelTargetAlignment(kernel: MatrixLike, targets: VectorLike): number {
  return named("kernelTargetAlignment", () => {
    const { rows, data } = readKernel("kernel", kernel);
    const y = readVector("targets", targets);
    if (y.length !== rows) reject(`targets are ${y.length} and the kernel is of ${rows} samples; pass one for each`);
    const [K, v] = [unit(data), unit(y)];
    if (K === undefined || v === undefined) reject("the kernel or the targets are all zeros; there is nothing to align");
    let total = 0;
    for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) total += v[i]! * K[i * rows + j]! * v[j]!;
    return total;
  });
}

/** The spectrum of a layer. */
export interface LayerSpectrum {
  /** Singular values, the largest first. */
  readonly singularValues: Float64Array;
  /** The number of singular values above rounding. */
  readonly rank: number;
  /** ‖W‖²_F/σ₁², between 1 and the rank: 1 for a layer of one direction. 0 for a zero layer. */
  readonly stableRank: number;
}

/**
 * The singular values of a layer, its rank and its stable rank. The kernel of a convolution is unfolded to a
 * matrix.
 *
 * @throws FeatureLearningError `"invalid-argument"`: not a matrix or tensor of finite numbers.
 *
 * @example
 * ```ts
 * import { layerSpectrum } from "feature-learning/deep";
 *
 * const { rank, stableRank } = layerSpectrum([[3, 0], [0, 4]]);
 * console.log(rank, stableRank); // 2 1.5625
 * ```
 */
export function layerSpectrum(layer: LayerLike): LayerSpectrum {
  return named("layerSpectrum", () => {
    const { outputs, inputs, taps, data } = readLayer("layer", layer);
    const columns = inputs.count * taps.count;
    const exact = Float64Array.from(data);
    const exponent = largestExponentOf(exact);
    const scaled = exact.map((value) => scale(value, -exponent));
    const svd = new SingularValueDecomposition(Matrix.from1DArray(outputs.count, columns, scaled), {
      computeLeftSingularVectors: false,
      computeRightSingularVectors: false,
      autoTranspose: true,
    });
    const values = Float64Array.from(svd.diagonal).sort().reverse();
    const largest = values[0]!;
    const rounding = Number.EPSILON * Math.max(outputs.count, columns) * largest;
    return {
      singularValues: values.map((value) => scale(value, exponent)),
      rank: values.filter((value) => value > rounding).length,
      stableRank: largest === 0 ? 0 : values.reduce((squares, value) => squares + (value / largest) ** 2, 0),
    };
  });
}

function readKernel(argument: string, value: unknown): Rows {
  const matrix = readMatrix(argument, value);
  if (matrix.rows !== matrix.columns)
    reject(`${argument} is of ${matrix.rows} rows and ${matrix.columns} columns; pass a square one`);
  return matrix;
}

/**
 * HKH/‖HKH‖_F, row by row; undefined for a kernel that is constant up to rounding, which centring turns into
 * zero.
 */
function centred({ rows: n, data }: Rows): Float64Array | undefined {
  const K = unit(data);
  if (K === undefined) return undefined;
  const mean = (value: (k: number) => number): number => {
    let total = 0;
    for (let k = 0; k < n; k++) total += value(k);
    return total / n;
  };
  const down = Float64Array.from({ length: n }, (_, j) => mean((i) => K[i * n + j]!));
  const across = Float64Array.from({ length: n }, (_, i) => mean((j) => K[i * n + j]!));
  const all = mean((i) => across[i]!);
  const centredEntries = K.map((x, at) => x - across[Math.floor(at / n)]! - down[at % n]! + all);
  return toNumber(norm(centredEntries)) > 4 * n * Number.EPSILON ? unit(centredEntries) : undefined;
}

/** √Σx², as a wide number. */
function norm(values: Float64Array): Wide {
  const exponent = largestExponentOf(values);
  return wide(Math.sqrt(values.reduce((squares, x) => squares + scale(x, -exponent) ** 2, 0)), exponent);
}

/** x/|x|; undefined for zeros. */
function unit(values: Float64Array): Float64Array | undefined {
  const exponent = largestExponentOf(values);
  const scaled = values.map((x) => scale(x, -exponent));
  const length = toNumber(norm(scaled));
  return length === 0 ? undefined : scaled.map((x) => x / length);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, x, i) => total + x * b[i]!, 0);
}
