/**
 * A step of any {@link Tableau}, its error, and the polynomial between its ends. All buffers are allocated
 * once.
 */
import type { Tableau } from "./tableau.ts";

/** ẏ = f(t, y), and the units of its errors. */
export interface System {
  readonly dimension: number;
  /** Writes f(t, y) to `out`. */
  readonly derivative: (t: number, y: Float64Array, out: Float64Array) => void;
  /** The size that errors are relative to, the largest weight at time t; by default the largest |yᵢ|. */
  readonly size?: (y: Float64Array, t: number) => number;
  /** The change of the largest weight per change of y at time t; 1 by default, if y consists of weights. */
  readonly unit?: (y: Float64Array, t: number) => number;
  /**
   * Whether f may have kinks or jumps, which error estimates can miss. The polynomial of a step is then also
   * compared with f.
   */
  readonly rough?: boolean;
  /**
   * Whether f does not depend on t and may be stiff, as where one layer decays and the other does not: after
   * many short steps the system is then integrated by implicit ones.
   */
  readonly mayBeStiff?: boolean;
  /** Writes ∂fᵢ/∂yⱼ at y to out[i·n + j]; by default found by differences, exact for cubic f. */
  readonly jacobian?: (y: Float64Array, out: Float64Array) => void;
  /** How to decide whether the system is at rest; by default as for a gradient flow in y. */
  readonly rest?: RestingSystem;
}

/** A system near rest: a gradient flow ẏ = −D ∇Φ(y) with a diagonal D, possibly with schedules. */
export interface RestingSystem {
  /**
   * Writes the diagonal of D, up to a factor, to `out`; 0 for components that follow from others. 1 by
   * default.
   */
  readonly metric?: (y: Float64Array, out: Float64Array) => void;
  /** Writes f without its schedules to `out`; f itself by default. */
  readonly derivative?: (y: Float64Array, out: Float64Array) => void;
  /** The future change of the largest weight because f depends on t, if y is at rest at t; 0 by default. */
  readonly hidden?: (t: number, y: Float64Array) => number;
  /** Writes the remaining integral of each component's schedule, ∫ₜ^∞ s, to `out`; Infinity by default. */
  readonly left?: (t: number, out: Float64Array) => void;
}

export interface Stepper {
  /** The state at the end of the last attempt. */
  readonly next: Float64Array;
  /** f at the beginning of the step, after `begin` or `accept`. */
  readonly slope: Float64Array;
  /** f at the end of the last attempt. */
  readonly endSlope: Float64Array;
  /** Evaluations of f so far. */
  evaluations: number;
  /** Starts at (t, y). */
  begin(t: number, y: Float64Array): void;
  /** Steps from (t, y) to `next` at t + h. Returns the largest component of the error. */
  attempt(t: number, y: Float64Array, h: number): number;
  /** Accepts the last attempt, whose end is the beginning of the next step. */
  accept(): void;
  /** Makes the polynomial of the last attempt. */
  connect(t: number, y: Float64Array, h: number): void;
  /** Writes y at t + xh, 0 ≤ x ≤ 1, to `out`. */
  between(y: Float64Array, x: number, out: Float64Array): void;
  /**
   * After `connect`: h times the largest |P'(t) − f(t, P(t))| of the polynomial P, at {@link DEFECT_NODES}.
   */
  defect(t: number, y: Float64Array, h: number): number;
}

/**
 * The points of a step at which its polynomial is compared with f. For a kink of f anywhere in the step, h
 * times the largest defect at these points is at least 1.4 times the error that the kink causes; for a jump,
 * 1.2 times. (The methods' own estimates can miss a kink by a factor of 10⁴.)
 */
export const DEFECT_NODES: readonly number[] = [0.1, 0.3, 0.5, 0.7, 0.9];

