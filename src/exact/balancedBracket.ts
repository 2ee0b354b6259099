/**
 * The bracket of the matrix Riccati equation, M = (1 + HHᵀ)⁻¹ for modes (rows of H) whose sizes differ by hundreds of orders of
 * magnitude, and 1 − M on the diagonal, both with their relative digits.
 *
 * Modes are taken one by one, the largest first. Rotating the hidden units (columns) until row j is γe₁, the Schur complement of
 * mode j among the others is again of the form 1 + HHᵀ, with hidden unit 1 made smaller by √(1 + γ²):
 *
 *     1 + |h|² = 1 + γ²,    Uᵢ = γhᵢ₁/(1 + γ²),    hᵢ₁ ← hᵢ₁/√(1 + γ²)
 *
 * so that 1 + HHᵀ = Uᵀ diag(1 + γ²) U without one subtraction of what was learned from what there was to learn.
 */
import { compare, difference, negate, product, quotient, sum, type Wide, wide, wideHypot, ZERO } from "../numerics/wide.ts";

export interface Bracket {
  /** M, by rows. */
  readonly M: readonly (readonly Wide[])[];
  /** 1 − Mᵢᵢ. */
  readonly learned: readonly Wide[];
}

const ONE = wide(1);

/** M = (1 + HHᵀ)⁻¹ of the modes' rows. */
export function balancedBracket(H: readonly (readonly Wide[])[]): Bracket {
  const n = H.length;
  const rows = H.map((row) => [...row]);
  const order: number[] = [];
  const left = H.map((_, i) => i);
  // Row j of U in the modes' own numbering; 1 + γ² and γ²/(1 + γ²) by mode.
  const upper = new Map<number, Wide[]>();
  const inverse: Wide[] = H.map(() => ONE);
  const share: Wide[] = H.map(() => ZERO);
  while (left.length > 0) {
    const sizes = left.map((i) => rows[i]!.reduce(wideHypot, ZERO));
    let best = 0;
    for (let i = 1; i < left.length; i++) if (compare(sizes[i]!, sizes[best]!) > 0) best = i;
    const j = left.splice(best, 1)[0]!;
    order.push(j);
    const U: Wide[] = H.map(() => ZERO);
    upper.set(j, U);
    if (sizes[best]!.m === 0) continue;
    const at = gather(rows, j, left);
    const gamma = absoluteOf(rows[j]![at]!);
    const root = wideHypot(ONE, gamma);
    inverse[j] = quotient(ONE, product(root, root));
    share[j] = product(quotient(gamma, root), quotient(gamma, root));
    const factor = quotient(rows[j]![at]!, product(root, root));
    for (const i of left) {
      U[i] = product(factor, rows[i]![at]!);
      rows[i]![at] = quotient(rows[i]![at]!, root);
    }
  }
  return assemble(n, order, upper, inverse, share);
}

/** Rotates the hidden units until row j has one entry that is not 0, and says which. */
function gather(rows: Wide[][], j: number, others: readonly number[]): number {
  const row = rows[j]!;
  let at = 0;
  for (let i = 1; i < row.length; i++) if (compare(absoluteOf(row[i]!), absoluteOf(row[at]!)) > 0) at = i;
  for (let i = 0; i < row.length; i++) {
    if (i === at || row[i]!.m === 0) continue;
    const r = wideHypot(row[at]!, row[i]!);
    const c = quotient(row[at]!, r);
    const s = quotient(row[i]!, r);
    row[at] = r;
    row[i] = ZERO;
    for (const other of others) {
      const x = rows[other]![at]!;
      const y = rows[other]![i]!;
      rows[other]![at] = sum(product(c, x), product(s, y));
      rows[other]![i] = difference(product(c, y), product(s, x));
    }
  }
  return at;
}

function absoluteOf(a: Wide): Wide {
  return a.m < 0 ? negate(a) : a;
}

/** M = U⁻¹ diag(1/(1 + γ²)) U⁻ᵀ. */
function assemble(
  n: number,
  order: readonly number[],
  upper: ReadonlyMap<number, readonly Wide[]>,
  inverse: readonly Wide[],
  share: readonly Wide[],
): Bracket {
  const rows: Wide[][] = order.map(() => []);
  for (let a = n - 1; a >= 0; a--) {
    const U = upper.get(order[a]!)!;
    const row = rows[a]!;
    for (let b = 0; b < n; b++) row[b] = b === a ? ONE : ZERO;
    for (let b = a + 1; b < n; b++) {
      const u = U[order[b]!]!;
      if (u.m === 0) continue;
      for (let c = b; c < n; c++) row[c] = difference(row[c]!, product(u, rows[b]![c]!));
    }
  }
  const M: Wide[][] = order.map(() => []);
  const learned: Wide[] = [];
  for (let a = 0; a < n; a++)
    for (let b = a; b < n; b++) {
      let total = ZERO;
      let later = ZERO;
      for (let c = b; c < n; c++) {
        const term = product(rows[a]![c]!, rows[b]![c]!, inverse[order[c]!]!);
        total = sum(total, term);
        if (c > a) later = sum(later, term);
      }
      M[order[a]!]![order[b]!] = total;
      M[order[b]!]![order[a]!] = total;
      if (a === b) learned[order[a]!] = difference(share[order[a]!]!, later);
    }
  return { M, learned };
}
