/**
 * The hidden vectors of modes, uₐ = W₂ᵀoₐ and wₐ = W₁vₐ, without what rounding has left in them.
 *
 * An entry of uₐ is a sum over the outputs of one neuron's weights, so its rounding is ε times that neuron's weights: the neurons keep their own scales.
 * An error δ of the direction oₐ towards o_b adds δ·u_b, so a component of uₐ along a longer u_b that is as small as such errors is removed too.
 * Directions that are coordinate axes are exact, and so are the vectors along them.
 */
import { Matrix } from "ml-matrix";
import { frobeniusNorm } from "../../numerics/matrices.ts";

/** A bound on the rounding of one operation's terms, with room for those that made the given layers and the directions. */
export const ROUNDING: number = 16 * Number.EPSILON;

/** Errors of computed directions, in units of the weights that they mix. */
export const TILT = 1e-13;

/** A rotation of two modes that changes the data by no more than this, in units of the whole, is within the data's rounding. */
const FREE = 8 * Number.EPSILON;

/** Sweeps of rotations converge quadratically. */
const SWEEPS = 12;

/** The hidden vectors of modes in one layer, a column each. */
export interface HiddenVectors {
  readonly vectors: Matrix;
  /** Lengths of the columns. */
  readonly sizes: readonly number[];
  /** By how much errors of the directions may have changed each. */
  readonly tilts: readonly number[];
}

/** Removes rounding from vectors, longest first, in place. `tilts` and `rounding` hold each vector's own bounds. */
export function withoutRounding(vectors: Matrix, tilts: readonly number[], rounding: readonly Float64Array[]): HiddenVectors {
  const lengths = lengthsOf(vectors);
  const order = lengths.map((_, a) => a).sort((a, b) => lengths[b]! - lengths[a]!);
  const directions: Matrix[] = [];
  for (const a of order) {
    const vector = vectors.getColumnVector(a);
    for (const direction of directions) {
      const along = direction.dot(vector);
      if (along !== 0 && Math.abs(along) <= tilts[a]!) vector.sub(Matrix.mul(direction, along));
    }
    for (let h = 0; h < vector.rows; h++) if (Math.abs(vector.get(h, 0)) <= rounding[a]![h]!) vector.set(h, 0, 0);
    vectors.setColumn(a, vector);
    const size = frobeniusNorm(vector);
    if (size > 0) directions.push(vector.div(size));
  }
  return { vectors, sizes: lengthsOf(vectors), tilts };
}

export function lengthsOf(columns: Matrix): number[] {
  return Array.from({ length: columns.columns }, (_, a) => frobeniusNorm(columns.getColumnVector(a)));
}

/** Directions of modes as columns, with each mode's strength and variance in units of the largest. */
export interface RawModes {
  readonly inputs: Matrix;
  readonly outputs: Matrix;
  readonly strengths: readonly number[];
  readonly variances: readonly number[];
}

/**
 * Turns modes that the data do not tell apart until their hidden vectors are orthogonal: one-sided Jacobi, which finds a small vector beside a large one
 * where the eigenvectors of squares do not. `W2` and `W1` are in units of their sizes. In place.
 */
export function turnDegenerate({ inputs, outputs, strengths, variances }: RawModes, W2: Matrix, W1: Matrix): void {
  const q = inputs.columns;
  const [u, w] = [W2.transpose().mmul(outputs), W1.mmul(inputs)];
  // Generic factors: modes with vectors of one length in both layers, or in one, are still told apart.
  const z = new Matrix(2 * u.rows, q);
  z.setSubMatrix(Matrix.add(u, Matrix.mul(w, Math.LN2)), 0, 0);
  z.setSubMatrix(Matrix.mul(w, Math.SQRT1_2), u.rows, 0);
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let a = 0; a < q; a++)
      for (let b = a + 1; b < q; b++) {
        const gap = Math.max(Math.abs(strengths[a]! - strengths[b]!), Math.abs(variances[a]! - variances[b]!));
        const tan = tangent(z, a, b);
        if (tan === 0 || Math.abs(tan) * gap > FREE) continue;
        moved = true;
        for (const columns of [z, inputs, outputs]) turn(columns, a, b, tan);
      }
  }
}

/** tan θ of the rotation that makes two columns orthogonal; 0 where they are so. */
function tangent(z: Matrix, first: number, second: number): number {
  let [x, y] = [0, 0];
  for (let i = 0; i < z.rows; i++) {
    x = Math.max(x, Math.abs(z.get(i, first)));
    y = Math.max(y, Math.abs(z.get(i, second)));
  }
  if (x === 0 || y === 0) return 0;
  // Both in units of their largest entries, so that no square leaves the doubles.
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < z.rows; i++) {
    const [p, q] = [z.get(i, first) / x, z.get(i, second) / y];
    xx += p * p;
    yy += q * q;
    xy += p * q;
  }
  const cosine = xy / Math.sqrt(xx * yy);
  if (Math.abs(cosine) <= z.rows * Number.EPSILON) return 0;
  const ratio = (y / x) * Math.sqrt(yy / xx);
  const zeta = (ratio - 1 / ratio) / (2 * cosine);
  if (!Number.isFinite(zeta)) return ratio < 1 ? -cosine * ratio : cosine / ratio;
  return (Math.sign(zeta) || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
}

/** (x, y) → (x − tan·y, y + tan·x)/√(1 + tan²) of two columns, in place. */
export function turn(columns: Matrix, a: number, b: number, tan: number): void {
  const cos = 1 / Math.hypot(1, tan);
  const sin = tan * cos;
  for (let i = 0; i < columns.rows; i++) {
    const [x, y] = [columns.get(i, a), columns.get(i, b)];
    columns.set(i, a, cos * x - sin * y);
    columns.set(i, b, sin * x + cos * y);
  }
}
