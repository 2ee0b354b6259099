/**
 * The remaining change of a gradient flow near a fixed point. With ẏ = f(y) = −D∇Φ(y), D diagonal, the
 * Jacobian J = D^{1/2} A D^{−1/2} has a symmetric A; in its eigenvectors
 *
 *     A vᵢ = θᵢvᵢ     D^{−1/2} f = Σ cᵢvᵢ     y(∞) − y = −D^{1/2} Σ (cᵢ/θᵢ) vᵢ
 *
 * A is projected on the Krylov space of D^{−1/2} f by Arnoldi's method, which is restarted if the space is
 * exhausted. Products with J are differences of f that are exact for cubic fields. Up to {@link MOST}
 * components the spectrum is complete. [GolubVanLoan2013, §10.5]
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { largestOf, type RestingSystem } from "./stepper.ts";

/** The remaining change of a flow near a fixed point. */
export interface Outlook {
  /** A bound on the largest component of y(∞) − y, from the eigenvectors that decay. */
  readonly remaining: number;
  /** The time until `remaining` is below the goal. */
  readonly wait: number;
  /** The fastest growth rate, which is positive at a saddle. */
  readonly growth: number;
}

/** The largest number of directions that are examined. */
const MOST = 64;

/** The share of the largest rate below which a rate cannot be distinguished from 0. */
const RESOLUTION = 1e-9;

/**
 * The outlook of the field at y. Errors are relative to `scale`, the size of y. `goal` is the remaining
 * change that is small enough. Components for which `moves` is false are fixed.
 */
export function outlookOf(
  field: (y: Float64Array, out: Float64Array) => void,
  metric: RestingSystem["metric"],
  moves: (i: number) => boolean,
  y: Float64Array,
  scale: number,
  goal: number,
): Outlook {
  const n = y.length;
  const f = new Float64Array(n);
  const roots = new Float64Array(n).fill(1);
  metric?.(y, roots);
  for (let i = 0; i < n; i++) roots[i] = moves(i) ? Math.sqrt(roots[i]!) : 0;
  field(y, f);
  const { basis, projected } = krylov(field, roots, y, f, scale);
  const m = basis.length;
  if (m === 0) return { remaining: 0, wait: 0, growth: 0 };

  const speed = largestOf(f.map((value, i) => (roots[i]! > 0 ? value : 0)));
  const unit = largestEntry(projected);
  // If f is NaN nearby, there is no result.
  if (!Number.isFinite(unit)) return { remaining: Infinity, wait: 0, growth: 0 };
  const scaled = unit > 0 ? Matrix.div(projected, unit) : projected;
  const { realEigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(scaled, { assumeSymmetric: true });
  const rates = realEigenvalues.map((rate) => rate * unit);
  const fastest = rates.reduce((most, rate) => Math.max(most, Math.abs(rate)), 0);
  // A remaining residual rotates the neutral directions at up to speed/scale, which does not count as growth.
  const least = RESOLUTION * fastest + (3 * speed) / scale;
  const noise = 4 * Math.max(Number.EPSILON * fastest * Math.max(scale, largestOf(y)), noiseOf(field, roots, y, f));
  const first = coefficients(basis[0]!, f, roots);
  let remaining = 0;
  let wait = 0;
  let growth = 0;
  for (let i = 0; i < m; i++) {
    const rate = rates[i]!;
    if (rate > least) growth = Math.max(growth, rate);
    // The largest component, in y, of the part of f along the eigenvector.
    let largest = 0;
    for (let j = 0; j < n; j++) {
      let value = 0;
      for (let b = 0; b < m; b++) value += vectors.get(b, i) * basis[b]![j]!;
      largest = Math.max(largest, Math.abs(roots[j]! * value));
    }
    const pace = Math.abs(first * vectors.get(0, i)) * largest;
    if (pace <= noise || rate > least) continue;
    const decay = Math.max(-rate, least);
    const distance = pace / decay;
    remaining += distance;
    if (distance > goal / m) wait = Math.max(wait, Math.log((m * distance) / goal) / decay);
  }
  return { remaining, wait, growth };
}

/**
 * The change of f with the last digits of y, which is the rounding error of f if it is nearly 0 by
 * cancellation.
 */
function noiseOf(
  field: (y: Float64Array, out: Float64Array) => void,
  roots: Float64Array,
  y: Float64Array,
  f: Float64Array,
): number {
  const values = new Float64Array(y.length);
  let largest = 0;
  for (let n = 1; n <= 3; n++) {
    // Changes of −2 to 2 units in the last place, in a fixed irregular order.
    field(
      y.map((value, i) => value * (1 + Number.EPSILON * (((7 * i + 3 * n) % 5) - 2))),
      values,
    );
    for (let i = 0; i < y.length; i++) if (roots[i]! > 0) largest = Math.max(largest, Math.abs(values[i]! - f[i]!));
  }
  return largest;
}

/** maxᵢⱼ |Mᵢⱼ|; NaN if there is one. */
function largestEntry(matrix: Matrix): number {
  return largestOf(Float64Array.from(matrix.to1DArray()));
}

/** D^{−1/2} f along the first vector of the basis, which is its direction. */
function coefficients(direction: Float64Array, f: Float64Array, roots: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < f.length; i++) if (roots[i]! > 0) sum += (direction[i]! * f[i]!) / roots[i]!;
  return sum;
}

