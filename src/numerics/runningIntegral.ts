/**
 * F(t) = ∫₀ᵗ f of a function f ≥ 0 that is known by its values only, as a table that grows as far as it is
 * asked for. The table has a panel for each quarter of an octave [2ᵏ, 2ᵏ⁺¹], so that no time has a scale of
 * its own. Panels are halved until the rule is right to {@link PRECISION}, or a jump of f is found to
 * rounding. The table depends on f alone, not on the times that were asked for.
 */
import { attempt } from "../door/arguments.ts";
import { failure } from "../door/error.ts";
import { meanBetween } from "./gaussKronrod.ts";
import { Totals } from "./totals.ts";

/** The error of a panel, relative to its own integral. */
const PRECISION = 1e-13;

/** The error of a panel that nothing is lost by, relative to F at its end. */
const NEGLIGIBLE = 2 ** -56;

/** The first panel ends here, and the octaves begin. */
const FIRST_EXPONENT = -1000;
const FIRST = 2 ** FIRST_EXPONENT;

/** So many panels are tried in an octave before the function is given up. */
const MOST_PANELS = 100_000;

export interface RunningIntegral {
  /** F(t), for 0 ≤ t < ∞. */
  at(t: number): number;
  /** The first t with F(t) = value; Infinity if there is none. */
  inverse(value: number): number;
  /** F(∞), which may be Infinity; undefined where the values of f do not tell. */
  total(): number | undefined;
}

/** The running integral of `f`, whose jumps are at `breaks`, in increasing order, or are found. */
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
      // Compensation is not a number where the sum overflows.
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
    const found = within(firstNotBelow(ends, t), t);
    return typeof total === "number" ? Math.min(found, total) : found;
  }

  function inverse(value: number): number {
    if (value <= 0) return 0;
    if (value === Infinity) return Infinity;
    while (sums.at(-1)! < value) {
      if (ends.at(-1)! === Number.MAX_VALUE) return Infinity;
      const before = sums.at(-1)!;
      extend();
      // Where an octave adds little, F may never get there.
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

/** Where the octave, or first panel, that begins at a time ends. */
function endAfter(from: number): number {
  return from === 0 ? FIRST : Math.min(2 * from, Number.MAX_VALUE);
}

function quarters(from: number): number[] {
  const end = endAfter(from);
  return from === 0 ? [end] : [from + (end - from) / 4, from + (end - from) / 2, from + 0.75 * (end - from), end];
}

/**
 * When nothing is left of F(∞) − F(t), as far as rounding tells; "endless" where F grows for ever; undefined
 * where the values do not tell. The octaves of all doubles are looked at: their integrals vanish, or do not
 * become smaller.
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
  let left = 0;
  let i = areas.length;
  while (i > 0 && left + areas[i - 1]! <= 2 ** -54 * all) left += areas[--i]!;
  // The integrals of the last octaves must have vanished for long.
  if (areas.length - i >= WINDOW) return i === 0 ? 0 : 2 ** (FIRST_EXPONENT + i - 1);
  const [before, last] = [sumOf(areas.slice(-2 * WINDOW, -WINDOW)), sumOf(areas.slice(-WINDOW))];
  return last > 0.95 * before ? "endless" : undefined;
}

/** So many octaves are compared with as many before them. */
const WINDOW = 256;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The first index at which increasing values are not below one of them. */
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
 * The first t at which F reaches a value, by Newton's method where it stays between the ends, else by halves.
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
  throw failure("not-converged", `${why}; pass its integral and inverse, or its jumps as breaks.`);
}
