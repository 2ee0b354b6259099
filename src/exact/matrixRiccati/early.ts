/**
 * The solution before much is learned, |H| ≤ 1 and |f|t ≤ 1.2: Y = ZN⁻¹Zᵀ with N = 1 + HᵀH and Z = e^{Ft}Q₀,
 * whose rows along uⱼ and vⱼ are
 *
 *     zᵤ = (e^{−ft} + 2 sin²θ sinh ft) q + 2 sin θ cos θ sinh ft · p,    zᵥ = (e^{−ft} + 2 cos²θ sinh ft) p + 2 sin θ cos θ sinh ft · q
 *
 * of the start's rows q and p there, times e^{−νt} under decay, as e^{−ft} and e^{ft} − e^{−ft} are made of
 * the eigenvalues −f − ν and f − ν. All factors are positive, so a layer that starts small compared with the
 * other, or with its end, keeps all its digits. The sum over the two eigenvectors of a pair would lose them.
 */
import { inverse, Matrix } from "ml-matrix";
import { minus } from "../../numerics/twofold.ts";
import { multiply, product, quotient, sum, toNumber, type Wide, wide } from "../../numerics/wide.ts";
import type { Eigensystem } from "./eigenvectors.ts";
import type { EigenvalueClock } from "./matrixClock.ts";

/** |H| up to which N keeps its digits. */
const EARLY = 1;
/**
 * e^{−|f|t} down to which q and p of opposite signs, as in a saddle, lose no more than a digit in the growing
 * factors.
 */
const GROWN = 0.3;

/** Z's rows on the right and the left directions, and N⁻¹. */
export interface Early {
  readonly inputs: Matrix;
  readonly outputs: Matrix;
  readonly inverse: Matrix;
}

/** The early form, or undefined where it is late. */
export function early(
  system: Eigensystem,
  clocks: readonly EigenvalueClock[],
  H: readonly (readonly Wide[])[],
  t: number,
): Early | undefined {
  const rows = new Matrix(H.map((row) => row.map(toNumber)));
  if (clocks.some(({ decay }) => toNumber(decay) < GROWN)) return undefined;
  if (rows.rows === 0 || rows.columns === 0 || !(rows.norm() <= EARLY)) return undefined;
  const inputs = Matrix.zeros(system.right.length, rows.columns);
  const outputs = Matrix.zeros(system.left.length, rows.columns);
  for (const [a, { f, right, left, cos, sin, p, q, x, upper }] of system.vectors.entries()) {
    const { decay } = clocks[a]!;
    const grown = f.hi < 0 ? decay : quotient(wide(1), decay);
    if (right >= 0 && left >= 0) {
      // Both eigenvectors of a pair are in the upper one.
      if (upper === undefined) continue;
      const apart = toNumber(multiply(wide(minus(f, upper.otherF).hi, system.exponent), wide(t)));
      const twice = multiply(grown, wide(-Math.expm1(-apart)));
      const least = multiply(grown, wide(Math.exp(-apart)));
      const own = (factor: number): Wide => sum(least, multiply(wide(factor * factor), twice));
      const other = product(sin, cos, twice);
      inputs.setRow(
        right,
        p.map((entry, h) => toNumber(sum(multiply(own(cos), entry), multiply(other, q[h]!)))),
      );
      outputs.setRow(
        left,
        q.map((entry, h) => toNumber(sum(multiply(own(sin), entry), multiply(other, p[h]!)))),
      );
    } else {
      const row = x.map((entry) => toNumber(multiply(grown, entry)));
      if (right >= 0) inputs.setRow(right, row);
      else outputs.setRow(left, row);
    }
  }
  return { inputs, outputs, inverse: inverse(Matrix.eye(rows.columns).add(rows.transpose().mmul(rows))) };
}
