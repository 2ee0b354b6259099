/**
 * The hidden vectors of modes, uₐ = W₂ᵀoₐ and wₐ = W₁vₐ, without what rounding has left in them.
 *
 * An entry of uₐ is a sum over the outputs of one neuron's weights, so its rounding is ε times that neuron's
 * weights: the neurons keep their own scales. An error δ of the direction oₐ towards o_b adds δ·u_b, so a
 * component of uₐ along a longer u_b that is as small as such errors is removed too. Directions that are
 * coordinate axes are exact, and so are the vectors along them.
 */
import { Matrix } from "ml-matrix";
import { frobeniusNorm } from "../../numerics/matrices.ts";

/** Errors of computed directions, in units of the weights that they mix. */
export const TILT = 1e-13;

/**
 * A rotation of two modes that changes the data by no more than this, in units of the whole, is within the
 * data's rounding.
 */
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

/**
 * Removes rounding from vectors, longest first, in place. `tilts` and `rounding` hold each vector's own
 * bounds.
 */
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

/**
 * A direction ⟂ to fewer than `n` orthonormal ones: the axis with the largest part outside of them, without
 * its part along them.
 */
export function perpendicularAxis(directions: readonly Matrix[], n: number): Matrix {
  const free = Array.from({ length: n }, (_, i) => 1 - directions.reduce((sum, one) => sum + one.get(i, 0) ** 2, 0));
  const axis = Matrix.zeros(n, 1);
  axis.set(free.indexOf(Math.max(...free)), 0, 1);
  // Twice: after the first pass rounding leaves a component along the others.
  for (let pass = 0; pass < 2; pass++) for (const one of directions) axis.sub(Matrix.mul(one, one.dot(axis)));
  return axis.div(axis.norm());
}

/** Directions of modes as columns, with each mode's strength and variance in units of the largest. */
export interface RawModes {
  readonly inputs: Matrix;
  readonly outputs: Matrix;
  readonly strengths: readonly number[];
  readonly variances: readonly number[];
}

/**
 * Rotates modes that the data do not distinguish until their hidden vectors are orthogonal: one-sided Jacobi,
 * which finds a small vector beside a large one where the eigenvectors of squares do not. `W2` and `W1` are
 * in units of their sizes. In place.
 */
export function turnDegenerate({ inputs, outputs, strengths, variances }: RawModes, W2: Matrix, W1: Matrix): void {
  const q = inputs.columns;
  const [u, w] = [W2.transpose().mmul(outputs), W1.mmul(inputs)];
  // Modes with vectors of one length in either layer differ by their overlaps.
  const both = new Matrix(2 * u.rows, q);
  both.setSubMatrix(Matrix.add(u, Matrix.mul(w, Math.LN2)), 0, 0);
  both.setSubMatrix(Matrix.mul(w, Math.SQRT1_2), u.rows, 0);
  const layers = [u, w, both];
  let moved = true;
  for (let sweep = 0; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let a = 0; a < q; a++)
      for (let b = a + 1; b < q; b++) {
        const gap = Math.max(Math.abs(strengths[a]! - strengths[b]!), Math.abs(variances[a]! - variances[b]!));
        const { tan } = layers.map((columns) => orthogonalising(columns, a, b)).reduce(clearer);
        if (tan === 0 || Math.abs(tan) * gap > FREE) continue;
        moved = true;
        for (const columns of [...layers, inputs, outputs]) turn(columns, a, b, tan);
      }
  }
}

/** The rotation that makes two columns orthogonal. */
interface Rotation {
  /** tan θ; 0 where the columns are orthogonal. */
  readonly tan: number;
  /**
   * How well the columns define it: √((|x|² − |y|²)² + 4(x·y)²)/√(|x|² + |y|²), which no rotation changes, is
   * 0 where any rotation will do.
   */
  readonly separation: number;
}

function clearer(one: Rotation, other: Rotation): Rotation {
  return other.separation > one.separation ? other : one;
}

function orthogonalising(columns: Matrix, first: number, second: number): Rotation {
  let [x, y] = [0, 0];
  for (let i = 0; i < columns.rows; i++) {
    x = Math.max(x, Math.abs(columns.get(i, first)));
    y = Math.max(y, Math.abs(columns.get(i, second)));
  }
  if (x === 0 && y === 0) return { tan: 0, separation: 0 };
  // Both in units of their largest entries, so that no square overflows.
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < columns.rows; i++) {
    const [p, q] = [x > 0 ? columns.get(i, first) / x : 0, y > 0 ? columns.get(i, second) / y : 0];
    xx += p * p;
    yy += q * q;
    xy += p * q;
  }
  const [lengthX, lengthY] = [x * Math.sqrt(xx), y * Math.sqrt(yy)];
  const longer = Math.max(lengthX, lengthY);
  if (x === 0 || y === 0) return { tan: 0, separation: longer };
  const cosine = xy / Math.sqrt(xx * yy);
  const [r, s] = [lengthX / longer, lengthY / longer];
  const separation = (longer * Math.hypot((r - s) * (r + s), 2 * cosine * r * s)) / Math.hypot(r, s);
  return { tan: tangent(cosine, columns.rows, (y / x) * Math.sqrt(yy / xx)), separation };
}

/** tan θ of columns with this cosine and this ratio of the second's length to the first's. */
function tangent(cosine: number, count: number, ratio: number): number {
  if (Math.abs(cosine) <= count * Number.EPSILON) return 0;
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
