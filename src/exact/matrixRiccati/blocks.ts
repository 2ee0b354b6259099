/**
 * The balanced solution at one time, from the eigenvectors of F to weights: Y, the residual Σ − AC, and Q
 * where there is one hidden unit,
 *
 *     Y = V·r(1 − M)r·Vᵀ,    Q = V·r√G X/√(1 + |√G X|²)
 *     Σ − AC = Σⱼmin(sⱼ, ν)uⱼvⱼᵀ − (lower left block of V·r(D − M)r·Vᵀ)
 *
 * The diagonal of r(D − M)r is r²D − r²M where D has become small, and before that r²(1 − M) − (f + |f|),
 * which is exact at t = 0.
 */
import { Matrix } from "ml-matrix";
import {
  difference,
  multiply,
  negate,
  quotient,
  scale,
  squareRoot,
  sum,
  toNumber,
  type Wide,
  wide,
  ZERO,
} from "../../numerics/wide.ts";
import { type Bracket, balancedBracket } from "./bracket.ts";
import { type Early, early } from "./early.ts";
import type { Eigensystem, Eigenvector } from "./eigenvectors.ts";
import { balancedClocks, type EigenvalueClock } from "./matrixClock.ts";
import { nearEnd } from "./near.ts";

/** The eigenvectors of F, with their directions as matrices: inputs × right, outputs × left. */
interface BalancedFrame extends Eigensystem {
  readonly inputs: Matrix;
  readonly outputs: Matrix;
}

/** What both Y and the residual need at one time. */
export interface Moment {
  readonly t: number;
  readonly clocks: readonly EigenvalueClock[];
  /** √G X, a row for every eigenvector. */
  readonly H: readonly (readonly Wide[])[];
  /** M and 1 − M, computed once, when they are first asked for. */
  bracket(): Bracket;
}

export function momentOf({ vectors, exponent }: Eigensystem, t: number): Moment {
  const clocks = balancedClocks(
    vectors.map(({ f }) => f),
    exponent,
    t,
  );
  const H = vectors.map(({ x }: Eigenvector, a) => x.map((entry) => multiply(clocks[a]!.rootG, entry)));
  let known: Bracket | undefined;
  return {
    t,
    clocks,
    H,
    bracket: () => {
      known ??= balancedBracket(H);
      return known;
    },
  };
}

/** Y, (k + m) × (k + m). */
export function gramOf({ inputs, outputs, ...system }: BalancedFrame, { t, clocks, H, bracket }: Moment): Matrix {
  const start = early(system, clocks, H, t);
  if (start !== undefined) return assembled(inputs, outputs, ...earlyBlocks(start));
  const { M, learned } = bracket();
  const [CC, AC, AA] = [zeros(inputs, inputs), zeros(outputs, inputs), zeros(outputs, outputs)];
  forPairs(system, clocks, (a, b, size) => {
    const y = toNumber(multiply(size, a === b ? learned[a]! : negate(M[a]![b]!)));
    const [one, other] = [system.vectors[a]!, system.vectors[b]!];
    add(CC, one.right, other.right, one.cos * y * other.cos);
    add(AC, one.left, other.right, one.sin * y * other.cos);
    add(AA, one.left, other.left, one.sin * y * other.sin);
  });
  return assembled(inputs, outputs, CC, AC, AA);
}

/** CᵀC, AC, AAᵀ in the directions. */
function earlyBlocks({ inputs, outputs, inverse }: Early): [Matrix, Matrix, Matrix] {
  return [between(inputs, inverse, inputs), between(outputs, inverse, inputs), between(outputs, inverse, outputs)];
}

/** Y from its blocks in the directions. */
function assembled(inputs: Matrix, outputs: Matrix, CC: Matrix, AC: Matrix, AA: Matrix): Matrix {
  const [k, m] = [inputs.rows, outputs.rows];
  const Y = new Matrix(k + m, k + m);
  const lower = between(outputs, AC, inputs);
  Y.setSubMatrix(mirrored(between(inputs, CC, inputs)), 0, 0);
  Y.setSubMatrix(lower, k, 0);
  Y.setSubMatrix(lower.transpose(), 0, k);
  Y.setSubMatrix(mirrored(between(outputs, AA, outputs)), k, k);
  return Y;
}

