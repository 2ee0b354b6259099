/**
 * A step for stiff systems ẏ = f(y) of few numbers: the linearly implicit Euler rule with n substeps of
 * length h/n,
 *
 *     (1 − (h/n)J) Δy = (h/n) f(y)     J = f'(y) at the beginning of the step
 *
 * for n = 1 to 8, extrapolated to n = ∞ by Neville's scheme. What decays fast costs no short steps. Order 8;
 * the error is that of order 7. [HairerWanner1996, §IV.9]
 */
import { largestOf, type Stepper, type System } from "./stepper.ts";

/** n goes up to this; it is also the order of the step and of its error in h. */
export const STIFF_ORDER = 8;

/** Systems with more numbers are left to explicit steps: a step solves with a dense matrix of this size. */
export const MOST_STIFF = 64;

/** A stepper that also tells how fast the fastest component decays or grows. */
export interface StiffStepper extends Stepper {
  /** The largest row sum of |J| at y, a bound on all rates. */
  fastest(y: Float64Array): number;
}

export function stiffStepperOf({ dimension: n, derivative, jacobian: known }: System): StiffStepper {
  const row = (): Float64Array => new Float64Array(n);
  const [next, slope, endSlope, probe, work, change] = [row(), row(), row(), row(), row(), row()];
  const jacobian = new Float64Array(n * n);
  const matrix = new Float64Array(n * n);
  const pivots = new Int32Array(n);
  // Differences of the current row of the scheme and of the one before.
  let now = Array.from({ length: STIFF_ORDER }, row);
  let before = Array.from({ length: STIFF_ORDER }, row);
  let isFresh = false;
  let start = 0;
  let length = 0;

  const evaluate = (t: number, y: Float64Array, out: Float64Array): void => {
    stepper.evaluations++;
    derivative(t, y, out);
  };
  /** Differences on both sides, at two distances: exact for the cubic fields of linear networks. */
  const findJacobian = (t: number, y: Float64Array): void => {
    isFresh = true;
    if (known !== undefined) {
      known(y, jacobian);
      return;
    }
    const distance = 1e-3 * largestOf(y) || 1e-3;
    work.set(y);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) jacobian[i * n + j] = 0;
      for (const [steps, weight] of STENCIL) {
        work[j] = y[j]! + steps * distance;
        evaluate(t, work, probe);
        for (let i = 0; i < n; i++) jacobian[i * n + j]! += (weight * probe[i]!) / distance;
      }
      work[j] = y[j]!;
    }
  };
  /** Writes the change of y over h to `out`; returns the error. */
  const extrapolate = (t: number, y: Float64Array, h: number, out: Float64Array): number => {
    for (let j = 0; j < STIFF_ORDER; j++) {
      const part = h / (j + 1);
      for (let i = 0; i < n * n; i++) matrix[i] = -part * jacobian[i]!;
      for (let i = 0; i < n; i++) matrix[i * n + i]! += 1;
      factorise(matrix, pivots, n);
      const total = now[0]!;
      total.fill(0);
      for (let s = 0; s <= j; s++) {
        if (s === 0) probe.set(slope);
        else {
          for (let i = 0; i < n; i++) work[i] = y[i]! + total[i]!;
          evaluate(t + s * part, work, probe);
        }
        for (let i = 0; i < n; i++) change[i] = part * probe[i]!;
        substitute(matrix, pivots, n, change);
        for (let i = 0; i < n; i++) total[i]! += change[i]!;
      }
      // T_{j,k+1} = T_{j,k} + (T_{j,k} − T_{j−1,k})/(n_j/n_{j−k−1} − 1)
      for (let k = 0; k < j; k++) {
        const [to, from, old] = [now[k + 1]!, now[k]!, before[k]!];
        const ratio = (j + 1) / (j - k) - 1;
        for (let i = 0; i < n; i++) to[i] = from[i]! + (from[i]! - old[i]!) / ratio;
      }
      [now, before] = [before, now];
    }
    const [best, second] = [before[STIFF_ORDER - 1]!, before[STIFF_ORDER - 2]!];
    let error = 0;
    for (let i = 0; i < n; i++) {
      const away = Math.abs(best[i]! - second[i]!);
      if (!(away <= error)) error = away;
    }
    out.set(best);
    return error;
  };

  const stepper: StiffStepper = {
    next,
    slope,
    endSlope,
    evaluations: 0,
    begin(t, y) {
      evaluate(t, y, slope);
      isFresh = false;
    },
    attempt(t, y, h) {
      if (!isFresh) findJacobian(t, y);
      const error = extrapolate(t, y, h, next);
      for (let i = 0; i < n; i++) next[i]! += y[i]!;
      evaluate(t + h, next, endSlope);
      return error;
    },
    accept() {
      slope.set(endSlope);
      isFresh = false;
    },
    connect(t, _y, h) {
      start = t;
      length = h;
    },
    between(y, x, out) {
      if (x === 0) out.set(y);
      else {
        extrapolate(start, y, x * length, out);
        for (let i = 0; i < n; i++) out[i]! += y[i]!;
      }
    },
    defect: () => 0,
    fastest(y) {
      findJacobian(0, y);
      let most = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += Math.abs(jacobian[i * n + j]!);
        most = Math.max(most, sum);
      }
      isFresh = false;
      return most;
    },
  };
  return stepper;
}

const STENCIL = [
  [1, 8 / 12],
  [-1, -8 / 12],
  [2, -1 / 12],
  [-2, 1 / 12],
] as const;

/** A = LU with partial pivots, in place. */
function factorise(A: Float64Array, pivots: Int32Array, n: number): void {
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) if (Math.abs(A[i * n + c]!) > Math.abs(A[pivot * n + c]!)) pivot = i;
    pivots[c] = pivot;
    if (pivot !== c) for (let j = 0; j < n; j++) [A[c * n + j], A[pivot * n + j]] = [A[pivot * n + j]!, A[c * n + j]!];
    for (let i = c + 1; i < n; i++) {
      const factor = A[i * n + c]! / A[c * n + c]!;
      A[i * n + c] = factor;
      if (factor !== 0) for (let j = c + 1; j < n; j++) A[i * n + j]! -= factor * A[c * n + j]!;
    }
  }
}

/** Solves with the factors, in place. */
function substitute(A: Float64Array, pivots: Int32Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const p = pivots[i]!;
    if (p !== i) [b[i], b[p]] = [b[p]!, b[i]!];
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let j = 0; j < i; j++) sum -= A[i * n + j]! * b[j]!;
    b[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let j = i + 1; j < n; j++) sum -= A[i * n + j]! * b[j]!;
    b[i] = sum / A[i * n + i]!;
  }
}
