/**
 * Differentials dz = Σ (∂z/∂pᵢ) dpᵢ over a list of parameters, in numbers with exponents of their own. Calculus is one operation,
 * the linear combination: d(xy) = y dx + x dy is `combine([y, dx], [x, dy])`.
 *
 * Every part carries its size, the sum of what was added for it without regard to sign: size·ε is what rounding did to the part.
 * So of several expressions that are equal but for rounding the best one can be told, part by part.
 */
import { absolute, compare, product, quotient, sum, type Wide, ZERO } from "./wide.ts";

export interface Differential {
  readonly parts: readonly Wide[];
  readonly sizes: readonly Wide[];
}

/** A coefficient and what it multiplies; and the coefficient's own size, where it is a sum that may cancel. */
export type Term = readonly [Wide | number, Differential, Wide?];

/** dpᵢ itself, of n parameters. */
export function basis(i: number, n: number): Differential {
  const parts = Array.from({ length: n }, (_, j): Wide => (i === j ? { m: 1, e: 0 } : ZERO));
  return { parts, sizes: parts };
}

/** Σ coefficient·differential. An infinite coefficient leaves parts that are 0 alone. */
export function combine(...terms: readonly [Term, ...Term[]]): Differential {
  const n = terms[0][1].parts.length;
  const parts: Wide[] = new Array(n).fill(ZERO);
  const sizes: Wide[] = new Array(n).fill(ZERO);
  for (const [coefficient, differential, size = absolute(product(coefficient))] of terms) {
    if (size.m === 0) continue;
    const factor = product(coefficient);
    for (let i = 0; i < n; i++) {
      if (differential.sizes[i]!.m === 0) continue;
      parts[i] = sum(parts[i]!, product(factor, differential.parts[i]!));
      sizes[i] = sum(sizes[i]!, product(size, differential.sizes[i]!));
    }
  }
  return { parts, sizes };
}

/** Of expressions that are equal but for rounding: every part from the one in which least was added for it. */
export function leastCancelling(first: Differential, ...others: readonly Differential[]): Differential {
  const parts = [...first.parts];
  const sizes = [...first.sizes];
  for (const other of others) {
    for (let i = 0; i < parts.length; i++) {
      if (compare(other.sizes[i]!, sizes[i]!) >= 0) continue;
      parts[i] = other.parts[i]!;
      sizes[i] = other.sizes[i]!;
    }
  }
  return { parts, sizes };
}

/** a/b, with x/0 = ±∞ and 0/0 = 0. */
export function over(a: Wide, b: Wide): Wide {
  return a.m === 0 ? ZERO : quotient(a, b);
}