export function stepperOf(tableau: Tableau, { dimension: n, derivative }: System): Stepper {
  const last = tableau.stages.length;
  const count = last + 1 + tableau.dense.stages.length;
  const rows = 3 + tableau.dense.rows.length;
  const room = new Float64Array((count + rows + 3) * n);
  const row = (i: number): Float64Array => room.subarray(i * n, (i + 1) * n);
  const k = Array.from({ length: count }, (_, s) => row(s));
  const polynomial = Array.from({ length: rows }, (_, r) => row(count + r));
  const next = row(count + rows);
  const inner = row(count + rows + 1);
  const probe = row(count + rows + 2);
  const { errors, stages, weights, denseStages, denseRows } = sumsOf(tableau);

  const add = (y: Float64Array, h: number, terms: Terms, out: Float64Array): void => addTerms(y, h, terms, k, out);
  const largest = (terms: Terms): number => {
    inner.fill(0);
    add(inner, 1, terms, inner);
    return largestOf(inner);
  };
  const slopeAt = (t: number, y: Float64Array, out: Float64Array): void => {
    stepper.evaluations++;
    derivative(t, y, out);
  };
  const evaluate = (t: number, y: Float64Array, stage: number): void => slopeAt(t, y, k[stage]!);

  const stepper: Stepper = {
    next,
    slope: k[0]!,
    endSlope: k[last]!,
    evaluations: 0,
    begin: (t, y) => evaluate(t, y, 0),
    attempt(t, y, h) {
      for (let s = 1; s < last; s++) {
        add(y, h, stages[s]!, inner);
        evaluate(t + tableau.nodes[s]! * h, inner, s);
      }
      add(y, h, weights, next);
      evaluate(t + h, next, last);
      const first = largest(errors[0]!);
      if (errors.length === 1 || first === 0) return h * first;
      return h * first * (first / Math.hypot(first, 0.1 * largest(errors[1]!)));
    },
    accept: () => k[0]!.set(k[last]!),
    connect(t, y, h) {
      for (const [s, terms] of denseStages.entries()) {
        add(y, h, terms, inner);
        evaluate(t + tableau.dense.nodes[s]! * h, inner, last + 1 + s);
      }
      const [f0, f1, f2] = polynomial as [Float64Array, Float64Array, Float64Array];
      for (let i = 0; i < n; i++) {
        f0[i] = next[i]! - y[i]!;
        f1[i] = h * k[0]![i]! - f0[i]!;
        f2[i] = f0[i]! - h * k[last]![i]! - f1[i]!;
      }
      inner.fill(0);
      for (const [r, terms] of denseRows.entries()) add(inner, h, terms, polynomial[3 + r]!);
    },
    between(y, x, out) {
      for (let i = 0; i < n; i++) {
        let value = 0;
        for (let r = polynomial.length - 1; r >= 0; r--) value = (value + polynomial[r]![i]!) * (r % 2 === 0 ? x : 1 - x);
        out[i] = y[i]! + value;
      }
    },
    defect(t, y, h) {
      let largest = 0;
      for (const x of DEFECT_NODES) {
        stepper.between(y, x, inner);
        slopeAt(t + x * h, inner, probe);
        for (let i = 0; i < n; i++) {
          let value = 0;
          let slope = 0;
          for (let r = polynomial.length - 1; r >= 0; r--) {
            value += polynomial[r]![i]!;
            slope = r % 2 === 0 ? value + x * slope : (1 - x) * slope - value;
            value *= r % 2 === 0 ? x : 1 - x;
          }
          const away = Math.abs(slope - h * probe[i]!);
          // No step is good that leads to no number.
          if (Number.isNaN(away)) return Number.POSITIVE_INFINITY;
          if (away > largest) largest = away;
        }
      }
      return largest;
    },
  };
  return stepper;
}

/** The nonzero terms of a sum. */
interface Terms {
  readonly at: readonly number[];
  readonly coefficients: readonly number[];
}

function termsOf(row: readonly number[]): Terms {
  const at = row.flatMap((c, j) => (c === 0 ? [] : [j]));
  return { at, coefficients: at.map((j) => row[j]!) };
}

/** out = y + h Σ cⱼkⱼ, summed in this order, four terms in one pass over the vectors. */
function addTerms(y: Float64Array, h: number, { at, coefficients }: Terms, k: readonly Float64Array[], out: Float64Array): void {
  const count = at.length;
  if (count === 0) out.set(y);
  let sum = y;
  let j = 0;
  for (; j + 4 <= count; j += 4) {
    const [a, b, c, d] = [k[at[j]!]!, k[at[j + 1]!]!, k[at[j + 2]!]!, k[at[j + 3]!]!];
    addFour(
      sum,
      h * coefficients[j]!,
      a,
      h * coefficients[j + 1]!,
      b,
      h * coefficients[j + 2]!,
      c,
      h * coefficients[j + 3]!,
      d,
      out,
    );
    sum = out;
  }
  for (; j < count; j++) {
    addOne(sum, h * coefficients[j]!, k[at[j]!]!, out);
    sum = out;
  }
}

function addOne(y: Float64Array, p: number, a: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = y[i]! + p * a[i]!;
}

function addFour(
  y: Float64Array,
  p: number,
  a: Float64Array,
  q: number,
  b: Float64Array,
  r: number,
  c: Float64Array,
  s: number,
  d: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < out.length; i++) out[i] = y[i]! + p * a[i]! + q * b[i]! + r * c[i]! + s * d[i]!;
}

/** All sums of a tableau. */
interface Sums {
  readonly errors: readonly Terms[];
  readonly stages: readonly Terms[];
  readonly weights: Terms;
  readonly denseStages: readonly Terms[];
  readonly denseRows: readonly Terms[];
}

const known = new WeakMap<Tableau, Sums>();

function sumsOf(tableau: Tableau): Sums {
  const sums = known.get(tableau) ?? {
    errors: tableau.errors.map(termsOf),
    stages: tableau.stages.map(termsOf),
    weights: termsOf(tableau.weights),
    denseStages: tableau.dense.stages.map(termsOf),
    denseRows: tableau.dense.rows.map(termsOf),
  };
  known.set(tableau, sums);
  return sums;
}

/** The largest |yᵢ|; NaN if there is one. */
export function largestOf(y: Float64Array): number {
  let size = 0;
  for (let i = 0; i < y.length; i++) {
    const value = Math.abs(y[i]!);
    if (Number.isNaN(value)) return Number.NaN;
    if (value > size) size = value;
  }
  return size;
}
