/**
 * A flow of layers that are matrices as detectors see it: N = ‖W₂‖_F‖W₁‖_F, C = ‖W₂W₁‖_F/N, and how far its
 * neural tangent kernel has moved on the data,
 *
 *     K = 1 ⊗ Σ^½ K_in Σ^½ + K_out ⊗ Σ      ‖ΔK‖² = m tr(ΣΔK_in ΣΔK_in) + ‖ΔK_out‖²‖Σ‖² + 2 tr(ΔK_out) tr(Σ²ΔK_in)      Σ = E[xxᵀ]
 *
 * the relative Frobenius distance of its Gram matrix over all samples.
 */
import { Matrix } from "ml-matrix";
import { attempt } from "../door/arguments.ts";
import type { MultiInputFlow, MultiInputSnapshot } from "../matrix/multiInputFlow.ts";
import { inputMoments } from "../matrix/multiInputProblem.ts";
import { areLayers } from "../model/layers.ts";
import type { MatrixFlow, MatrixSnapshot } from "../model/matrixFlow.ts";
import { areMatrices } from "../model/matrixLayers.ts";
import { lossPrefactor } from "../model/network.ts";
import { steps } from "../model/protocol.ts";
import { frobeniusNorm, largestEntry } from "../numerics/matrices.ts";

/** A flow of layers that are matrices. */
export type LayersFlow = MultiInputFlow | MatrixFlow;

/** Whether the value is a flow of layers that are matrices. */
export function isLayersFlow(value: unknown): value is LayersFlow {
  return attempt(() => {
    const { at, problem } = value as Partial<LayersFlow>;
    return typeof at === "function" && (areLayers(problem!.initial) || areMatrices(problem!.initial));
  }, false);
}

/** What detectors ask of one time. */
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

function layersRow(flow: LayersFlow, t: number): LayersRow {
  const snapshot: MatrixSnapshot | MultiInputSnapshot = flow.at(t);
  const { normProduct: N, alignment: C } = snapshot;
  const several = typeof snapshot.uu !== "number";
  return {
    t,
    S: N * C,
    N,
    C,
    output: Math.abs(flow.problem.network.outputScale) * N * C,
    kernel: several
      ? (snapshot as MatrixSnapshot).kernel
      : { inputs: (snapshot as MultiInputSnapshot).kernel, outputs: Matrix.zeros(1, 1) },
  };
}

/**
 * The rows at these times. The alignment of a layer that is zero is its limit, that of the row next to it.
 */
export function layersRows(flow: LayersFlow, times: readonly number[]): LayersRow[] {
  const rows = times.map((t) => layersRow(flow, t));
  return rows.map((row, i) => {
    if (row.N > 0) return row;
    const near = rows.slice(0, i).findLast(({ N }) => N > 0) ?? rows.find(({ N }) => N > 0);
    return near === undefined ? row : { ...row, C: near.C };
  });
}

/**
 * The times at which a flow is looked at: its steps, or in closed form from a thousandth of its fastest
 * learning until it has learned.
 */
export function layersTimes(flow: LayersFlow, count = 200): number[] {
  const { [steps]: stepped } = flow as { readonly [steps]?: Float64Array };
  if (stepped !== undefined) return Array.from(stepped);
  const { rates } = flow as { readonly rates?: Float64Array };
  const fastest = rates?.[0] ?? 0;
  const unit = 1 / (fastest > 0 ? fastest : paceOf(flow));
  const end = flow.at(Infinity);
  const distance = (t: number): number => Math.abs(flow.at(t).excessLoss! - end.excessLoss!);
  const first = distance(0);
  let last = unit;
  for (let n = 0; n < 60 && distance(last) > 1e-10 * first; n++) last *= 2;
  const [from, to] = [Math.log(1e-3 * unit), Math.log(2 * last)];
  return [0, ...Array.from({ length: count }, (_, i) => Math.exp(from + ((to - from) * i) / (count - 1))), Infinity];
}

/** Without a rate, as under a power law: the pace 2k‖K‖ of the kernel at the start; 1 where nothing moves. */
function paceOf(flow: LayersFlow): number {
  const pace =
    2 * lossPrefactor(flow.problem.network) * kernelDistance(flow)(layersRow(flow, 0)) * largestEntry(covarianceOf(flow));
  return pace > 0 && Number.isFinite(1 / pace) ? pace : 1;
}

/**
 * How far the kernel of a row is from that of another, ‖ΔK‖ in units of the largest covariance; its own size,
 * from none.
 */
export function kernelDistance(flow: LayersFlow): (row: LayersRow, before?: LayersRow) => number {
  const given = covarianceOf(flow);
  const sigma = Matrix.div(given, largestEntry(given) || 1);
  const squared = sigma.mmul(sigma);
  const size = frobeniusNorm(sigma);
  return ({ kernel }, before) => {
    const change = (side: "inputs" | "outputs"): Matrix =>
      before === undefined ? kernel[side].clone() : Matrix.sub(kernel[side], before.kernel[side]);
    const [inputs, outputs] = [change("inputs"), change("outputs")];
    // In units of the largest: squares of what they are keep in range.
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

function covarianceOf({ problem }: LayersFlow): Matrix {
  const { task, initial } = problem;
  if (typeof task.xx !== "number") return task.xx;
  const k = (initial as MultiInputFlow["problem"]["initial"]).W.columns;
  return Matrix.from1DArray(k, k, inputMoments(task as MultiInputFlow["problem"]["task"], k).sigma);
}

/** Σᵢⱼ aᵢⱼbᵢⱼ. */
function inner(a: Matrix, b: Matrix): number {
  return Matrix.mul(a, b).sum();
}
