/**
 * The infimum of a convex loss L(F) = E[ℓ(Fz, y)] over matrices F, m×r, by Newton's method
 *
 *     H d = −∇L     F ← F + αd     H = E[∂²ℓ/∂f² ⊗ zzᵀ]
 *
 * The method of conjugate gradients, preconditioned by E[z_a²], solves for d without forming H. The step α is
 * where the slope along d has at most half of its first size. The descent ends when the decrease −∇L·d that
 * Newton's model predicts is below the rounding of L. This also holds for an infimum at infinity, where each
 * step divides the remaining excess by about e. If the slope of the loss jumps, the loss is smoothed over
 * windows ±h, and F is extrapolated to h → 0. The smallest L of the search is returned.
 */
import { overRows, timesRows } from "../numerics/rowProducts.ts";
import type { LossFunction } from "./loss.ts";
import { type OutputLoss, summedOverOutputs } from "./outputLoss.ts";
import { FAR } from "./zeroOf.ts";

/** n samples, inputs n×r and targets n×m. */
export interface Samples {
  readonly Z: Float64Array;
  readonly r: number;
  readonly targets: Float64Array;
  readonly m: number;
}

export interface Least {
  readonly loss: number;
  /** Whether predictions still moved when the loss no longer fell, so that the infimum is at infinity. */
  readonly endless: boolean;
}

interface State {
  readonly F: Float64Array;
  readonly predictions: Float64Array;
  loss: number;
  /** Whether Newton's method converged, and by how much its last two steps moved a prediction. */
  settled: boolean;
  moves: number;
}

/** Up to this many entries of F, each Newton step is solved to rounding. */
const SMALL = 50;
/** The largest number of Newton steps of one descent. */
const STEPS = 100;
/** A decrease that counts as zero, relative to L and to the L of zero outputs. */
const NO_DECREASE = 1e-17;
const NOTHING = 1e-32;
/** A decrease of this share of L is above the rounding of slopes. */
const RESOLVED = 1e-12;
/** A curvature of this share of the largest curvature so far is rounding. */
const FLAT = 1e-17;
/** The number of steps without a decrease that end a descent. */
const STUCK = 3;
/** A prediction that the last steps moved by more than this goes to infinity. */
const MOVING = 0.1;

/**
 * The infimum. `reachesZero` decides from the predictions whether the loss tends to 0 along F itself, which
 * ends the search. `kinked`, the functions of a loss of one output, is needed if the slope may jump.
 */
export function leastLoss(
  loss: OutputLoss,
  samples: Samples,
  reachesZero?: (predictions: Float64Array) => boolean,
  kinked?: LossFunction,
): Least {
  const { targets } = samples;
  const state = zeros(loss, samples);
  const first = state.loss;
  if (descend(loss, samples, state, first, reachesZero)) return { loss: 0, endless: true };
  let least = state.loss;
  if (!state.settled && kinked !== undefined) least = Math.min(least, smoothed(kinked, samples, first));
  if (kinked !== undefined && (!state.settled || state.moves > MOVING)) {
    // The tail of a user's loss may fall more slowly than the steps can follow, so the loss is also evaluated
    // along F up to the largest doubles.
    const far = new Float64Array(state.predictions.length);
    for (let factor = 2; factor <= FAR; factor *= 2) {
      for (let i = 0; i < far.length; i++) far[i] = factor * state.predictions[i]!;
      const value = loss.mean(far, targets);
      if (!(value <= least)) break;
      least = value;
    }
  }
  return { loss: least, endless: state.moves > MOVING };
}

function zeros(loss: OutputLoss, { Z, r, targets, m }: Samples): State {
  const predictions = new Float64Array((Z.length / r) * m);
  return { F: new Float64Array(m * r), predictions, loss: loss.mean(predictions, targets), settled: false, moves: 0 };
}

/** Newton's method from a state, which is updated. Returns true as soon as `reachesZero` does. */
function descend(
  loss: OutputLoss,
  samples: Samples,
  state: State,
  first: number,
  reachesZero?: (predictions: Float64Array) => boolean,
): boolean {
  const { Z, r, targets, m } = samples;
  const n = Z.length / r;
  const { F, predictions: f } = state;
  const slopes = new Float64Array(n * m);
  const trial = new Float64Array(n * m);
  const gradient = new Float64Array(m * r);
  const newton = newtonDirection(loss, samples);
  let movedBefore = 0;
  let stuck = 0;
  state.settled = false;
  for (let step = 0; step < STEPS; step++) {
    if (reachesZero?.(f) === true) return true;
    loss.slopes(f, targets, slopes);
    overRows(slopes, Z, r, gradient);
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= n;
    const { direction, change } = newton(f, gradient);
    const expected = -dot(gradient, direction);
    const moved = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    state.moves = Math.max(moved, movedBefore);
    movedBefore = moved;
    if (!(expected > Math.max(NO_DECREASE * Math.abs(state.loss), NOTHING * Math.abs(first)))) {
      state.settled = true;
      return false;
    }
    const slopeAt = (alpha: number): number => {
      for (let i = 0; i < trial.length; i++) trial[i] = f[i]! + alpha * change[i]!;
      loss.slopes(trial, targets, slopes);
      return dot(slopes, change) / n;
    };
    // A step longer than Newton's is taken only if the slope is above rounding, so that F does not grow
    // needlessly.
    const alpha = lineSearch(slopeAt, -expected, expected > RESOLVED * Math.abs(state.loss) ? FAR : 1);
    for (let i = 0; i < F.length; i++) F[i]! += alpha * direction[i]!;
    timesRows(F, Z, r, f);
    const value = loss.mean(f, targets);
    stuck = value < state.loss ? 0 : stuck + 1;
    if (stuck === STUCK) return false;
    if (value < state.loss) state.loss = value;
  }
  return false;
}

