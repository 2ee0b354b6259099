import { Matrix } from "ml-matrix";
import { readExtended } from "../door/anyNumbers.ts";
import { readBoolean, readRecord, reject } from "../door/arguments.ts";
import type { VectorLike } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { trajectoryFrom } from "../model/columns.ts";
import { depthTrajectory } from "../model/depthColumns.ts";
import type { AnyFlow, DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow, WithWeights } from "../model/flow.ts";
import { type HalfLineTrajectory, halfLineTrajectory } from "../model/halfLineSnapshot.ts";
import type { Layers } from "../model/layers.ts";
import { matrixTrajectory } from "../model/matrixColumns.ts";
import type { MatrixLayers } from "../model/matrixLayers.ts";
import { fill, isBulk, isDeepMatrixFlow, isDepthFlow, isHalfLineFlow, isMatrixFlow } from "../model/protocol.ts";
import { FIELDS, writeFields } from "../model/snapshot.ts";
import { Strided } from "../model/strided.ts";
import type { DepthTrajectory, MatrixTrajectory, Trajectory, WeightTrajectory } from "../model/trajectory.ts";
import { readFlow } from "./readFlow.ts";

/** The options of {@link sample}. */
export interface SamplingOptions {
  /** Also the weights at each time, of shape [times, width], or the layers (default false). */
  readonly weights?: boolean | undefined;
}

/**
 * The flow at many times at once: one column per {@link Snapshot} field. Much faster than `at` in a loop.
 *
 * @param times - Array, typed array or 1-D ndarray, in any order; Infinity is the limit.
 * @param options - `weights: true` adds `u` and `w`, of shape [times, width].
 * @throws FeatureLearningError `"invalid-argument"`: times that are not numbers, weights of a flow that has
 * no weights; `"assumption"`: a descent, which is a trajectory already; `"out-of-range"`: a time at which the
 * flow does not exist.
 *
 * @example
 * ```ts
 * import { exactFlow, network, sample, taskFromMoments } from "feature-learning";
 *
 * const task = taskFromMoments({ xx: 1, xy: 1, yy: 1 });
 * const flow = exactFlow({ network: network(), task, initial: { uu: 1, ww: 1, uw: 1 } });
 * console.log(sample(flow, [0, 1, 2]).loss); // Float64Array(3) [ 0, 0, 0 ]
 * ```
 */
export function sample(flow: WithWeights<Flow>, times: VectorLike, options: { readonly weights: true }): WeightTrajectory;
export function sample(flow: Flow, times: VectorLike, options?: SamplingOptions): Trajectory;
export function sample(flow: HalfLineFlow, times: VectorLike, options: { readonly weights: true }): HalfLineWeightTrajectory;
export function sample(flow: HalfLineFlow, times: VectorLike, options?: SamplingOptions): HalfLineTrajectory;
export function sample(flow: DeepMatrixFlow, times: VectorLike, options?: SamplingOptions): MatrixTrajectory;
export function sample(flow: MatrixFlow, times: VectorLike, options: { readonly weights: true }): MatrixWeightTrajectory;
export function sample(flow: MatrixFlow, times: VectorLike, options?: SamplingOptions): MatrixTrajectory;
export function sample(flow: DepthFlow, times: VectorLike, options?: SamplingOptions): DepthTrajectory;
export function sample(flow: AnyFlow, times: VectorLike, options?: SamplingOptions): AnySampled;
export function sample(flow: AnyFlow, times: VectorLike, options: SamplingOptions = {}): AnySampled {
  return named("sample", () => {
    const checkedFlow = readFlow(flow, "read its columns, or call its toRows: it is a trajectory already");
    const { weights: asked = false } = readRecord("options", options, ["weights"]);
    const t = readExtended("times", times);
    const weights = readBoolean("weights", asked);
    if (weights && checkedFlow.weights === undefined)
      reject("the flow has no weights, as it started from order parameters; start it from weights");
    // The layers are columns of every trajectory.
    if (isDepthFlow(checkedFlow)) return depthTrajectory(t.length, (i) => checkedFlow.at(t[i]!), {});
    if (isDeepMatrixFlow(checkedFlow)) {
      if (weights) reject("the layers are a list of matrices at every time; call flow.weights(t), or leave weights out");
      return matrixTrajectory(t, (time) => checkedFlow.at(time));
    }
    if (isMatrixFlow(checkedFlow)) {
      const trajectory = matrixTrajectory(t, (time) => checkedFlow.at(time));
      return weights ? Object.assign(trajectory, sampleLayers(checkedFlow, t)) : trajectory;
    }
    if (isHalfLineFlow(checkedFlow)) {
      const trajectory = halfLineTrajectory(t, (time) => checkedFlow.at(time));
      return weights ? Object.assign(trajectory, sampleWeights(checkedFlow, t)) : trajectory;
    }
    const scalar = checkedFlow as Flow;
    const trajectory = sampled(scalar, t);
    return weights ? Object.assign(trajectory, sampleWeights(scalar, t)) : trajectory;
  });
}

