/**
 * The modes of a target, from the singular value decomposition of the least-squares map M = E[yxᵀ]E[xxᵀ]⁻¹ =
 * Σₐ τₐ oₐvₐᵀ.
 */
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import type { MatrixProblem } from "../model/readProblem.ts";
import { largestEntry } from "../numerics/matrices.ts";

/** A direction of the inputs, a direction of the outputs, and the part of the target along them. */
export interface TargetMode {
  /** vₐ, a unit vector of k inputs. */
  readonly input: Float64Array;
  /** oₐ, a unit vector of m outputs. */
  readonly output: Float64Array;
  /** τₐ = oₐᵀMvₐ > 0. */
  readonly target: number;
  /** sₐ = oₐᵀE[yxᵀ]vₐ. */
  readonly strength: number;
}

/** Singular values below this share of the largest, times the number of directions, are rounding error. */
const ROUNDING = 1e-15;

/** Singular values count as equal if they differ by less than this share of the largest. */
const SAME = 1e-12;

/** The modes of the target, the largest τₐ first. */
export function targetModes({ task, support: supportOfInputs }: Pick<MatrixProblem, "task" | "support">): TargetMode[] {
  const { variances, directions } = supportOfInputs();
  const yx = directions === undefined ? task.yx : task.yx.mmul(directions);
  const M = yx.clone().divRowVector([...variances]);
  const largest = largestEntry(M);
  if (!(largest > 0)) return [];
  const svd = new SingularValueDecomposition(Matrix.div(M, largest), { autoTranspose: true });
  const values = svd.diagonal.filter((value) => value > ROUNDING * Math.max(M.rows, M.columns) * svd.diagonal[0]!);
  const [O, V] = [svd.leftSingularVectors, svd.rightSingularVectors].map((vectors) =>
    vectors.subMatrix(0, vectors.rows - 1, 0, values.length - 1),
  ) as [Matrix, Matrix];
  alongVariances(O, V, values, variances);
  const inputs = directions === undefined ? V : directions.mmul(V);
  return values.map((value, a) => ({
    input: Float64Array.from(inputs.getColumn(a)),
    output: Float64Array.from(O.getColumn(a)),
    target: value * largest,
    strength: O.getColumnVector(a).transpose().mmul(yx).mmul(V.getColumnVector(a)).get(0, 0),
  }));
}

/**
 * For directions of equal singular value, which M does not determine, uses the principal components of the
 * inputs among them, the largest variance first. If the problem decouples, these are its modes.
 */
function alongVariances(O: Matrix, V: Matrix, values: readonly number[], variances: readonly number[]): void {
  for (let from = 0; from < values.length; ) {
    let to = from;
    while (to + 1 < values.length && values[to]! - values[to + 1]! <= SAME * values[0]!) to++;
    if (to > from) {
      const within = V.subMatrix(0, V.rows - 1, from, to);
      const covariance = within
        .transpose()
        .mulRowVector([...variances])
        .mmul(within);
      const spread = covariance.diagonal();
      const scale = largestEntry(covariance);
      // Directions of equal variance are not changed.
      const white = Matrix.sub(covariance, Matrix.eye(spread.length).mul(spread[0]!));
      if (largestEntry(white) > SAME * scale) {
        const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance.div(scale), { assumeSymmetric: true });
        const turn = eigenvectorMatrix.flipRows();
        V.setSubMatrix(within.mmul(turn), 0, from);
        O.setSubMatrix(O.subMatrix(0, O.rows - 1, from, to).mmul(turn), 0, from);
      }
    }
    from = to + 1;
  }
}