/**
 * The position along the step at which the slope, negative at 0 and increasing, is at most half of its
 * initial size.
 */
function lineSearch(slopeAt: (alpha: number) => number, slope: number, farthest: number): number {
  const enough = 0.5 * Math.abs(slope);
  let low = 0;
  let high = 1;
  let value = slopeAt(high);
  while (value < -enough && high < farthest) {
    low = high;
    high *= 2;
    value = slopeAt(high);
  }
  if (!(value > enough) && !Number.isNaN(value)) return high;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    value = slopeAt(middle);
    if (Math.abs(value) <= enough) return middle;
    if (value < 0) low = middle;
    else high = middle;
  }
  return low > 0 ? low : high;
}

/** The solution of H d = −gradient by conjugate gradients, with the change Zd of the predictions. */
function newtonDirection(loss: OutputLoss, { Z, r, targets, m }: Samples) {
  const n = Z.length / r;
  const size = m * r;
  const inverse = inverseMeanSquares(Z, r);
  const [direction, residual, p, Hp] = [0, 1, 2, 3].map(() => new Float64Array(size)) as Vectors;
  const [change, q, bent] = [0, 1, 2].map(() => new Float64Array(n * m)) as [Float64Array, Float64Array, Float64Array];
  const rounds = Math.min(2 * size + 20, 200);
  const enough = size <= SMALL ? 1e-24 : 1e-3;
  return (f: Float64Array, gradient: Float64Array): { direction: Float64Array; change: Float64Array } => {
    direction.fill(0);
    change.fill(0);
    p.fill(0);
    let before = 0;
    let first = 0;
    let steepest = 0;
    for (let i = 0; i < size; i++) residual[i] = -gradient[i]!;
    if (loss.shifts) withoutShift(residual, r);
    for (let round = 0; round < rounds; round++) {
      let energy = 0;
      for (let i = 0; i < size; i++) energy += residual[i]! * residual[i]! * inverse[i % r]!;
      if (round === 0) first = energy;
      if (!(energy > enough * first)) break;
      const beta = before === 0 ? 0 : energy / before;
      before = energy;
      for (let i = 0; i < size; i++) p[i] = residual[i]! * inverse[i % r]! + beta * p[i]!;
      timesRows(p, Z, r, q);
      loss.curves!(f, targets, q, bent);
      const curvature = dot(q, bent) / n;
      const share = curvature / (dot(q, q) / n);
      if (share > steepest) steepest = share;
      if (!(share > FLAT * steepest)) {
        if (round === 0) {
          direction.set(p);
          change.set(q);
        }
        break;
      }
      const alpha = energy / curvature;
      for (let i = 0; i < size; i++) direction[i]! += alpha * p[i]!;
      for (let i = 0; i < change.length; i++) change[i]! += alpha * q[i]!;
      overRows(bent, Z, r, Hp);
      for (let i = 0; i < size; i++) residual[i]! -= (alpha * Hp[i]!) / n;
      if (loss.shifts) withoutShift(residual, r);
    }
    return { direction, change };
  };
}

type Vectors = [Float64Array, Float64Array, Float64Array, Float64Array];

/**
 * Subtracts from each column its mean over the outputs. If only differences of outputs count, the mean is
 * rounding error.
 */
function withoutShift(matrix: Float64Array, r: number): void {
  const m = matrix.length / r;
  for (let a = 0; a < r; a++) {
    let mean = 0;
    for (let i = a; i < matrix.length; i += r) mean += matrix[i]! / m;
    for (let i = a; i < matrix.length; i += r) matrix[i]! -= mean;
  }
}

function inverseMeanSquares(Z: Float64Array, r: number): Float64Array {
  const n = Z.length / r;
  const squares = new Float64Array(r);
  for (let i = 0; i < Z.length; i++) squares[i % r]! += (Z[i]! * Z[i]!) / n;
  return squares.map((square) => (square > 0 ? 1 / square : 0));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * The least value of a loss whose slope may jump. The windows ±h shrink from the size of the targets by
 * factors of 4. Once only samples at a jump are within a window, F is linear in h for a piecewise linear
 * loss, and is extrapolated to h = 0.
 */
function smoothed(kinked: LossFunction, samples: Samples, first: number): number {
  const { Z, r, targets, m } = samples;
  const exact = summedOverOutputs(kinked, m, true);
  const size = targets.reduce((most, y) => Math.max(most, Math.abs(y)), 0) || 1;
  const state = zeros(exact, samples);
  const trial = new Float64Array(state.predictions.length);
  let before: Float64Array | undefined;
  let least = first;
  for (let h = size; h > 1e-6 * size; h /= 4) {
    const window = summedOverOutputs(windowed(kinked, h), m, true);
    state.loss = window.mean(state.predictions, targets);
    descend(window, samples, state, first);
    least = Math.min(least, exact.mean(state.predictions, targets));
    if (before !== undefined) {
      const F = state.F.map((value, i) => value + (value - before![i]!) / 3);
      timesRows(F, Z, r, trial);
      least = Math.min(least, exact.mean(trial, targets));
    }
    before = state.F.slice();
  }
  return least;
}

/**
 * The derivatives of the mean of ℓ over [f − h, f + h]. Its value is replaced by ℓ itself, which differs by
 * O(h).
 */
function windowed({ value, derivative }: LossFunction, h: number): Required<LossFunction> {
  return {
    value,
    derivative: (f, y) => (value(f + h, y) - value(f - h, y)) / (2 * h),
    secondDerivative: (f, y) => (derivative(f + h, y) - derivative(f - h, y)) / (2 * h),
  };
}
