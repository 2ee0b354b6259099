/** A network of several inputs and one output in closed form, seen as other networks of several inputs are. */
import { Matrix } from "ml-matrix";
import type { Layers } from "../model/layers.ts";
import type { BalancedFlow, ModesFlow } from "../model/matrixFlow.ts";
import type { MultiInputFlow, MultiInputSnapshot } from "../model/multiInputFlow.ts";
import type { ReadMultiInputProblem } from "../model/multiInputProblem.ts";
import { frobeniusNorm, matrixFrom } from "../numerics/matrices.ts";

/** The flow of layers { u, W } that `flow`, of W₂ = uᵀ and W₁ = W, is. */
export function exactLayersFlow(
  { network, task, initial }: ReadMultiInputProblem,
  { because, family, rates, from, until, at, weights }: (ModesFlow | BalancedFlow) & Required<Pick<ModesFlow, "weights">>,
): MultiInputFlow {
  const layersAt = (t: number): Layers => {
    const { W2, W1 } = weights(t);
    return { u: Float64Array.from(W2.to1DArray()), W: W1 };
  };
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
      const { output, residual, loss, excessLoss, uw, uu } = at(t);
      const { W } = layersAt(t);
      const squareOfU = uu.get(0, 0);
      const normProduct = Math.sqrt(squareOfU) * frobeniusNorm(W);
      const { outputScale: gamma, learningRates: rates } = network;
      const alongU = Matrix.eye(W.columns, W.columns).mul(rates.w * squareOfU);
      return {
        t,
        output: Float64Array.from(output.to1DArray()),
        residual: Float64Array.from(residual.to1DArray()),
        loss,
        excessLoss,
        uu: squareOfU,
        ww: frobeniusNorm(W) ** 2,
        alignment: normProduct > 0 ? Math.min(1, frobeniusNorm(uw) / normProduct) : 0,
        normProduct,
        kernel: W.transpose()
          .mmul(W)
          .mul(rates.u)
          .add(alongU)
          .mul(gamma * gamma),
      };
    },
  };
}
