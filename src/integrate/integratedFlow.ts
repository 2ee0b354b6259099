/**
 * Training where the closed form ends: a problem is reduced to the fewest numbers that decide it, and those
 * are integrated.
 */

import { readRecord, show, unmet } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { movedApart, movedTogether } from "../layers/movedLayers.ts";
import { snapshotFrom } from "../layers/observe.ts";
import { requireRange, startFrom } from "../layers/start.ts";
import { matrixState } from "../matrix/matrixState.ts";
import type { MultiInputFlow, MultiInputSnapshot } from "../matrix/multiInputFlow.ts";
import { type MultiInputProblem, readMultiInputProblem } from "../matrix/multiInputProblem.ts";
import type { Flow, Target } from "../model/flow.ts";
import { areLayers, type Layers } from "../model/layers.ts";
import type { MatrixFlow, MatrixProblem, MatrixSnapshot } from "../model/matrixFlow.ts";
import { areMatrices, type MatrixLayers } from "../model/matrixLayers.ts";
import { isSquared, type Network } from "../model/network.ts";
import { objectiveOf } from "../model/objective.ts";
import { hasOneDirection } from "../model/oneDirection.ts";
import type { Problem } from "../model/problem.ts";
import { type BulkFlow, crossings, fill, type InvertibleFlow, type SteppedFlow, steps as stepTimes } from "../model/protocol.ts";
import { type Initial, isWeights } from "../model/readInitial.ts";
import { readMatrixProblem } from "../model/readMatrixProblem.ts";
import { readProblem } from "../model/readProblem.ts";
import { roomFor } from "../model/roomFor.ts";
import { type Snapshot, snapshotFields } from "../model/snapshot.ts";
import type { Task } from "../model/task.ts";
import type { OrderParameters, Weights, WeightsLike } from "../model/weights.ts";
import { checkBounded, checkTime, finished, reachesEnd } from "./failure.ts";
import { integrateLayers } from "./layersFlow.ts";
import { crossingsOf } from "./method/crossings.ts";
import { type Integration, type IntegrationStatus, integrate, type StopEvent } from "./method/integrate.ts";
import { breaksOf, type IntegratedOptions, type ReadOptions, readOptions } from "./options.ts";
import { manyInputs } from "./reductions/manyInputs.ts";
import { manyOutputs } from "./reductions/manyOutputs.ts";
import { neurons } from "./reductions/neurons.ts";
import { oneAngle } from "./reductions/oneAngle.ts";
import type { Reduction } from "./reductions/reduction.ts";
import { twoByTwo } from "./reductions/twoByTwo.ts";
import { unboundedLimit } from "./unboundedLimit.ts";

/** A flow that was integrated; it exists on [0, until]. */
export interface IntegratedFlow extends Flow {
  readonly method: "integrated";
  /**
   * How the integration ended. After `"converged"` the network stays where it is, up to a tenth of the
   * tolerance; what weight decay still takes then is known in closed form, and `at` and `weights` go on with
   * it. `"unbounded"`: the loss has no minimum, and the weights grow for ever; `at(Infinity)` has the
   * infinite limit.
   */
  readonly status: IntegrationStatus;
  /** What it took. */
  readonly work: { readonly steps: number; readonly rejected: number; readonly evaluations: number };
}

/** A flow of several inputs that was integrated. */
export interface IntegratedMultiInputFlow extends MultiInputFlow {
  readonly method: "integrated";
  /** How the integration ended. */
  readonly status: IntegrationStatus;
  /** What it took. */
  readonly work: IntegratedFlow["work"];
}

/** A flow of several inputs and outputs that was integrated. */
export interface IntegratedMatrixFlow extends MatrixFlow {
  readonly method: "integrated";
  /** How the integration ended. */
  readonly status: IntegrationStatus;
  /** What it took. */
  readonly work: IntegratedFlow["work"];
}

/** An integrated flow that started from weights. */
export interface IntegratedWeightFlow extends IntegratedFlow {
  readonly problem: Problem<Weights>;
  weights(t: number, out?: Weights): Weights;
}

