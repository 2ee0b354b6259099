/**
 * How far modes are coupled: the largest cosine between what two of them have, above what rounding can make.
 *
 *     cos = |left_b·M·rightₐ|/(size_b·sizeₐ)    and of what mode a has outside of all modes
 */
import { Matrix } from "ml-matrix";
import { lengthsOf } from "./hiddenVectors.ts";

/**
 * Of modes that count as decoupled: the largest cosine between hidden vectors of two of them, or between what
 * the data make of them.
 */
export const COUPLING = 1e-10;

/**
 * What rounding leaves of a product that is none: of a correlation, or an overlap – a target of low rank has
 * modes of that strength, in no directions of their own.
 */
export const UNCORRELATED = 1e-14;

/** What couples modes, and the cosine of the angle by which it does. */
export type Coupling = readonly [what: string, cosine: number];

export const LAYERS = ["the output weights couple", "the input weights couple", "the layers' overlap couples"] as const;

/**
 * Products between the vectors of modes, a column each, and the size of each column's product with all that
 * is in no mode.
 */
interface Products {
  readonly pairs: Matrix;
  readonly rest: readonly number[];
}

/** left_b·M·rightₐ. */
export function productsOf(matrix: Matrix, left: Matrix, right: Matrix): Products {
  const images = matrix.mmul(right);
  const pairs = left.transpose().mmul(images);
  return { pairs, rest: lengthsOf(Matrix.sub(images, left.mmul(pairs))) };
}

/** The product of two modes' vectors, or of one mode's and the rest, that is rounding. */
export type Forgiven = (a: number, b: number | undefined, sizeA: number, sizeB: number) => number;

/** Products of data, in units of the whole. */
export function ofData(rounding: number, least = 0): Forgiven {
  return (_, __, a, b) => Math.max(rounding * Math.max(a, b, rounding), least);
}

/**
 * The largest product over the sizes of both, of two different modes or of a mode and all that is none, above
 * rounding.
 */
export function largestCosine(
  { pairs, rest }: Products,
  sizesLeft: readonly number[],
  sizesRight: readonly number[],
  forgiven: Forgiven,
  whole = 1,
): number {
  let largest = 0;
  const see = (product: number, allowed: number, a: number, b: number): void => {
    if (product > allowed) largest = Math.max(largest, a > 0 && b > 0 ? Math.min(1, product / a / b) : 1);
  };
  for (let a = 0; a < pairs.columns; a++) {
    const right = sizesRight[a]!;
    for (let b = 0; b < pairs.rows; b++) {
      const left = sizesLeft[b]!;
      if (a !== b) see(Math.abs(pairs.get(b, a)), forgiven(a, b, right, left), right, left);
    }
    see(rest[a]!, forgiven(a, undefined, right, whole), right, whole);
  }
  return largest;
}
