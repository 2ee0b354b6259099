/**
 * The largest singular value, by Lanczos' method on WᵀW with full reorthogonalisation from a fixed start.
 *
 *     WᵀW v_j = β_{j−1} v_{j−1} + α_j v_j + β_j v_{j+1}      σ₁² ≈ θ, the largest eigenvalue of the tridiagonal T
 *
 * It stops when the residual bounds the error of σ₁ by a relative 1e-6.
 */
import { isFloat32Array } from "../../door/typedArrays.ts";
import { type Floats, timesPower } from "./factor.ts";
import { kernelFor, SCRATCH } from "./kernel.ts";
import { makeRoom } from "./product.ts";

/**
 * The estimated relative error of σ₁² at which to stop. It is below the documented 1e-6, because the gap is
 * an estimate, too.
 */
const TOLERANCE = 1e-7;
const MOST_STEPS = 400;
/** Larger matrices, in bytes, are not copied for the kernel. */
const MOST_BYTES = 2 ** 30;

/** ‖W‖₂ of a matrix of finite numbers, row by row, to a relative 1e-6; 0 for a zero matrix. */
export function spectralNormOf(data: Floats, rows: number, columns: number): number {
  let top = 0;
  for (let i = 0; i < data.length; i++) top = Math.max(top, Math.abs(data[i]!));
  if (top === 0) return 0;
  const exponent = Math.floor(Math.log2(top));
  if (rows === 1 || columns === 1) return timesPower(length(data, exponent), exponent);
  const square = largestEigenvalue(normalOf(data, rows, columns, exponent), Math.min(rows, columns));
  return timesPower(Math.sqrt(square), exponent);
}

function length(data: Floats, exponent: number): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += timesPower(data[i]!, -exponent) ** 2;
  return Math.sqrt(sum);
}

/** x → WᵀWx·2^{−2·exponent}, or WWᵀx if that is shorter. The next call overwrites the result. */
type Normal = (x: Float64Array) => Float64Array;

function normalOf(data: Floats, rows: number, columns: number, exponent: number): Normal {
  const scale = Math.abs(exponent) < 100 ? 2 ** -exponent : undefined;
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  // The longer side down, each row at a stride.
  const put = (out: Floats, at: number, stride: number): void => {
    const [down, across] = columns <= rows ? [stride, 1] : [1, stride];
    for (let r = 0, from = 0; r < rows; r++) {
      for (let c = 0, to = at + r * down; c < columns; c++, from++, to += across)
        out[to] = scale === undefined ? timesPower(data[from]!, -exponent) : data[from]! * scale;
    }
  };
  const single = isFloat32Array(data);
  const bytes = single ? 4 : 8;
  const [width, height] = [short + (short % 2), 4 * Math.ceil(long / 4)];
  const [x, z] = [SCRATCH, SCRATCH + 8 * width];
  const matrix = z + 8 * width;
  const size = matrix + bytes * width * height;
  const kernel = size <= MOST_BYTES ? kernelFor(single ? "single" : "double") : undefined;
  if (kernel === undefined || !makeRoom(kernel, size)) {
    const W = new Float64Array(long * short);
    put(W, 0, short);
    return plainNormal(W, long, short);
  }
  const { buffer } = kernel.memory;
  const [W, vectors] = [new (single ? Float32Array : Float64Array)(buffer), new Float64Array(buffer)];
  W.fill(0, matrix / bytes, size / bytes);
  put(W, matrix / bytes, width);
  vectors[x / 8 + width - 1] = 0;
  return (vector) => {
    vectors.set(vector, x / 8);
    vectors.fill(0, z / 8, z / 8 + width);
    kernel.normal(matrix, x, z, height / 4, width / 2);
    return vectors.subarray(z / 8, z / 8 + short);
  };
}

/** The same by plain loops. */
function plainNormal(W: Float64Array, rows: number, columns: number): Normal {
  const z = new Float64Array(columns);
  return (x) => {
    z.fill(0);
    for (let r = 0, from = 0; r < rows; r++, from += columns) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += W[from + c]! * x[c]!;
      for (let c = 0; c < columns; c++) z[c]! += sum * W[from + c]!;
    }
    return z;
  };
}

function largestEigenvalue(multiply: Normal, size: number): number {
  const basis: Float64Array[] = [startVector(size)];
  const alpha: number[] = [];
  const beta: number[] = [];
  let theta = 0;
  for (let step = 0; step < Math.min(size, MOST_STEPS); step++) {
    const v = basis[step]!;
    const next = Float64Array.from(multiply(v));
    alpha.push(dot(v, next));
    // A single pass would lose orthogonality by a factor of 2 per step.
    for (let pass = 0; pass < 2; pass++) for (const u of basis) subtract(next, dot(u, next), u);
    const norm = Math.sqrt(dot(next, next));
    theta = topOf(alpha, beta);
    if (norm <= 1e-15 * theta) return theta;
    const residual = norm * lastComponent(alpha, beta, theta);
    const second = alpha.length > 1 ? topOf(alpha, beta, 1) : 0;
    const gap = theta - second - residual;
    if (Math.min(residual, gap > 0 ? residual ** 2 / gap : Infinity) <= TOLERANCE * theta) return theta;
    beta.push(norm);
    basis.push(next.map((value) => value / norm));
  }
  return theta;
}

/** A fixed irregular unit vector. */
function startVector(size: number): Float64Array {
  let state = 0x9e3779b9;
  const v = Float64Array.from({ length: size }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return (state >>> 0) / 2 ** 32 - 0.5;
  });
  const norm = Math.sqrt(dot(v, v));
  return norm > 0 ? v.map((value) => value / norm) : v.fill(1 / Math.sqrt(size));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(from: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i]! -= factor * vector[i]!;
}

/**
 * The largest eigenvalue of the tridiagonal matrix, or the next after `skip` of them, by bisection on Sturm
 * counts.
 */
function topOf(alpha: readonly number[], beta: readonly number[], skip = 0): number {
  let high = 0;
  for (let i = 0; i < alpha.length; i++) high = Math.max(high, alpha[i]! + Math.abs(beta[i - 1] ?? 0) + Math.abs(beta[i] ?? 0));
  let low = 0;
  for (let step = 0; step < 60 && high - low > 1e-16 * high; step++) {
    const middle = (low + high) / 2;
    if (countAbove(alpha, beta, middle) > skip) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** How many eigenvalues are above x. */
function countAbove(alpha: readonly number[], beta: readonly number[], x: number): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < alpha.length; i++) {
    pivot = alpha[i]! - x - (i === 0 ? 0 : beta[i - 1]! ** 2 / pivot);
    if (pivot === 0) pivot = -Number.MIN_VALUE;
    if (pivot > 0) count++;
  }
  return count;
}

/** |last component| of the unit eigenvector to θ, from below upwards, where it grows. */
function lastComponent(alpha: readonly number[], beta: readonly number[], theta: number): number {
  let [after, now, sum] = [0, 1, 1];
  for (let i = alpha.length - 1; i > 0; i--) {
    const before = ((theta - alpha[i]!) * now - (beta[i] ?? 0) * after) / beta[i - 1]!;
    [after, now] = [now, before];
    sum += before * before;
    if (sum > 1e200) return 0;
  }
  return 1 / Math.sqrt(sum);
}
