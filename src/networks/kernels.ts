/**
 * Empirical kernels of any network, and how far they move:
 *
 *     K = JJᵀ      ‖K − K₀‖_F/‖K₀‖_F      1 − CKA, CKA = ⟨HKH, HK₀H⟩/(‖HKH‖‖HK₀H‖), H = 1 − 11ᵀ/n
 *
 * The distance sees a change of scale, CKA does not; neither sees a common reordering of the samples. [KornblithEtAl2019; JacotEtAl2018]
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../numerics/arrays.ts";
import { reject } from "../numerics/check.ts";
import { timesPower } from "./product/factor.ts";
import { type LayerLike, readLayer } from "./tensor.ts";

/**
 * The empirical neural tangent kernel of a batch: K = JJᵀ, from the Jacobian of the outputs with respect to all parameters.
 *
 * @param jacobian - A row a sample (or a sample's output), a column a parameter.
 * @returns K, a matrix of ml-matrix.
 * @throws FeatureLearningError `"invalid-argument"`: no matrix of finite numbers.
 *
 * @example
 * ```ts
 * import { empiricalKernel } from "feature-learning/deep";
 *
 * console.log(empiricalKernel([[1, 2], [0, 1]]).to2DArray()); // [ [ 5, 2 ], [ 2, 1 ] ]
 * ```
 */
export function empiricalKernel(jacobian: MatrixLike): Matrix {
  const { rows, columns, data } = readMatrix("empiricalKernel", "jacobian", jacobian);
  // Rows of one size, so that products neither overflow nor cancel as ∞ − ∞.
  const exponents = Array.from({ length: rows }, (_, i) => scaleToOne(data.subarray(i * columns, (i + 1) * columns)));
  const J = Matrix.from1DArray(rows, columns, data);
  const K = J.mmul(J.transpose());
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) K.set(i, j, timesPower(K.get(i, j), exponents[i]! + exponents[j]!));
  return K;
}

/** Multiplies by a power of two, so that the largest is about 1, and returns the exponent that undoes it. */
function scaleToOne(values: Float64Array): number {
  const largest = values.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
  if (largest === 0) return 0;
  const exponent = Math.floor(Math.log2(largest));
  for (let i = 0; i < values.length; i++) values[i] = timesPower(values[i]!, -exponent);
  return exponent;
}

/** How far a kernel has moved. */
export interface KernelMovement {
  /** ‖K − K₀‖_F/‖K₀‖_F. */
  readonly distance: number;
  /** 1 − CKA, in [0, 1] for kernels: 0 for a mere change of scale, and for constant kernels. */
  readonly misalignment: number;
}

/**
 * How far an empirical kernel has moved from another, on the same samples.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no square matrices of one size, a first kernel that is zero.
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
  const where = "kernelMovement";
  const [K0, K1] = [readKernel(where, "before", before), readKernel(where, "after", after)];
  if (K0.rows !== K1.rows)
    reject(where, `before is of ${K0.rows} samples and after of ${K1.rows}; pass kernels of the same samples`);
  if (norm(K0.data) === 0) reject(where, "before is zero; there is nothing to move from");
  // Each in a scale of its own; the difference in the scale of the larger.
  const [e0, e1] = [scaleToOne(K0.data), scaleToOne(K1.data)];
  const top = norm(K1.data) === 0 ? e0 : Math.max(e0, e1);
  const moved = norm(K1.data.map((x, i) => timesPower(x, e1 - top) - timesPower(K0.data[i]!, e0 - top)));
  const [a, b] = [centred(K0), centred(K1)];
  const norms = norm(a) * norm(b);
  return {
    distance: timesPower(moved / norm(K0.data), top - e0),
    misalignment: norms === 0 ? 0 : Math.max(0, 1 - dot(a, b) / norms),
  };
}

/**
 * Kernel–target alignment yᵀKy/(‖K‖_F |y|²), in [−1, 1]: how much the kernel already knows of the targets. [CristianiniEtAl2001]
 *
 * @throws FeatureLearningError `"invalid-argument"`: no square matrix, targets of another number, all zeros.
 *
 * @example
 * ```ts
 * import { kernelTargetAlignment } from "feature-learning/deep";
 *
 * console.log(kernelTargetAlignment([[1, -1], [-1, 1]], [1, -1]).toFixed(12)); // 1.000000000000
 * ```
 */
export function kernelTargetAlignment(kernel: MatrixLike, targets: VectorLike): number {
  const where = "kernelTargetAlignment";
  const { rows, data } = readKernel(where, "kernel", kernel);
  const y = readVector(where, "targets", targets);
  if (y.length !== rows) reject(where, `targets are ${y.length} and the kernel is of ${rows} samples; pass one for each`);
  scaleToOne(data);
  const [size, length] = [norm(data), norm(y)];
  if (size === 0 || length === 0) reject(where, "the kernel or the targets are all zeros; there is nothing to align");
  let sum = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) sum += (y[i]! / length) * data[i * rows + j]! * (y[j]! / length);
  return sum / size;
}

/** The spectrum of a layer. */
export interface LayerSpectrum {
  /** Singular values, the largest first. */
  readonly singularValues: Float64Array;
  /** How many are above rounding. */
  readonly rank: number;
  /** ‖W‖²_F/σ₁², between 1 and the rank: 1 for a layer of one direction. 0 for a zero layer. */
  readonly stableRank: number;
}

/**
 * The singular values of a layer, its rank and its stable rank; a convolution's kernel unfolded.
 *
 * @throws FeatureLearningError `"invalid-argument"`: no matrix or tensor of finite numbers.
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
  const { outputs, inputs, taps, data } = readLayer("layerSpectrum", "layer", layer);
  const columns = inputs.count * taps.count;
  const scaled = Float64Array.from(data);
  const exponent = scaleToOne(scaled);
  const svd = new SingularValueDecomposition(Matrix.from1DArray(outputs.count, columns, scaled), {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  const singularValues = Float64Array.from(svd.diagonal).sort().reverse();
  const largest = singularValues[0]!;
  const rounding = Number.EPSILON * Math.max(outputs.count, columns) * largest;
  return {
    singularValues: singularValues.map((value) => timesPower(value, exponent)),
    rank: singularValues.filter((value) => value > rounding).length,
    stableRank: largest === 0 ? 0 : singularValues.reduce((sum, value) => sum + (value / largest) ** 2, 0),
  };
}

function readKernel(where: string, argument: string, value: unknown): Rows {
  const matrix = readMatrix(where, argument, value);
  if (matrix.rows !== matrix.columns)
    reject(where, `${argument} is of ${matrix.rows} rows and ${matrix.columns} columns; pass a square one`);
  return matrix;
}

/** HKH, row by row. */
function centred({ rows: n, data }: Rows): Float64Array {
  const mean = (value: (k: number) => number): number => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += value(k);
    return sum / n;
  };
  const down = Float64Array.from({ length: n }, (_, j) => mean((i) => data[i * n + j]!));
  const across = Float64Array.from({ length: n }, (_, i) => mean((j) => data[i * n + j]!));
  const all = mean((i) => across[i]!);
  return data.map((x, at) => x - across[Math.floor(at / n)]! - down[at % n]! + all);
}

function norm(values: Float64Array): number {
  const largest = values.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
  return largest === 0 ? 0 : largest * Math.sqrt(values.reduce((sum, x) => sum + (x / largest) ** 2, 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
