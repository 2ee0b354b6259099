/**
 * The course of two layers in training: the points (S, A) with S = |u||w| cos ζ and A = |u||w||sin ζ|, joined
 * by straight lines. A step on which S changes its sign is divided at S = 0, where |cos ζ| has its minimum.
 */
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import { type Split, splitStep } from "./step.ts";

/** The state of the layers at a time. */
export interface Point {
  readonly t: number;
  /** u·w; for layers that are matrices ‖W₂W₁‖_F. */
  readonly S: number;
  /** √(|u|²|w|² − S²). */
  readonly A: number;
}

export interface Course {
  readonly points: readonly Point[];
  /** |cos ζ| at each point; if a layer is zero, the value at the nearest time at which it is defined. */
  readonly cosine: readonly number[];
  /** ln(|u||w|) at each point; −Infinity for a zero layer. */
  readonly logNorms: readonly number[];
  /** `steps[i]` leads from point i to point i + 1. */
  readonly steps: readonly Split[];
  /** The indices in `points` of the original points, without those at which a step was divided. */
  readonly given: readonly number[];
}

/** The point of matrix layers. Their product has a size but no sign. */
export function matrixPoint(t: number, { normProduct: N, alignment }: Pick<MatrixSnapshot, "normProduct" | "alignment">): Point {
  const C = Math.min(1, alignment);
  return { t, S: N * C, A: N * Math.sqrt((1 - C) * (1 + C)) };
}

/**
 * @param parallelBelow - Layers whose |sin ζ| is at most this at both ends of a step over S = 0 count as
 * parallel. They pass through zero and do not turn.
 */
export function courseOf(states: readonly Point[], parallelBelow: number): Course {
  const points: Point[] = [];
  const given: number[] = [];
  for (const [i, point] of states.entries()) {
    const before = states[i - 1];
    if (before !== undefined && before.S * point.S < 0) points.push(crossing(before, point, parallelBelow));
    given.push(points.length);
    points.push(point);
  }
  const norms = points.map(({ S, A }) => Math.hypot(S, A));
  return {
    points,
    given,
    cosine: cosinesOf(points, norms),
    logNorms: norms.map(Math.log),
    steps: points.slice(1).map(({ S, A }, i) => splitStep(points[i]!.S, points[i]!.A, S, A)),
  };
}

function crossing(a: Point, b: Point, parallelBelow: number): Point {
  const share = a.S / (a.S - b.S);
  const parallel = [a, b].every(({ S, A }) => A <= parallelBelow * Math.hypot(S, A));
  const t = Number.isFinite(b.t) ? a.t + share * (b.t - a.t) : a.t;
  return { t, S: 0, A: parallel ? 0 : a.A + share * (b.A - a.A) };
}

function cosinesOf(points: readonly Point[], norms: readonly number[]): number[] {
  const angled = norms.flatMap((N, i) => (N > 0 ? [i] : []));
  const of = (i: number): number => Math.min(1, Math.abs(points[i]!.S) / norms[i]!);
  let next = 0;
  return points.map(({ t }, i) => {
    if (norms[i]! > 0) return of(i);
    while (next < angled.length && angled[next]! < i) next++;
    const [before, after] = [angled[next - 1], angled[next]];
    if (after === undefined) return before === undefined ? 0 : of(before);
    if (before === undefined) return of(after);
    return t - points[before]!.t < points[after]!.t - t ? of(before) : of(after);
  });
}