/**
 * The training trajectory by numerical integration, for what has no closed form: other losses, power
 * activations, weight decay, schedules of the two layers' own. A problem that has one is integrated too, and
 * agrees.
 *
 * What is integrated is the smallest exact reduction of the problem, named in `because`: one number for a
 * linear network of any width, a 2×2 matrix where the layers go at different paces, one angle a neuron for a
 * power activation, k + m neurons for k inputs and m outputs: from layers { u, W } the result is a
 * {@link MultiInputFlow}, from { W2, W1 } a {@link MatrixFlow}.
 *
 * @param options - `until` (default Infinity: until the network has converged), `rtol` (default 10⁻¹⁰, of the
 * largest weight), `atol`, `maxSteps`, `method`, `schedules`, `stopWhen`, `onFailure`, `onProgress`,
 * `signal`.
 * @throws FeatureLearningError `"invalid-argument"` for a part of the problem or an option that cannot be;
 * `"assumption"` for a problem that lacks what its case needs: samples, weights, a single direction;
 * `"not-converged"` where the integration fails, with `status` (`"max-steps"`, `"not-finite"`,
 * `"step-too-small"`; `"sliding"` where the slope of the loss jumps and the flow slides along the jump) and
 * the flow so far as `partial`. `at` throws `"out-of-range"` outside [0, until], and for several inputs at
 * infinity after `"unbounded"`.
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
export function integratedFlow(problem: MultiInputProblem, options?: IntegratedOptions): IntegratedMultiInputFlow;
export function integratedFlow(problem: MatrixProblem, options?: IntegratedOptions): IntegratedMatrixFlow;
export function integratedFlow(problem: Problem<WeightsLike>, options?: IntegratedOptions): IntegratedWeightFlow;
export function integratedFlow(problem: Problem, options?: IntegratedOptions): IntegratedFlow;
export function integratedFlow(
  problem: Problem | MultiInputProblem | MatrixProblem,
  options: IntegratedOptions = {},
): IntegratedFlow | IntegratedMultiInputFlow | IntegratedMatrixFlow {
  return named("integratedFlow", () => {
    const read = readOptions(options);
    const given = readRecord("problem", problem) as Record<string, unknown>;
    if (areLayers(given["initial"])) return multiInputFlow(given, read);
    if (areMatrices(given["initial"])) return matrixFlow(given, read);
    const { network, task, initial } = readProblem(problem);
    const reduction = reduce(network, task, initial, read);
    const integration = integrate(reduction.system, reduction.initial, {
      ...read,
      converge: true,
      escapes: reduction.escapes,
      breaks: breaksOf(read),
      events: [...reduction.bounds, ...eventsOf(read, reduction)],
    });
    return finished(flowOf(reduction, integration, { network, task, initial }, read), integration, read);
  });
}

function multiInputFlow(given: unknown, read: ReadOptions): IntegratedMultiInputFlow {
  const { network, task, initial } = readMultiInputProblem(given);
  const reduction = manyInputs(network, task, initial, read.schedules);
  const norm = ({ uu, ww }: MultiInputSnapshot): number => Math.sqrt(Math.max(uu, ww));
  const { integration, flow, stateAt } = integrateLayers(reduction, norm, read);
  const problem = { network, task, initial: reduction.layers(0, reduction.initial) };
  const weights = (t: number): Layers => reduction.layers(...stateAt("weights", t));
  return finished({ ...flow, problem, weights }, integration, read);
}

function matrixFlow(given: unknown, read: ReadOptions): IntegratedMatrixFlow {
  const problem = readMatrixProblem(given);
  const { power, loss } = problem.network;
  if (power !== 1) unmet(`a power activation (${power}) is for inputs along one direction`, "pass weights { u, w }");
  if (!isSquared(problem.network)) unmet(`the loss ${show(loss)} is for one output`, "pass initial layers { u, W }");
  const reduction = manyOutputs(problem, matrixState(problem), read.schedules);
  const norm = ({ uu, ww }: MatrixSnapshot): number => Math.sqrt(Math.max(uu.trace(), ww.trace()));
  const { integration, flow, timedState } = integrateLayers(reduction, norm, read);
  const { layers } = reduction;
  const weights = layers && ((t: number): MatrixLayers => layers(...timedState("weights", t)));
  return finished({ ...flow, problem, ...(weights === undefined ? {} : { weights }) }, integration, read);
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
    const why = `under the power ${network.power} every neuron goes at its own pace`;
    unmet(why, "pass initial weights, not order parameters");
  }
  const { u, w } = network.learningRates;
  const start = startFrom(initial, network.learningRates);
  requireRange(start);
  const apart = schedules !== undefined || (network.weightDecay > 0 && u !== w);
  return apart
    ? twoByTwo(network, objective, movedApart(network, objective, start, initial), schedules)
    : oneAngle(network, objective, start, movedTogether(network, objective, start, initial));
}

function eventsOf({ lossBelow, normAbove }: ReadOptions, reduction: Reduction): StopEvent[] {
  const row = new Float64Array(snapshotFields.length);
  const field = (name: keyof Snapshot): number => row[snapshotFields.indexOf(name)]!;
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
  problem: Problem<Weights | OrderParameters>,
  { until: asked }: ReadOptions,
): IntegratedFlow {
  const until = reachesEnd(integration) ? asked : integration.end;
  const { network, task } = problem;
  const { initial } = problem as { initial: Initial };
  const state = reduction.initial.slice();
  const row = new Float64Array(snapshotFields.length);
  const recordAt = (t: number, values: Float64Array, offset: number, stride: number): void => {
    checkTime("at", until, t);
    if (t === Infinity && integration.status === "unbounded") {
      recordAt(0, values, offset, stride);
      const initial = snapshotFrom(values, offset, stride);
      recordAt(integration.end, values, offset, stride);
      const last = snapshotFrom(values, offset, stride);
      const limit = unboundedLimit(network, objectiveOf(network, task), initial, last);
      for (const [f, name] of snapshotFields.entries()) values[offset + f * stride] = limit[name] ?? NaN;
      return;
    }
    checkBounded("at", integration, t);
    // A flow that has converged stays where it is.
    const seen = Math.min(t, integration.end);
    integration.read(seen, state);
    reduction.record(reduction.usesTime === true ? t : seen, state, values, offset, stride);
    values[offset] = t;
  };
  const at = (t: number): Snapshot => {
    recordAt(t, row, 0, 1);
    return snapshotFrom(row, 0, 1);
  };
  const { steps, rejected, evaluations } = integration;
  const flow: IntegratedFlow & BulkFlow & InvertibleFlow & SteppedFlow = {
    method: "integrated",
    because: reduction.because,
    problem,
    from: 0,
    until,
    status: integration.status,
    work: { steps, rejected, evaluations },
    at,
    [fill]: (times, values) => {
      for (let i = 0; i < times.length; i++) recordAt(times[i]!, values, i, times.length);
    },
    [stepTimes]: integration.times,
    [crossings]: (target: Target) => crossingsOf(at, integration.times, target),
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
