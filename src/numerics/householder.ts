/**
 * The QR decomposition of a tall matrix by Householder's reflections, on columns in flat arrays,
 *
 *     A = QR      Q = H₁H₂…Hₙ      Hₖ = 1 − vₖvₖᵀ/vₖₖ      vₖ = x/|x| + eₖ,  x the part of column k from row k on
 *
 * [GolubVanLoan2013, §5.2]
 */
import { Matrix } from "ml-matrix";
import { normOf } from "./norm.ts";

/** A decomposition. Q is computed at first use, because it takes as long as R. */
export interface Decomposition {
  /** n×n, upper triangular. */
  readonly R: Matrix;
  /** The n orthonormal columns of Q. */
  readonly Q: () => readonly Float64Array[];
}

/** Decomposes a matrix A of m rows and n columns, m ≥ n. The columns are arrays, and are overwritten. */
export function decompose(columns: readonly Float64Array[]): Decomposition {
  const n = columns.length;
  const diagonal = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const v = columns[k]!.subarray(k);
    const norm = lengthOf(v);
    if (norm === 0) continue;
    const signed = v[0]! < 0 ? -norm : norm;
    for (let i = 0; i < v.length; i++) v[i] = v[i]! / signed;
    v[0]! += 1;
    reflectAll(v, columns, k + 1, n, k);
    diagonal[k] = -signed;
  }
  const R = new Matrix(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < j; i++) R.set(i, j, columns[j]![i]!);
    R.set(j, j, diagonal[j]!);
  }
  let cached: Float64Array[] | undefined;
  return {
    R,
    Q: () => {
      cached ??= orthogonalFactor(columns);
      return cached;
    },
  };
}

/** H₁…Hₙ applied to the first n axes. The vectors of the reflections are stored below the diagonal. */
function orthogonalFactor(columns: readonly Float64Array[]): Float64Array[] {
  const n = columns.length;
  const m = columns[0]!.length;
  const Q: Float64Array[] = [];
  for (let first = 0; first < n; first += BLOCK) {
    const count = Math.min(BLOCK, n - first);
    const axes = Array.from({ length: count }, () => new Float64Array(m));
    for (const [a, axis] of axes.entries()) axis[first + a] = 1;
    // The later reflections do not change these axes.
    for (let k = first + count - 1; k >= 0; k--) {
      const v = columns[k]!.subarray(k);
      if (v[0] !== 0) reflectAll(v, axes, 0, count, k);
    }
    Q.push(...axes);
  }
  return Q;
}

/** The number of columns that are reflected at a time. */
const BLOCK = 4;

/** x ← x − v(v·x)/v₀ for the columns from `first` to `end`, each from row k on. */
function reflectAll(v: Float64Array, columns: readonly Float64Array[], first: number, end: number, k: number): void {
  let j = first;
  for (; j + BLOCK <= end; j += BLOCK)
    reflectFour(
      v,
      columns[j]!.subarray(k),
      columns[j + 1]!.subarray(k),
      columns[j + 2]!.subarray(k),
      columns[j + 3]!.subarray(k),
    );
  for (; j < end; j++) reflect(v, columns[j]!.subarray(k));
}

function reflectFour(v: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array, d: Float64Array): void {
  let [p, q, r, s] = [0, 0, 0, 0];
  for (let first = 0; first < v.length; first += CHUNK) {
    const last = Math.min(v.length, first + CHUNK);
    let [x, y, z, w] = [0, 0, 0, 0];
    for (let i = first; i < last; i++) {
      const value = v[i]!;
      x += value * a[i]!;
      y += value * b[i]!;
      z += value * c[i]!;
      w += value * d[i]!;
    }
    p += x;
    q += y;
    r += z;
    s += w;
  }
  p /= -v[0]!;
  q /= -v[0]!;
  r /= -v[0]!;
  s /= -v[0]!;
  for (let i = 0; i < v.length; i++) {
    const value = v[i]!;
    a[i] = a[i]! + p * value;
    b[i] = b[i]! + q * value;
    c[i] = c[i]! + r * value;
    d[i] = d[i]! + s * value;
  }
}

function reflect(v: Float64Array, x: Float64Array): void {
  const share = -dot(v, x) / v[0]!;
  for (let i = 0; i < x.length; i++) x[i] = x[i]! + share * v[i]!;
}

/** |v|. A sum of squares within the bounds has lost nothing to overflow or underflow. */
function lengthOf(v: Float64Array): number {
  const square = dot(v, v);
  return square > LEAST_SQUARE && square < 1 / LEAST_SQUARE ? Math.sqrt(square) : normOf(v);
}

const LEAST_SQUARE = 2 ** -900;

/**
 * Sums are made of partial sums of this many terms, so that rounding grows with the square roots of both
 * counts.
 */
const CHUNK = 1024;

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let first = 0; first < a.length; first += CHUNK) total += dotOf(a, b, first, Math.min(a.length, first + CHUNK));
  return total;
}

function dotOf(a: Float64Array, b: Float64Array, first: number, end: number): number {
  let [p, q, r, s] = [0, 0, 0, 0];
  let i = first;
  for (; i + 4 <= end; i += 4) {
    p += a[i]! * b[i]!;
    q += a[i + 1]! * b[i + 1]!;
    r += a[i + 2]! * b[i + 2]!;
    s += a[i + 3]! * b[i + 3]!;
  }
  for (; i < end; i++) p += a[i]! * b[i]!;
  return p + q + (r + s);
}

/**
 * A bound on |R⁻¹|_F for an upper triangular R. |R⁻¹|_F is at least 1 over the least singular value of R.
 * Infinity if the diagonal contains a zero.
 */
export function inverseNorm(R: Matrix): number {
  const n = R.rows;
  let square = 0;
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(R.getRow(i)));
  // Row i of the inverse, from the last: (eᵢ − Σⱼ Rᵢⱼ·row j)/Rᵢᵢ.
  const inverse: Float64Array[] = [];
  for (let i = n - 1; i >= 0; i--) {
    const row = new Float64Array(n);
    const pivot = rows[i]![i]!;
    if (pivot === 0) return Infinity;
    row[i] = 1;
    for (let j = i + 1; j < n; j++) subtract(row, rows[i]![j]!, inverse[n - 1 - j]!, j);
    for (let j = i; j < n; j++) {
      row[j] = row[j]! / pivot;
      square += row[j]! * row[j]!;
    }
    inverse.push(row);
  }
  return Math.sqrt(square);
}

/** row ← row − factor·other, from `first` on. */
function subtract(row: Float64Array, factor: number, other: Float64Array, first: number): void {
  for (let j = first; j < row.length; j++) row[j] = row[j]! - factor * other[j]!;
}
