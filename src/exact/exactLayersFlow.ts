/**
 * A network of several inputs and one output in closed form, seen as other networks of several inputs are.
 */
import { Matrix } from "ml-matrix";
import type { MultiInputFlow, MultiInputSnapshot } from "../matrix/multiInputFlow.ts";
import type { ReadMultiInputProblem } from "../matrix/multiInputProblem.ts";
import type { Layers } from "../model/layers.ts";
import type { ExactMatrixFlow } from "../model/matrixFlow.ts";
import { frobeniusNorm, matrixFrom } from "../numerics/matrices.ts";
import { supportOf } from "../numerics/support.ts";

/** The flow of layers { u, W } that `flow`, of W₂ = uᵀ and W₁ = W, is. */
export function exactLayersFlow(
  { network, task, initial }: ReadMultiInputProblem,
  { because, family, rates, problem, from, until, at, weights }: ExactMatrixFlow & Required<Pick<ExactMatrixFlow, "weights">>,
): MultiInputFlow {
  const layersAt = (t: number): Layers => {
    const { W2, W1 } = weights(t);
    return { u: Float64Array.from(W2.to1DArray()), W: W1 };
  };
  const offInputs = projectionOff(problem.task.xx);
  return {
    method: "exact",
    because,
    family,
    rates,
    problem: { network, task, initial: { u: initial.u, W: matrixFrom(initial.W) } },
    from,
    until,
    weights: layersAt,
    at(t): MultiInputSnapshot {
      const { outputScale: gamma, learningRates } = network;
      const { residual, loss, excessLoss, uw, uu } = at(t);
      const { u, W } = layersAt(t);
      const overlap = Matrix.add(uw, offInputs(Matrix.rowVector(Array.from(u)).mmul(W)));
      const squareOfU = uu.get(0, 0);
      const normProduct = Math.sqrt(squareOfU) * frobeniusNorm(W);
      const alongU = Matrix.eye(W.columns, W.columns).mul(learningRates.w * squareOfU);
      return {
        t,
        output: Float64Array.from(overlap.to1DArray(), (component) => gamma * component),
        residual: Float64Array.from(residual.to1DArray()),
        loss,
        excessLoss,
        uu: squareOfU,
        ww: frobeniusNorm(W) ** 2,
        alignment: normProduct > 0 ? Math.min(1, frobeniusNorm(overlap) / normProduct) : 0,
        normProduct,
        kernel: W.transpose()
          .mmul(W)
          .mul(learningRates.u)
          .add(alongU)
          .mul(gamma * gamma),
      };
    },
  };
}

/** What of a row lies along no inputs: uᵀW there is all that the closed form, of their span, has not. */
function projectionOff(xx: Matrix): (row: Matrix) => Matrix {
  const { directions } = supportOf(xx);
  if (directions === undefined) return (row) => Matrix.zeros(row.rows, row.columns);
  if (directions.columns === 0) return (row) => row;
  return (row) => Matrix.sub(row, row.mmul(directions).mmul(directions.transpose()));
}
