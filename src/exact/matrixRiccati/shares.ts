/**
 * The start's shares in the eigenvectors of F, X·O with O a rotation of the hidden units: lower triangular
 * when the eigenvectors are taken from the fastest to the slowest, so that each one's own entry, on what
 * faster ones leave free, stands by itself with all its digits.
 *
 *     fastest   x₁₁
 *               x₂₁  x₂₂
 *               x₃₁  x₃₂  x₃₃ …
 *
 * What a slow one ends with is decided there, and may be small: with λ = 0 and square full layers half of
 * all starts have nothing left for one of them, for sgn det A·C is conserved. An entry that rounding at 32
 * digits could have made is 0. [BraunEtAl2022]
 */
import { Matrix } from "ml-matrix";
import { minus, over, plus, root, scaled, TWOFOLD_ONE, TWOFOLD_ZERO, type Twofold, times } from "../../numerics/twofold.ts";

/** Rounding of a row, 64 ROUNDING_OF_TWOFOLD: room for as many turns as there are hidden units. */
const ROUNDING_OF_ROWS = 2 ** -94;

/** The rows, slowest first, in the turned hidden units. */
export function triangularShares(given: readonly (readonly Twofold[])[]): Twofold[][] {
  const rows = given.map((row) => [...row]);
  let used = 0;
  for (let i = rows.length - 1; i >= 0 && used < rows[i]!.length; i--) {
    const row = rows[i]!;
    const whole = row.reduce((size, { hi }) => Math.max(size, Math.abs(hi)), 0);
    for (let j = used + 1; j < row.length; j++) if (row[j]!.hi !== 0) turn(rows, i, used, j);
    if (Math.abs(row[used]!.hi) <= ROUNDING_OF_ROWS * whole) row[used] = TWOFOLD_ZERO;
    else used++;
  }
  return rows;
}

/** E₀ = XXᵀ·2^shift − (f + |f|), with 32 digits of what cancels. */
export function excessOf(eigenvalues: readonly Twofold[], X: readonly (readonly Twofold[])[], shift: number): Matrix {
  const excess = Matrix.zeros(X.length, X.length);
  for (const [i, f] of eigenvalues.entries())
    for (let j = 0; j <= i; j++) {
      const gram = X[i]!.reduce((total, x, h) => plus(total, times(x, X[j]![h]!)), TWOFOLD_ZERO);
      const left = minus(scaled(gram, shift), i === j && f.hi > 0 ? scaled(f, 1) : TWOFOLD_ZERO).hi;
      excess.set(i, j, left);
      excess.set(j, i, left);
    }
  return excess;
}

/** Turns hidden units a and b until row i has nothing of b; faster rows have neither. */
function turn(rows: Twofold[][], i: number, a: number, b: number): void {
  const [x, y] = [rows[i]![a]!, rows[i]![b]!];
  const flat = Math.abs(x.hi) >= Math.abs(y.hi);
  // The smaller over the larger, so that nothing overflows.
  const ratio = flat ? over(y, x) : over(x, y);
  const long = over(TWOFOLD_ONE, root(plus(TWOFOLD_ONE, times(ratio, ratio))));
  const short = times(ratio, long);
  const [c, s] = flat ? [long, short] : [short, long];
  for (let r = 0; r <= i; r++) {
    const row = rows[r]!;
    const [p, q] = [row[a]!, row[b]!];
    if (p.hi === 0 && q.hi === 0) continue;
    row[a] = plus(times(c, p), times(s, q));
    row[b] = r === i ? TWOFOLD_ZERO : minus(times(c, q), times(s, p));
  }
}
