/**
 * The exact boundaries between phases. Every exponent that decides the phase is the maximum of a few linear
 * functions of the two axes,
 *
 *     r = max(c_γ + h, 2c_γ + b₁, 2c_γ + b₂) e_k = c_γ − h + max(b₁, b₂) −e_s = max(b₁, b₂) − h − s e_a = c_γ
 *     + c_d + c_u + c_w
 *
 * with b₁ = c_d + c_ηw + 2c_u, b₂ = c_d + c_ηu + 2c_w, h = (c_ηu + c_ηw)/2, s = c_d/2 + c_u + c_w: so its
 * zeros are pieces of straight lines, on which one of the functions is 0 and the others are at most 0.
 */
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { type Phase, phaseOf } from "../regimes/phase.ts";

/** One boundary: a line through the diagram, point by point. */
export interface Boundary {
  /**
   * The condition that holds on it: `"e_k = 0"`, `"e_s = 0"`, `"r = 0"`, `"e_a = 0"`, or `"kernelChange =
   * …"`.
   */
  readonly condition: string;
  /** The phases on the two sides, in alphabetical order. */
  readonly between: readonly [string, string];
  /** The phase on the line itself, if it differs from both sides. */
  readonly on?: string;
  /** [x, y], in order along the line. */
  readonly points: readonly (readonly [number, number])[];
}

type Exponent = (at: Hyperparameters) => number;

const gamma: Exponent = ({ outputScale }) => outputScale;
const h: Exponent = ({ learningRates: rates }) => (rates.u + rates.w) / 2;
const b1: Exponent = ({ width, scale, learningRates: rates }) => width + rates.w + 2 * scale.u;
const b2: Exponent = ({ width, scale, learningRates: rates }) => width + rates.u + 2 * scale.w;
const s: Exponent = ({ width, scale }) => width / 2 + scale.u + scale.w;

const conditions: readonly {
  readonly condition: string;
  /** The verdict that changes on the line. */
  readonly verdict: (phase: Phase) => string;
  readonly pieces: readonly Exponent[];
}[] = [
  {
    condition: "e_k = 0",
    verdict: ({ phase }) => phase,
    pieces: [(at) => gamma(at) + b1(at) - h(at), (at) => gamma(at) + b2(at) - h(at)],
  },
  {
    condition: "e_s = 0",
    verdict: ({ phase }) => phase,
    pieces: [(at) => b1(at) - h(at) - s(at), (at) => b2(at) - h(at) - s(at)],
  },
  {
    condition: "r = 0",
    verdict: ({ stability }) => stability,
    pieces: [(at) => gamma(at) + h(at), (at) => 2 * gamma(at) + b1(at), (at) => 2 * gamma(at) + b2(at)],
  },
  {
    condition: "e_a = 0",
    verdict: ({ mechanisms }) => `mechanisms ${mechanisms}`,
    pieces: [(at) => gamma(at) + at.width + at.scale.u + at.scale.w],
  },
];

export type Point = readonly [number, number];

/** The range of a diagram. */
export interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The boundaries within the box. `at` maps a point of the diagram linearly to exponents. */
export function boundariesOf(at: (x: number, y: number) => Hyperparameters, box: Box): Boundary[] {
  return conditions.flatMap(({ condition, verdict, pieces }) => {
    const planes = pieces.map((piece) => planeOf((x, y) => piece(at(x, y))));
    const segments = planes.flatMap((plane, i) =>
      zeroLine(
        plane,
        planes.filter((_, j) => j !== i),
        box,
      ),
    );
    return labelledLines(condition, segments, (x, y) => verdict(phaseOf(at(x, y))));
  });
}

/** The distance from a line at which the phases of its sides are evaluated. */
const ASIDE = 1e-6;

