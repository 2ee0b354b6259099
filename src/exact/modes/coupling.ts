/**
 * How far modes are coupled: the largest cosine between what two of them have, above what rounding can make.
 *
 *     cos = |left_b·M·rightₐ|/(size_b·sizeₐ)    and of what mode a has outside of all modes
 */
import { Matrix } from "ml-matrix";
import { lengthsOf } from "./hiddenVectors.ts";

/**
 * Modes count as decoupled if no cosine between the hidden vectors of two of them, or between what the data
 * make of them, exceeds this.
 */
export const COUPLING = 1e-10;

/**
 * What rounding leaves of a correlation or an overlap that is 0. A target of low rank has modes of this
 * strength, whose directions mean nothing.
 */
export const UNCORRELATED = 1e-14;

/** What couples modes, and the cosine of the angle by which it does. */
export interface Coupling {
  readonly what: "covariance" | "correlation" | "output weights" | "input weights" | "overlap";
  readonly cosine: number;
}

/** What a coupling is called in a message, with its verb. */
export const couplingNames: { readonly [What in Coupling["what"]]: string } = {
  covariance: "the inputs' covariance couples",
  correlation: "the correlation with the targets couples",
  "output weights": "the output weights couple",
  "input weights": "the input weights couple",
  overlap: "the layers' overlap couples",
};

/**
 * Products between the vectors of modes (the columns), and the size of each column's product with everything
 * outside of all modes.
 */
interface Products {
  readonly pairs: Matrix;
  readonly outside: readonly number[];
}

/** left_b·M·rightₐ. */
export function productsOf(matrix: Matrix, left: Matrix, right: Matrix): Products {
  const images = matrix.mmul(right);
  const pairs = left.transpose().mmul(images);
  return { pairs, outside: lengthsOf(Matrix.sub(images, left.mmul(pairs))) };
}

/** How large a product of two modes' vectors, or of one mode's and the rest, rounding can make. */
export type Forgiven = (a: number, b: number | undefined, sizeA: number, sizeB: number) => number;

/** Products of data, in units of the whole. */
export function ofData(rounding: number, least = 0): Forgiven {
  return (_, __, a, b) => Math.max(rounding * Math.max(a, b, rounding), least);
}

/**
 * The largest cosine above rounding between two different modes, or between a mode and everything outside of
 * all modes.
 */
export function largestCosine(
  { pairs, outside }: Products,
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
    see(outside[a]!, forgiven(a, undefined, right, whole), right, whole);
  }
  return largest;
}
