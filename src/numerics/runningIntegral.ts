/**
 * F(t) = ∫₀ᵗ f for a function f ≥ 0 that is given by its values. F is kept as a table that is extended when a
 * later time is needed. The table has a panel for each quarter of an octave [2ᵏ, 2ᵏ⁺¹], so that the relative
 * accuracy is the same on every time scale. Panels are halved until the rule is accurate to
 * {@link PRECISION}, or until a jump of f is located to rounding. The table depends on f alone, not on the
 * times that are passed.
 */
import { attempt } from "../door/arguments.ts";
import { failure } from "../door/error.ts";
import { meanBetween } from "./gaussKronrod.ts";
import { Totals } from "./totals.ts";

/** The error of a panel, relative to its own integral. */
const PRECISION = 1e-13;

/** An error of a panel that is negligible, relative to F at its end. */
const NEGLIGIBLE = 2 ** -56;

/** The exponent of the end of the first panel, where the octaves begin. */
const FIRST_EXPONENT = -1000;
const FIRST = 2 ** FIRST_EXPONENT;

/** The largest number of panels in an octave. If it is exceeded, an error is thrown. */
const MOST_PANELS = 100_000;

export interface RunningIntegral {
  /** F(t), for 0 ≤ t < ∞. */
  at(t: number): number;
  /** The first t with F(t) = value; Infinity if there is none. */
  inverse(value: number): number;
  /** F(∞), which may be Infinity; undefined if the values of f do not decide it. */
  total(): number | undefined;
}

/**
 * The running integral of `f`. The jumps of f are at `breaks`, in increasing order; other jumps are found.
 */
export function runningIntegral(f: (t: number) => number, breaks: readonly number[]): RunningIntegral {
  // F(ends[i]) = sums[i].
  const ends = [0];
  const sums = [0];
  const compensated = new Totals(1);
  let total: number | undefined | "unknown" = "unknown";

  /** Adds the next octave to the table. */
  function extend(): void {
    const from = ends.at(-1)!;
    const knots = [...quarters(from), ...breaks.filter((t) => t > from && t < endAfter(from))].sort((a, b) => a - b);
    const panels: { readonly end: number; readonly area: number }[] = [];
    let tried = 0;
    let reached = from;
    let sum = sums.at(-1)!;
    for (const knot of knots) {
      const pending = [knot];
      while (pending.length > 0) {
        const end = pending.at(-1)!;
        if (tried++ > MOST_PANELS) giveUp(reached);
        const width = end - reached;
        const { mean, error } = meanBetween(f, reached, end);
        const area = mean * width;
        const middle = reached + width / 2;
        const fine = !(error * width > Math.max(PRECISION * area, NEGLIGIBLE * (sum + area)));
        if (fine || width <= 2 * Number.EPSILON * end || middle === reached || middle === end) {
          panels.push({ end, area });
          sum += area;
          reached = end;
          pending.pop();
        } else pending.push(middle);
      }
    }
    for (const { end, area } of panels) {
      compensated.add(0, area);
      ends.push(end);
      // The compensation is NaN if the sum overflows.
      sums.push(Math.max(sums.at(-1)!, Number.isNaN(compensated.of(0)) ? Infinity : compensated.of(0)));
    }
  }

  /** F(t) in the panel that ends at ends[i]. */
  function within(i: number, t: number): number {
    const start = ends[i - 1]!;
    if (t === ends[i]) return sums[i]!;
    return Math.min(sums[i]!, sums[i - 1]! + meanBetween(f, start, t).mean * (t - start));
  }

  function at(t: number): number {
    if (t === 0) return 0;
    while (ends.at(-1)! < t) extend();
    const integralAt = within(firstNotBelow(ends, t), t);
    return typeof total === "number" ? Math.min(integralAt, total) : integralAt;
  }

  function inverse(value: number): number {
    if (value <= 0) return 0;
    if (value === Infinity) return Infinity;
    while (sums.at(-1)! < value) {
      if (ends.at(-1)! === Number.MAX_VALUE) return Infinity;
      const before = sums.at(-1)!;
      extend();
      // If an octave adds little, F may never reach the value.
      if (sums.at(-1)! < 1.1 * before && value > (totalOf() ?? Infinity)) return Infinity;
    }
    const i = firstNotBelow(sums, value);
    return firstReach((t) => within(i, t), f, value, { t: ends[i - 1]!, sum: sums[i - 1]! }, { t: ends[i]!, sum: sums[i]! });
  }

  function totalOf(): number | undefined {
    if (total !== "unknown") return total;
    const tail = attempt(() => tailOf(f), undefined);
    if (tail === undefined || tail === "endless") total = tail === undefined ? undefined : Infinity;
    else {
      while (ends.at(-1)! < tail) extend();
      total = sums.at(-1)!;
    }
    return total;
  }

  return { at, inverse, total: totalOf };
}

