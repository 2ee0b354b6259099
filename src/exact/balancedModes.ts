/**
 * The modes of the balanced flow: F = [−λ/2·1, Σᵀ; Σ, λ/2·1] block by block from Σ's singular triples (s, u, v),
 *
 *     f = ±√(s² + λ²/4),    vectors (cos θ·v, sin θ·u) and (−sin θ·v, cos θ·u),    tan θ = (f + λ/2)/s = s/(f − λ/2)
 *
 * (the form of tan θ in which nothing cancels), and ∓λ/2 on what Σ does not see of the inputs and of the outputs. Of those null
 * spaces only the part that the start reaches is kept: elsewhere nothing is, and nothing comes.
 */
import type { Matrix } from "ml-matrix";
import { orthogonalColumns } from "../numerics/orthogonalColumns.ts";
import { hypot } from "../numerics/wide.ts";

/** An eigenvector of F and what the start has of it. */
export interface BalancedMode {
  /** Its eigenvalue. */
  readonly f: number;
  /** Column of `right` and its factor, or −1. */
  readonly right: number;
  readonly cos: number;
  /** Column of `left` and its factor, or −1. */
  readonly left: number;
  readonly sin: number;
  /** Its row of X = VᵀQ₀, one entry a hidden direction. */
  readonly x: Float64Array;
}

export interface BalancedModes {
  readonly modes: readonly BalancedMode[];
  /** Orthonormal input directions, by columns. */
  readonly right: readonly Float64Array[];
  /** Orthonormal output directions, by columns. */
  readonly left: readonly Float64Array[];
  /** √(s² + λ²/4), a singular value of Σ each, the largest first; then |λ|/2 once if Σ has a null space and λ ≠ 0. */
  readonly rates: readonly number[];
}

export function balancedModes(lambda: number, sigma: Matrix, Q0: Matrix): BalancedModes {
  const [m, k] = [sigma.rows, sigma.columns];
  const triples = singularTriples(sigma);
  const units = hiddenDirections(columnsOf(Q0));
  const inputs = units.map((unit) => unit.slice(0, k));
  const outputs = units.map((unit) => unit.slice(k));
  const right = triples.map(({ v }) => v);
  const left = triples.map(({ u }) => u);
  const modes: BalancedMode[] = [];
  const rates: number[] = [];
  for (const [j, { s, u, v }] of triples.entries()) {
    const f = hypot(s, lambda / 2);
    const long = f + Math.abs(lambda) / 2;
    const r = hypot(s, long);
    const [cos, sin] = lambda >= 0 ? [s / r, long / r] : [long / r, s / r];
    const p = inputs.map((unit) => dot(unit, v));
    const q = outputs.map((unit) => dot(unit, u));
    rates.push(f);
    modes.push({ f, right: j, left: j, cos, sin, x: Float64Array.from(p, (a, i) => cos * a + sin * q[i]!) });
    modes.push({ f: -f, right: j, left: j, cos: -sin, sin: cos, x: Float64Array.from(p, (a, i) => cos * q[i]! - sin * a) });
  }
  for (const { direction, x } of unseen(inputs, right, k))
    modes.push({ f: -lambda / 2, right: right.push(direction) - 1, cos: 1, left: -1, sin: 0, x });
  for (const { direction, x } of unseen(outputs, left, m))
    modes.push({ f: lambda / 2, right: -1, cos: 0, left: left.push(direction) - 1, sin: 1, x });
  if (lambda !== 0 && triples.length < Math.max(m, k)) rates.push(Math.abs(lambda) / 2);
  return { modes, right, left, rates: rates.sort((a, b) => b - a) };
}

interface Triple {
  readonly s: number;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

function singularTriples(sigma: Matrix): Triple[] {
  const tall = sigma.columns <= sigma.rows;
  const { columns, rotation } = orthogonalColumns(columnsOf(tall ? sigma : sigma.transpose()));
  const size = Math.max(...columns.map(norm));
  const found: Triple[] = [];
  for (const [j, column] of columns.entries()) {
    const s = norm(column);
    if (s <= 2 ** -50 * size) continue;
    const unit = column.map((x) => x / s);
    found.push(tall ? { s, u: unit, v: rotation[j]! } : { s, u: rotation[j]!, v: unit });
  }
  return found.sort((a, b) => b.s - a.s);
}

/** The hidden units, rotated until orthogonal: as many as the start has rank. */
function hiddenDirections(units: readonly Float64Array[]): Float64Array[] {
  if (units.length === 1) return [...units];
  const { columns } = orthogonalColumns(units);
  const size = Math.max(...columns.map(norm));
  return columns.filter((column) => norm(column) > 2 ** -50 * size);
}

/** The part of the units off the given directions: orthonormal directions, and the units' coordinates along each. */
function unseen(
  units: readonly Float64Array[],
  directions: readonly Float64Array[],
  dimension: number,
): { readonly direction: Float64Array; readonly x: Float64Array }[] {
  if (directions.length >= dimension) return [];
  const size = Math.max(0, ...units.map(norm));
  const rest = units.map((unit) => {
    const left = Float64Array.from(unit);
    for (let pass = 0; pass < 2; pass++)
      for (const direction of directions) {
        const share = dot(left, direction);
        for (let i = 0; i < left.length; i++) left[i]! -= share * direction[i]!;
      }
    return left;
  });
  const { columns, rotation } = orthogonalColumns(rest);
  const found: { direction: Float64Array; x: Float64Array }[] = [];
  for (const [j, column] of columns.entries()) {
    const length = norm(column);
    if (length > 2 ** -50 * size)
      found.push({ direction: column.map((x) => x / length), x: rotation[j]!.map((x) => x * length) });
  }
  return found;
}

function columnsOf(matrix: Matrix): Float64Array[] {
  return Array.from({ length: matrix.columns }, (_, j) =>
    Float64Array.from({ length: matrix.rows }, (__, i) => matrix.get(i, j)),
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function norm(a: Float64Array): number {
  return a.reduce(hypot, 0);
}
