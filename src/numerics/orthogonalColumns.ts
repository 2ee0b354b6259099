/**
 * Finds a rotation R such that B·R has orthogonal columns, by one-sided Jacobi rotations with 32 digits.
 *
 *     columns p, q  →  c·p − s·q,  s·p + c·q        tan = s/c from (|q|² − |p|²)/(2p·q)
 *
 * Each column has its own exponent, so that its relative accuracy does not depend on the size of the other
 * columns. Each column also has a bound on its accumulated rounding error, which is 0 if it was never
 * rotated. A column whose length is below that bound is set to zero, so that rounding does not raise the rank
 * of the matrix. [DemmelVeselic1992]
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

/** The vector `entries`·2^exponent. `noise` bounds the norm of its rounding error, in units of 2^exponent. */
export interface Column {
  entries: Twofolds;
  exponent: number;
  noise: number;
}

interface OrthogonalColumns {
  /** B·R. Columns that are zero up to rounding are set to zero. */
  readonly columns: readonly Column[];
  /** R by columns, with exponents 0. */
  readonly rotation: readonly Column[];
}

/** The largest number of sweeps. They converge quadratically; the tests never needed more than a dozen. */
const SWEEPS = 60;
/** If one column is smaller by this factor, the rotation of the larger one is below 32 digits. */
const FAR = 400;

/** A vector of doubles, without noise. */
export function column(values: Float64Array): Column {
  return settle({ entries: twofolds(values.slice()), exponent: 0, noise: 0 });
}

/** Brings the largest entry to [1, 2). */
export function settle(column: Column): Column {
  const { hi, lo } = column.entries;
  const shift = exponentOf(hi.reduce((top, x) => Math.max(top, Math.abs(x)), 0) || 1);
  if (shift === 0) return column;
  return {
    entries: { hi: hi.map((x) => scale(x, -shift)), lo: lo.map((x) => scale(x, -shift)) },
    exponent: column.exponent + shift,
    noise: scale(column.noise, -shift),
  };
}

/** The Euclidean norm of `entries`. */
export function lengthOf({ entries }: Column): Twofold {
  return root(dot(entries, entries));
}

export function orthogonalColumns(matrix: readonly Column[]): OrthogonalColumns {
  const columns = matrix.map((one) => settle({ ...one, entries: { hi: one.entries.hi.slice(), lo: one.entries.lo.slice() } }));
  const rotation = columns.map((_, j) => column(Float64Array.from(columns, (__, i) => (i === j ? 1 : 0))));
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < columns.length; p++)
      for (let q = p + 1; q < columns.length; q++) moved = orthogonalize(columns, rotation, p, q) || moved;
  }
  return { columns, rotation };
}

/** Makes two columns orthogonal by one rotation. Returns false if they already were. */
function orthogonalize(columns: Column[], rotation: Column[], first: number, second: number): boolean {
  const swap = columns[first]!.exponent < columns[second]!.exponent;
  const [p, q] = swap ? [second, first] : [first, second];
  const [large, small] = [columns[p]!, columns[q]!];
  const [squareOfLarge, squareOfSmall] = [dot(large.entries, large.entries), dot(small.entries, small.entries)];
  const [a, b] = [squareOfLarge.hi, squareOfSmall.hi];
  const g = dot(large.entries, small.entries).hi;
  if (a === 0 || b === 0 || Math.abs(g) <= ROUNDING_OF_TWOFOLD * Math.sqrt(a * b)) return false;
  const down = small.exponent - large.exponent;
  // tan·2^−down, which is of ordinary size even if the columns differ much in size.
  let tan: number;
  if (down < -FAR) tan = -g / a;
  else {
    const ratio = 2 ** down;
    // The angle depends on the difference of the lengths, even if the lengths agree to 16 digits.
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

/** cos·(a + tan·b), in the unit of a. tan includes the ratio of the units. */
function mix(a: Column, b: Column, cos: Twofold, tan: number): Column {
  let size = 0;
  for (let i = 0; i < a.entries.hi.length; i++)
    size = Math.max(size, Math.abs(a.entries.hi[i]!) + Math.abs(tan * b.entries.hi[i]!));
  const noise = (a.noise + Math.abs(tan) * b.noise) * cos.hi + ROUNDING_OF_TWOFOLD * Math.sqrt(a.entries.hi.length) * size;
  return { entries: turned(a.entries, b.entries, cos, tan), exponent: a.exponent, noise };
}

/** Sets a column to zero if its length is below its accumulated rounding error. */
function quieted(column: Column): Column {
  const length = lengthOf(column).hi;
  if (length > column.noise) return settle(column);
  return { entries: twofolds(new Float64Array(column.entries.hi.length)), exponent: column.exponent, noise: 0 };
}
