/**
 * The published solutions of balanced layers, as one would code them from the papers, in doubles, each on Q̇ = FQ − ½QQᵀQ: what the
 * safe forms are for. All agree with the library where they are finite.
 */
import { EigenvalueDecomposition, inverse, Matrix, SVD } from "ml-matrix";
import type { BalancedStart } from "../../src/exact/matrixRiccati/matrixSolution.ts";

/** Y at a time; NaN, Infinity or an error where the form has no value. */
export type BalancedForm = (start: BalancedStart, t: number) => Matrix;

function generatorOf({ lambda, sigma }: BalancedStart): Matrix {
  const [m, k] = [sigma.rows, sigma.columns];
  const F = Matrix.zeros(k + m, k + m);
  for (let i = 0; i < k; i++) F.set(i, i, -lambda / 2);
  for (let i = 0; i < m; i++) F.set(k + i, k + i, lambda / 2);
  F.setSubMatrix(sigma, k, 0);
  F.setSubMatrix(sigma.transpose(), 0, k);
  return F;
}

/** e^{Ft}, by F's eigenvectors. */
function exponential(F: Matrix, t: number): Matrix {
  const { eigenvectorMatrix: V, realEigenvalues } = new EigenvalueDecomposition(F, { assumeSymmetric: true });
  return V.mmul(Matrix.diag(realEigenvalues.map((f) => Math.exp(f * t)))).mmul(V.transpose());
}

/**
 * Y = e^{Ft}Q₀ [1 + ½Q₀ᵀ(e^{Ft}F⁻¹e^{Ft} − F⁻¹)Q₀]⁻¹ Q₀ᵀe^{Ft}: with λ = 0 of Fukumizu and of Braun et al., with F⁻¹ as it stands;
 * with λ in F of Dominé et al. [BraunEtAl2022], [DomineEtAl2025]
 */
export const inverseForm: BalancedForm = (start, t) => {
  const { Q0 } = start;
  const F = generatorOf(start);
  const E = exponential(F, t);
  const Finverse = inverse(F);
  const between = Matrix.sub(E.mmul(Finverse).mmul(E), Finverse);
  const N = Matrix.eye(Q0.columns).add(Q0.transpose().mmul(between).mmul(Q0).mul(0.5));
  const grown = E.mmul(Q0);
  return grown.mmul(inverse(N)).mmul(grown.transpose());
};

/**
 * The form of decaying exponentials: with B = the start's share of the growing modes and C of the decaying, X = Vᵀ₊Q₀ = Bᵀ, Vᵀ₋Q₀ = Cᵀ,
 *
 *     Z = V₊ + V₋e^{−ft}CᵀB⁻ᵀe^{−ft} + null modes,    Y = Z [e^{−ft}B⁻¹B⁻ᵀe^{−ft} + (1 − e^{−2ft})/2f + e^{−ft}B⁻¹C (1 − e^{−2ft})/2f CᵀB⁻ᵀe^{−ft} + …]⁻¹ Zᵀ,
 *
 * for as many hidden units as singular values, B invertible, and inputs and outputs that differ in number only by null modes of the
 * other sign. [BraunEtAl2022], [DomineEtAl2025]
 */