/** Σ − AC, m × k. */
export function residualOf({ inputs, outputs, ...system }: BalancedFrame, moment: Moment): Matrix {
  const E = nearEnd(system.excess, system.exponent, moment.clocks) ?? excessAt(system, moment);
  const inner = zeros(outputs, inputs);
  // What decay leaves of Σ in the end.
  for (const { upper, left, right } of system.vectors)
    if (upper !== undefined) inner.set(left, right, scale(Math.min(upper.s, system.nu), system.exponent));
  for (const [a, one] of system.vectors.entries())
    for (const [b, other] of system.vectors.entries()) add(inner, one.left, other.right, -one.sin * E.get(a, b) * other.cos);
  return between(outputs, inner, inputs);
}

/** r(D − M)r. */
function excessAt(system: Eigensystem, { clocks, bracket }: Moment): Matrix {
  const { M, learned } = bracket();
  const E = Matrix.zeros(clocks.length, clocks.length);
  forPairs(system, clocks, (a, b, size) => {
    const { f } = system.vectors[a]!;
    if (a !== b) E.set(a, b, -toNumber(multiply(size, M[a]![b]!)));
    else if (f.hi > 0 && toNumber(clocks[a]!.D) < 0.5) E.set(a, a, toNumber(multiply(size, difference(clocks[a]!.D, M[a]![a]!))));
    else E.set(a, a, toNumber(multiply(size, learned[a]!)) - (f.hi > 0 ? scale(2 * f.hi, system.exponent) : 0));
  });
  return E;
}

/** Q, (k + m) × 1. */
export function layersOf({ inputs, outputs, ...system }: BalancedFrame, { t, clocks, H: rows }: Moment): Matrix {
  const start = early(system, clocks, rows, t);
  const [C, A] = [Matrix.zeros(inputs.columns, 1), Matrix.zeros(outputs.columns, 1)];
  if (start !== undefined) {
    const factor = Math.sqrt(start.inverse.get(0, 0));
    C.add(Matrix.mul(start.inputs, factor));
    A.add(Matrix.mul(start.outputs, factor));
  } else {
    const H = rows.map(([h]) => h ?? ZERO);
    const root = squareRoot(H.reduce((total, h) => sum(total, multiply(h, h)), wide(1)));
    for (const [a, { right, cos, left, sin }] of system.vectors.entries()) {
      const q = toNumber(multiply(clocks[a]!.r, quotient(H[a]!, root)));
      add(C, right, 0, cos * q);
      add(A, left, 0, sin * q);
    }
  }
  const Q = Matrix.zeros(inputs.rows + outputs.rows, 1);
  if (inputs.columns > 0) Q.setSubMatrix(inputs.mmul(C), 0, 0);
  if (outputs.columns > 0) Q.setSubMatrix(outputs.mmul(A), inputs.rows, 0);
  return Q;
}

/** Visits every pair of eigenvectors with the product of their r. */
function forPairs(
  { vectors }: Eigensystem,
  clocks: readonly EigenvalueClock[],
  visit: (a: number, b: number, size: Wide) => void,
): void {
  for (let a = 0; a < vectors.length; a++)
    for (let b = 0; b < vectors.length; b++) visit(a, b, multiply(clocks[a]!.r, clocks[b]!.r));
}

function zeros(left: Matrix, right: Matrix): Matrix {
  return Matrix.zeros(left.columns, right.columns);
}

function add(to: Matrix, row: number, column: number, value: number): void {
  if (row >= 0 && column >= 0) to.set(row, column, to.get(row, column) + value);
}

/** L·inner·Rᵀ; 0 where there is nothing between. */
function between(left: Matrix, inner: Matrix, right: Matrix): Matrix {
  if (inner.rows === 0 || inner.columns === 0) return Matrix.zeros(left.rows, right.rows);
  return left.mmul(inner).mmul(right.transpose());
}

/** Symmetric to the last bit, from what is so to rounding. */
function mirrored(matrix: Matrix): Matrix {
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < i; j++) matrix.set(j, i, matrix.get(i, j));
  return matrix;
}