/** An orthonormal basis that begins with D^{−1/2} f, and the projection of A on it. */
function krylov(
  field: (y: Float64Array, out: Float64Array) => void,
  roots: Float64Array,
  y: Float64Array,
  f: Float64Array,
  scale: number,
): { readonly basis: Float64Array[]; readonly projected: Matrix } {
  const n = y.length;
  const most = Math.min(
    MOST,
    roots.reduce((count, root) => count + (root > 0 ? 1 : 0), 0),
  );
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const jacobian = jacobianAt(field, y, scale);
  let next = f.map((value, i) => (roots[i]! > 0 ? value / roots[i]! : 0));
  let fastest = 0;
  let unit = 0;
  while (basis.length < most) {
    const before = norm(next);
    const after = orthogonalise(next, basis);
    const exhausted = !(after > 1e-9 * (basis.length === 0 ? before / 2 : Math.max(before, fastest)));
    if (exhausted) {
      // The next coordinate axis that is not in the space.
      let found = false;
      for (; unit < n && !found; unit++) {
        if (roots[unit] === 0) continue;
        next = new Float64Array(n);
        next[unit] = 1;
        found = orthogonalise(next, basis) > 1e-6;
      }
      if (!found) break;
    }
    const length = norm(next);
    const vector = next.map((value) => value / length);
    basis.push(vector);
    const image = new Float64Array(n);
    jacobian(
      vector.map((value, i) => value * roots[i]!),
      image,
    );
    for (let i = 0; i < n; i++) image[i] = roots[i]! > 0 ? image[i]! / roots[i]! : 0;
    images.push(image);
    fastest = Math.max(fastest, norm(image));
    next = image.slice();
  }
  const m = basis.length;
  const projected = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (dot(basis[i]!, images[j]!) + dot(basis[j]!, images[i]!)) / 2;
      projected.set(i, j, value);
      projected.set(j, i, value);
    }
  }
  return { basis, projected };
}

/** J·p by differences of f on both sides, at two distances. */
function jacobianAt(
  field: (y: Float64Array, out: Float64Array) => void,
  y: Float64Array,
  scale: number,
): (p: Float64Array, out: Float64Array) => void {
  const there = new Float64Array(y.length);
  const values = new Float64Array(y.length);
  return (p, out) => {
    const step = (1e-3 * scale) / (largestOf(p) || 1);
    out.fill(0);
    for (const [distance, weight] of STENCIL) {
      for (let i = 0; i < y.length; i++) there[i] = y[i]! + distance * step * p[i]!;
      field(there, values);
      for (let i = 0; i < y.length; i++) out[i]! += (weight * values[i]!) / step;
    }
  };
}

const STENCIL = [
  [1, 8 / 12],
  [-1, -8 / 12],
  [2, -1 / 12],
  [-2, 1 / 12],
] as const;

/**
 * Removes the components of the vector in the basis, in two passes because of rounding. Returns the remaining
 * length.
 */
function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): number {
  for (let pass = 0; pass < 2; pass++) {
    for (const direction of basis) {
      const along = dot(direction, vector);
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * direction[i]!;
    }
  }
  return norm(vector);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** |v|, of vectors of any size. */
function norm(vector: Float64Array): number {
  const largest = largestOf(vector);
  if (!(largest > 0)) return 0;
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}
