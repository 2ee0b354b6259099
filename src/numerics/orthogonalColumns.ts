/**
 * B·R with orthogonal columns, R a rotation: one-sided Jacobi, the SVD without its divisions. Columns of different size keep their
 * relative digits, which a bidiagonalization loses against the largest.
 */

/** Columns, each an array; and the rotation, by columns as well. */
export interface OrthogonalColumns {
  readonly columns: Float64Array[];
  readonly rotation: Float64Array[];
}

const SWEEPS = 40;

/** Rotates the columns until they are orthogonal to rounding. */
export function orthogonalColumns(given: readonly Float64Array[]): OrthogonalColumns {
  const columns = given.map((column) => Float64Array.from(column));
  const rotation = columns.map((_, j) => Float64Array.from(columns, (__, i) => (i === j ? 1 : 0)));
  const n = columns.length;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const a = dot(columns[p]!, columns[p]!);
        const b = dot(columns[q]!, columns[q]!);
        const g = dot(columns[p]!, columns[q]!);
        if (g === 0 || Math.abs(g) <= 2 ** -52 * Math.sqrt(a) * Math.sqrt(b)) continue;
        turned = true;
        const zeta = (b - a) / (2 * g);
        const tan = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, tan);
        rotate(columns[p]!, columns[q]!, c, c * tan);
        rotate(rotation[p]!, rotation[q]!, c, c * tan);
      }
    if (!turned) break;
  }
  return { columns, rotation };
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function rotate(a: Float64Array, b: Float64Array, c: number, s: number): void {
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    a[i] = c * x - s * y;
    b[i] = s * x + c * y;
  }
}
