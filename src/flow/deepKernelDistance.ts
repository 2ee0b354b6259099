/**
 * The change of the kernel on the data, for any number of layers that are matrices: with X_l = outputs_l and
 * Y_l = Σ^½ inputs_l Σ^½, Σ = E[xxᵀ],
 *
 *     K = Σ_l X_l ⊗ Y_l     K − K₀ = Σ_l (X_l − X_l⁰) ⊗ Y_l + X_l⁰ ⊗ (Y_l − Y_l⁰)
 *
 * and its Frobenius norm from the products of the terms, of which none cancels another's large part.
 */
import { Matrix } from "ml-matrix";
import type { LayerKernel } from "../model/deepMatrices.ts";
import type { DeepMatrixProblem } from "../model/readProblem.ts";
import { largestEntry } from "../numerics/matrices.ts";

/** ‖K − K₀‖ in units of the largest covariance; without K₀ the size of K. */
export function deepKernelDistance({
  task: { xx },
}: DeepMatrixProblem): (kernel: readonly LayerKernel[], before?: readonly LayerKernel[]) => number {
  const sigma = Matrix.div(xx, largestEntry(xx) || 1);
  return (kernel, before) => {
    const terms =
      before === undefined
        ? kernel
        : kernel.flatMap(({ inputs, outputs }, l) => {
            const { inputs: inputs0, outputs: outputs0 } = before[l]!;
            return [
              { outputs: Matrix.sub(outputs, outputs0), inputs },
              { outputs: outputs0, inputs: Matrix.sub(inputs, inputs0) },
            ];
          });
    const seen = terms
      .map(({ outputs, inputs }) => ({ X: outputs.clone(), Y: sigma.mmul(inputs) }))
      .map(({ X, Y }) => ({ X, Y, size: largestEntry(X) * largestEntry(Y) }))
      .filter(({ size }) => size > 0);
    // In units of the largest entry, so that squares neither overflow nor underflow.
    const unit = seen.reduce((most, { size }) => Math.max(most, size), 0);
    if (unit === 0) return 0;
    for (const { X, Y } of seen) {
      const own = largestEntry(X);
      X.div(own);
      Y.mul(own / unit);
    }
    let square = 0;
    for (const [i, a] of seen.entries())
      for (const [j, b] of seen.entries())
        if (j <= i) square += (i === j ? 1 : 2) * inner(a.X, b.X) * inner(a.Y, b.Y.transpose());
    return unit * Math.sqrt(Math.max(0, square));
  };
}

/** Σᵢⱼ aᵢⱼbᵢⱼ. */
function inner(a: Matrix, b: Matrix): number {
  return Matrix.mul(a, b).sum();
}