/** The end of the octave, or of the first panel, that begins at `from`. */
function endAfter(from: number): number {
  return from === 0 ? FIRST : Math.min(2 * from, Number.MAX_VALUE);
}

function quarters(from: number): number[] {
  const end = endAfter(from);
  return from === 0 ? [end] : [from + (end - from) / 4, from + (end - from) / 2, from + 0.75 * (end - from), end];
}

/**
 * The time from which F(∞) − F(t) is zero up to rounding; "endless" if F grows without bound; undefined if
 * the values do not decide it. All octaves of double precision are examined: their integrals either vanish or
 * do not decrease.
 */
function tailOf(f: (t: number) => number): number | "endless" | undefined {
  const areas: number[] = [];
  for (let from = 0; from < Number.MAX_VALUE; from = endAfter(from)) {
    let area = 0;
    let start = from;
    for (const end of quarters(from)) {
      area += meanBetween(f, start, end).mean * (end - start);
      start = end;
    }
    areas.push(area);
  }
  const all = sumOf(areas);
  if (all === Infinity) return "endless";
  let remaining = 0;
  let i = areas.length;
  while (i > 0 && remaining + areas[i - 1]! <= 2 ** -54 * all) remaining += areas[--i]!;
  // The integrals of the last octaves must all have vanished.
  if (areas.length - i >= WINDOW) return i === 0 ? 0 : 2 ** (FIRST_EXPONENT + i - 1);
  const [before, last] = [sumOf(areas.slice(-2 * WINDOW, -WINDOW)), sumOf(areas.slice(-WINDOW))];
  return last > 0.95 * before ? "endless" : undefined;
}

/** The number of octaves that are compared with as many octaves before them. */
const WINDOW = 256;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The first index at which the increasing values are not below `value`. */
function firstNotBelow(increasing: readonly number[], value: number): number {
  let [low, high] = [0, increasing.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (increasing[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Reach {
  readonly t: number;
  readonly sum: number;
}

/**
 * The first t at which F reaches a value, by Newton's method with bisection where a step leaves the bracket.
 */
function firstReach(F: (t: number) => number, f: (t: number) => number, value: number, from: Reach, to: Reach): number {
  if (to.sum === Infinity) return to.t;
  let [low, high] = [from.t, to.t];
  let t = low + (high - low) * ((value - from.sum) / (to.sum - from.sum));
  for (let n = 0; ; n++) {
    if (!(t > low && t < high) || n % 8 === 7) t = low + (high - low) / 2;
    if (t === low || t === high) return high;
    const sum = F(t);
    if (sum < value) low = t;
    else high = t;
    const step = (value - sum) / f(t);
    if (Math.abs(step) <= Number.EPSILON * t && f(t) > 0) return t;
    t += step;
  }
}

function giveUp(t: number): never {
  const why = `the integral of the factor needs too many evaluations at t = ${t}`;
  throw failure("not-converged", `${why}; pass its integral and inverse, or pass its jumps as breaks.`);
}
