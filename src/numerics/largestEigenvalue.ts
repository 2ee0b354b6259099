/**
 * The largest eigenvalue λ of a symmetric operator H that is given by its products Hv. In Lanczos's method, V
 * is an orthonormal basis of {v, Hv, H²v, …}, and the largest eigenvalue θ of VᵀHV rises to λ as the basis
 * grows. With the residual ρ = |Hx − θx| of its vector x and the gap to the next eigenvalue,
 *
 *     0 ≤ λ − θ ≤ min(ρ, ρ²/gap)
 *
 * New vectors are orthogonalised twice against all earlier ones. A full basis is replaced by its best vectors
 * and the residual. [GolubVanLoan2013]
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { randomFrom } from "../door/seeds.ts";

/** Writes Hv. */
export type Product = (v: Float64Array, out: Float64Array) => void;

/** An eigenvalue and its vector, of length 1. */
export interface Eigenpair {
  readonly value: number;
  readonly vector: Float64Array;
}

/** Operators up to this size are written out as matrices. */
const DENSE = 24;
/** Limits on the numbers in a basis, and on its vectors. */
const MOST_NUMBERS = 2 ** 24;
const MOST_VECTORS = 80;
const FEWEST_VECTORS = 16;
/** The error of the result relative to the operator's norm, in addition to the rounding of the products. */
const TOLERANCE = 1e-14;
const MOST_PRODUCTS = 5000;

/** The largest eigenvalue and its vector; 0 for an operator of size 0. */
export function largestEigenvalue(product: Product, size: number): Eigenpair {
  if (size === 0) return { value: 0, vector: new Float64Array(0) };
  return size <= DENSE ? ofMatrix(product, size) : byLanczos(product, size);
}

function ofMatrix(product: Product, size: number): Eigenpair {
  const unit = new Float64Array(size);
  const out = new Float64Array(size);
  const H = Matrix.zeros(size, size);
  for (let j = 0; j < size; j++) {
    unit[j] = 1;
    product(unit, out);
    unit[j] = 0;
    for (let i = 0; i < size; i++) {
      H.set(i, j, H.get(i, j) + out[i]! / 2);
      H.set(j, i, H.get(j, i) + out[i]! / 2);
    }
  }
  const { values, columns } = eigenOf(H, size);
  return { value: values[0]!, vector: Float64Array.from(columns[0]!) };
}

function byLanczos(product: Product, size: number): Eigenpair {
  const vectors = Math.min(size, MOST_VECTORS, Math.max(FEWEST_VECTORS, Math.floor(MOST_NUMBERS / size)));
  const basis = Array.from({ length: vectors + 1 }, () => new Float64Array(size));
  const projected = Matrix.zeros(vectors, vectors);
  const random = randomFrom(1, "first vector");
  basis[0]!.set(Float64Array.from({ length: size }, () => random.normal()));
  normalize(basis[0]!);
  let count = 0;
  let check = 6;
  for (let products = 1; ; products++) {
    const next = basis[count + 1]!;
    product(basis[count]!, next);
    count++;
    const nextLength = orthogonalize(next, basis, count, projected);
    const full = count === vectors;
    const last = count === size || products === MOST_PRODUCTS;
    if (!full && !last && count < check && nextLength > 0) continue;
    check = Math.ceil(1.3 * count);
    const { values, columns } = eigenOf(projected, count);
    const residual = nextLength * Math.abs(columns[0]![count - 1]!);
    const gap = Math.max(values[0]! - (values[1] ?? -Infinity), residual);
    const norm = Math.max(Math.abs(values[0]!), Math.abs(values[count - 1]!));
    const converged = !(Math.min(residual, (residual / gap) * residual) > TOLERANCE * norm);
    if (converged || last) return { value: values[0]!, vector: combined(basis, columns[0]!) };
    if (full) {
      count = restart(basis, projected, values, columns, vectors);
      check = count + 6;
    }
  }
}

/**
 * Removes from `next` its components along the first `count` vectors, scales it to length 1, and returns the
 * length that it had; 0 if only rounding error remains. The components are written to the new column of
 * `projected`.
 */
function orthogonalize(next: Float64Array, basis: readonly Float64Array[], count: number, projected: Matrix): number {
  const before = lengthOf(next);
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      const part = dot(basis[i]!, next);
      subtract(next, basis[i]!, part);
      const total = (pass === 0 ? 0 : projected.get(i, count - 1)) + part;
      projected.set(i, count - 1, total);
      projected.set(count - 1, i, total);
    }
  }
  const length = normalize(next);
  return length > 8 * Number.EPSILON * before ? length : 0;
}

/** Eigenvalues of the leading block, the largest first, and their vectors. */
function eigenOf(projected: Matrix, count: number): { values: number[]; columns: number[][] } {
  const block = projected.subMatrix(0, count - 1, 0, count - 1);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(block, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  return { values: order.map((i) => realEigenvalues[i]!), columns: order.map((i) => eigenvectorMatrix.getColumn(i)) };
}

/**
 * Keeps the best vectors of a full basis and its residual. Returns the number of vectors kept besides the
 * residual.
 */
function restart(
  basis: Float64Array[],
  projected: Matrix,
  values: readonly number[],
  columns: readonly (readonly number[])[],
  vectors: number,
): number {
  const kept = Math.max(4, Math.floor(vectors / 4));
  const best = columns.slice(0, kept).map((column) => combined(basis, column));
  projected.mul(0);
  for (const [i, vector] of best.entries()) {
    basis[i]!.set(vector);
    projected.set(i, i, values[i]!);
  }
  basis[kept]!.set(basis[vectors]!);
  return kept;
}

/** Σᵢ columnᵢ basisᵢ. */
function combined(basis: readonly Float64Array[], column: readonly number[]): Float64Array {
  const sum = new Float64Array(basis[0]!.length);
  for (const [i, share] of column.entries()) subtract(sum, basis[i]!, -share);
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtract(from: Float64Array, vector: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= times * vector[i]!;
}

function lengthOf(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function normalize(a: Float64Array): number {
  const length = lengthOf(a);
  if (length > 0) for (let i = 0; i < a.length; i++) a[i]! /= length;
  return length;
}
