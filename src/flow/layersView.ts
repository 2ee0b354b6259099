/**
 * The quantities of a flow of matrices that verdicts use: N = ‖W₂‖_F‖W₁‖_F, C = ‖W₂W₁‖_F/N, and the change of
 * its neural tangent kernel on the data,
 *
 *     K = 1 ⊗ Σ^½ K_in Σ^½ + K_out ⊗ Σ ‖ΔK‖² = m tr(ΣΔK_in ΣΔK_in) + ‖ΔK_out‖²‖Σ‖² + 2 tr(ΔK_out) tr(Σ²ΔK_in)
 *     Σ = E[xxᵀ]
 *
 * the relative Frobenius distance of its Gram matrix over all samples.
 */
import { Matrix } from "ml-matrix";
import { matrixKernel } from "../matrix/matrixState.ts";
import type { MatrixFlow } from "../model/flow.ts";
import { matrices } from "../model/protocol.ts";
import type { MatrixProblem } from "../model/readProblem.ts";
import { frobeniusNorm, largestEntry } from "../numerics/matrices.ts";
import { changesNetwork } from "./stages.ts";

/** The quantities at one time. */
export interface LayersRow {
  readonly t: number;
  /** ‖W₂W₁‖_F. */
  readonly S: number;
  readonly N: number;
  readonly C: number;
  /** ‖output‖_F. */
  readonly output: number;
  readonly kernel: { readonly inputs: Matrix; readonly outputs: Matrix };
}

function layersRow(flow: MatrixFlow, t: number): LayersRow {
  const { network } = flow.problem;
  const { normProduct: N, alignment: C, uu, ww, kernel } = flow.at(t);
  return {
    t,
    S: N * C,
    N,
    C,
    output: Math.abs(network.outputScale) * N * C,
    // Uses the learning rates of the start, because a change of learning rates at a stage does not move the
    // weights.
    kernel: changesNetwork(flow) ? matrixKernel(network, uu, ww) : kernel,
  };
}

/** The rows at these times. If a layer is zero, the alignment is its limit, taken from the next row. */
export function layersRows(flow: MatrixFlow, times: Float64Array): LayersRow[] {
  const rows = Array.from(times, (t) => layersRow(flow, t));
  return rows.map((row, i) => {
    if (row.N > 0) return row;
    const near = rows.slice(0, i).findLast(({ N }) => N > 0) ?? rows.find(({ N }) => N > 0);
    return near === undefined ? row : { ...row, C: near.C };
  });
}

/**
 * A function for the distance ‖ΔK‖ between the kernels of two rows, in units of the largest covariance; for
 * one row, the size of its kernel.
 */
export function kernelDistance(flow: MatrixFlow): (row: LayersRow, before?: LayersRow) => number {
  const covariance = covarianceOf(flow);
  const sigma = Matrix.div(covariance, largestEntry(covariance) || 1);
  const squared = sigma.mmul(sigma);
  const size = frobeniusNorm(sigma);
  return ({ kernel }, before) => {
    const change = (side: "inputs" | "outputs"): Matrix =>
      before === undefined ? kernel[side].clone() : Matrix.sub(kernel[side], before.kernel[side]);
    const [inputs, outputs] = [change("inputs"), change("outputs")];
    // In units of the largest entry, so that squares neither overflow nor underflow.
    const unit = Math.max(largestEntry(inputs), largestEntry(outputs));
    if (unit === 0) return 0;
    inputs.div(unit);
    outputs.div(unit);
    const weighted = sigma.mmul(inputs);
    const square =
      outputs.rows * inner(weighted, weighted.transpose()) +
      (frobeniusNorm(outputs) * size) ** 2 +
      2 * outputs.trace() * inner(squared, inputs);
    return unit * Math.sqrt(Math.max(0, square));
  };
}

function covarianceOf(flow: MatrixFlow): Matrix {
  return (flow as MatrixFlow & { readonly [matrices]: MatrixProblem })[matrices].task.xx;
}

/** Σᵢⱼ aᵢⱼbᵢⱼ. */
function inner(a: Matrix, b: Matrix): number {
  return Matrix.mul(a, b).sum();
}
