/**
 * The outcome of descent of layers that are matrices. The residual does not vanish at every minimum (it
 * remains in narrow networks and with weight decay), so convergence means that the steps vanish: to 10⁻¹² of
 * the largest one, or to rounding. Between two stages of learning the steps may be as small. So if the
 * curvature is −κ < 0 along some direction, the steps must stay small for as long as (1 + step·κ)ⁿ takes to
 * grow from the smallest double to 1.
 */
import { normOf } from "../numerics/norm.ts";
import type { DescentOutcome } from "./outcome.ts";
import { DIVERGES, MOVES, type Pace, RESTS } from "./walk.ts";

/** A descent whose steps are watched. */
export interface Watched {
  readonly stepSize: number;
  /** The weights, which `advance` updates. */
  readonly weights: Float64Array;
  readonly advance: (n: number) => Pace;
  /** The loss of the current weights. */
  readonly loss: () => number;
  /** The part of the objective that weight decay adds to the loss. */
  readonly penalty: () => number;
  /** The size below which a step is rounding error. */
  readonly rounding: () => number;
  /** The least and the largest curvature; undefined for a loss without a second derivative. */
  readonly curvature: () => { readonly top: number; readonly least: () => number } | undefined;
  /** Whether weights that do not change at all have converged wherever they are. */
  readonly restsAnywhere: boolean;
  /** The kernel's size divided by the initial one. */
  readonly kernelRatio: () => number;
}

/**
 * The share of the largest step that counts as zero, and the number of consecutive steps for which it must
 * not be exceeded.
 */
const NONE = 1e-12;
const IN_A_ROW = 100;
/** −ln of the smallest number. */
const SMALLEST = 750;
/** A negative curvature of a smaller share of the largest one is rounding error. */
const SADDLE = 1e-9;

export function outcomeOfSteps(watched: Watched, maxSteps: number): DescentOutcome {
  const { weights, advance, loss, penalty, rounding } = watched;
  const firstLoss = loss();
  const first = firstLoss + penalty();
  const before = weights.slice();
  let [highest, highestLoss, largest, quiet, n] = [first, firstLoss, 0, 0, 0];
  let patience = IN_A_ROW;
  let pace: Pace = MOVES;
  while (n < maxSteps && pace === MOVES && quiet < patience) {
    before.set(weights);
    pace = advance(n);
    if (pace === DIVERGES) break;
    n++;
    const current = loss();
    highestLoss = Math.max(highestLoss, current);
    highest = Math.max(highest, current + penalty());
    for (let i = 0; i < weights.length; i++) before[i]! -= weights[i]!;
    const moved = normOf(before);
    largest = Math.max(largest, moved);
    quiet = moved <= Math.max(NONE * largest, rounding()) ? quiet + 1 : 0;
    if (quiet === IN_A_ROW) patience = patienceOf(watched);
  }
  const rests = pace === RESTS && (watched.restsAnywhere || patienceOf(watched) === IN_A_ROW);
  const ends = rests || quiet === patience;
  const rose = highest > first * (1 + 1e-9);
  return {
    outcome: pace === DIVERGES ? "diverges" : !ends ? "undecided" : rose ? "catapults" : "converges",
    steps: ends ? n - quiet : n,
    lossRise: firstLoss > 0 ? highestLoss / firstLoss : 1,
    kernelRatio: watched.kernelRatio(),
  };
}

/** The number of consecutive small steps that prove convergence. */
function patienceOf({ curvature, stepSize }: Watched): number {
  const found = curvature();
  if (found === undefined) return IN_A_ROW;
  const fall = -found.least();
  if (!(fall > SADDLE * found.top)) return IN_A_ROW;
  return Math.max(IN_A_ROW, Math.ceil(SMALLEST / Math.log1p(stepSize * fall)));
}