/** The result of `sample` for any flow. */
export type AnySampled = Trajectory | MatrixTrajectory | DepthTrajectory | HalfLineTrajectory;

/** A sampled flow of a network with a kink at 0, together with its weights. */
export type HalfLineWeightTrajectory = HalfLineTrajectory & Pick<WeightTrajectory, "u" | "w">;

/** Samples a flow of one direction at checked times. */
export function sampled(flow: Flow, times: Float64Array): Trajectory {
  return trajectoryFrom(valuesAt(flow, times), times.length, {});
}

/**
 * A sampled flow of several inputs and outputs together with its layers, in the form in which they were
 * passed.
 */
export type MatrixWeightTrajectory = MatrixTrajectory & {
  /** W₂(t), [times, outputs, width]; absent for layers { u, W }. */
  readonly W2?: Strided;
  /** W₁(t), [times, width, inputs]. */
  readonly W1?: Strided;
  /** u(t), [times, width], for layers { u, W }. */
  readonly u?: Strided;
  /** W(t), [times, width, inputs], for layers { u, W }. */
  readonly W?: Strided;
};

/** All snapshots, field after field. */
function valuesAt(flow: Flow, times: Float64Array): Float64Array {
  const values = new Float64Array(FIELDS * times.length);
  if (isBulk(flow)) flow[fill](times, values);
  else for (let i = 0; i < times.length; i++) writeFields(flow.at(times[i]!), values, i, times.length);
  return values;
}

function sampleWeights(flow: Pick<Flow, "weights">, times: Float64Array): Pick<WeightTrajectory, "u" | "w"> {
  const width = flow.weights!(0).u.length;
  const u = new Float64Array(times.length * width);
  const w = new Float64Array(times.length * width);
  for (let i = 0; i < times.length; i++)
    flow.weights!(times[i]!, { u: u.subarray(i * width, (i + 1) * width), w: w.subarray(i * width, (i + 1) * width) });
  return { u: new Strided(u, [times.length, width]), w: new Strided(w, [times.length, width]) };
}

function sampleLayers(flow: MatrixFlow, times: Float64Array): Readonly<Record<string, Strided>> {
  const rows = Array.from(times, (t) => Object.entries(flow.weights!(t) as MatrixLayers | Layers));
  const blocks = rows[0]?.map(([name, first]) => {
    const shape = Matrix.isMatrix(first) ? [first.rows, first.columns] : [first.length];
    const size = shape.reduce((product, length) => product * length, 1);
    const block = new Strided(new Float64Array(times.length * size), [times.length, ...shape]);
    for (const [i, row] of rows.entries()) {
      const layer = row.find(([field]) => field === name)![1];
      block.row(i).set(Matrix.isMatrix(layer) ? layer.to1DArray() : layer);
    }
    return [name, block];
  });
  return Object.fromEntries(blocks ?? []);
}
