/**
 * B·R with orthogonal columns, R a rotation: one-sided Jacobi, an SVD without its divisions, at 32 digits.
 *
 *     columns p, q  →  c·p − s·q,  s·p + c·q        tan = s/c from (|q|² − |p|²)/(2p·q)
 *
 * Each column has an exponent of its own, so that columns keep their relative digits whatever the others'
 * size, and a bound on what rounding can have made of it: 0 if it was never turned. A column within that
 * bound is 0: the matrix has lost a rank, and rounding does not give it back. [DemmelVeselic1992]
 */
import { ROUNDING_OF_TWOFOLD } from "./rounding.ts";
import {
  dot,
  minus,
  over,
  plus,
  root,
  scaled,
  type Twofold,
  type Twofolds,
  times,
  turned,
  twofold,
  twofolds,
} from "./twofold.ts";
import { exponentOf, scale } from "./wide.ts";

/** The vector `entries`·2^exponent, right to `noise` in its norm, in the same unit. */
export interface Column {
  entries: Twofolds;
  exponent: number;
  noise: number;
}

interface OrthogonalColumns {
  /** B·R, orthogonal; columns that are 0 but for rounding are 0. */
  readonly columns: readonly Column[];
  /** R, by columns; exponents 0. */
  readonly rotation: readonly Column[];
}

/** Sweeps converge quadratically; more than a dozen have not been seen. */
const SWEEPS = 60;
/** A column smaller by this factor does not turn the larger one within 32 digits. */
const FAR = 400;

/** A vector of doubles, without noise. */
export function column(values: Float64Array): Column {
  return settle({ entries: twofolds(values.slice()), exponent: 0, noise: 0 });
}

/** Brings the largest entry to [1, 2). */
export function settle(given: Column): Column {
  const { hi, lo } = given.entries;
  const shift = exponentOf(hi.reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1);
  if (shift === 0) return given;
  return {
    entries: { hi: hi.map((x) => scale(x, -shift)), lo: lo.map((x) => scale(x, -shift)) },
    exponent: given.exponent + shift,
    noise: scale(given.noise, -shift),
  };
}

/** The Euclidean norm of `entries`. */
export function lengthOf({ entries }: Column): Twofold {
  return root(dot(entries, entries));
}

export function orthogonalColumns(given: readonly Column[]): OrthogonalColumns {
  const columns = given.map((one) => settle({ ...one, entries: { hi: one.entries.hi.slice(), lo: one.entries.lo.slice() } }));
  const rotation = columns.map((_, j) => column(Float64Array.from(columns, (__, i) => (i === j ? 1 : 0))));
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < columns.length; p++)
      for (let q = p + 1; q < columns.length; q++) moved = orthogonalize(columns, rotation, p, q) || moved;
  }
  return { columns, rotation };
}

/** One rotation; false if there was nothing to turn. */
function orthogonalize(columns: Column[], rotation: Column[], first: number, second: number): boolean {
  const swap = columns[first]!.exponent < columns[second]!.exponent;
  const [p, q] = swap ? [second, first] : [first, second];
  const [large, small] = [columns[p]!, columns[q]!];
  const [squareOfLarge, squareOfSmall] = [dot(large.entries, large.entries), dot(small.entries, small.entries)];
  const [a, b] = [squareOfLarge.hi, squareOfSmall.hi];
  const g = dot(large.entries, small.entries).hi;
  if (a === 0 || b === 0 || Math.abs(g) <= ROUNDING_OF_TWOFOLD * Math.sqrt(a * b)) return false;
  const down = small.exponent - large.exponent;
  // tan·2^−down, which is of ordinary size however far the columns are apart.
  let tan: number;
  if (down < -FAR) tan = -g / a;
  else {
    const ratio = 2 ** down;
    // Columns of one length to 16 digits may differ in the 17th: their angle depends on that.
    const zeta = minus(scaled(squareOfSmall, 2 * down), squareOfLarge).hi / (2 * g * ratio);
    tan = (Math.sign(zeta) || 1) / (Math.abs(zeta) + Math.hypot(1, zeta)) / ratio;
  }
  const plain = scale(tan, down);
  const cos = over(twofold(1), root(plus(twofold(1), times(twofold(plain), twofold(plain)))));
  columns[p] = quieted(mix(large, small, cos, scale(-plain, down)));
  columns[q] = quieted(mix(small, large, cos, tan));
  const [x, y] = [rotation[p]!, rotation[q]!];
  rotation[p] = mix(x, y, cos, -plain);
  rotation[q] = mix(y, x, cos, plain);
  return true;
}

/** cos·(a + tan·b), in the unit of a; tan counts the ratio of the units. */
function mix(a: Column, b: Column, cos: Twofold, tan: number): Column {
  let size = 0;
  for (let i = 0; i < a.entries.hi.length; i++)
    size = Math.max(size, Math.abs(a.entries.hi[i]!) + Math.abs(tan * b.entries.hi[i]!));
  const noise = (a.noise + Math.abs(tan) * b.noise) * cos.hi + ROUNDING_OF_TWOFOLD * Math.sqrt(a.entries.hi.length) * size;
  return { entries: turned(a.entries, b.entries, cos, tan), exponent: a.exponent, noise };
}

/** Sets a column to zero if its length is below its accumulated rounding error. */
function quieted(one: Column): Column {
  const length = lengthOf(one).hi;
  if (length > one.noise) return settle(one);
  return { entries: twofolds(new Float64Array(one.entries.hi.length)), exponent: one.exponent, noise: 0 };
}
