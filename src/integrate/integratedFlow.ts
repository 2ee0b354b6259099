/**
 * Training without a closed form: each problem is reduced to the smallest exact system of ODEs, which is
 * integrated.
 */

import { unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { movedApart, movedTogether } from "../layers/movedLayers.ts";
import { requireRange, startFrom } from "../layers/start.ts";
import type { DeepMatrixLayers, DeepMatrixLayersLike, DeepMatrixSnapshot } from "../model/deepMatrices.ts";
import type { DepthInitial, DepthLayers, DepthSnapshot } from "../model/depth.ts";
import type { WithWeights } from "../model/flow.ts";
import type { Layers, LayersLike } from "../model/layers.ts";
import type { MatrixLayers, MatrixLayersLike, MatrixOrderParametersLike } from "../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../model/matrixSnapshot.ts";
import type { KinkedNetwork, Network } from "../model/network.ts";
import { notesOf } from "../model/notes.ts";
import { objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import { printedFlow } from "../model/printedFlow.ts";
import type { Problem, ScalarInitial } from "../model/problem.ts";
import { type BulkFlow, fill, type Stepped, steps as stepTimes } from "../model/protocol.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import { type ReadProblem, readProblem, type ScalarProblem, shown } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { FIELD, FIELDS, type Snapshot, type SnapshotField, snapshotFrom, writeFields } from "../model/snapshot.ts";
import type { Task } from "../model/task.ts";
import { shrinkTogether } from "../model/weightDecay.ts";
import type { Weights, WeightsLike } from "../model/weights.ts";
import { integratedDeepMatrices } from "./deepMatrixFlow.ts";
import { integratedDepth } from "./depthFlow.ts";
import { checkBounded, checkTime, finished, noteOnGrowth, reachesEnd } from "./failure.ts";
import type { AnyIntegratedFlow, IntegratedFlow, IntegratedHalfLineFlow } from "./integrated.ts";
import { kinkedFlow } from "./kinked/kinkedFlow.ts";
import { matrixFlow } from "./matrixFlow.ts";
import { type Integration, integrate, type StopEvent } from "./method/integrate.ts";
import { breaksOf, type IntegratedOptions, type ReadOptions, readOptions } from "./options.ts";
import { neurons } from "./reductions/neurons.ts";
import { oneAngle } from "./reductions/oneAngle.ts";
import type { Reduction } from "./reductions/reduction.ts";
import { twoByTwo } from "./reductions/twoByTwo.ts";
import { unboundedLimit } from "./unboundedLimit.ts";

/**
 * The training trajectory by numerical integration, for problems without a closed form: other losses, power
 * activations, weight decay, separate schedules of the two layers. A problem with a closed form is
 * integrated, too, and gives the same result.
 *
 * The smallest exact reduction of the problem is integrated, and named in `because`: one number for a linear
 * network of any width, a 2×2 matrix if the layers have different schedules or decay rates, one angle per
 * neuron for a power activation, k + m neurons for k inputs and m outputs.
 *
 * @param options - `until` (default Infinity: until the network has converged), `rtol` (default 10⁻¹⁰, of the
 * largest weight), `atol`, `maxSteps`, `method`, `schedules`, `stopWhen`, `onFailure`, `onProgress`,
 * `signal`.
 * @throws FeatureLearningError `"invalid-argument"`: an invalid part of the problem or option;
 * `"assumption"`: a problem without the samples, weights or single direction that its case needs;
 * `"not-converged"`: a failed integration, with `status` (`"max-steps"`, `"not-finite"`, `"step-too-small"`;
 * `"sliding"` if the slope of the loss jumps and the flow slides along the jump; `"saddle"` if rounding holds
 * the integration at a saddle that the flow leaves) and the flow up to that time as `partial`. `at` throws
 * `"out-of-range"` outside [0, until], and for several inputs at infinity after `"unbounded"`.
 *
 * @example
 * ```ts
 * import { integratedFlow, network, taskFromSamples } from "feature-learning";
 *
 * const flow = integratedFlow(
 *   {
 *     network: network({ loss: "logistic" }),
 *     task: taskFromSamples([-2, -1, 0.5, 1], [-1, 1, -1, 1]),
 *     initial: { uu: 0.01, ww: 0.01, uw: 0 },
 *   },
 *   { until: 200 },
 * );
 * console.log(flow.status, flow.at(200).output.toFixed(6)); // converged 0.509037
 * ```
 */
export function integratedFlow(
  problem: Problem<WeightsLike> & { readonly network: KinkedNetwork },
  options?: IntegratedOptions,
): WithWeights<IntegratedHalfLineFlow>;
export function integratedFlow(problem: Problem<WeightsLike>, options?: IntegratedOptions): WithWeights<IntegratedFlow>;
export function integratedFlow(problem: Problem<ScalarInitial>, options?: IntegratedOptions): IntegratedFlow;
export function integratedFlow(
  problem: Problem<DepthInitial>,
  options?: IntegratedOptions,
): WithWeights<IntegratedFlow<DepthSnapshot, DepthLayers>>;
export function integratedFlow(
  problem: Problem<DeepMatrixLayersLike>,
  options?: IntegratedOptions,
): WithWeights<IntegratedFlow<DeepMatrixSnapshot, DeepMatrixLayers>>;
export function integratedFlow(
  problem: Problem<LayersLike>,
  options?: IntegratedOptions,
): WithWeights<IntegratedFlow<MatrixSnapshot, Layers>>;
export function integratedFlow(
  problem: Problem<MatrixLayersLike>,
  options?: IntegratedOptions,
): WithWeights<IntegratedFlow<MatrixSnapshot, MatrixLayers>>;
export function integratedFlow(
  problem: Problem<MatrixLayersLike | MatrixOrderParametersLike>,
  options?: IntegratedOptions,
): IntegratedFlow<MatrixSnapshot, MatrixLayers>;
export function integratedFlow(problem: Problem, options?: IntegratedOptions): AnyIntegratedFlow;
export function integratedFlow(problem: Problem, options: IntegratedOptions = {}): AnyIntegratedFlow {
  return named("integratedFlow", () => {
    const read = readOptions(options);
    return printedFlow(integrateProblem(readProblem(problem), read));
  });
}

/** The flow of a checked problem. */
export function integrateProblem(problem: ReadProblem, read: ReadOptions): AnyIntegratedFlow {
  if (problem.kind === "deep matrices") return integratedDeepMatrices(problem.problem, read);
  if (problem.kind === "depth") return integratedDepth(problem.problem, read);
  if (problem.kind === "matrices") return matrixFlow(problem.problem, read);
  if (problem.kind === "half lines") return kinkedFlow(problem.problem, read);
  const { network, task, initial } = problem.problem;
  const reduction = reduce(network, task, initial, read);
  const integration = integrate(reduction.system, reduction.initial, {
    ...read,
    converge: true,
    escapes: reduction.escapes,
    creeps: reduction.creeps,
    breaks: breaksOf(read),
    events: [...reduction.bounds, ...eventsOf(read, reduction)],
  });
  return finished(flowOf(reduction, integration, problem.problem, read), integration, read);
}

/** The smallest exact reduction of the problem. */
function reduce(network: Network, task: Task, initial: Initial, { schedules }: ReadOptions): Reduction {
  if (!hasOneDirection(task)) {
    const remedy = "pass initial layers { u, W } to train on all of them, or { project: true } to taskFromSamples";
    unmet("the inputs have no single direction", remedy);
  }
  const objective = objectiveOf(network, task);
  if (network.power !== 1) {
    if (isWeights(initial)) return neurons(network, objective, initial, schedules);
    const why = `with power ${network.power} every neuron moves differently`;
    unmet(why, "pass initial weights, not order parameters");
  }
  const start = startFrom(initial, network.learningRates);
  requireRange(start);
  const apart = schedules !== undefined || !shrinkTogether(network);
  return apart
    ? twoByTwo(network, objective, movedApart(network, objective, start, initial), schedules)
    : oneAngle(network, objective, start, movedTogether(network, objective, start, initial));
}

function eventsOf({ lossBelow, normAbove }: ReadOptions, reduction: Reduction): StopEvent[] {
  const row = new Float64Array(FIELDS);
  const field = (name: SnapshotField): number => row[FIELD[name]]!;
  const events: StopEvent[] = [];
  if (lossBelow !== undefined) {
    const value: StopEvent["value"] = (t, y) => {
      reduction.record(t, y, row, 0, 1);
      return field("loss") - lossBelow;
    };
    events.push({ status: "loss-below", value });
  }
  if (normAbove !== undefined) {
    const value: StopEvent["value"] = (t, y) => {
      reduction.record(t, y, row, 0, 1);
      return normAbove - Math.sqrt(Math.max(field("uu"), field("ww")));
    };
    events.push({ status: "out-of-range", value });
  }
  return events;
}

function flowOf(
  reduction: Reduction,
  integration: Integration,
  problem: ScalarProblem,
  { until: asked }: ReadOptions,
): IntegratedFlow {
  const until = reachesEnd(integration) ? asked : integration.end;
  const { network, task, initial } = problem;
  const state = reduction.initial.slice();
  const row = new Float64Array(FIELDS);
  const recordAt = (t: number, values: Float64Array, offset: number, stride: number): void => {
    checkTime("at", until, t);
    if (t === Infinity && integration.status === "unbounded") {
      recordAt(0, values, offset, stride);
      const initial = snapshotFrom(values, offset, stride);
      recordAt(integration.end, values, offset, stride);
      const last = snapshotFrom(values, offset, stride);
      const limit = unboundedLimit(network, objectiveOf(network, task), initial, last);
      writeFields(limit, values, offset, stride);
      return;
    }
    checkBounded("at", integration, t, "an earlier time, or Infinity for the limit");
    // A converged flow does not change any more.
    const seen = Math.min(t, integration.end);
    integration.read(seen, state);
    reduction.record(reduction.usesTime === true ? t : seen, state, values, offset, stride);
    values[offset + FIELD.t * stride] = t;
  };
  const at = (t: number): Snapshot => {
    recordAt(t, row, 0, 1);
    return snapshotFrom(row, 0, 1);
  };
  const { steps, rejected, evaluations } = integration;
  const flow: IntegratedFlow & BulkFlow & Stepped = {
    method: "integrated",
    because: reduction.because,
    problem: shown(problem),
    ...notesOf(task, noteOnGrowth(integration, network)),
    from: 0,
    until,
    status: integration.status,
    work: { steps, rejected, evaluations },
    at,
    [fill]: (times, values) => {
      for (let i = 0; i < times.length; i++) recordAt(times[i]!, values, i, times.length);
    },
    [stepTimes]: integration.times,
  };
  const { weights } = reduction;
  if (weights === undefined || !isWeights(initial)) return flow;
  const width = initial.u.length;
  return {
    ...flow,
    weights(t: number, out?: Weights) {
      checkTime("weights", until, t);
      checkBounded("weights", integration, t);
      const target = roomFor(width, out);
      if (t === 0) {
        target.u.set(initial.u);
        target.w.set(initial.w);
        return target;
      }
      const seen = Math.min(t, integration.end);
      integration.read(seen, state);
      weights(reduction.usesTime === true ? t : seen, state, target);
      return target;
    },
  } as IntegratedFlow;
}
