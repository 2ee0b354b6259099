/**
 * The bracket of the matrix Riccati equation, M = (1 + HHᵀ)⁻¹ for modes (rows of H) whose sizes differ by
 * hundreds of orders of magnitude, and 1 − M on the diagonal, both with their relative digits.
 *
 * Modes are taken one by one, the largest first. Rotating the hidden units (columns) until row j is γe₁, the
 * Schur complement of mode j among the others is again of the form 1 + HHᵀ, with hidden unit 1 made smaller
 * by √(1 + γ²):
 *
 *     1 + |h|² = 1 + γ²,    Uᵢ = γhᵢ₁/(1 + γ²),    hᵢ₁ ← hᵢ₁/√(1 + γ²)
 *
 * so that 1 + HHᵀ = Uᵀ diag(1 + γ²) U without one subtraction of what was learned from what there was to
 * learn. Because the largest goes first, |Uᵢ| ≤ 1, and M = U⁻¹ diag(1/(1 + γ²)) U⁻ᵀ loses nothing either.
 */
import { difference, multiply, negate, quotient, sum, type Wide, wide, wideHypot, ZERO } from "../../numerics/wide.ts";

export interface Bracket {
  /** M, by rows. */
  readonly M: readonly (readonly Wide[])[];
  /** 1 − Mᵢᵢ. */
  readonly learned: readonly Wide[];
}

/** One mode taken: its place, 1/(1 + γ²), γ²/(1 + γ²), and its row of U in the modes' own numbering. */
interface Step {
  readonly mode: number;
  readonly left: Wide;
  readonly taken: Wide;
  readonly U: readonly Wide[];
}

const ONE = /* @__PURE__ */ wide(1);

/** M = (1 + HHᵀ)⁻¹ of the modes' rows. */
export function balancedBracket(H: readonly (readonly Wide[])[]): Bracket {
  const rows = H.map((row) => [...row]);
  const rest = H.map((_, i) => i);
  const steps: Step[] = [];
  while (rest.length > 0) {
    const mode = rest.splice(largest(rest.map((i) => rows[i]!.reduce(wideHypot, ZERO))), 1)[0]!;
    steps.push(take(rows, mode, rest));
  }
  return assemble(steps);
}

function take(rows: Wide[][], mode: number, rest: readonly number[]): Step {
  const U: Wide[] = rows.map(() => ZERO);
  const at = gather(rows, mode, rest);
  const gamma = rows[mode]![at] ?? ZERO;
  if (gamma.m === 0) return { mode, left: ONE, taken: ZERO, U };
  const root = wideHypot(ONE, gamma);
  const sine = quotient(gamma, root);
  for (const i of rest) {
    const shrunk = quotient(rows[i]![at]!, root);
    U[i] = multiply(sine, shrunk);
    rows[i]![at] = shrunk;
  }
  return { mode, left: quotient(quotient(ONE, root), root), taken: multiply(sine, sine), U };
}

/** Rotates the hidden units until the mode has one entry that is not 0, and says which. */
function gather(rows: Wide[][], mode: number, rest: readonly number[]): number {
  const row = rows[mode]!;
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
  const weighted = inverse.map((row) => row.map((entry, c) => multiply(entry, steps[c]!.left)));
  const M: Wide[][] = steps.map(() => []);
  const learned: Wide[] = [];
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let later = ZERO;
      for (let c = Math.max(b, a + 1); c < n; c++) later = sum(later, multiply(weighted[a]![c]!, inverse[b]![c]!));
      const { mode, left, taken } = steps[a]!;
      const total = a === b ? sum(left, later) : later;
      M[mode]![steps[b]!.mode] = total;
      M[steps[b]!.mode]![mode] = total;
      if (a === b) learned[mode] = difference(taken, later);
    }
  return { M, learned };
}

/** U⁻¹ in the order of the steps: unit upper triangular. */
function inverseOf(steps: readonly Step[]): Wide[][] {
  const n = steps.length;
  const rows: Wide[][] = steps.map((_, a) => steps.map((__, b) => (a === b ? ONE : ZERO)));
  for (let a = n - 1; a >= 0; a--)
    for (let b = a + 1; b < n; b++) {
      const u = steps[a]!.U[steps[b]!.mode]!;
      if (u.m !== 0) for (let c = b; c < n; c++) rows[a]![c] = difference(rows[a]![c]!, multiply(u, rows[b]![c]!));
    }
  return rows;
}
