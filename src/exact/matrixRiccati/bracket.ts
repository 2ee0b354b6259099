/**
 * The bracket of the matrix Riccati equation, M = (1 + HHᵀ)⁻¹ for rows of H whose sizes differ by
 * hundreds of orders of magnitude, and 1 − M on the diagonal, both with their relative digits.
 *
 * Rows are taken one by one, the largest first. Rotating the hidden units (columns) until row j is γe₁, the
 * Schur complement of row j among the others is again of the form 1 + HHᵀ, with hidden unit 1 made smaller
 * by √(1 + γ²):
 *
 *     1 + |h|² = 1 + γ²,    Uᵢ = γhᵢ₁/(1 + γ²),    hᵢ₁ ← hᵢ₁/√(1 + γ²)
 *
 * so that 1 + HHᵀ = Uᵀ diag(1 + γ²) U without one subtraction of what was learned from what there was to
 * learn. Because the largest goes first, |Uᵢ| ≤ 1, and M = U⁻¹ diag(1/(1 + γ²)) U⁻ᵀ loses nothing either.
 */
import { difference, multiply, negate, ONE, quotient, sum, type Wide, wideHypot, ZERO } from "../../numerics/wide.ts";

export interface Bracket {
  /** M, by rows. */
  readonly M: readonly (readonly Wide[])[];
  /** 1 − Mᵢᵢ. */
  readonly learned: readonly Wide[];
}

/**
 * One row of H taken: its number, 1/(1 + γ²), γ²/(1 + γ²), and its row of U, whose columns are numbered as
 * the rows of H.
 */
interface Step {
  readonly index: number;
  readonly unlearned: Wide;
  readonly taken: Wide;
  readonly U: readonly Wide[];
}

/** M = (1 + HHᵀ)⁻¹ and the diagonal of 1 − M. */
export function balancedBracket(H: readonly (readonly Wide[])[]): Bracket {
  const rows = H.map((row) => [...row]);
  const rest = H.map((_, i) => i);
  const steps: Step[] = [];
  while (rest.length > 0) {
    const index = rest.splice(largest(rest.map((i) => rows[i]!.reduce(wideHypot, ZERO))), 1)[0]!;
    steps.push(take(rows, index, rest));
  }
  return assemble(steps);
}

function take(rows: Wide[][], index: number, rest: readonly number[]): Step {
  const U: Wide[] = rows.map(() => ZERO);
  const at = gather(rows, index, rest);
  const gamma = rows[index]![at] ?? ZERO;
  if (gamma.m === 0) return { index, unlearned: ONE, taken: ZERO, U };
  const root = wideHypot(ONE, gamma);
  const sine = quotient(gamma, root);
  for (const i of rest) {
    const shrunk = quotient(rows[i]![at]!, root);
    U[i] = multiply(sine, shrunk);
    rows[i]![at] = shrunk;
  }
  return { index, unlearned: quotient(quotient(ONE, root), root), taken: multiply(sine, sine), U };
}

/** Rotates the hidden units until the row has one entry that is not 0, and says which. */
function gather(rows: Wide[][], index: number, rest: readonly number[]): number {
  const row = rows[index]!;
  const at = largest(row.map((entry) => (entry.m < 0 ? negate(entry) : entry)));
  for (let i = 0; i < row.length; i++) {
    if (i === at || row[i]!.m === 0) continue;
    const r = wideHypot(row[at]!, row[i]!);
    const c = quotient(row[at]!, r);
    const s = quotient(row[i]!, r);
    row[at] = r;
    row[i] = ZERO;
    for (const other of rest) {
      const turned = rows[other]!;
      const [x, y] = [turned[at]!, turned[i]!];
      turned[at] = sum(multiply(c, x), multiply(s, y));
      turned[i] = difference(multiply(c, y), multiply(s, x));
    }
  }
  return at;
}

/** The place of the largest of numbers ≥ 0. */
function largest(sizes: readonly Wide[]): number {
  let best = 0;
  for (let i = 1; i < sizes.length; i++) if (difference(sizes[i]!, sizes[best]!).m > 0) best = i;
  return best;
}

/** M = U⁻¹ diag(1/(1 + γ²)) U⁻ᵀ. */
function assemble(steps: readonly Step[]): Bracket {
  const n = steps.length;
  const inverse = inverseOf(steps);
  const weighted = inverse.map((row) => row.map((entry, c) => multiply(entry, steps[c]!.unlearned)));
  const M: Wide[][] = steps.map(() => []);
  const learned: Wide[] = [];
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let later = ZERO;
      for (let c = Math.max(b, a + 1); c < n; c++) later = sum(later, multiply(weighted[a]![c]!, inverse[b]![c]!));
      const { index, unlearned, taken } = steps[a]!;
      const total = a === b ? sum(unlearned, later) : later;
      M[index]![steps[b]!.index] = total;
      M[steps[b]!.index]![index] = total;
      if (a === b) learned[index] = difference(taken, later);
    }
  return { M, learned };
}

/** U⁻¹ in the order of the steps: unit upper triangular. */
function inverseOf(steps: readonly Step[]): Wide[][] {
  const n = steps.length;
  const rows: Wide[][] = steps.map((_, a) => steps.map((__, b) => (a === b ? ONE : ZERO)));
  for (let a = n - 1; a >= 0; a--)
    for (let b = a + 1; b < n; b++) {
      const u = steps[a]!.U[steps[b]!.index]!;
      if (u.m !== 0) for (let c = b; c < n; c++) rows[a]![c] = difference(rows[a]![c]!, multiply(u, rows[b]![c]!));
    }
  return rows;
}