export const blockForm: BalancedForm = ({ lambda, sigma, Q0 }, t) => {
  const [m, k, d] = [sigma.rows, sigma.columns, Q0.columns];
  const r = Math.min(m, k);
  if (d !== r) return Matrix.zeros(m + k, m + k).fill(Number.NaN);
  const { leftSingularVectors: U, rightSingularVectors: V, diagonal: s } = fullSvd(sigma);
  const f = s.map((x) => Math.sqrt(x * x + (lambda * lambda) / 4));
  // The papers' mixing angle, (√(λ² + 4s²) − 2s)/λ: 0/0 at λ = 0, where it is 0.
  const x = s.map((value, j) => (lambda === 0 ? 0 : (2 * f[j]! - 2 * value) / lambda));
  const a = x.map((value) => 1 / Math.sqrt(2 * (1 + value * value)));
  const [plus, minus] = [Matrix.zeros(k + m, r), Matrix.zeros(k + m, r)];
  for (let j = 0; j < r; j++) {
    for (let i = 0; i < k; i++) {
      plus.set(i, j, V.get(i, j) * a[j]! * (1 - x[j]!));
      minus.set(i, j, V.get(i, j) * a[j]! * (1 + x[j]!));
    }
    for (let i = 0; i < m; i++) {
      plus.set(k + i, j, U.get(i, j) * a[j]! * (1 + x[j]!));
      minus.set(k + i, j, -U.get(i, j) * a[j]! * (1 - x[j]!));
    }
  }
  const B = plus.transpose().mmul(Q0).transpose();
  const C = minus.transpose().mmul(Q0).transpose();
  const Binverse = inverse(B);
  const decay = Matrix.diag(f.map((value) => Math.exp(-value * t)));
  const K = Matrix.diag(f.map((value) => (1 - Math.exp(-2 * value * t)) / (2 * value)));
  const late = Binverse.transpose().mmul(decay);
  let Z = Matrix.add(plus, minus.mmul(decay).mmul(C.transpose()).mmul(late));
  let center = Matrix.add(late.transpose().mmul(late), K).add(late.transpose().mmul(C).mmul(K).mmul(C.transpose()).mmul(late));
  if (m !== k) {
    // e^{g t} of the null modes, g = ±λ/2; (e^{2gt} − 1)/2g is the papers' λ⁻¹ and 0/0 at λ = 0.
    const g = (Math.sign(m - k) * lambda) / 2;
    const hat = Matrix.zeros(k + m, Math.abs(m - k));
    const source = m > k ? U : V;
    for (let j = r; j < source.columns; j++)
      for (let i = 0; i < source.rows; i++) hat.set((m > k ? k : 0) + i, j - r, source.get(i, j));
    const own = hat.transpose().mmul(Q0);
    Z = Matrix.add(
      Z,
      hat
        .mmul(own)
        .mmul(late)
        .mul(Math.exp(g * t)),
    );
    const inside = own
      .transpose()
      .mmul(own)
      .mul((Math.exp(2 * g * t) - 1) / (2 * g));
    center = Matrix.add(center, late.transpose().mmul(inside).mmul(late));
  }
  return Z.mmul(inverse(center)).mmul(Z.transpose());
};

/** One hidden unit: Q = e^{Ft}Q₀/√N with e^{+Ft} and N as in {@link inverseForm}. [KuninEtAl2024] */
export const neuronForm: BalancedForm = (start, t) => {
  const { Q0 } = start;
  if (Q0.columns !== 1) return Matrix.zeros(Q0.rows, Q0.rows).fill(Number.NaN);
  const F = generatorOf(start);
  const { eigenvectorMatrix: V, realEigenvalues: f } = new EigenvalueDecomposition(F, { assumeSymmetric: true });
  const x = V.transpose().mmul(Q0).to1DArray();
  const N = x.reduce((total, value, a) => total + (value * value * (Math.exp(2 * f[a]! * t) - 1)) / (2 * f[a]!), 1);
  const Q = V.mmul(Matrix.columnVector(x.map((value, a) => (value * Math.exp(f[a]! * t)) / Math.sqrt(N))));
  return Q.mmul(Q.transpose());
};

/** All left and all right singular vectors. */
function fullSvd(sigma: Matrix): {
  readonly leftSingularVectors: Matrix;
  readonly rightSingularVectors: Matrix;
  readonly diagonal: number[];
} {
  const svd = new SVD(sigma, { autoTranspose: true });
  return {
    leftSingularVectors: completed(svd.leftSingularVectors, sigma.rows),
    rightSingularVectors: completed(svd.rightSingularVectors, sigma.columns),
    diagonal: svd.diagonal.slice(0, Math.min(sigma.rows, sigma.columns)),
  };
}

/** Orthonormal columns with those of their complement. */
function completed(columns: Matrix, n: number): Matrix {
  if (columns.columns === n) return columns;
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(columns.mmul(columns.transpose()), {
    assumeSymmetric: true,
  });
  const rest = realEigenvalues.flatMap((value, j) => (value < 0.5 ? [eigenvectorMatrix.getColumn(j)] : []));
  return new Matrix([...columns.transpose().to2DArray(), ...rest]).transpose();
}
