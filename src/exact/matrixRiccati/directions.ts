/**
 * Directions at 32 digits: Σ's singular triples, the hidden units made orthogonal, and what of them Σ does
 * not see.
 *
 *     Σ = Σⱼ sⱼuⱼvⱼᵀ,    Q₀ = [b₁ b₂ …]R with bᵢ ⊥ bⱼ,    (1 − Σⱼvⱼvⱼᵀ)Cᵀ and (1 − Σⱼuⱼuⱼᵀ)A likewise
 *
 * A column whose length is at most its rounding error is 0 and gives no direction: that decides the ranks.
 * Large null spaces cost nothing: no more directions are kept than there are hidden units.
 */
import type { Matrix } from "ml-matrix";
import { type Column, column, lengthOf, orthogonalColumns, settle } from "../../numerics/orthogonalColumns.ts";
import { ROUNDING_OF_TWOFOLD } from "../../numerics/rounding.ts";
import { dot, entry, minus, over, scaled, setEntry, type Twofold, times, twofold, twofolds } from "../../numerics/twofold.ts";
import { scale } from "../../numerics/wide.ts";

/** A singular value s·2^shift and its directions. */
interface Triple {
  readonly s: Twofold;
  readonly shift: number;
  readonly u: Column;
  readonly v: Column;
}

/** Singular values that are not 0 in units of 2^exponent. */
export function singularTriples(sigma: Matrix, exponent: number): Triple[] {
  const tall = sigma.columns <= sigma.rows;
  const { columns, rotation } = orthogonalColumns(columnsOf(tall ? sigma : sigma.transpose()));
  const triples: Triple[] = [];
  for (const [j, one] of columns.entries()) {
    const s = lengthOf(one);
    const shift = one.exponent - exponent;
    if (scale(s.hi, shift) === 0) continue;
    const unit = normalized(one, s);
    triples.push(tall ? { s, shift, u: unit, v: rotation[j]! } : { s, shift, u: rotation[j]!, v: unit });
  }
  return triples;
}

/** The hidden units, rotated until orthogonal: as many as the start has rank. */
export function hiddenDirections(Q0: Matrix): Column[] {
  const tall = Q0.columns <= Q0.rows;
  const { columns, rotation } = orthogonalColumns(columnsOf(tall ? Q0 : Q0.transpose()));
  if (tall) return columns.filter((one) => lengthOf(one).hi > 0);
  // More units than weights a unit: Q₀Q₀ᵀ = R diag(|b|²) Rᵀ, so R diag(|b|) is as good.
  return columns.flatMap((one, j) => {
    const length = lengthOf(one);
    return length.hi > 0 ? [settle({ ...stretched(rotation[j]!, length), exponent: one.exponent })] : [];
  });
}

function columnsOf(matrix: Matrix): Column[] {
  return Array.from({ length: matrix.columns }, (_, j) =>
    column(Float64Array.from({ length: matrix.rows }, (__, i) => matrix.get(i, j))),
  );
}

export function part({ entries: { hi, lo }, exponent, noise }: Column, from: number, to: number): Column {
  return { entries: { hi: hi.slice(from, to), lo: lo.slice(from, to) }, exponent, noise };
}

function normalized(one: Column, length: Twofold): Column {
  return { ...stretched(one, over(twofold(1), length)), exponent: 0 };
}

function stretched({ entries, exponent, noise }: Column, by: Twofold): Column {
  const changed = twofolds(new Float64Array(entries.hi.length));
  for (let i = 0; i < changed.hi.length; i++) setEntry(changed, i, times(entry(entries, i), by));
  return { entries: changed, exponent, noise: noise * by.hi };
}

/** A direction of a null space, and the hidden units' coordinates along it in units of 2^exponent. */
interface Direction {
  readonly direction: Column;
  readonly x: readonly Twofold[];
}

/** The part of the hidden units off the given directions. */
export function unseen(
  units: readonly Column[],
  exponent: number,
  directions: readonly Column[],
  dimension: number,
): Direction[] {
  if (directions.length >= dimension) return [];
  const { columns, rotation } = orthogonalColumns(units.map((unit) => without(unit, directions)));
  return columns.flatMap((one, j) => {
    const length = lengthOf(one);
    if (length.hi === 0) return [];
    const size = scaled(length, one.exponent - exponent);
    const x = units.map((_, i) => times(entry(rotation[j]!.entries, i), size));
    return [{ direction: normalized(one, length), x }];
  });
}

/** The hidden unit minus its projections. */
function without(unit: Column, directions: readonly Column[]): Column {
  const left = twofolds(unit.entries.hi.slice(), unit.entries.lo.slice());
  let { noise } = unit;
  const size = lengthOf(unit).hi;
  for (const direction of directions) {
    const along = dot(left, direction.entries);
    if (along.hi === 0) continue;
    noise += Math.abs(along.hi) * ROUNDING_OF_TWOFOLD + direction.noise * size;
    for (let i = 0; i < left.hi.length; i++) setEntry(left, i, minus(entry(left, i), times(along, entry(direction.entries, i))));
  }
  const rest = { entries: left, exponent: unit.exponent, noise };
  return lengthOf(rest).hi > noise ? rest : { ...rest, entries: twofolds(new Float64Array(left.hi.length)), noise: 0 };
}