/** Joins segments to lines with the phases on their sides. Lines between equal phases are left out. */
export function labelledLines(
  condition: string,
  segments: readonly (readonly [Point, Point])[],
  verdictAt: (x: number, y: number) => string,
): Boundary[] {
  const labelled = segments.map((segment) => {
    const [[x0, y0], [x1, y1]] = segment;
    const [x, y, length] = [(x0 + x1) / 2, (y0 + y1) / 2, Math.hypot(x1 - x0, y1 - y0)];
    const aside = (by: number): string => verdictAt(x - (by * (y1 - y0)) / length, y + (by * (x1 - x0)) / length);
    return { segment, between: [aside(-ASIDE), aside(ASIDE)].sort() as [string, string], on: verdictAt(x, y) };
  });
  const kinds = [...new Set(labelled.map(({ between, on }) => JSON.stringify([between, on])))];
  return kinds.flatMap((kind) => {
    const same = labelled.filter(({ between, on }) => JSON.stringify([between, on]) === kind);
    const { between, on } = same[0]!;
    if (between[0] === between[1] && between[0] === on) return [];
    const extra = between.includes(on) ? {} : { on };
    return joined(same.map(({ segment }) => segment)).map((points) => ({ condition, between, ...extra, points }));
  });
}

/** c + ax + by. */
export interface Plane {
  readonly c: number;
  readonly a: number;
  readonly b: number;
}

export function planeOf(value: (x: number, y: number) => number): Plane {
  const c = value(0, 0);
  return { c, a: value(1, 0) - c, b: value(0, 1) - c };
}

const height = ({ c, a, b }: Plane, [x, y]: Point): number => c + a * x + b * y;

/** The rounding error of a height, which is a sum of exponents of size 1. */
const ROUNDING_OF_HEIGHTS = 1e-12;

/**
 * The part of the line on which the plane is 0 that lies in the box and on which no other plane is above 0.
 */
export function zeroLine(plane: Plane, others: readonly Plane[], { x, y }: Box): (readonly [Point, Point])[] {
  const { a, b, c } = plane;
  const steep = Math.hypot(a, b);
  if (steep <= ROUNDING_OF_HEIGHTS) return [];
  const foot: Point = [(-c * a) / steep ** 2, (-c * b) / steep ** 2];
  const along: Point = [-b / steep, a / steep];
  // The line is foot + t·along. Every side of the box and every other plane bounds t from one side.
  const limits: Plane[] = [
    { c: x[0], a: -1, b: 0 },
    { c: -x[1], a: 1, b: 0 },
    { c: y[0], a: 0, b: -1 },
    { c: -y[1], a: 0, b: 1 },
    ...others,
  ];
  let from = -Infinity;
  let to = Infinity;
  for (const limit of limits) {
    const rise = limit.a * along[0] + limit.b * along[1];
    const value = height(limit, foot);
    if (Math.abs(rise) <= ROUNDING_OF_HEIGHTS) {
      if (value > ROUNDING_OF_HEIGHTS) return [];
    } else if (rise > 0) to = Math.min(to, -value / rise);
    else from = Math.max(from, -value / rise);
  }
  if (!(to - from > ROUNDING_OF_HEIGHTS)) return [];
  const point = (t: number): Point => [foot[0] + t * along[0], foot[1] + t * along[1]];
  return [[point(from), point(to)]];
}

/** Joins segments that meet end to end to lines, and removes duplicates. */
function joined(segments: readonly (readonly [Point, Point])[]): Point[][] {
  const lines: Point[][] = [];
  for (const [p, q] of segments) {
    if (lines.some((line) => onLine(line, p) && onLine(line, q))) continue;
    const meets = lines.find((line) => [line[0]!, line.at(-1)!].some((end) => same(end, p) || same(end, q)));
    if (meets === undefined) lines.push([p, q]);
    else if (same(meets.at(-1)!, p)) meets.push(q);
    else if (same(meets.at(-1)!, q)) meets.push(p);
    else if (same(meets[0]!, q)) meets.unshift(p);
    else meets.unshift(q);
  }
  return lines;
}

const same = ([a, b]: Point, [c, d]: Point): boolean => Math.abs(a - c) + Math.abs(b - d) <= 1e-9;
const onLine = (line: readonly Point[], point: Point): boolean => line.some((other) => same(other, point));
